"""How the pages of rollouts speak: states, waves, windows, shares and sizes in words."""

from collections.abc import Mapping

import msgspec
from babel.numbers import format_decimal

from mdm.i18n import N_, Translator
from profiles.rollouts.gates import STATE_NAMES as TABLET_STATES
from profiles.rollouts.gates import Counts, TabletState
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout import STATE_NAMES, Change, RolloutState
from profiles.rollouts.rollout_store import ChangeLine
from profiles.rollouts.waves import Wave, Window

_TONES: Mapping[RolloutState, str] = {
    RolloutState.RUNNING: "care",
    RolloutState.PAUSED: "bad",
    RolloutState.ROLLING_BACK: "bad",
    RolloutState.COMPLETED: "good",
}
_HAPPENED: Mapping[Change, str] = {
    Change.START: N_("Started"),
    Change.PAUSE: N_("Paused"),
    Change.RESUME: N_("Went on"),
    Change.ROLL_BACK: N_("Told to go back"),
    Change.REPLACE: N_("Replaced by the rollout of a newer edition"),
    Change.OPEN_WAVE: N_("Wave {number} begins"),
    Change.COMPLETE: N_("Completed: the edition is the territory's current one"),
    Change.FINISH_ROLL_BACK: N_("Every kit is back"),
}
_ILL: Mapping[TabletState, str] = {
    TabletState.FAILED: N_("It refused something."),
    TabletState.LATE: N_("It was heard, and has not become what it should be in time."),
    TabletState.DRIFTED: N_("It had everything, and lost some of it."),
}
_MEGA = 1_000_000
_GIGA = 1_000_000_000


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Speaks one language."""

    translate: Translator

    def state(self, state: RolloutState) -> str:
        """Return a rollout's state, as a sentence begins."""
        return _capital(self.translate(STATE_NAMES[state]))

    def tone(self, state: RolloutState) -> str:
        """Return the class of a state's badge."""
        return _TONES.get(state, "")

    def happened(self, line: ChangeLine) -> str:
        """Return a line of a rollout's history."""
        if line.change is Change.OPEN_WAVE:
            return self.translate(_HAPPENED[line.change], number=line.wave)
        return self.translate(_HAPPENED[line.change])

    def reason(self, reason: Reason) -> str:
        """Return why a rollout waits or stopped."""
        return reason.in_words(self.translate)

    def wave(self, wave: Wave) -> str:
        """Return which kits a wave has."""
        if wave.pilots:
            return self.translate(N_("The pilot kits"))
        if wave.per_mille is None:
            return self.translate(N_("All kits that are left"))
        share = str(format_decimal(wave.per_mille / 10, locale=self.translate.lang))
        return self.translate(N_("{share} % of the other kits"), share=share)

    def window(self, window: Window) -> str:
        """Return when a wave's kits are moved."""
        hours = ""
        if window.begin is not None and window.end is not None:
            hours = self.translate(N_("from {begin} to {end}"), begin=window.begin, end=window.end)
        if window.outside_class and hours:
            return self.translate(N_("outside class time, {hours}"), hours=hours)
        if window.outside_class:
            return self.translate(N_("outside class time: not from half an hour before the school day to its end"))
        return hours or self.translate(N_("at any time"))

    def tablets(self, state: str) -> str:
        """Return a tablet's state in a rollout."""
        return self.translate(TABLET_STATES[TabletState(state)])

    def ill(self, state: TabletState) -> str:
        """Return what is the matter with a tablet."""
        return self.translate(_ILL[state])

    def size(self, size: int) -> str:
        """Return a size in bytes."""
        if size >= _GIGA:
            return self.translate(N_("{n} GB"), n=self._number(size / _GIGA))
        return self.translate(N_("{n} MB"), n=self._number(size / _MEGA))

    def _number(self, value: float) -> str:
        return str(format_decimal(round(value, 1 if value < 100 else 0), locale=self.translate.lang))


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A gate with its limit and what is measured now, in percent; ``now`` is None before anything is known."""

    name: str
    limit: int
    now: int | None
    at_least: bool
    pauses: bool


def gauges_of(counts: Counts, *, errors: int, drifted: int, converged: int, heard: int) -> list[Gauge]:
    """Return the gates that are measured on tablets; ``name`` is a message to translate."""
    return [
        Gauge(
            name=N_("refused something"),
            limit=errors,
            now=_share(counts.failed, counts.heard),
            at_least=False,
            pauses=True,
        ),
        Gauge(
            name=N_("lost what they had"),
            limit=drifted,
            now=_share(counts.drifted, counts.heard),
            at_least=False,
            pauses=True,
        ),
        Gauge(
            name=N_("are what they should be"),
            limit=converged,
            now=_share(counts.converged, counts.judged),
            at_least=True,
            pauses=True,
        ),
        Gauge(name=N_("were heard"), limit=heard, now=_share(counts.judged, counts.moved), at_least=True, pauses=False),
    ]


def _share(part: int, whole: int) -> int | None:
    return round(part * 100 / whole) if whole else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
