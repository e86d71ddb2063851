"""What the open agent makes of a configuration's rules: policies, restrictions, hidden packages, managed settings."""

import json
import re
from typing import Any

from mdm.simulator.android import logs
from mdm.simulator.android.build import PACKAGE
from mdm.simulator.android.config import ApplicationSetting, ServerConfig
from mdm.simulator.android.errors import AgentCrash
from mdm.simulator.android.files import filled_in
from mdm.simulator.android.means import Means

RESTRICTIONS = frozenset(
    {
        "no_add_managed_profile", "no_add_user", "no_add_wifi_config", "no_adjust_volume", "no_airplane_mode",
        "no_ambient_display", "no_autofill", "no_bluetooth", "no_bluetooth_sharing", "no_camera", "no_cellular_2g",
        "no_change_wifi_state", "no_config_bluetooth", "no_config_brightness", "no_config_cell_broadcasts",
        "no_config_credentials", "no_config_date_time", "no_config_locale", "no_config_location",
        "no_config_mobile_networks", "no_config_private_dns", "no_config_screen_timeout", "no_config_tethering",
        "no_config_vpn", "no_config_wifi", "no_content_capture", "no_content_suggestions", "no_control_apps",
        "no_create_windows", "no_cross_profile_copy_paste", "no_data_roaming", "no_debugging_features",
        "no_factory_reset", "no_fun", "no_grant_admin", "no_install_apps", "no_install_unknown_sources",
        "no_install_unknown_sources_globally", "no_modify_accounts", "no_network_reset", "no_oem_unlock",
        "no_outgoing_beam", "no_outgoing_calls", "no_physical_media", "no_printing", "no_record_audio",
        "no_remove_managed_profile", "no_remove_user", "no_run_in_background", "no_safe_boot", "no_set_user_icon",
        "no_set_wallpaper", "no_share_location", "no_sharing_admin_configured_wifi", "no_sharing_into_profile",
        "no_sms", "no_system_error_dialogs", "no_ultra_wideband_radio", "no_unified_password", "no_uninstall_apps",
        "no_unmute_microphone", "no_usb_file_transfer", "no_user_switch", "no_wifi_direct", "no_wifi_tethering",
        "disallow_biometric", "disallow_camera_toggle", "disallow_config_default_apps", "disallow_microphone_toggle",
        "disallow_unmute_device", "ensure_verify_apps",
    }
)  # fmt: skip
"""Android's user restrictions (constants of UserManager)."""

_EARLY = (
    "bluetooth", "usb_storage", "auto_brightness", "brightness", "manage_timeout", "timeout", "lock_volume",
    "manage_volume", "volume", "disable_screenshots", "time_zone", "system_update_type", "system_update_from",
    "system_update_to", "app_permissions", "request_updates",
)  # fmt: skip
_ON_SCREEN = (
    "gps", "mobile_data", "wifi", "password_mode", "lock", "lock_message", "title", "background_color", "text_color",
    "background_image_url", "icon_size", "display_status", "orientation", "run_default_launcher",
)  # fmt: skip
_INTEGER = re.compile(r"-?\d{1,10}", re.ASCII)


def apply_early(means: Means, config: ServerConfig) -> None:
    """Apply the policies that come before anything is downloaded; those of the screen only while it is alive.

    A rule to switch Wi-Fi off cuts a tablet without a SIM card off for good.
    """
    tablet = means.tablet
    for name in _EARLY if tablet.owned else ():
        tablet.policies[name] = getattr(config, name)
    for name in _ON_SCREEN if tablet.screen_alive else ():
        tablet.policies[name] = getattr(config, name)
    if config.wifi is False and tablet.owned and tablet.sim is None and not means.connections.cut_off:
        means.connections.cut_off = True
        means.tell("failed", "the configuration switched off the only network")


def reset_screen_code(means: Means, config: ServerConfig) -> None:
    """Set the code of the lock screen, which works when there is none yet or the tablet was unlocked since set-up."""
    tablet = means.tablet
    if tablet.owned and (tablet.screen_code is None or tablet.unlocked_since_set_up):
        tablet.screen_code = config.password_reset
    else:
        means.log.write(logs.WARN, "Failed to reset the password: the reset token is not active")


def restrict(means: Means, config: ServerConfig) -> None:
    """Set the restrictions of the configuration; names that Android does not know are only logged."""
    names = {name.strip() for name in (config.restrictions or "").split(",") if name.strip()}
    for unknown in sorted(names - RESTRICTIONS):
        means.log.write(logs.WARN, f"Unknown restriction: {unknown}")
    means.tablet.restrict(names & RESTRICTIONS)


def hide_packages(means: Means, config: ServerConfig) -> None:
    """Suspend and hide the packages listed as locked, and bring back those listed as unlocked, and only those."""
    if not means.tablet.owned:
        return
    for name, hides in (("locked_packages", True), ("unlocked_packages", False)):
        for package in (_own_setting(config, name) or "").split(","):
            if package not in means.tablet.installed:
                continue
            if hides:
                means.tablet.hide(package)
            else:
                means.tablet.hidden.discard(package)


def set_managed_settings(means: Means, config: ServerConfig) -> None:
    """Turn the settings of each package into Android's managed configuration, in place of the one before."""
    if not means.tablet.owned:
        return
    managed: dict[str, dict[str, object]] = {}
    for setting in config.settings or ():
        if setting.package_id and setting.name:
            text = _value(setting, means, config)
            package = managed.setdefault(setting.package_id, {})
            if setting.name == "managedConfig":
                package.update(_bundle(text))
            else:
                package[setting.name] = typed_value(text)
    means.tablet.managed = managed


def typed_value(text: str) -> object:
    """Return a setting's value as the agent types it: quoted text, ``[a,b]``, true and false, integers, else text."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text.startswith("[") and text.endswith("]"):
        return [one.strip().strip('"') for one in text[1:-1].split(",") if one.strip()]
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text


def set_defaults(means: Means, config: ServerConfig) -> None:
    """Note the global proxy and the default applications; an absent proxy changes nothing, ``0`` clears it."""
    policies = means.tablet.policies
    proxy = _own_setting(config, "proxy")
    if means.tablet.owned and proxy is not None:
        policies["proxy"] = None if proxy == "0" else proxy
    policies["default_applications"] = [f"{one.package_id}/{one.activity}" for one in config.actions or ()]


def _own_setting(config: ServerConfig, name: str) -> str | None:
    for setting in config.settings or ():
        if setting.package_id == PACKAGE and setting.name == name:
            return setting.value
    return None


def _value(setting: ApplicationSetting, means: Means, config: ServerConfig) -> str:
    if not setting.variable:
        return setting.value or ""
    if setting.value is None:
        raise AgentCrash(f"the setting {setting.name} has a variable but no value")
    return filled_in(setting.value, means, config)


def _bundle(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
