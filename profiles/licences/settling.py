"""What becomes of wishes when it is known what Apple did: each function runs inside the caller's transaction.

All of them may be told the same twice: a request that is finished is not there any more.
"""

from collections.abc import Collection

import structlog

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection
from profiles.licences import call_store, licence_store, location_store, wish_store
from profiles.licences.batches import NOT_ENOUGH
from profiles.licences.call_store import Call
from profiles.licences.licence_store import Pair
from profiles.licences.wish_store import Key, OpenWish

log = structlog.get_logger()

TOO_FEW = 9709
"""Apple's number for: there are not enough licences."""

_ATTEMPTS = 6
_FIRST_DELAY_MS = 60_000
_LONGEST_DELAY_MS = 6 * 3600_000


class Settlement:
    """Writes down what became of requests."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def complete(self, conn: Connection, call_id: str) -> None:
        """Note that Apple carried out all of a request."""
        call = call_store.call_of(conn, call_id)
        if call is not None:
            self._finish(conn, call, call.pairs, number=0)

    def partial(self, conn: Connection, call_id: str, assigned: Collection[Pair], *, number: int) -> None:
        """Note what became of a request, as Apple's assignments show it; ``number`` is Apple's error, 0 for none.

        What was not carried out is asked for again: later and later after an error, at once when there was none.
        """
        call = call_store.call_of(conn, call_id)
        if call is not None:
            here = call.pairs & set(assigned)
            self._finish(conn, call, here if call.kind == "associate" else call.pairs - here, number=number)

    def refused(self, conn: Connection, call_id: str, *, number: int) -> None:
        """Note that Apple refused a request, so that nothing was done; each of its apps is asked for alone then.

        One that is refused alone stays so until a person wishes it again.
        """
        call = call_store.call_of(conn, call_id)
        if call is None:
            return
        if len(call.store_ids) > 1:
            self._finish(conn, call, set(), number=number, at_once=True)
            return
        keys = [_key(one) for one in wish_store.of_call(conn, call_id)]
        wish_store.settle(conn, call_id, keys, state="refused", reason=f"error_{number}")
        self._finish(conn, call, set(), number=number)

    def unsent(self, conn: Connection, call_id: str) -> None:
        """Note that a request did not go out: it is asked for again."""
        call = call_store.call_of(conn, call_id)
        if call is not None:
            now = self._clock.ms()
            waiting = wish_store.of_call(conn, call_id)
            wish_store.try_again(conn, call_id, [(_key(one), one.attempts, now, "") for one in waiting])
            call_store.end_call(conn, call_id)

    def _finish(
        self, conn: Connection, call: Call, carried_out: set[Pair], *, number: int, at_once: bool = False
    ) -> None:
        waiting = wish_store.of_call(conn, call.call_id)
        done = [one for one in waiting if (one.store_id, one.serial) in carried_out]
        left = [one for one in waiting if (one.store_id, one.serial) not in carried_out]
        self._note(conn, call, carried_out)
        # A tablet may have the licence of another location too: a wish to give back looks again for what is left.
        back = [(_key(one), 0, self._clock.ms(), "") for one in done if not one.wanted]
        wish_store.try_again(conn, call.call_id, back)
        wish_store.settle(conn, call.call_id, [_key(one) for one in done if one.wanted], state="done")
        self._open_again(conn, call, left, number, at_once=at_once)
        call_store.end_call(conn, call.call_id)
        wish_store.look_again(conn, {one.tablet_id for one in done if one.wanted}, now=self._clock.ms())
        self._journal.record(
            conn,
            "licences_assigned" if call.kind == "associate" else "licences_given_back",
            actor="system",
            subject=f"licence_location:{call.location_id}",
            detail={
                "event": call.event_id,
                "apps": sorted(call.store_ids),
                "licences": len(carried_out),
                "failed": len(call.pairs) - len(carried_out),
                "error": number,
            },
        )
        conn.publish("licences", call.location_id)
        log.info("licences_settled", kind=call.kind, licences=len(carried_out), failed=len(left), number=number)

    def _note(self, conn: Connection, call: Call, carried_out: set[Pair]) -> None:
        if call.kind == "associate":
            moved = licence_store.add_assignments(conn, call.location_id, sorted(carried_out))
        else:
            removed = licence_store.remove_assignments(conn, call.location_id, sorted(carried_out))
            moved = {store_id: -number for store_id, number in removed.items()}
            wish_store.reopen_short(conn, moved, now=self._clock.ms())
        licence_store.move_counts(conn, call.location_id, moved)
        location_store.changed(conn, call.location_id)

    def _open_again(self, conn: Connection, call: Call, left: list[OpenWish], number: int, *, at_once: bool) -> None:
        if number == TOO_FEW and call.kind == "associate":
            wish_store.settle(conn, call.call_id, [_key(one) for one in left], state="short", reason=NOT_ENOUGH)
            return
        reason = f"error_{number}" if number else ""
        failed = 1 if number else 0
        given_up = [_key(one) for one in left if one.attempts + failed >= _ATTEMPTS]
        wish_store.settle(conn, call.call_id, given_up, state="refused", reason=reason)
        now = self._clock.ms()
        again = [
            (_key(one), one.attempts + failed, now if at_once or not failed else now + _delay(one.attempts), reason)
            for one in left
        ]
        # Those that were given up wait for the request no more, so that this leaves them as they are.
        wish_store.try_again(conn, call.call_id, again)


def _delay(attempts: int) -> int:
    return min(_FIRST_DELAY_MS << attempts, _LONGEST_DELAY_MS)


def _key(one: OpenWish) -> Key:
    return (one.tablet_id, one.store_id)
