"""How the committee's pages speak: sentences, days, amounts, names of states and kinds, in the reader's language."""

from typing import Literal

import msgspec
from babel.dates import format_timedelta

from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from profiles.catalogue.item import KIND_NAMES as ITEM_KINDS
from profiles.catalogue.permissions import Permission, permission_of
from profiles.catalogue.subjects import SUBJECT_NAMES
from profiles.catalogue.trackers import PURPOSE_NAMES
from profiles.charter.convention_words import KIND_NAMES
from profiles.charter.meeting_record import BodyPresence, MeetingKind, MeetingState, Presence
from profiles.charter.minutes import PRESENCES
from profiles.charter.proposal_life import STATE_WORDS
from profiles.charter.sentence import ZONE, Day, Hour, Money, Param, in_words

_ACCOUNT = "account:"
_HOUR_MS = 3_600_000

STATE_TONES = {
    "draft": "",
    "submitted": "care",
    "sent_back": "care",
    "admissible": "care",
    "examined": "care",
    "vote_open": "care",
    "adopted": "good",
    "rejected": "bad",
    "in_edition": "good",
    "impossible": "bad",
    "withdrawn": "",
}
"""The colour of a state's mark, which its words say too."""

EVENT_WORDS: dict[str, str] = {
    **{str(state): words for state, words in STATE_WORDS.items()},
    "comment": N_("comment"),
    "request": N_("request for information"),
    "answer": N_("answer"),
    "recusal": N_("conflict of interest declared"),
}
CHOICES = {"yes": N_("Yes"), "no": N_("No"), "abstain": N_("I abstain")}
MEETING_STATES: dict[MeetingState, str] = {"called": N_("called"), "held": N_("being held"), "closed": N_("closed")}
MEETING_KINDS: dict[MeetingKind, str] = {"room": N_("meeting in a room"), "written": N_("written consultation")}
CYCLES = {
    1: N_("cycle 1 (nursery school)"),
    2: N_("cycle 2 (CP to CE2)"),
    3: N_("cycle 3 (CM1 to 6e)"),
    4: N_("cycle 4 (5e to 3e)"),
}
UNITS = {
    "tablet": N_("for each tablet"),
    "pupil": N_("for each pupil"),
    "class": N_("for each class"),
    "school": N_("for each school"),
    "territory": N_("for the whole territory"),
}
PERIODS = {"once": N_("once"), "month": N_("each month"), "year": N_("each year")}
OFFLINE = {"yes": N_("yes"), "partly": N_("partly"), "no": N_("no")}
PLATFORMS = {"ipad": "iPad", "android": "Android"}


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks in one language at one moment, ``now`` in milliseconds since the epoch."""

    translate: Translator
    now: int

    def say(self, value: Param) -> str:
        """Return a sentence, a day, a text or a list of them."""
        return in_words(value, self.translate)

    def day(self, moment: int) -> str:
        """Return a day in full."""
        return Day(moment).text(self.translate)

    def hour(self, moment: int) -> str:
        """Return a day and its hour."""
        return Hour(moment).text(self.translate)

    def field_hour(self, moment: int) -> str:
        """Return a day and hour as a form's field has it."""
        return from_ms(moment).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def money(self, cents: int) -> str:
        """Return an amount."""
        return Money(cents).text(self.translate)

    def left(self, moment: int) -> str:
        """Return how far a moment is, such as “in 3 days” or “2 hours ago”."""
        apart = from_ms(moment) - from_ms(self.now)
        least: Literal["minute", "hour"] = "minute" if abs(moment - self.now) < _HOUR_MS else "hour"
        return str(
            format_timedelta(apart, granularity=least, add_direction=True, threshold=1.2, locale=self.translate.lang)
        )

    def kind(self, kind: str) -> str:
        """Return what kind of decision this is."""
        return self.translate(KIND_NAMES[kind])

    def state(self, state: str) -> str:
        """Return a proposal's state."""
        return self.translate(EVENT_WORDS[state])

    def tone(self, state: str) -> str:
        """Return the colour of a proposal's state."""
        return STATE_TONES[state]

    def choice(self, choice: str) -> str:
        """Return a ballot's choice."""
        return self.translate(CHOICES[choice])

    def person(self, actor: str) -> str:
        """Return who an actor of the journal is."""
        if actor.startswith(_ACCOUNT):
            return actor.removeprefix(_ACCOUNT)
        return self.translate(N_("the server")) if actor == "system" else actor

    def meeting_state(self, state: MeetingState) -> str:
        """Return a meeting's state."""
        return self.translate(MEETING_STATES[state])

    def meeting_kind(self, kind: MeetingKind) -> str:
        """Return a meeting's kind."""
        return self.translate(MEETING_KINDS[kind])

    def presence(self, presence: Presence | None) -> str:
        """Return whether a seat was there."""
        return self.translate(PRESENCES[presence]) if presence is not None else self.translate(N_("not noted"))

    def quorum(self, body: BodyPresence) -> str:
        """Return whether enough seats of a body are there."""
        if body.quorum == 0:
            return self.translate(N_("none is needed"))
        words = N_("reached ({present} of {quorum})")
        if not body.quorum_reached:
            words = N_("not reached ({present} of {quorum})")
        return self.translate(words, present=body.present, quorum=body.quorum)

    def item_kind(self, kind: str) -> str:
        """Return what an item of the catalogue is."""
        return self.translate(ITEM_KINDS[kind])  # type: ignore[index]

    def cycle(self, level: int) -> str:
        """Return a cycle."""
        return self.translate(CYCLES[level])

    def subject(self, subject: str) -> str:
        """Return what is taught."""
        return self.translate(SUBJECT_NAMES[subject])  # type: ignore[index]

    def platform(self, platform: str) -> str:
        """Return a kind of tablet."""
        return PLATFORMS[platform]

    def unit(self, unit: str) -> str:
        """Return for what a licence is paid."""
        return self.translate(UNITS[unit])

    def period(self, period: str) -> str:
        """Return how often a licence is paid."""
        return self.translate(PERIODS[period])

    def offline(self, answer: str) -> str:
        """Return whether something works without a network."""
        return self.translate(OFFLINE[answer])

    def permission(self, name: str) -> Permission:
        """Return what a permission lets an app do; its words are still to be translated."""
        return permission_of(name)

    def tracker(self, purpose: str) -> str:
        """Return what a tracker does."""
        return self.translate(PURPOSE_NAMES[purpose])  # type: ignore[index]
