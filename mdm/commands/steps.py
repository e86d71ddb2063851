"""The steps that the planner knows; each platform's protocol room puts them into its own commands."""

import msgspec

from mdm.commands.target import Opening, TargetApp, TargetBook, TargetProfile


class QueryDevice(msgspec.Struct, frozen=True):
    """Ask what the tablet is (DeviceInformation)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "query:device"


class QuerySecurity(msgspec.Struct, frozen=True):
    """Ask how it is protected (SecurityInfo)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "query:security"


class QueryProfiles(msgspec.Struct, frozen=True):
    """Ask which profiles it has (ProfileList)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "query:profiles"


class QueryApps(msgspec.Struct, frozen=True):
    """Ask which managed apps it has (ManagedApplicationList)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "query:apps"


class QueryBooks(msgspec.Struct, frozen=True):
    """Ask which managed books it has (ManagedMediaList)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "query:books"


class SyncDeclarations(msgspec.Struct, frozen=True):
    """Tell it that its declarations changed (DeclarativeManagement); ``token`` names the set, an artifact."""

    token: str
    artifact: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"declarations:{self.token}"


class InstallProfileStep(msgspec.Struct, frozen=True):
    """Install a profile (InstallProfile)."""

    profile: TargetProfile

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"profile:{self.profile.identifier}:{self.profile.uuid}"


class RemoveProfileStep(msgspec.Struct, frozen=True):
    """Remove a profile of ours that the target no longer has (RemoveProfile)."""

    identifier: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"remove-profile:{self.identifier}"


class InstallAppStep(msgspec.Struct, frozen=True):
    """Install an app, or take its management over (InstallApplication)."""

    app: TargetApp

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"app:{self.app.bundle_id}"


class RemoveAppStep(msgspec.Struct, frozen=True):
    """Remove a managed app that the target no longer has (RemoveApplication)."""

    bundle_id: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"remove-app:{self.bundle_id}"


class InstallBookStep(msgspec.Struct, frozen=True):
    """Install a book, or another version of it (InstallMedia)."""

    book: TargetBook

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"book:{self.book.identifier}:{self.book.version or ''}:{self.book.fingerprint}"


class RemoveBookStep(msgspec.Struct, frozen=True):
    """Remove a managed book that the target no longer has (RemoveMedia)."""

    identifier: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"remove-book:{self.identifier}"


class NameStep(msgspec.Struct, frozen=True):
    """Give the tablet its slot's name (Settings, DeviceName)."""

    name: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"name:{self.name}"


class TimeZoneStep(msgspec.Struct, frozen=True):
    """Set the time zone (Settings, TimeZone)."""

    time_zone: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"time-zone:{self.time_zone}"


class WallpaperStep(msgspec.Struct, frozen=True):
    """Set the picture behind the icons (Settings, Wallpaper); ``picture`` is an artifact."""

    picture: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"wallpaper:{self.picture}"


class FinishSetup(msgspec.Struct, frozen=True):
    """Let the tablet leave its setup assistant (DeviceConfigured)."""

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return "finish-setup"


class ApplyConfiguration(msgspec.Struct, frozen=True):
    """Have an agent fetch and apply its configuration; ``artifact`` names what it is made of."""

    artifact: str

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return f"configuration:{self.artifact}"


class OpenStep(msgspec.Struct, frozen=True):
    """Bring an app or a page to the front, once (an agent's message)."""

    opening: Opening

    @property
    def key(self) -> str:
        """What makes two steps the same."""
        return self.opening.key


Step = (
    QueryDevice
    | QuerySecurity
    | QueryProfiles
    | QueryApps
    | QueryBooks
    | SyncDeclarations
    | InstallProfileStep
    | RemoveProfileStep
    | InstallAppStep
    | RemoveAppStep
    | InstallBookStep
    | RemoveBookStep
    | NameStep
    | TimeZoneStep
    | WallpaperStep
    | FinishSetup
    | ApplyConfiguration
    | OpenStep
)
