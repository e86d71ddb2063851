"""Each restriction in words for a parent: what holds when it is allowed, when it is not, and when that is new."""

from mdm.i18n import N_
from profiles.charter.word_kinds import FieldWords, Switch

RESTRICTIONS: dict[str, FieldWords] = {
    "camera": Switch(
        yes=N_("The camera can be used."),
        no=N_("The camera cannot be used."),
        no_now=N_("The camera can no longer be used."),
    ),
    "screenshots": Switch(
        yes=N_("Pictures of the screen can be taken."),
        no=N_("Pictures of the screen cannot be taken."),
        no_now=N_("Pictures of the screen can no longer be taken."),
    ),
    "safari": Switch(
        yes=N_("The Safari browser can be used."),
        no=N_("The Safari browser cannot be used."),
        no_now=N_("The Safari browser can no longer be used."),
    ),
    "safari_autofill": Switch(
        yes=N_("Safari can fill in forms by itself."),
        no=N_("Safari does not fill in forms by itself."),
        no_now=N_("Safari no longer fills in forms by itself."),
    ),
    "siri": Switch(
        yes=N_("The voice assistant Siri can be used."),
        no=N_("The voice assistant Siri cannot be used."),
        no_now=N_("The voice assistant Siri can no longer be used."),
    ),
    "dictation": Switch(
        yes=N_("Text can be dictated."),
        no=N_("Text cannot be dictated."),
        no_now=N_("Text can no longer be dictated."),
    ),
    "messages": Switch(
        yes=N_("Messages can be sent and received."),
        no=N_("Messages cannot be sent or received."),
        no_now=N_("Messages can no longer be sent or received."),
    ),
    "facetime": Switch(
        yes=N_("Video calls can be made with FaceTime."),
        no=N_("Video calls cannot be made with FaceTime."),
        no_now=N_("Video calls can no longer be made with FaceTime."),
    ),
    "airdrop": Switch(
        yes=N_("Files can be passed to tablets nearby (AirDrop)."),
        no=N_("Files cannot be passed to tablets nearby (AirDrop)."),
        no_now=N_("Files can no longer be passed to tablets nearby (AirDrop)."),
    ),
    "app_store": Switch(
        yes=N_("Whoever holds the tablet can install apps."),
        no=N_("Whoever holds the tablet cannot install apps."),
        no_now=N_("Whoever holds the tablet can no longer install apps."),
    ),
    "app_removal": Switch(
        yes=N_("Whoever holds the tablet can remove apps."),
        no=N_("Whoever holds the tablet cannot remove apps."),
        no_now=N_("Whoever holds the tablet can no longer remove apps."),
    ),
    "app_clips": Switch(
        yes=N_("Parts of apps can be tried without installing them (App Clips)."),
        no=N_("Parts of apps cannot be tried without installing them (App Clips)."),
        no_now=N_("Parts of apps can no longer be tried without installing them (App Clips)."),
    ),
    "automatic_app_downloads": Switch(
        yes=N_("Apps that were bought on another device come to the tablet by themselves."),
        no=N_("Apps that were bought on another device do not come to the tablet by themselves."),
        no_now=N_("Apps that were bought on another device no longer come to the tablet by themselves."),
    ),
    "in_app_purchases": Switch(
        yes=N_("Things can be bought inside apps."),
        no=N_("Nothing can be bought inside apps."),
        no_now=N_("Nothing can be bought inside apps any more."),
    ),
    "explicit_content": Switch(
        yes=N_("Music, videos and books that are marked as explicit can be opened."),
        no=N_("Music, videos and books that are marked as explicit cannot be opened."),
        no_now=N_("Music, videos and books that are marked as explicit can no longer be opened."),
    ),
    "books": Switch(
        yes=N_("The Apple bookshop can be opened."),
        no=N_("The Apple bookshop cannot be opened."),
        no_now=N_("The Apple bookshop can no longer be opened."),
    ),
    "music": Switch(
        yes=N_("Apple's music service can be used."),
        no=N_("Apple's music service cannot be used."),
        no_now=N_("Apple's music service can no longer be used."),
    ),
    "news": Switch(
        yes=N_("Apple's news app can be opened."),
        no=N_("Apple's news app cannot be opened."),
        no_now=N_("Apple's news app can no longer be opened."),
    ),
    "podcasts": Switch(
        yes=N_("Podcasts can be listened to."),
        no=N_("Podcasts cannot be listened to."),
        no_now=N_("Podcasts can no longer be listened to."),
    ),
    "game_center": Switch(
        yes=N_("Apple's network for games (Game Center) can be used."),
        no=N_("Apple's network for games (Game Center) cannot be used."),
        no_now=N_("Apple's network for games (Game Center) can no longer be used."),
    ),
    "multiplayer_games": Switch(
        yes=N_("Games can be played with others over the network."),
        no=N_("Games cannot be played with others over the network."),
        no_now=N_("Games can no longer be played with others over the network."),
    ),
    "icloud_backup": Switch(
        yes=N_("The tablet's content can be copied to Apple's servers."),
        no=N_("The tablet's content is not copied to Apple's servers."),
        no_now=N_("The tablet's content is no longer copied to Apple's servers."),
    ),
    "icloud_documents": Switch(
        yes=N_("Documents can be kept on Apple's servers."),
        no=N_("Documents are not kept on Apple's servers."),
        no_now=N_("Documents are no longer kept on Apple's servers."),
    ),
    "icloud_photos": Switch(
        yes=N_("Photos can be kept on Apple's servers."),
        no=N_("Photos are not kept on Apple's servers."),
        no_now=N_("Photos are no longer kept on Apple's servers."),
    ),
    "account_changes": Switch(
        yes=N_("Accounts can be added and changed."),
        no=N_("Accounts cannot be added or changed."),
        no_now=N_("Accounts can no longer be added or changed."),
    ),
    "passcode_changes": Switch(
        yes=N_("The passcode can be changed."),
        no=N_("The passcode cannot be changed."),
        no_now=N_("The passcode can no longer be changed."),
    ),
    "name_changes": Switch(
        yes=N_("The tablet's name can be changed."),
        no=N_("The tablet's name cannot be changed."),
        no_now=N_("The tablet's name can no longer be changed."),
    ),
    "wallpaper_changes": Switch(
        yes=N_("The wallpaper can be changed."),
        no=N_("The wallpaper cannot be changed."),
        no_now=N_("The wallpaper can no longer be changed."),
    ),
    "notification_changes": Switch(
        yes=N_("The choice of notifications can be changed."),
        no=N_("The choice of notifications cannot be changed."),
        no_now=N_("The choice of notifications can no longer be changed."),
    ),
    "bluetooth_changes": Switch(
        yes=N_("Bluetooth can be switched on and off."),
        no=N_("Bluetooth cannot be switched on or off."),
        no_now=N_("Bluetooth can no longer be switched on or off."),
    ),
    "erase": Switch(
        yes=N_("Whoever holds the tablet can erase it."),
        no=N_("Whoever holds the tablet cannot erase it."),
        no_now=N_("Whoever holds the tablet can no longer erase it."),
    ),
    "screen_time": Switch(
        yes=N_("Screen time limits can be set on the tablet itself."),
        no=N_("Screen time limits cannot be set on the tablet itself."),
        no_now=N_("Screen time limits can no longer be set on the tablet itself."),
    ),
    "profile_installation": Switch(
        yes=N_("Other configurations can be added by hand."),
        no=N_("No other configuration can be added by hand."),
        no_now=N_("No other configuration can be added by hand any more."),
    ),
    "vpn_creation": Switch(
        yes=N_("A private network (VPN), which goes past the web filter, can be set up."),
        no=N_("A private network (VPN), which goes past the web filter, cannot be set up."),
        no_now=N_("A private network (VPN), which goes past the web filter, can no longer be set up."),
    ),
    "pairing_with_computers": Switch(
        yes=N_("The tablet can be connected to a computer."),
        no=N_("The tablet cannot be connected to a computer."),
        no_now=N_("The tablet can no longer be connected to a computer."),
    ),
    "password_autofill": Switch(
        yes=N_("The tablet can fill in passwords by itself."),
        no=N_("The tablet does not fill in passwords by itself."),
        no_now=N_("The tablet no longer fills in passwords by itself."),
    ),
    "diagnostics_to_apple": Switch(
        yes=N_("Reports on faults can be sent to Apple."),
        no=N_("Reports on faults are not sent to Apple."),
        no_now=N_("Reports on faults are no longer sent to Apple."),
    ),
    "personalized_advertising": Switch(
        yes=N_("Apple can choose advertising by what is done on the tablet."),
        no=N_("Apple does not choose advertising by what is done on the tablet."),
        no_now=N_("Apple no longer chooses advertising by what is done on the tablet."),
    ),
    "web_results_in_search": Switch(
        yes=N_("The tablet's own search also shows results from the Web."),
        no=N_("The tablet's own search shows nothing from the Web."),
        no_now=N_("The tablet's own search shows nothing from the Web any more."),
    ),
    "writing_tools": Switch(
        yes=N_("Apple's artificial intelligence can write and rewrite texts."),
        no=N_("Apple's artificial intelligence cannot write or rewrite texts."),
        no_now=N_("Apple's artificial intelligence can no longer write or rewrite texts."),
    ),
    "image_playground": Switch(
        yes=N_("Apple's artificial intelligence can make pictures."),
        no=N_("Apple's artificial intelligence cannot make pictures."),
        no_now=N_("Apple's artificial intelligence can no longer make pictures."),
    ),
    "wifi_always_on": Switch(
        yes=N_("Wi-Fi cannot be switched off on iPads."),
        no=N_("Wi-Fi can be switched off on iPads."),
        yes_now=N_("Wi-Fi can no longer be switched off on iPads."),
    ),
    "only_listed_apps": Switch(
        yes=N_("Only the apps of this charter can be opened."),
        no=N_("The tablet's other apps can be opened too."),
        yes_now=N_("Only the apps of this charter can be opened from now on."),
        always=True,
    ),
}
