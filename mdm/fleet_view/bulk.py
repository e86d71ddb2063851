"""Actions on many tablets: first what would happen, then, when a person says so, in the background, part by part."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.android.orders import AgentOrders
from mdm.apple.orders import Orders
from mdm.clock import Clock
from mdm.errors import Param, ValiseError
from mdm.fleet import slot_binding
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit_store import slot_of_tablet
from mdm.fleet.reach import Reach
from mdm.fleet.tablet import Platform
from mdm.fleet.tablet_store import require_tablet
from mdm.fleet_view.bulk_actions import (
    BulkAction,
    CountNotTyped,
    NothingChosen,
    NotManaged,
    TooManyChosen,
    clean_argument,
    find_action,
)
from mdm.fleet_view.bulk_checks import Checker, apple_command, checked
from mdm.fleet_view.filters import TabletFilter
from mdm.fleet_view.list_store import Order, chosen, places_of_page
from mdm.i18n import Translator
from mdm.journal import Journal
from mdm.long_work.errors import WorkUnknown
from mdm.long_work.service import LongWorks
from mdm.long_work.work import Carried, LongWork, Outcome, Part, WorkKind, reason_in_words
from mdm.store import Connection, Database

KIND = "tablets"
"""The kind of long work that these are; its subject is ``fleet``."""
LIMIT = 10_000
_PARTS = 100
_EXAMPLES = 3


class BulkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: the action, its argument, and to how many tablets it could be done at the dry run."""

    action: str
    argument: str
    able: int


class Hindered(msgspec.Struct, frozen=True, kw_only=True):
    """Tablets to which it cannot be done for one reason; ``examples``: some of them."""

    message: str
    params: Mapping[str, Param]
    tablets: int
    examples: tuple[str, ...]

    def text(self, translate: Translator) -> str:
        """Return the reason in the translator's language."""
        return reason_in_words(self.message, self.params, translate)


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen. ``work`` is the draft to begin; ``typed``: the number to type for what cannot be undone."""

    work: LongWork
    action: BulkAction
    able: int
    hindered: tuple[Hindered, ...]
    typed: int | None


class Bulk:
    """Prepares and carries out actions; ``actor`` is who asks."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        fleet: Fleet,
        orders: Orders,
        agent_orders: AgentOrders,
        works: LongWorks,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._fleet = fleet
        self._orders = orders
        self._agent_orders = agent_orders
        self._works = works

    def kind(self) -> WorkKind:
        """Return the kind of long work that a server's runner carries on."""
        return WorkKind(name=KIND, step=self._step, parts_a_step=_PARTS)

    async def dry_run(
        self, action_name: str, wanted: TabletFilter | Sequence[str], reach: Reach, *, argument: str = "", actor: str
    ) -> DryRun:
        """Choose tablets by a filter or by identifiers, and tell what would happen to them; those out of reach are not.

        The choice is kept for an hour. Raises `ActionUnknown`, `ActionArgumentWrong`, `NothingChosen`, `TooManyChosen`,
        or `KitUnknown` for the kit to move to.
        """
        action = find_action(action_name)
        given = clean_argument(action, argument)
        now = self._clock.ms()

        def look(conn: Connection) -> list[tuple[str, ValiseError | None]]:
            return checked(conn, action, given, _chosen(conn, wanted, reach, now))

        found = await self._database.read_long(look)
        able = sum(reason is None for _, reason in found)
        spec = BulkSpec(action=action.name, argument=given, able=able)
        work = await self._works.prepare(
            KIND,
            [tablet_id for tablet_id, _ in found],
            spec=msgspec.json.encode(spec).decode(),
            subject="fleet",
            actor=actor,
        )
        return DryRun(
            work=work, action=action, able=able, hindered=_grouped(found), typed=able if action.final else None
        )

    async def carry_out(self, work_id: str, *, typed: int | None = None, actor: str) -> LongWork:
        """Begin what this person prepared; asked again, it goes on and is not begun twice.

        Raises `CountNotTyped`, `WorkUnknown` (also for what somebody else prepared), `WorkExpired`.
        """
        work = await self._works.show(work_id)
        if work.kind != KIND or work.started_by != actor:
            raise WorkUnknown
        spec = spec_of(work)
        if find_action(spec.action).final and typed != spec.able:
            raise CountNotTyped(count=spec.able)
        return await self._works.begin(work_id, actor=actor)

    async def _step(self, work: LongWork, parts: Sequence[Part]) -> Carried:
        spec = spec_of(work)
        action = find_action(spec.action)

        def carry(conn: Connection) -> list[Outcome]:
            checker = Checker(conn, action, spec.argument)
            able: list[Part] = []
            outcomes: list[Outcome] = []
            for part in parts:
                reason = checker.reason(part.key)
                if reason is not None:
                    outcomes.append(Outcome.refused(part, reason))
                    continue
                able.append(part)
                self._do(conn, action, part.key, checker, work.started_by)
            if action.is_command:
                return outcomes + list(self._command(conn, action, spec.argument, able, work.started_by))
            return outcomes + [Outcome.done(part) for part in able]

        return carry

    def _do(self, conn: Connection, action: BulkAction, tablet_id: str, checker: Checker, actor: str) -> None:
        """Do to one tablet what is not a command; it was checked before."""
        if action.event is not None:
            self._fleet.apply(conn, tablet_id, action.event, actor=actor)
        elif action.needs:
            slot = checker.next_place()
            slot_binding.assign_tablet(
                conn,
                self._journal,
                tablet_id=tablet_id,
                kit_id=slot.kit_id,
                slot_number=slot.number,
                actor=actor,
            )
        elif not action.is_command:
            held = slot_of_tablet(conn, tablet_id)
            if held is not None:
                slot_binding.free_slot(conn, self._journal, kit_id=held.kit_id, slot_number=held.number, actor=actor)

    def _command(
        self, conn: Connection, action: BulkAction, argument: str, parts: Sequence[Part], actor: str
    ) -> list[Outcome]:
        """Queue one command for all the tablets of a platform."""
        kinds = {part.key: require_tablet(conn, part.key).platform for part in parts}
        ipads = [part.key for part in parts if kinds[part.key] is Platform.IPAD]
        agents = [part.key for part in parts if kinds[part.key] is Platform.ANDROID]
        refused: dict[str, ValiseError] = {}
        if ipads:
            ordered = self._orders.queue(conn, apple_command(action, argument), ipads, actor=actor)
            refused |= {one.tablet_id: one.reason for one in ordered.refused}
        if agents:
            arguments = {"message": argument} if argument and action.takes else {}
            given = self._agent_orders.queue(conn, action.android, arguments, agents, actor=actor)
            refused |= {tablet_id: NotManaged() for tablet_id in given.absent}
        return [
            Outcome.refused(part, refused[part.key]) if part.key in refused else Outcome.done(part) for part in parts
        ]


def spec_of(work: LongWork) -> BulkSpec:
    """Return what a work of this kind is to do."""
    return msgspec.json.decode(work.spec, type=BulkSpec)


def _chosen(conn: Connection, wanted: TabletFilter | Sequence[str], reach: Reach, now: int) -> list[str]:
    if isinstance(wanted, TabletFilter):
        condition = chosen(wanted, reach, now=now)
        places = places_of_page(conn, condition, Order(), beyond=None, backwards=False, limit=LIMIT + 1)
        tablets = [tablet_id for _, tablet_id in places]
    else:
        condition = chosen(TabletFilter(), reach, now=now)
        rows = conn.many_returning(
            "SELECT tablet_glance.tablet_id FROM tablet_glance"  # noqa: S608
            f" WHERE tablet_glance.tablet_id = :tablet_id AND {condition.condition}",
            [{**condition.params, "tablet_id": tablet_id} for tablet_id in dict.fromkeys(wanted)][: LIMIT + 1],
        )
        tablets = [row["tablet_id"] for row in rows if row is not None]
    if not tablets:
        raise NothingChosen
    if len(tablets) > LIMIT:
        raise TooManyChosen(count=len(tablets), limit=LIMIT)
    return tablets


def _grouped(found: Sequence[tuple[str, ValiseError | None]]) -> tuple[Hindered, ...]:
    groups: dict[tuple[str, str], list[tuple[str, ValiseError]]] = {}
    for tablet_id, reason in found:
        if reason is not None:
            groups.setdefault((reason.code, str(reason)), []).append((tablet_id, reason))
    ranked = sorted(groups.values(), key=lambda group: -len(group))
    return tuple(
        Hindered(
            message=type(group[0][1]).message,
            params=group[0][1].params,
            tablets=len(group),
            examples=tuple(tablet_id for tablet_id, _ in group[:_EXAMPLES]),
        )
        for group in ranked
    )
