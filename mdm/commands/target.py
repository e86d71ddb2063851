"""What a tablet should be: the compiled form of a policy that the planner reads.

Large content (profiles, declarations, pictures) is named by the SHA-256 of its bytes and kept once as an artifact.
"""

import hashlib

import msgspec


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


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a tablet may fetch, with their media type."""

    media_type: str
    body: bytes

    @property
    def hash(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.body).hexdigest()
