"""What Android's permissions let an app do, in plain words; ``sensitive`` ones touch people's lives."""

import msgspec

from mdm.i18n import N_


class Permission(msgspec.Struct, frozen=True):
    """A permission: what it lets an app do, and whether it reaches personal data or the tablet's surroundings."""

    words: str
    sensitive: bool = False


UNKNOWN = Permission(N_("something that this server has no words for; ask the publisher"))

_ANDROID = "android.permission."

PERMISSIONS: dict[str, Permission] = {
    f"{_ANDROID}CAMERA": Permission(N_("take pictures and videos"), True),
    f"{_ANDROID}RECORD_AUDIO": Permission(N_("listen with the microphone"), True),
    f"{_ANDROID}ACCESS_FINE_LOCATION": Permission(N_("know exactly where the tablet is"), True),
    f"{_ANDROID}ACCESS_COARSE_LOCATION": Permission(N_("know roughly where the tablet is"), True),
    f"{_ANDROID}ACCESS_BACKGROUND_LOCATION": Permission(N_("know where the tablet is while nobody uses the app"), True),
    f"{_ANDROID}ACCESS_MEDIA_LOCATION": Permission(N_("read where pictures were taken"), True),
    f"{_ANDROID}READ_CONTACTS": Permission(N_("read the address book"), True),
    f"{_ANDROID}WRITE_CONTACTS": Permission(N_("change the address book"), True),
    f"{_ANDROID}GET_ACCOUNTS": Permission(N_("see which accounts are on the tablet"), True),
    f"{_ANDROID}READ_CALENDAR": Permission(N_("read the calendar"), True),
    f"{_ANDROID}WRITE_CALENDAR": Permission(N_("change the calendar"), True),
    f"{_ANDROID}READ_SMS": Permission(N_("read text messages"), True),
    f"{_ANDROID}RECEIVE_SMS": Permission(N_("receive text messages"), True),
    f"{_ANDROID}SEND_SMS": Permission(N_("send text messages, which may cost money"), True),
    f"{_ANDROID}READ_PHONE_STATE": Permission(N_("read the tablet's telephone number and its calls"), True),
    f"{_ANDROID}READ_PHONE_NUMBERS": Permission(N_("read the tablet's telephone number"), True),
    f"{_ANDROID}CALL_PHONE": Permission(N_("make telephone calls, which may cost money"), True),
    f"{_ANDROID}READ_CALL_LOG": Permission(N_("read the list of calls"), True),
    f"{_ANDROID}BODY_SENSORS": Permission(N_("read sensors of the body, such as the heart rate"), True),
    f"{_ANDROID}ACTIVITY_RECOGNITION": Permission(N_("know whether the holder walks, runs or rides"), True),
    f"{_ANDROID}READ_EXTERNAL_STORAGE": Permission(N_("read pictures and files of the tablet"), True),
    f"{_ANDROID}WRITE_EXTERNAL_STORAGE": Permission(N_("write pictures and files of the tablet"), True),
    f"{_ANDROID}MANAGE_EXTERNAL_STORAGE": Permission(N_("read and write all files of the tablet"), True),
    f"{_ANDROID}READ_MEDIA_IMAGES": Permission(N_("read the tablet's pictures"), True),
    f"{_ANDROID}READ_MEDIA_VIDEO": Permission(N_("read the tablet's videos"), True),
    f"{_ANDROID}READ_MEDIA_AUDIO": Permission(N_("read the tablet's sound files"), True),
    f"{_ANDROID}READ_MEDIA_VISUAL_USER_SELECTED": Permission(N_("read the pictures that the user chooses"), True),
    f"{_ANDROID}BLUETOOTH_SCAN": Permission(N_("look for devices nearby by Bluetooth"), True),
    f"{_ANDROID}BLUETOOTH_CONNECT": Permission(N_("connect to Bluetooth devices"), True),
    f"{_ANDROID}NEARBY_WIFI_DEVICES": Permission(N_("look for devices nearby by Wi-Fi"), True),
    f"{_ANDROID}QUERY_ALL_PACKAGES": Permission(N_("see which other apps are on the tablet"), True),
    f"{_ANDROID}PACKAGE_USAGE_STATS": Permission(N_("see when other apps are used"), True),
    f"{_ANDROID}SYSTEM_ALERT_WINDOW": Permission(N_("show itself over other apps"), True),
    f"{_ANDROID}REQUEST_INSTALL_PACKAGES": Permission(N_("ask to install other apps"), True),
    f"{_ANDROID}BIND_ACCESSIBILITY_SERVICE": Permission(N_("read and operate the screen of other apps"), True),
    "com.google.android.gms.permission.AD_ID": Permission(N_("read the advertising identifier of the tablet"), True),
    f"{_ANDROID}ACCESS_ADSERVICES_AD_ID": Permission(N_("read the advertising identifier of the tablet"), True),
    f"{_ANDROID}ACCESS_ADSERVICES_ATTRIBUTION": Permission(N_("tell advertisers which advertisement worked"), True),
    f"{_ANDROID}ACCESS_ADSERVICES_TOPICS": Permission(N_("tell advertisers the user's interests"), True),
    "com.android.vending.BILLING": Permission(N_("offer purchases inside the app"), True),
    f"{_ANDROID}INTERNET": Permission(N_("use the Internet")),
    f"{_ANDROID}ACCESS_NETWORK_STATE": Permission(N_("see whether there is a network")),
    f"{_ANDROID}ACCESS_WIFI_STATE": Permission(N_("see the Wi-Fi network")),
    f"{_ANDROID}CHANGE_WIFI_STATE": Permission(N_("switch Wi-Fi on and off")),
    f"{_ANDROID}CHANGE_NETWORK_STATE": Permission(N_("change the network's connection")),
    f"{_ANDROID}CHANGE_WIFI_MULTICAST_STATE": Permission(N_("find devices on the local network")),
    f"{_ANDROID}BLUETOOTH": Permission(N_("connect to Bluetooth devices")),
    f"{_ANDROID}BLUETOOTH_ADMIN": Permission(N_("look for devices nearby by Bluetooth")),
    f"{_ANDROID}BLUETOOTH_ADVERTISE": Permission(N_("be seen by devices nearby by Bluetooth")),
    f"{_ANDROID}NFC": Permission(N_("read and write chips that touch the tablet")),
    f"{_ANDROID}VIBRATE": Permission(N_("make the tablet vibrate")),
    f"{_ANDROID}WAKE_LOCK": Permission(N_("keep the tablet awake")),
    f"{_ANDROID}POST_NOTIFICATIONS": Permission(N_("show notifications")),
    f"{_ANDROID}RECEIVE_BOOT_COMPLETED": Permission(N_("start with the tablet")),
    f"{_ANDROID}FOREGROUND_SERVICE": Permission(N_("go on working while another app is used")),
    f"{_ANDROID}FOREGROUND_SERVICE_DATA_SYNC": Permission(N_("go on working while another app is used")),
    f"{_ANDROID}FOREGROUND_SERVICE_MEDIA_PLAYBACK": Permission(N_("go on playing while another app is used")),
    f"{_ANDROID}REQUEST_IGNORE_BATTERY_OPTIMIZATIONS": Permission(N_("ask to work without sparing the battery")),
    f"{_ANDROID}SCHEDULE_EXACT_ALARM": Permission(N_("set alarms")),
    f"{_ANDROID}USE_EXACT_ALARM": Permission(N_("set alarms")),
    f"{_ANDROID}USE_BIOMETRIC": Permission(N_("ask for a fingerprint or a face")),
    f"{_ANDROID}USE_FINGERPRINT": Permission(N_("ask for a fingerprint or a face")),
    f"{_ANDROID}MODIFY_AUDIO_SETTINGS": Permission(N_("change the sound's settings")),
    f"{_ANDROID}WRITE_SETTINGS": Permission(N_("change settings of the tablet")),
    f"{_ANDROID}SET_WALLPAPER": Permission(N_("change the wallpaper")),
    f"{_ANDROID}FLASHLIGHT": Permission(N_("switch the light on")),
    f"{_ANDROID}HIGH_SAMPLING_RATE_SENSORS": Permission(N_("read motion sensors often")),
    "com.google.android.c2dm.permission.RECEIVE": Permission(N_("receive messages through Google's servers")),
    "com.google.android.finsky.permission.BIND_GET_INSTALL_REFERRER_SERVICE": Permission(
        N_("learn which advertisement or page led to its installation"), True
    ),
    "com.android.vending.CHECK_LICENSE": Permission(N_("ask Google Play whether it was paid for")),
}
"""By name; those of Android's own documentation (Manifest.permission) that apps for schools ask for most."""

_OWN = ".DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION"


def permission_of(name: str) -> Permission:
    """Return what a permission lets an app do; `UNKNOWN` for one without words here."""
    if name.endswith(_OWN):
        return Permission(N_("pass messages between its own parts"))
    return PERMISSIONS.get(name, UNKNOWN)
