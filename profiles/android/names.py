"""Names that Android and the agent know.

Source: Android, ``UserManager`` (the values of ``DISALLOW_*``); the agent's package.
"""

AGENT = "com.hmdm.launcher"
"""The agent's package (its ``build.gradle``)."""

USER_RESTRICTIONS = frozenset(
    f"no_{name}"
    for name in (
        "add_managed_profile",
        "add_user",
        "adjust_volume",
        "airplane_mode",
        "ambient_display",
        "autofill",
        "bluetooth",
        "bluetooth_sharing",
        "camera_toggle",
        "cellular_2g",
        "config_bluetooth",
        "config_brightness",
        "config_cell_broadcasts",
        "config_credentials",
        "config_date_time",
        "config_default_apps",
        "config_locale",
        "config_location",
        "config_mobile_networks",
        "config_screen_timeout",
        "config_tethering",
        "config_vpn",
        "config_wifi",
        "content_capture",
        "content_suggestions",
        "control_apps",
        "create_windows",
        "cross_profile_copy_paste",
        "data_roaming",
        "debugging_features",
        "factory_reset",
        "fun",
        "grant_admin",
        "install_apps",
        "install_unknown_sources",
        "install_unknown_sources_globally",
        "microphone_toggle",
        "modify_accounts",
        "network_reset",
        "outgoing_beam",
        "outgoing_calls",
        "physical_media",
        "printing",
        "remove_managed_profile",
        "remove_user",
        "safe_boot",
        "set_user_icon",
        "set_wallpaper",
        "share_location",
        "sharing_admin_configured_wifi",
        "sms",
        "system_error_dialogs",
        "ultra_wideband_radio",
        "uninstall_apps",
        "unmute_microphone",
        "usb_file_transfer",
        "user_switch",
        "wifi_direct",
        "wifi_tethering",
    )
)

NEVER_LOCKED = frozenset(
    {
        AGENT,
        "android",
        "com.android.packageinstaller",
        "com.android.permissioncontroller",
        "com.android.providers.downloads",
        "com.android.providers.settings",
        "com.android.settings",
        "com.android.systemui",
        "com.google.android.packageinstaller",
        "com.google.android.permissioncontroller",
    }
)
"""Packages without which the agent cannot work, or the tablet cannot be used."""
