"""Carries wishes out: writes down what is asked, asks Apple, and follows each request until it is known what it did.

A crash at any point loses nothing. A request is in the store before it is made; one whose answer is not known is
looked up in what Apple says is assigned, and only what is missing there is asked for again.
"""

from collections.abc import Sequence
from functools import partial

import structlog

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.store import Connection, Database
from profiles.licences import call_store, licence_store, location_store, wish_store
from profiles.licences.answers import Assignment, Limits
from profiles.licences.batches import Plan, Pool, Request, plan_requests
from profiles.licences.call_store import Call
from profiles.licences.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    CountOvertaken,
    LicenceError,
    ServiceRefused,
)
from profiles.licences.keys import Keys
from profiles.licences.licence_store import Pair
from profiles.licences.location_store import Location
from profiles.licences.service_client import ServiceClient
from profiles.licences.settling import TOO_FEW, Settlement
from profiles.licences.transport import Access

log = structlog.get_logger()

_AT_ONCE = 5_000
_WAIT_MS = 60_000
_GRACE_MS = 120_000
"""How long a request without an answer is left alone, so that Apple has carried it out if it ever does."""
_FIRST_LOOK_MS = 2_000
_LONGEST_LOOK_MS = 300_000
_PATIENCE_MS = 24 * 3600_000
_UNKNOWN_EVENT = 9708
_INTERNAL = 9603
_LIMITS = frozenset({9700, 9701, 9702})


class Carrier:
    """Works through the wishes, one round at a time; only one may work on a database."""

    def __init__(
        self, database: Database, clock: Clock, client: ServiceClient, keys: Keys, settlement: Settlement
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._keys = keys
        self._settlement = settlement

    async def carry(self) -> set[str]:
        """Look at what is under way, then ask for what is open; return the locations to count again.

        Raises a `ServiceError` where the service cannot be asked at all. An error of one location leaves that one
        alone for a while, and keeps no other waiting.
        """
        stale: set[str] = set()
        for location, call in await self._database.read(self._due_calls):
            if await self._look(location, call):
                stale.add(location.location_id)
        if not await self._database.write(self._has_open):
            return stale
        limits = await self._client.limits()
        closed: set[str] = set()
        for location, call in await self._database.write(lambda conn: self._begin(conn, limits)):
            if location.location_id in closed:
                await self._database.write(partial(self._unsent, call.call_id))
            elif not await self._make(location, call):
                closed.add(location.location_id)
        return stale

    async def next_look(self) -> int | None:
        """Return when there is something to do (ms), as far as is known now; None when there is nothing."""
        return await self._database.read(self._next_look)

    def _next_look(self, conn: Connection) -> int | None:
        now = self._clock.ms()
        known = {one.location_id: one for one in location_store.locations(conn) if one.expires_at > now}
        usable = {name for name, one in known.items() if one.is_usable(now)}
        due = [one.paused_until for one in known.values() if one.paused_until is not None and one.paused_until > now]
        due += [call.next_look_at for call in call_store.calls(conn) if call.location_id in usable]
        next_wish = wish_store.next_due(conn)
        if next_wish is not None and usable:
            due.append(next_wish)
        return min(due, default=None)

    def _due_calls(self, conn: Connection) -> list[tuple[Location, Call]]:
        now = self._clock.ms()
        known = {one.location_id: one for one in location_store.locations(conn) if one.is_usable(now)}
        return [
            (known[call.location_id], call)
            for call in call_store.calls(conn)
            if call.next_look_at <= now and call.location_id in known
        ]

    def _has_open(self, conn: Connection) -> bool:
        """Note what retired tablets give back, and tell whether something is to be asked for."""
        now = self._clock.ms()
        wish_store.give_back_of_retired(conn, now=now)
        due = wish_store.next_due(conn)
        usable = any(one.is_usable(now) for one in location_store.locations(conn))
        return usable and due is not None and due <= now

    def _begin(self, conn: Connection, limits: Limits) -> list[tuple[Location, Call]]:
        """Decide what to ask for, and write it down."""
        now = self._clock.ms()
        wishes = wish_store.open_wishes(conn, now=now, limit=_AT_ONCE)
        if not wishes:
            return []
        known = location_store.locations(conn)
        under_way = {pair for call in call_store.calls(conn) for pair in call.pairs}
        plan = plan_requests(wishes, self._pools(conn, known), under_way, limits)
        self._keep(conn, plan)
        by_id = {one.location_id: one for one in known}
        return [(by_id[request.location_id], self._write(conn, request)) for request in plan.requests]

    def _pools(self, conn: Connection, known: Sequence[Location]) -> list[Pool]:
        now = self._clock.ms()
        own = set(location_store.own_locations(conn).values())
        asked = wish_store.asked_for(conn)
        counts = licence_store.counts(conn)
        return [
            Pool(
                location_id=one.location_id,
                is_common=one.location_id not in own,
                is_usable=one.is_usable(now),
                is_counted=one.counted_at is not None,
                free={
                    count.store_id: None
                    if count.unlimited
                    else count.available - asked.get((one.location_id, count.store_id), 0)
                    for count in counts
                    if count.location_id == one.location_id
                },
                irrevocable=frozenset(
                    count.store_id for count in counts if count.location_id == one.location_id and not count.revocable
                ),
            )
            for one in known
        ]

    def _keep(self, conn: Connection, plan: Plan) -> None:
        wish_store.put(conn, plan.done, state="done")
        wish_store.put_off(conn, plan.waiting, until=self._clock.ms() + _WAIT_MS)
        wish_store.forget(conn, plan.gone)
        for state, found in (("short", plan.short), ("refused", plan.refused)):
            for reason in sorted({reason for _, reason in found}):
                keys = [key for key, why in found if why == reason]
                wish_store.put(conn, keys, state=state, reason=reason)

    def _write(self, conn: Connection, request: Request) -> Call:
        now = self._clock.ms()
        call = Call(
            call_id=new_id(self._clock),
            location_id=request.location_id,
            kind=request.kind,
            store_ids=request.store_ids,
            serials=request.serials,
            event_id=None,
            begun_at=now,
            looks=0,
            next_look_at=now + _GRACE_MS,
        )
        call_store.add_call(conn, call)
        wish_store.calling(conn, call.call_id, request.keys)
        return call

    async def _make(self, location: Location, call: Call) -> bool:
        """Make a request that is written down; tell whether the location may be asked for more.

        What is not known afterwards is found out by `_look`.
        """
        ask = self._client.associate if call.kind == "associate" else self._client.disassociate
        try:
            event_id = await ask(self._keys.access(location), call.store_ids, call.serials)
        except (AnswerLost, AnswerNotUnderstood) as error:
            log.warning("licence_request_unanswered", call=call.call_id, code=error.code)
            await self._keys.failed(location, error)
            return False
        except ServiceRefused as error:
            await self._refused(call, error.number)
            return True
        except LicenceError as error:
            await self._database.write(partial(self._unsent, call.call_id))
            await self._keys.failed(location, error)
            return False
        await self._database.write(partial(self._accepted, call, event_id))
        return True

    def _unsent(self, call_id: str, conn: Connection) -> None:
        self._settlement.unsent(conn, call_id)

    def _accepted(self, call: Call, event_id: str, conn: Connection) -> None:
        call_store.accepted(conn, call.call_id, event_id, next_look_at=self._clock.ms() + _FIRST_LOOK_MS)
        location_store.resume(conn, call.location_id)

    async def _refused(self, call: Call, number: int) -> None:
        if number in _LIMITS:
            self._client.forget_limits()
            await self._database.write(partial(self._unsent, call.call_id))
        else:
            await self._database.write(lambda conn: self._settlement.refused(conn, call.call_id, number=number))

    async def _look(self, location: Location, call: Call) -> bool:
        """Find out what a request did; tell whether the location must be counted again."""
        try:
            stale = await self._follow(self._keys.access(location), call)
        except CountOvertaken:
            await self._wait(call)
            return False
        except LicenceError as error:
            await self._keys.failed(location, error)
            return False
        if location.failures:
            await self._database.write(lambda conn: location_store.resume(conn, location.location_id))
        return stale

    async def _follow(self, access: Access, call: Call) -> bool:
        number = 0
        if call.event_id is not None:
            try:
                status = await self._client.event(access, call.event_id)
            except ServiceRefused as error:
                if error.number != _UNKNOWN_EVENT:
                    raise
                number = _UNKNOWN_EVENT
            else:
                if status.event_status == "COMPLETE":
                    await self._database.write(lambda conn: self._settlement.complete(conn, call.call_id))
                    return False
                if status.event_status == "PENDING" and self._clock.ms() - call.begun_at < _PATIENCE_MS:
                    await self._wait(call)
                    return False
                if status.event_status == "FAILED":
                    numbers = [failure.error_number for failure in status.failures]
                    number = TOO_FEW if TOO_FEW in numbers else next(filter(None, numbers), _INTERNAL)
        assigned = await self._assigned(access, call)
        await self._database.write(lambda conn: self._settlement.partial(conn, call.call_id, assigned, number=number))
        return number == TOO_FEW

    async def _assigned(self, access: Access, call: Call) -> set[Pair]:
        """Return what Apple says is assigned of what a request was for, by as few questions as possible."""
        found: list[Assignment] = []
        if len(call.serials) <= len(call.store_ids):
            for serial in call.serials:
                listing = await self._client.assignments(access, serial=serial)
                found += listing.items if listing is not None else ()
        else:
            for store_id in call.store_ids:
                listing = await self._client.assignments(access, store_id=store_id)
                found += listing.items if listing is not None else ()
        return {(one.store_id, one.serial_number) for one in found if one.serial_number}

    async def _wait(self, call: Call) -> None:
        delay = min(_FIRST_LOOK_MS << min(call.looks + 1, 16), _LONGEST_LOOK_MS)
        at = self._clock.ms() + delay
        await self._database.write(lambda conn: call_store.looked(conn, call.call_id, next_look_at=at))
