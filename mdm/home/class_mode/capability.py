"""What a tablet can honestly do in class mode, and what not, in words.

Apple's part: an app is held by an App Lock profile, which only supervised iPads take (mdm/profiles/com.apple.app.lock);
nothing puts a page in front but a browser that is held. The open agent's part: a message brings something to the front
and nothing holds it there, for it has no kiosk.
"""

from enum import StrEnum

import msgspec

from mdm.home.class_mode.agreed import Agreed
from mdm.home.class_mode.focus import Focus
from mdm.i18n import N_


class Does(StrEnum):
    """How far a tablet does what is asked."""

    HOLDS = "holds"
    OPENS = "opens"
    ONE_TAP = "one_tap"
    ONCE = "once"
    CANNOT = "cannot"


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """How far it goes, and what that means (an English gettext text)."""

    does: Does
    words: str


class Able(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet is. ``owned``: a supervised iPad, or one whose agent is the owner; None before it said so.

    ``told_at_once``: messages reach it (an agent that listens by MQTT is only told to look again).
    """

    platform: str
    owned: bool | None
    told_at_once: bool = True


_HELD = N_("The tablet stays in the app until the end.")
_HELD_PAGE = N_("The tablet stays in the browser, which opens this page and no other: one tap on it.")
_PAGE_ALONE = N_("Only this page is on the screen: one tap on it.")
_DEAF = N_("The screen does not react to fingers until the end.")
_DARK = N_("The screen goes dark once; a pupil can wake it.")
_IN_FRONT = N_("The app comes to the front; a pupil can leave it for the start screen.")
_PAGE_IN_FRONT = N_("The page comes to the front; a pupil can leave it for the start screen.")
_COVERED = N_("The start screen comes to the front, covered; a pupil can still go back to an app that was open.")
_TILE_ALONE = N_("Only its tile is on the start screen: one tap on it.")
_COVERED_LATER = N_("The start screen is covered, and seen when the pupil goes back to it.")
_NOT_SUPERVISED = N_("The tablet is not supervised: Apple lets only supervised ones be held.")
_NOT_OURS = N_("The edition allows the app but does not put it on tablets, so that nobody knows whether it is there.")
_NOT_OWNER = N_("The agent does not own the tablet: reset it and enrol it again.")
_NOT_KNOWN = N_("The tablet has not said yet what it is.")


def capability(focus: Focus, agreed: Agreed, tablet: Able) -> Capability:
    """Return what a tablet can do of what is asked, for something that is agreed."""
    if tablet.owned is None:
        return Capability(does=Does.CANNOT, words=_NOT_KNOWN)
    return _ipad(focus, agreed, tablet) if tablet.platform == "ipad" else _android(focus, tablet)


def _ipad(focus: Focus, agreed: Agreed, tablet: Able) -> Capability:
    if not tablet.owned:
        once = focus.kind == "lock"
        return Capability(does=Does.ONCE if once else Does.CANNOT, words=_DARK if once else _NOT_SUPERVISED)
    if focus.kind == "lock":
        return Capability(does=Does.HOLDS, words=_DEAF)
    if focus.kind == "page":
        if agreed.browser:
            return Capability(does=Does.HOLDS, words=_HELD_PAGE)
        return Capability(does=Does.ONE_TAP, words=_PAGE_ALONE)
    app = agreed.app(focus.what)
    if app is not None and not app.required and not app.preinstalled:
        return Capability(does=Does.CANNOT, words=_NOT_OURS)
    return Capability(does=Does.HOLDS, words=_HELD)


def _android(focus: Focus, tablet: Able) -> Capability:
    if not tablet.owned:
        return Capability(does=Does.CANNOT, words=_NOT_OWNER)
    if focus.kind == "lock":
        at_once = tablet.told_at_once
        return Capability(does=Does.OPENS if at_once else Does.ONE_TAP, words=_COVERED if at_once else _COVERED_LATER)
    if not tablet.told_at_once:
        return Capability(does=Does.ONE_TAP, words=_TILE_ALONE)
    return Capability(does=Does.OPENS, words=_IN_FRONT if focus.kind == "app" else _PAGE_IN_FRONT)
