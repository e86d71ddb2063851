"""What only Android tablets have, in words for a parent."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from mdm.i18n import N_
from profiles.charter.sentence import Param, Sentence
from profiles.charter.word_kinds import Choice, Entries, FieldWords, Hidden, Names, Parts, Switch, Value


def app_name(value: Any, names: Names) -> Param:
    """Return an app's name, or its identifier where the policy does not name it."""
    return names.get(value, str(value))


def _percent(value: Any, names: Names) -> Param:  # noqa: ARG001
    return round(int(value) * 100 / 255)


def _duration(value: Any, names: Names) -> Param:  # noqa: ARG001
    seconds = int(value)
    if seconds % 60:
        return Sentence(N_("{n} seconds"), {"n": seconds})
    return Sentence(N_("{n} minutes") if seconds > 60 else N_("{n} minute"), {"n": seconds // 60})


def _authority(value: Any, names: Names) -> Param:  # noqa: ARG001
    """Return a certificate's subject and the beginning of its fingerprint."""
    certificate = x509.load_pem_x509_certificate(str(value).encode())
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    shown = str(common[0].value) if common else certificate.subject.rfc4514_string()
    return f"{shown} ({certificate.fingerprint(SHA256()).hex()[:16]})"


USER_RESTRICTIONS: dict[str, str] = {
    "no_add_managed_profile": N_("On Android no work profile can be added."),
    "no_add_user": N_("On Android no other user can be added."),
    "no_adjust_volume": N_("On Android the sound cannot be made louder or softer."),
    "no_airplane_mode": N_("On Android the airplane mode cannot be switched on."),
    "no_ambient_display": N_("On Android the screen shows nothing while it sleeps."),
    "no_autofill": N_("On Android forms are not filled in by themselves."),
    "no_bluetooth": N_("On Android Bluetooth cannot be used."),
    "no_bluetooth_sharing": N_("On Android nothing can be sent over Bluetooth."),
    "no_camera_toggle": N_("On Android the camera cannot be switched off for all apps."),
    "no_cellular_2g": N_("On Android old mobile networks (2G) are not used."),
    "no_config_bluetooth": N_("On Android Bluetooth settings cannot be changed."),
    "no_config_brightness": N_("On Android the brightness cannot be changed."),
    "no_config_cell_broadcasts": N_("On Android alerts sent by the mobile network cannot be changed."),
    "no_config_credentials": N_("On Android passwords and certificates of the tablet cannot be changed."),
    "no_config_date_time": N_("On Android the date and the time cannot be changed."),
    "no_config_default_apps": N_("On Android it cannot be changed which app opens what."),
    "no_config_locale": N_("On Android the language cannot be changed."),
    "no_config_location": N_("On Android location cannot be switched on or off."),
    "no_config_mobile_networks": N_("On Android settings of the mobile network cannot be changed."),
    "no_config_screen_timeout": N_("On Android it cannot be changed when the screen goes off."),
    "no_config_tethering": N_("On Android the tablet's connection cannot be shared with others."),
    "no_config_vpn": N_("On Android no private network (VPN) can be set up."),
    "no_config_wifi": N_("On Android Wi-Fi settings cannot be changed."),
    "no_content_capture": N_("On Android the system does not read what apps show."),
    "no_content_suggestions": N_("On Android the system suggests nothing from what apps show."),
    "no_control_apps": N_("On Android apps' settings cannot be changed, and apps cannot be stopped."),
    "no_create_windows": N_("On Android apps cannot lay windows over others."),
    "no_cross_profile_copy_paste": N_("On Android nothing can be copied into another profile."),
    "no_data_roaming": N_("On Android mobile data are not used abroad."),
    "no_debugging_features": N_("On Android developers' tools cannot be opened."),
    "no_factory_reset": N_("On Android the tablet cannot be erased from its settings."),
    "no_fun": N_("On Android the system's hidden games cannot be opened."),
    "no_grant_admin": N_("On Android no other user can be made an administrator."),
    "no_install_apps": N_("On Android whoever holds the tablet cannot install apps."),
    "no_install_unknown_sources": N_("On Android apps from unknown sources cannot be installed."),
    "no_install_unknown_sources_globally": N_("On Android no user can install apps from unknown sources."),
    "no_microphone_toggle": N_("On Android the microphone cannot be switched off for all apps."),
    "no_modify_accounts": N_("On Android accounts cannot be added or removed."),
    "no_network_reset": N_("On Android network settings cannot be reset."),
    "no_outgoing_beam": N_("On Android nothing can be passed on by touching another device."),
    "no_outgoing_calls": N_("On Android no telephone call can be made."),
    "no_physical_media": N_("On Android no memory card or USB drive can be used."),
    "no_printing": N_("On Android nothing can be printed."),
    "no_remove_managed_profile": N_("On Android the work profile cannot be removed."),
    "no_remove_user": N_("On Android users cannot be removed."),
    "no_safe_boot": N_("On Android the tablet cannot be started in safe mode."),
    "no_set_user_icon": N_("On Android the user's picture cannot be changed."),
    "no_set_wallpaper": N_("On Android the wallpaper cannot be changed."),
    "no_share_location": N_("On Android apps are not told where the tablet is."),
    "no_sharing_admin_configured_wifi": N_("On Android the school's Wi-Fi cannot be shared with others."),
    "no_sms": N_("On Android no text message (SMS) can be sent or received."),
    "no_system_error_dialogs": N_("On Android apps that fail are closed without a message."),
    "no_ultra_wideband_radio": N_("On Android the ultra-wideband radio is not used."),
    "no_uninstall_apps": N_("On Android whoever holds the tablet cannot remove apps."),
    "no_unmute_microphone": N_("On Android the microphone is off."),
    "no_usb_file_transfer": N_("On Android no file can be copied over USB."),
    "no_user_switch": N_("On Android it is not possible to change to another user."),
    "no_wifi_direct": N_("On Android devices cannot be connected directly over Wi-Fi."),
    "no_wifi_tethering": N_("On Android the tablet cannot share its connection over Wi-Fi."),
}

FILES: dict[str, FieldWords] = {
    "path": Value(says=N_("it is kept under {value}.")),
    "content": Hidden(there=N_("it has a content."), other=N_("its content is another one.")),
    "version": Value(says=N_("it is version {value}.")),
}

ANDROID: dict[str, FieldWords] = {
    "user_restrictions": Entries(each=USER_RESTRICTIONS),
    "locked_packages": Entries(one=N_("On Android the app {value} cannot be opened."), format=app_name),
    "single_app": Value(says=N_("On Android only the app {value} can be opened."), format=app_name),
    "wifi_on": Switch(
        yes=N_("On Android Wi-Fi stays on."),
        no=N_("On Android Wi-Fi can be switched off."),
        yes_now=N_("On Android Wi-Fi can no longer be switched off."),
    ),
    "bluetooth": Switch(yes=N_("On Android Bluetooth stays on."), no=N_("On Android Bluetooth stays off.")),
    "gps": Switch(yes=N_("On Android location stays on."), no=N_("On Android location stays off.")),
    "mobile_data": Switch(yes=N_("On Android mobile data stay on."), no=N_("On Android mobile data stay off.")),
    "usb_storage": Switch(
        yes=N_("On Android files can be copied over USB."), no=N_("On Android files cannot be copied over USB.")
    ),
    "brightness": Value(says=N_("On Android the brightness of the screen is {value} %."), format=_percent),
    "automatic_brightness": Switch(
        yes=N_("On Android the brightness follows the light of the room."),
        no=N_("On Android the brightness does not follow the light of the room."),
    ),
    "screen_timeout_seconds": Value(
        says=N_("On Android the screen goes off after {value} without use."), format=_duration
    ),
    "volume": Value(says=N_("On Android the volume is {value} %.")),
    "lock_volume": Switch(
        yes=N_("On Android the volume cannot be changed."), no=N_("On Android the volume can be changed.")
    ),
    "orientation": Choice(
        says={
            "free": N_("On Android the screen turns with the tablet."),
            "portrait": N_("On Android the screen stays upright."),
            "landscape": N_("On Android the screen stays lengthwise."),
        }
    ),
    "icon_size": Value(says=N_("On Android the icons have {value} % of their usual size.")),
    "background_color": Value(says=N_("On Android the background of the home screen has the colour {value}.")),
    "text_color": Value(says=N_("On Android the names of apps have the colour {value}.")),
    "show_status": Switch(
        yes=N_("On Android the hour and the battery are shown at the top."),
        no=N_("On Android the hour and the battery are not shown at the top."),
    ),
    "system_updates": Choice(
        says={
            "leave": N_("On Android the charter says nothing about updates of the system."),
            "automatic": N_("On Android updates of the system are installed as soon as they are there."),
            "window": N_("On Android updates of the system are installed at fixed hours."),
            "postpone": N_("On Android updates of the system wait for 30 days."),
        }
    ),
    "system_updates_from": Value(says=N_("On Android updates of the system begin at {value} at the earliest.")),
    "system_updates_to": Value(says=N_("On Android updates of the system begin at {value} at the latest.")),
    "app_updates_from": Value(says=N_("On Android apps are updated from {value} on.")),
    "app_updates_to": Value(says=N_("On Android apps are updated until {value}.")),
    "app_updates_on_wifi_only": Switch(
        yes=N_("On Android apps are updated over Wi-Fi only."),
        no=N_("On Android apps are updated over mobile data too."),
    ),
    "files": Parts(
        fields=FILES,
        name=lambda one: str(one.path),
        same=lambda one, other: bool(one.path == other.path),
        comes=lambda _: N_("The file {entry} is put on Android tablets."),
        goes=N_("The file {entry} is no longer put on Android tablets."),
        within=N_("The file {entry}: {rule}"),
        said=frozenset({"path", "content", "version"}),
    ),
    "certificates": Entries(
        one=N_("Android tablets trust web sites and servers that {value} certifies."), format=_authority
    ),
}
