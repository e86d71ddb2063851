"""Reads what `next_actions` needs to know of a rollout. Only reading; run on a snapshot."""

from collections.abc import Mapping, Sequence

from mdm.clock import from_ms, to_ms
from mdm.errors import ValiseError
from mdm.home.calendar.calendars import CalendarBook, calendar_book
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.rollouts import progress_store, rollout_store
from profiles.rollouts.gates import Counts, Outcome, judge
from profiles.rollouts.licensing import Licensing, shortage_reason
from profiles.rollouts.pacing import MINUTE_MS, Facts, WaitingKit
from profiles.rollouts.reason import Reason, reason_of
from profiles.rollouts.rollout import Rollout, RolloutState
from profiles.rollouts.rollout_store import KitToMove
from profiles.rollouts.waves import Window, is_open, opens_at

_LOOKED_AT = 4
"""How many times as many open kits as may be moved at once are asked for their charge."""


class FactReader:
    """Reads a rollout's facts."""

    def __init__(self, agreed: AgreedEditions, licensing: Licensing) -> None:
        self._agreed = agreed
        self._licensing = licensing

    def facts(self, conn: Connection, rollout: Rollout, now: int) -> Facts:
        """Return what is known of a rollout now."""
        if rollout.state is RolloutState.ROLLING_BACK:
            limit = rollout.plan.kits_per_minute
            to_return = rollout_store.kits_to_return(conn, rollout.rollout_id, limit=limit)
            return Facts(to_return=tuple(to_return), refused=self._refused(conn, rollout.previous_id))
        counts = total(progress_store.counts_by_wave(conn, rollout.rollout_id))
        refused = self._refused(conn, rollout.edition_id)
        if rollout.wave == 0:
            return Facts(counts=counts, refused=refused, shortage=self._shortage(conn, rollout, 1, now))
        left = rollout_store.kits_to_move(conn, rollout.rollout_id, rollout.wave)
        kits = rollout_store.wave_kits(conn, rollout.rollout_id)
        last_moved = [one.last_moved_at for one in kits if one.wave <= rollout.wave and one.last_moved_at is not None]
        lately = rollout_store.moved_since(conn, rollout.rollout_id, after=now - MINUTE_MS, now=now)
        last_moved_at = max(last_moved, default=None)
        passed = not left and judge(rollout.plan.gates, counts, last_moved_at, now).outcome is Outcome.PASS
        return Facts(
            counts=counts,
            waiting=self._waiting(conn, rollout, left, now),
            left=len(left),
            last_moved_at=last_moved_at,
            moved_lately=lately,
            shortage=self._shortage(conn, rollout, rollout.wave + 1, now) if passed else None,
            refused=refused,
        )

    def _refused(self, conn: Connection, edition_id: str) -> Reason | None:
        try:
            self._agreed.record(conn, edition_id)
        except ValiseError as error:
            return reason_of(error)
        return None

    def _shortage(self, conn: Connection, rollout: Rollout, wave: int, now: int) -> Reason | None:
        if wave > len(rollout.plan.waves):
            return None
        kits = rollout_store.kits_of_wave(conn, rollout.rollout_id, wave)
        try:
            return shortage_reason(self._licensing.shortages(conn, kits, rollout.edition_id, now))
        except ValiseError as error:
            return reason_of(error)

    def _waiting(
        self, conn: Connection, rollout: Rollout, left: Sequence[KitToMove], now: int
    ) -> tuple[WaitingKit, ...]:
        window = rollout.plan.waves[rollout.wave - 1].window
        opening = openings(calendar_book(conn), window, [kit.uai for kit in left], now)
        may_go = [kit.kit_id for kit in left if opening[kit.uai] == now]
        gates = rollout.plan.gates
        wanted, charged = rollout.plan.kits_per_minute, dict[str, bool]()
        for begin in range(0, len(may_go), wanted * _LOOKED_AT):
            page = may_go[begin : begin + wanted * _LOOKED_AT]
            charged |= progress_store.charged_kits(conn, page, percent=gates.battery_percent)
            if sum(charged.values()) >= wanted:
                break
        return tuple(
            WaitingKit(
                kit_id=kit.kit_id,
                is_open=opening[kit.uai] == now,
                charged=charged.get(kit.kit_id, opening[kit.uai] != now),
                opens_at=opening[kit.uai],
            )
            for kit in left
        )


def openings(book: CalendarBook, window: Window, schools: Sequence[str], now: int) -> dict[str, int | None]:
    """Return when each school's kits may be moved next, in milliseconds: ``now`` where they may now."""
    moment = from_ms(now)
    found: dict[str, int | None] = {}
    for uai in set(schools):
        calendar = book.of_school(uai)
        if is_open(window, calendar, moment):
            found[uai] = now
        else:
            next_opening = opens_at(window, calendar, moment)
            found[uai] = None if next_opening is None else to_ms(next_opening)
    return found


def total(by_wave: Mapping[int, Counts]) -> Counts:
    """Return the counts of all waves together."""
    names = Counts.__struct_fields__
    return Counts(**{name: sum(getattr(one, name) for one in by_wave.values()) for name in names})
