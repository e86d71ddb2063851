"""What a tablet said of itself last, as far as the planner needs it."""

import msgspec


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What DeviceInformation told; None where the tablet did not say."""

    os_version: str = ""
    supervised: bool = False
    device_name: str | None = None
    time_zone: str | None = None
    lost_mode: bool = False


class DeclarationState(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration on the tablet; ``problem`` says in words why it is not valid."""

    server_token: str
    active: bool
    valid: bool | None = None
    problem: str = ""


class HeldBook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A managed book on the tablet: Apple's state, and the version that it was given; both may be unknown."""

    state: str = ""
    version: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tablet's last word on each subject; None means that it has not been asked yet, or must be asked again.

    ``profiles``: managed profiles, identifier to UUID. ``apps``: managed apps, bundle identifier to Apple's status.
    ``books``: managed books by identifier, as they were known last; to be asked again where not ``books_known``.
    ``wallpaper``: the picture that was acknowledged last, by hash; a tablet cannot be asked for it.
    ``declarations_synced``: the declarations token of the last synchronization that the tablet acknowledged.
    ``configuration``: what an agent fetched last, by artifact, at ``configuration_at`` (milliseconds); then ``apps``
    are packages with their version's name, and ``books`` paths. ``overdue``: the tablet had its time to apply it;
    ``missing``: packages of the target that it did not report; ``unwanted``: what it reported and nobody agreed to.
    ``hides``: packages that what it fetched last hides; ``veiled``: those hidden and not reported again since, which it
    takes for missing. ``opened``: the opening that it was told last, by key.
    ``failed``: steps that the tablet refused, by key, with the reason in words; they are tried again at a later check.
    """

    device: DeviceFacts | None = None
    security_known: bool = False
    profiles: dict[str, str] | None = None
    apps: dict[str, str] | None = None
    books: dict[str, HeldBook] = {}
    books_known: bool = False
    wallpaper: str | None = None
    declarations_synced: str | None = None
    declarations: dict[str, DeclarationState] | None = None
    awaiting_configuration: bool = False
    configuration: str | None = None
    configuration_at: int = 0
    overdue: bool = False
    missing: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    veiled: tuple[str, ...] = ()
    opened: str = ""
    failed: dict[str, str] = {}

    def to_json(self) -> str:
        """Return the form that the store keeps."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """Read the form that the store keeps."""
        return _DECODER.decode(text)

    def asked_again(self) -> "Report":
        """Return this report with what can be asked forgotten: drift shows, and refusals are tried again."""
        return msgspec.structs.replace(self, device=None, profiles=None, apps=None, books_known=False, failed={})


_DECODER = msgspec.json.Decoder(Report)
