"""What the agent keeps in its preferences and its database: a restart leaves it, a reset clears it."""

import msgspec

from mdm.simulator.android.config import ServerConfig


class EnrolOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the code said for the first request of all; forgotten after it succeeded."""

    customer: str | None = None
    configuration: str | None = None
    groups: tuple[str, ...] | None = None


class LogRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which log items are sent: those of ``package`` up to ``level`` (1 error … 5 verbose) that hold ``filter``."""

    package: str
    level: int
    filter: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a file's name: failed downloads, and whether what came could not be installed."""

    failed_downloads: int = 0
    install_failed: bool = False


class Memory(msgspec.Struct, kw_only=True):
    """The agent's own state.

    ``number`` is the device number, ``number_from`` the code's DEVICE_ID_USE. ``retries`` and ``retry_seconds`` are
    for requests of a configuration. ``attempts`` is by file name, ``files`` the last update known by path.
    ``apps_wait``: some applications wait for the hours of updates.
    """

    base: str = ""
    secondary: str = ""
    project: str = ""
    number: str = ""
    number_from: str | None = None
    enrol: EnrolOptions = EnrolOptions()
    retries: int = 1
    retry_seconds: int = 15
    config: ServerConfig | None = None
    rules: tuple[LogRule, ...] = ()
    external_ip: str = ""
    attempts: dict[str, Attempt] = {}
    files: dict[str, int] = {}
    apps_wait: bool = False
