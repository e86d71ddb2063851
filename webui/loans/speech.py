"""How the pages of pupils and loans speak: days, states and answers in words."""

from collections.abc import Mapping
from datetime import date

import msgspec
from babel.dates import format_date

from mdm.home.guardians.guardian_store import InvitationState
from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import PART_NAMES, WEAR_NAMES, Acceptance, Condition, Part, Way, Wear
from mdm.home.loans.reminders import Step
from mdm.home.loans.states import STATE_NAMES, LoanState
from mdm.home.pupils.doubts import REASON_WORDS, Answer
from mdm.home.pupils.matching import Action as LineAction
from mdm.home.pupils.matching import Reason
from mdm.home.pupils.names import NameForm
from mdm.i18n import N_, Translator

LIST_NAMES: Mapping[str, str] = {
    "to_prepare": N_("To prepare"),
    LoanList.WAITING.value: N_("Waiting for the family"),
    LoanList.TO_HAND_OVER.value: N_("To hand over"),
    LoanList.OUT.value: N_("At home"),
    LoanList.OVERDUE.value: N_("Overdue"),
    LoanList.LOST.value: N_("Lost"),
    LoanList.OVER.value: N_("Over"),
}
NAME_FORMS: Mapping[NameForm, str] = {
    NameForm.FIRST: N_("The first name alone"),
    NameForm.INITIAL: N_("The first name and the initial of the last name"),
    NameForm.FULL: N_("The whole name"),
}
LINE_ACTIONS: Mapping[LineAction, str] = {
    LineAction.ADD: N_("is new"),
    LineAction.BACK: N_("is back"),
    LineAction.MOVE: N_("changes class"),
    LineAction.KNOWN: N_("known"),
    LineAction.ASK: N_("is asked about"),
}
ANSWERS: Mapping[Answer, str] = {
    Answer.SAME: N_("The same child"),
    Answer.DIFFERENT: N_("Another child"),
    Answer.MOVED: N_("The same child, who left the other school"),
    Answer.BOTH: N_("The same child, in both schools"),
}
CODE_WORDS: Mapping[InvitationState, str] = {
    InvitationState.NONE: N_("no code yet"),
    InvitationState.WAITING: N_("code given, not used yet"),
    InvitationState.USED: N_("has an account"),
    InvitationState.EXPIRED: N_("the code's time is over"),
    InvitationState.WITHDRAWN: N_("code withdrawn"),
}
STEP_WORDS: Mapping[Step, str] = {
    Step.SOON: N_("comes back soon"),
    Step.OVERDUE: N_("should be back"),
    Step.AGAIN: N_("a week late"),
    Step.LAST: N_("two weeks late"),
}
_TONES: Mapping[LoanState, str] = {
    LoanState.PREPARED: "care",
    LoanState.ACCEPTED: "care",
    LoanState.HANDED_OVER: "good",
    LoanState.LOST: "bad",
}
_ON_PHONE = N_("on a phone")
_ON_PAPER = N_("on paper")


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks one language."""

    translate: Translator

    def day(self, day: date | str) -> str:
        """Return a day in full."""
        at = date.fromisoformat(day) if isinstance(day, str) else day
        text = str(format_date(at, "long", locale=self.translate.lang))
        return f"1er {text[2:]}" if self.translate.lang == "fr" and at.day == 1 else text

    def state(self, state: LoanState) -> str:
        """Return a loan's state, as a sentence begins."""
        return _capital(self.translate(STATE_NAMES[state]))

    def tone(self, state: LoanState, *, overdue: bool = False) -> str:
        """Return the class of a state's badge."""
        return "bad" if overdue else _TONES.get(state, "")

    def parts(self, parts: tuple[Part, ...]) -> str:
        """Return what goes with a tablet."""
        return ", ".join(self.translate(PART_NAMES[one]) for one in parts) or "–"

    def part(self, part: Part) -> str:
        """Return one thing that goes with a tablet."""
        return self.translate(PART_NAMES[part])

    def wear(self, wear: Wear) -> str:
        """Return how something looks."""
        return self.translate(WEAR_NAMES[wear])

    def condition(self, condition: Condition) -> list[str]:
        """Return a tablet's state, sentence by sentence."""
        found = [
            self.translate(N_("Screen: {wear}."), wear=self.wear(condition.screen)),
            self.translate(N_("Body: {wear}."), wear=self.wear(condition.body)),
        ]
        if not condition.works:
            found.append(self.translate(N_("It does not work.")))
        if condition.missing:
            found.append(self.translate(N_("Missing: {parts}."), parts=self.parts(condition.missing)))
        if condition.note:
            found.append(condition.note)
        return found

    def way(self, acceptance: Acceptance) -> str:
        """Return how a guardian said yes."""
        return self.translate(_ON_PHONE if acceptance.way is Way.PHONE else _ON_PAPER)

    def code(self, state: InvitationState) -> str:
        """Return what became of a code."""
        return self.translate(CODE_WORDS[state])

    def reason(self, reason: Reason) -> str:
        """Return why a line is asked about."""
        return self.translate(REASON_WORDS[reason])

    def answer(self, answer: Answer) -> str:
        """Return an answer to a question of an import."""
        return self.translate(ANSWERS[answer])

    def does(self, action: LineAction) -> str:
        """Return what a line of an import does."""
        return self.translate(LINE_ACTIONS[action])

    def step(self, step: Step) -> str:
        """Return what a reminder is about."""
        return self.translate(STEP_WORDS[step])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
