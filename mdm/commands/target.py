"""What a tablet should be: the compiled form of a policy that the planner reads.

Large content (profiles, declarations, pictures) is named by the SHA-256 of its bytes and kept once as an artifact.
"""

import hashlib

import msgspec

BOOKS_FOLDER = "Books/"
"""Where Android tablets keep books, in their shared storage."""

OPENING = "open:"
"""How the steps begin that bring something to the front."""

_STORE = "store:"


class TargetProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration profile that must be installed; ``uuid`` is its top PayloadUUID, which follows its content.

    ``needs_app``: it is installed only once this app is there; a tablet that is held in an app which is missing cannot
    be used.
    """

    identifier: str
    uuid: str
    artifact: str
    needs_app: str | None = None


class TargetApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app that must be on the tablet: from the App Store (``store_id``), from a manifest, or from the APK store.

    ``bundle_id`` is the package's name on Android, where ``version`` is the version's name ("0": any).
    """

    bundle_id: str
    store_id: int | None = None
    manifest_url: str | None = None
    removable: bool = False
    configuration: dict[str, str | int | bool] | None = None
    version: str | None = None


class TargetBook(msgspec.Struct, frozen=True, kw_only=True):
    """A book that must be on the tablet: a file at ``url`` (``kind``: pdf, epub), or a book of Apple's store.

    ``identifier`` is how the tablet tells it from others: Apple's persistent identifier, `store_book`'s text for a book
    of the store, the file's path on Android. ``version`` is None where the tablet tells none.
    """

    identifier: str
    title: str
    url: str | None = None
    kind: str | None = None
    version: str | None = None
    author: str | None = None
    store_id: int | None = None

    @property
    def fingerprint(self) -> str:
        """A short text that is another one when anything of it changes."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:8]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is told once to bring to the front: an app (``package``), or whatever opens an address.

    ``until`` in milliseconds: it is not said any later. ``occasion`` tells it from the same thing asked another time.
    """

    occasion: str
    until: int
    package: str | None = None
    action: str | None = None
    data: str | None = None

    @property
    def key(self) -> str:
        """What makes two openings the same."""
        return f"{OPENING}{self.until}:{self.occasion}"


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings sent by the Settings command; None leaves a setting alone. ``wallpaper`` is a picture's artifact."""

    time_zone: str | None = None
    wallpaper: str | None = None
    name_from_slot: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one kind of tablet of a kit should hold in its mode.

    ``declarations`` is a declaration set's artifact, ``declarations_token`` its token. With ``apps_declared`` the
    tablet keeps its apps by declarations, and no app command is sent. ``configuration`` is the artifact of an
    agent's configuration, which holds everything on Android; ``allowed`` are packages that may be there besides,
    ``hidden`` those that it hides, ``covers`` whether it covers the screen, ``opening`` what is brought to the front.
    """

    policy_id: str
    profiles: tuple[TargetProfile, ...] = ()
    apps: tuple[TargetApp, ...] = ()
    books: tuple[TargetBook, ...] = ()
    settings: TargetSettings = TargetSettings()
    declarations: str | None = None
    declarations_token: str | None = None
    apps_declared: bool = False
    configuration: str | None = None
    allowed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    covers: bool = False
    opening: Opening | None = None

    def canonical(self) -> bytes:
        """Return the target as canonical JSON."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def hash(self) -> str:
        """The SHA-256 of the canonical form, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()


def is_over(step: str, now: int) -> bool:
    """Tell whether a step brings something to the front whose time is over (milliseconds); no other step ever is."""
    return step.startswith(OPENING) and int(step.split(":", 2)[1]) <= now


def store_book(store_id: int) -> str:
    """Return what identifies a book of Apple's store."""
    return f"{_STORE}{store_id}"


def store_id_of(identifier: str) -> int | None:
    """Return the number in Apple's store that `store_book` wrote; None for another identifier."""
    number = identifier.removeprefix(_STORE)
    return int(number) if number != identifier and number.isascii() and number.isdigit() else None


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a tablet may fetch, with their media type."""

    media_type: str
    body: bytes

    @property
    def hash(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.body).hexdigest()
