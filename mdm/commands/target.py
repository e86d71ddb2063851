"""What a tablet should be: the compiled form of a policy that the planner reads.

Large content (profiles, declarations, pictures) is named by the SHA-256 of its bytes and kept once as an artifact.
"""

import hashlib

import msgspec

BOOKS_FOLDER = "Books/"
"""Where Android tablets keep books, in their shared storage."""

_STORE = "store:"


class TargetProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration profile that must be installed; ``uuid`` is its top PayloadUUID, which follows its content."""

    identifier: str
    uuid: str
    artifact: str


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


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings sent by the Settings command; None leaves a setting alone. ``wallpaper`` is a picture's artifact."""

    time_zone: str | None = None
    wallpaper: str | None = None
    name_from_slot: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one kind of tablet of a kit should hold.

    ``declarations`` is a declaration set's artifact, ``declarations_token`` its token. With ``apps_declared`` the
    tablet keeps its apps by declarations, and no app command is sent. ``configuration`` is the artifact of an
    agent's configuration, which holds everything on Android; ``allowed`` are packages that may be there besides.
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

    def canonical(self) -> bytes:
        """Return the target as canonical JSON."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def hash(self) -> str:
        """The SHA-256 of the canonical form, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()


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
