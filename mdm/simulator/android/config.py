"""A configuration as the agent reads it: tolerant of almost everything, except the nulls that make it crash."""

from typing import Any

import msgspec

from mdm.simulator.android.errors import AgentCrash
from mdm.simulator.android.tolerance import Fields

ANY_VERSION = "0"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the list of applications, under the agent's own keys. ``type`` is app, web or intent."""

    type: str = "app"
    name: str | None = None
    pkg: str | None = None
    version: str | None = None
    code: int | None = None
    url: str | None = None
    show_icon: bool = False
    icon_text: str | None = None
    icon: str | None = None
    screen_order: int | None = None
    bottom: bool = False
    key_code: int | None = None
    long_tap: bool = False
    use_kiosk: bool = False
    intent: str | None = None
    remove: bool = False
    skip_version: bool = False
    run_after_install: bool = False
    run_at_boot: bool = False

    @property
    def package(self) -> str:
        """The package; raise `AgentCrash` when it is null."""
        if self.pkg is None:
            raise AgentCrash("an application of the configuration has no package")
        return self.pkg

    @property
    def wanted_version(self) -> str:
        """The version's name; raise `AgentCrash` when it is null."""
        if self.version is None:
            raise AgentCrash(f"the application {self.pkg} of the configuration has no version")
        return self.version


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to keep on shared storage; ``last_update`` in ms, ``var_content``: words in its text are replaced."""

    path: str | None = None
    url: str | None = None
    last_update: int = 0
    remove: bool = False
    var_content: bool = False
    checksum: str | None = None
    description: str | None = None


class ApplicationSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of an application; ``type`` is 1 for text, 2 for an integer, 3 for a boolean."""

    package_id: str | None = None
    name: str | None = None
    type: int = 1
    value: str | None = None
    read_only: bool = False
    last_update: int = 0
    variable: bool = False


class DefaultAction(msgspec.Struct, frozen=True, kw_only=True):
    """An activity to be the default for an intent; comma lists as they came."""

    action: str | None = None
    categories: str | None = None
    package_id: str | None = None
    activity: str | None = None
    schemes: str | None = None
    hosts: str | None = None
    mime_types: str | None = None


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the open agent obeys of a configuration. An absent key means its default, never "as before".

    A list is None for an explicit null, or one among its members; with applications and files the agent then crashes.
    """

    applications: tuple[Application, ...] | None = ()
    files: tuple[RemoteFile, ...] | None = ()
    settings: tuple[ApplicationSetting, ...] | None = ()
    actions: tuple[DefaultAction, ...] | None = ()
    new_number: str | None = None
    new_server_url: str | None = None
    password: str | None = None
    push_options: str | None = None
    keepalive_time: int | None = None
    background_color: str | None = None
    text_color: str | None = None
    background_image_url: str | None = None
    icon_size: int | None = None
    title: str | None = None
    display_status: bool = False
    orientation: int | None = None
    description: str | None = None
    custom1: str | None = None
    custom2: str | None = None
    custom3: str | None = None
    phone: str | None = None
    imei: str | None = None
    gps: bool | None = None
    mobile_data: bool | None = None
    wifi: bool | None = None
    bluetooth: bool | None = None
    usb_storage: bool | None = None
    auto_brightness: bool | None = None
    brightness: int | None = None
    manage_timeout: bool | None = None
    timeout: int | None = None
    lock_volume: bool | None = None
    manage_volume: bool | None = None
    volume: int | None = None
    disable_screenshots: bool = False
    password_mode: str | None = None
    password_reset: str | None = None
    time_zone: str | None = None
    system_update_type: int | None = None
    system_update_from: str | None = None
    system_update_to: str | None = None
    app_update_from: str | None = None
    app_update_to: str | None = None
    download_updates: str | None = None
    restrictions: str | None = None
    run_default_launcher: bool = False
    lock: bool = False
    lock_message: str | None = None
    factory_reset: bool = False
    reboot: bool = False
    request_updates: str | None = None
    app_permissions: str | None = None
    show_wifi: bool = False
    autostart_foreground: bool = False

    def listed_applications(self) -> tuple[Application, ...]:
        """Return the applications; raise `AgentCrash` for an explicit null."""
        if self.applications is None:
            raise AgentCrash("the configuration's applications are null")
        return self.applications

    def listed_files(self) -> tuple[RemoteFile, ...]:
        """Return the files; raise `AgentCrash` for an explicit null."""
        if self.files is None:
            raise AgentCrash("the configuration's files are null")
        return self.files


_TEXTS = (
    "newNumber", "newServerUrl", "password", "pushOptions", "backgroundColor", "textColor", "backgroundImageUrl",
    "title", "description", "custom1", "custom2", "custom3", "phone", "imei", "passwordMode", "passwordReset",
    "timeZone", "systemUpdateFrom", "systemUpdateTo", "appUpdateFrom", "appUpdateTo", "downloadUpdates",
    "restrictions", "lockMessage", "requestUpdates", "appPermissions",
)  # fmt: skip
_NUMBERS = (
    "keepaliveTime", "iconSize", "orientation", "brightness", "timeout", "volume", "systemUpdateType",
)  # fmt: skip
_CHOICES = (
    "gps", "mobileData", "wifi", "bluetooth", "usbStorage", "autoBrightness", "manageTimeout", "lockVolume",
    "manageVolume",
)  # fmt: skip
_FLAGS = (
    "displayStatus", "disableScreenshots", "runDefaultLauncher", "lock", "factoryReset", "reboot", "showWifi",
    "autostartForeground",
)  # fmt: skip


def read_config(value: Any) -> ServerConfig:
    """Return a configuration from the ``data`` of an answer; raise `BadAnswer` for what Jackson does not convert."""
    fields = Fields(value, "the configuration")
    simple: dict[str, Any] = {_snake(key): fields.text(key) for key in _TEXTS}
    simple |= {_snake(key): fields.number(key) for key in _NUMBERS}
    simple |= {_snake(key): fields.choice(key) for key in _CHOICES}
    simple |= {_snake(key): fields.flag(key) for key in _FLAGS}
    applications, files = fields.items("applications"), fields.items("files")
    settings, actions = fields.items("applicationSettings"), fields.items("actions")
    return ServerConfig(
        applications=None if applications is None else tuple(_application(one) for one in applications),
        files=None if files is None else tuple(_file(one) for one in files),
        settings=None if settings is None else tuple(_setting(one) for one in settings),
        actions=None if actions is None else tuple(_action(one) for one in actions),
        **simple,
    )


def _application(value: Any) -> Application:
    fields = Fields(value, "an application")
    return Application(
        type=fields.text("type") or "app",
        name=fields.text("name"),
        pkg=fields.text("pkg"),
        version=fields.text("version"),
        code=fields.number("code"),
        url=fields.text("url"),
        show_icon=fields.flag("showIcon"),
        icon_text=fields.text("iconText"),
        icon=fields.text("icon"),
        screen_order=fields.number("screenOrder"),
        bottom=fields.flag("bottom"),
        key_code=fields.number("keyCode"),
        long_tap=fields.flag("longTap"),
        use_kiosk=fields.flag("useKiosk"),
        intent=fields.text("intent"),
        remove=fields.flag("remove"),
        skip_version=fields.flag("skipVersion"),
        run_after_install=fields.flag("runAfterInstall"),
        run_at_boot=fields.flag("runAtBoot"),
    )


def _file(value: Any) -> RemoteFile:
    fields = Fields(value, "a file")
    return RemoteFile(
        path=fields.text("path"),
        url=fields.text("url"),
        last_update=fields.number("lastUpdate", long=True) or 0,
        remove=fields.flag("remove"),
        var_content=fields.flag("varContent"),
        checksum=fields.text("checksum"),
        description=fields.text("description"),
    )


def _setting(value: Any) -> ApplicationSetting:
    fields = Fields(value, "an application's setting")
    kind = fields.number("type")
    return ApplicationSetting(
        package_id=fields.text("packageId"),
        name=fields.text("name"),
        type=1 if kind is None else kind,
        value=fields.text("value"),
        read_only=fields.flag("readOnly"),
        last_update=fields.number("lastUpdate", long=True) or 0,
        variable=fields.flag("variable"),
    )


def _action(value: Any) -> DefaultAction:
    fields = Fields(value, "an action")
    return DefaultAction(
        action=fields.text("action"),
        categories=fields.text("categories"),
        package_id=fields.text("packageId"),
        activity=fields.text("activity"),
        schemes=fields.text("schemes"),
        hosts=fields.text("hosts"),
        mime_types=fields.text("mimeTypes"),
    )


def _snake(key: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in key)
