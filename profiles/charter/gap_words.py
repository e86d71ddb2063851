"""What tablets will not obey, in the words of what was agreed: the rule, and what it would need. Pure."""

from collections.abc import Mapping

from mdm.i18n import N_, Translator
from profiles.charter.restriction_words import RESTRICTIONS
from profiles.charter.word_kinds import Switch
from profiles.payloads.base import NotEnforced

_GAP = N_("{rule} It would need: {needs}.")
_APP = N_("The app “{name}”.")
_BOOK = N_("The book “{name}”.")
_SUBJECTS: Mapping[str, str] = {
    "android.brightness": N_("The brightness of the screen."),
    "android.screen_timeout_seconds": N_("When the screen goes dark."),
    "books": N_("The books."),
    "home.apps_taken_away": N_("The apps that are not there at home."),
    "home.hours": N_("The hours of use at home."),
    "home.web_filter": N_("The filter of web pages at home."),
    "home_screen": N_("The order of the home screen."),
    "home_screen folders": N_("The folders of the home screen."),
    "name_from_slot": N_("The name of the tablet, from its place."),
    "os_updates.delay_days": N_("The delay before a new system."),
    "os_updates.version": N_("The version of the system."),
    "passcode.maximum_failed_attempts": N_("How often a wrong passcode may be tried."),
    "passcode.maximum_inactivity_minutes": N_("When the tablet locks itself."),
    "passcode.minimum_length": N_("The length of the passcode."),
    "passcode.required": N_("The passcode."),
    "time_zone": N_("The time zone."),
    "wallpaper": N_("The wallpaper."),
    "web_filter": N_("The filter of web pages."),
    "wifi": N_("The Wi-Fi networks."),
}
SUBJECTS = frozenset(_SUBJECTS)
"""The fields, other than restrictions, apps and books one by one, that there are words for."""


def gap_in_words(gap: NotEnforced, translate: Translator) -> str:
    """Return what is not obeyed and what it would need, in two sentences without the name of any field."""
    return translate(_GAP, rule=_rule(gap, translate), needs=translate(gap.needs, detail=gap.detail))


def _rule(gap: NotEnforced, translate: Translator) -> str:
    field, _, name = gap.field.partition("] ")
    if field.startswith("apps["):
        return translate(_APP, name=name)
    if field.startswith("books["):
        return translate(_BOOK, name=name)
    part, _, restriction = field.partition(".")
    words = RESTRICTIONS.get(restriction) if part == "restrictions" else None
    if isinstance(words, Switch):
        return translate(words.yes if gap.wished else words.no)
    return translate(_SUBJECTS.get(field, field))
