"""How the pages of the fleet speak: what is done to one tablet, and how long work stands."""

from collections.abc import Mapping

import msgspec

from mdm.fleet_view.bulk import spec_of
from mdm.fleet_view.bulk_actions import ACTIONS, BulkAction
from mdm.i18n import N_, Translator
from mdm.long_work.work import LongWork, WorkState

ONE: Mapping[str, str] = {
    "refresh": N_("Ask it how it is now"),
    "restart": N_("Restart it"),
    "shut_down": N_("Switch it off"),
    "lock": N_("Lock its screen"),
    "unlock": N_("Unlock its screen"),
    "move": N_("Move it to another kit"),
    "spare": N_("Take it out of its kit, as a spare"),
    "broken": N_("Declare it broken"),
    "erase": N_("Erase it: all that is on it is lost"),
    "retire": N_("Retire it for good"),
}
"""What is done to one tablet, by the action's name."""

_STATES: Mapping[WorkState, str] = {
    WorkState.DRAFT: N_("Prepared, not begun"),
    WorkState.WAITING: N_("Waits for its turn"),
    WorkState.RUNNING: N_("Under way"),
    WorkState.DONE: N_("Done"),
    WorkState.CANCELLED: N_("Stopped"),
    WorkState.FAILED: N_("Could not go on"),
}
_TONES: Mapping[WorkState, str] = {
    WorkState.WAITING: "care",
    WorkState.RUNNING: "care",
    WorkState.DONE: "good",
    WorkState.FAILED: "bad",
}


class Speech(msgspec.Struct, frozen=True):
    """Speaks one language."""

    translate: Translator

    def one(self, action: BulkAction) -> str:
        """Return what an action does to one tablet."""
        return self.translate(ONE[action.name])

    def many(self, action: BulkAction) -> str:
        """Return what an action does to many tablets."""
        return self.translate(action.about)

    def work(self, work: LongWork) -> str:
        """Return what long work does."""
        return self.many(ACTIONS[spec_of(work).action])

    def state(self, work: LongWork) -> str:
        """Return how long work stands."""
        return self.translate(_STATES[work.state])

    def tone(self, work: LongWork) -> str:
        """Return the class of its badge."""
        return _TONES.get(work.state, "")
