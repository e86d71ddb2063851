"""Every field of a policy in words for a parent. Nothing of a policy may change without being told."""

from typing import Any

from mdm.i18n import N_
from profiles.charter.android_words import ANDROID, app_name
from profiles.charter.restriction_words import RESTRICTIONS
from profiles.charter.sentence import Param, Sentence
from profiles.charter.word_kinds import Choice, Entries, FieldWords, Hidden, Names, Part, Parts, Switch, Value
from profiles.policy import App, Book, Folder

_PAGE = "web:"


def _app_comes(app: App) -> str:
    platforms = (app.bundle_id is not None, app.package is not None)
    if app.install == "required":
        return {
            (True, True): N_("The app “{entry}” is put on every tablet."),
            (True, False): N_("The app “{entry}” is put on every iPad."),
        }.get(platforms, N_("The app “{entry}” is put on every Android tablet."))
    return {
        (True, True): N_("The app “{entry}” may be on the tablets."),
        (True, False): N_("The app “{entry}” may be on the iPads."),
    }.get(platforms, N_("The app “{entry}” may be on the Android tablets."))


def _same_app(one: App, other: App) -> bool:
    on_ipad = one.bundle_id is not None and one.bundle_id == other.bundle_id
    return on_ipad or (one.package is not None and one.package == other.package)


def _book_comes(book: Book) -> str:
    if book.store_id is None:
        return N_("The book “{entry}” is put on every tablet.")
    return N_("The book “{entry}” is put on every iPad.")


def _same_book(one: Book, other: Book) -> bool:
    return one.identifier == other.identifier


def _configuration(value: Any, names: Names) -> Param:  # noqa: ARG001
    said = {True: "true", False: "false"}
    return tuple(f"{key} = {said[one] if isinstance(one, bool) else one}" for key, one in sorted(value.items()))


def _place(item: Any, names: Names) -> Param:
    if isinstance(item, Folder):
        apps = tuple(names.get(one, one) for one in item.apps)
        return Sentence(N_("folder “{folder}” ({apps})"), {"folder": item.folder, "apps": apps})
    return str(item).removeprefix(_PAGE) if str(item).startswith(_PAGE) else names.get(item, str(item))


def _row(value: Any, names: Names) -> Param:
    return tuple(_place(item, names) for item in value) or Sentence(N_("nothing"))


def _pages(value: Any, names: Names) -> Param:
    return tuple(
        Sentence(N_("page {number}: {places}"), {"number": number, "places": _row(page, names)})
        for number, page in enumerate(value, start=1)
    )


APP: dict[str, FieldWords] = {
    "name": Value(says=N_("it is called “{value}”.")),
    "bundle_id": Value(says=N_("on iPads it is the app {value}.")),
    "package": Value(says=N_("on Android tablets it is the app {value}.")),
    "version": Value(says=N_("on Android tablets its version is {value}.")),
    "signer": Value(says=N_("on Android tablets only the files of its publisher are taken (certificate {value}).")),
    "store_id": Value(says=N_("iPads take it from the App Store, where it has the number {value}.")),
    "manifest_url": Value(says=N_("iPads take it from {value}.")),
    "install": Choice(
        says={
            "required": N_("it is put on every tablet."),
            "allowed": N_("it may be there, and is not put there by itself."),
        }
    ),
    "removable": Switch(
        yes=N_("whoever holds the tablet can remove it."),
        no=N_("whoever holds the tablet cannot remove it."),
        no_now=N_("whoever holds the tablet can no longer remove it."),
    ),
    "configuration": Value(says=N_("it is set up with: {value}."), format=_configuration),
}

WEB_CLIP: dict[str, FieldWords] = {
    "label": Value(says=N_("it is called “{value}”.")),
    "url": Value(says=N_("it opens {value}.")),
    "removable": Switch(
        yes=N_("whoever holds the tablet can remove it."),
        no=N_("whoever holds the tablet cannot remove it."),
        no_now=N_("whoever holds the tablet can no longer remove it."),
    ),
    "full_screen": Switch(yes=N_("it fills the whole screen."), no=N_("it opens in the browser.")),
    "icon": Hidden(there=N_("it has a picture of its own."), other=N_("its picture is another one.")),
}

BOOK: dict[str, FieldWords] = {
    "name": Value(says=N_("it is called “{value}”.")),
    "identifier": Value(says=N_("the tablets know it as “{value}”.")),
    "url": Value(says=N_("the tablets fetch it from {value}.")),
    "kind": Choice(says={"pdf": N_("it is a PDF file."), "epub": N_("it is an ePub file.")}),
    "version": Value(says=N_("it is version {value}.")),
    "author": Value(says=N_("its author is {value}.")),
    "store_id": Value(says=N_("iPads take it from Apple's book store, where it has the number {value}.")),
}

WIFI: dict[str, FieldWords] = {
    "ssid": Value(says=N_("it is called “{value}”.")),
    "security": Choice(
        says={
            "none": N_("it is open, without a password."),
            "wpa2": N_("it is protected by a password (WPA2)."),
            "wpa3": N_("it is protected by a password (WPA3)."),
        }
    ),
    "password_secret": Value(says=N_("its password is the one that the server keeps as “{value}”.")),
    "hidden": Switch(yes=N_("its name is not shown in lists."), no=N_("its name is shown in lists.")),
    "auto_join": Switch(yes=N_("the tablets join it by themselves."), no=N_("it must be chosen by hand.")),
    "fixed_address": Switch(
        yes=N_("the network recognises each tablet (fixed address)."),
        no=N_("the network does not recognise the tablets (private addresses)."),
    ),
}

WEB_FILTER: dict[str, FieldWords] = {
    "limit_adult_content": Switch(
        yes=N_("Pages for adults are filtered."),
        no=N_("Pages for adults are not filtered."),
        no_now=N_("Pages for adults are no longer filtered."),
        always=True,
    ),
    "allowed": Entries(one=N_("The address {value} can be opened in any case.")),
    "blocked": Entries(one=N_("The address {value} cannot be opened.")),
}

HOME_SCREEN: dict[str, FieldWords] = {
    "dock": Value(says=N_("The bar at the bottom of the screen has: {value}."), format=_row, compare=False),
    "pages": Value(says=N_("The home screen is in this order: {value}."), format=_pages, compare=False),
}

PASSCODE: dict[str, FieldWords] = {
    "required": Switch(
        yes=N_("A passcode is needed to open the tablet."),
        no=N_("No passcode is needed to open the tablet."),
        no_now=N_("A passcode is no longer needed to open the tablet."),
        always=True,
    ),
    "minimum_length": Value(says=N_("A passcode has at least {value} characters.")),
    "simple_allowed": Switch(
        yes=N_("A passcode may be simple, such as 1234."), no=N_("A passcode may not be simple, such as 1234.")
    ),
    "maximum_failed_attempts": Value(says=N_("After {value} wrong passcodes the tablet is erased.")),
    "maximum_inactivity_minutes": Value(says=N_("The tablet locks itself after {value} minutes without use.")),
}

OS_UPDATES: dict[str, FieldWords] = {
    "delay_days": Value(says=N_("New versions of the system are offered after {value} days.")),
    "version": Value(says=N_("iPads are brought to version {value} of the system.")),
    "deadline": Value(
        says=N_("That version is installed by {value} at the latest."),
        format=lambda value, _: str(value).replace("T", " ")[:16],
    ),
}

HOME: dict[str, FieldWords] = {
    "school_days_from": Value(says=N_("On school days the tablet can be used at home from {value} on.")),
    "school_days_to": Value(says=N_("On school days the tablet can be used at home until {value}.")),
    "other_days_from": Value(says=N_("On days without school the tablet can be used at home from {value} on.")),
    "other_days_to": Value(says=N_("On days without school the tablet can be used at home until {value}.")),
    "night_from": Value(says=N_("The tablet cannot be used in the night, from {value} on.")),
    "night_to": Value(says=N_("The tablet can be used again in the morning at {value}.")),
    "apps_taken_away": Entries(one=N_("The app {value} is not there at home."), format=app_name),
    "web_filter": Part(fields=WEB_FILTER, within=N_("At home: {rule}")),
    "loan_needs_training": Switch(
        yes=N_("A parent follows a training before the tablet goes home."),
        no=N_("A parent needs no training before the tablet goes home."),
        no_now=N_("A parent no longer needs a training before the tablet goes home."),
        always=True,
    ),
    "loan_needs_agreement": Switch(
        yes=N_("A parent signs an agreement before the tablet goes home."),
        no=N_("A parent signs nothing before the tablet goes home."),
        no_now=N_("A parent no longer signs anything before the tablet goes home."),
        always=True,
    ),
    "loan_needs_insurance": Switch(
        yes=N_("An insurance covers the tablet before it goes home."),
        no=N_("No insurance is asked for before the tablet goes home."),
        no_now=N_("An insurance is no longer asked for before the tablet goes home."),
    ),
    "loan_text": Hidden(
        there=N_("The loan has an agreement text of its own."),
        other=N_("The loan has another agreement text."),
    ),
}

POLICY: dict[str, FieldWords] = {
    "name": Value(says=N_("What is agreed is called “{value}”.")),
    "apps": Parts(
        fields=APP,
        name=lambda one: str(one.name),
        same=_same_app,
        comes=_app_comes,
        goes=N_("The app “{entry}” goes away."),
        within=N_("The app “{entry}”: {rule}"),
        said=frozenset({"name", "bundle_id", "package", "signer", "store_id", "manifest_url", "install"}),
    ),
    "restrictions": Part(fields=RESTRICTIONS),
    "web_clips": Parts(
        fields=WEB_CLIP,
        name=lambda one: str(one.label),
        same=lambda one, other: bool(one.label == other.label or one.url == other.url),
        comes=lambda _: N_("The web page “{entry}” is on the home screen."),
        goes=N_("The web page “{entry}” leaves the home screen."),
        within=N_("The web page “{entry}”: {rule}"),
        said=frozenset({"label", "icon"}),
    ),
    "books": Parts(
        fields=BOOK,
        name=lambda one: str(one.name),
        same=_same_book,
        comes=_book_comes,
        goes=N_("The book “{entry}” is taken off the tablets."),
        within=N_("The book “{entry}”: {rule}"),
        said=frozenset({"name", "identifier", "version"}),
    ),
    "wifi": Parts(
        fields=WIFI,
        name=lambda one: str(one.ssid),
        same=lambda one, other: bool(one.ssid == other.ssid),
        comes=lambda _: N_("The tablets know the Wi-Fi network “{entry}”."),
        goes=N_("The tablets no longer know the Wi-Fi network “{entry}”."),
        within=N_("The Wi-Fi network “{entry}”: {rule}"),
        said=frozenset({"ssid", "password_secret"}),
    ),
    "home_screen": Part(fields=HOME_SCREEN),
    "passcode": Part(fields=PASSCODE),
    "os_updates": Part(fields=OS_UPDATES),
    "web_filter": Part(fields=WEB_FILTER),
    "time_zone": Value(says=N_("The tablets' clock is that of {value}.")),
    "wallpaper": Hidden(
        there=N_("The tablets have the charter's wallpaper."), other=N_("The tablets' wallpaper is another one.")
    ),
    "name_from_slot": Switch(
        yes=N_("Each tablet bears the name of its place in the kit."),
        no=N_("Tablets do not bear the name of their place in the kit."),
    ),
    "android": Part(fields=ANDROID),
    "home": Part(fields=HOME),
}
