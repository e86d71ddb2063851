"""A meeting's page: whole, or the parts of it that changed while somebody follows it."""

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.store import Connection
from profiles.charter import proposal_store, vote_store
from profiles.charter.meeting_record import AgendaItem, MeetingRecord
from profiles.charter.proposal_store import ProposalLine
from webui.committee.counts import VoteCount, count_of
from webui.committee.desk import Desk
from webui.committee.my_votes import VotingSeat, voting_seats
from webui.forms import NOTHING, Given
from webui.live import Parts

_OFFERED = 40


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the agenda as it stands now; ``seats``: those for which the reader may vote."""

    item: AgendaItem
    count: VoteCount | None = None
    seats: tuple[VotingSeat, ...] = ()


class MeetingSheet:
    """Renders a meeting for those who follow it and for whoever keeps it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._services = desk.services

    async def page(
        self,
        request: web.Request,
        meeting_id: str,
        *,
        refused: ValiseError | None = None,
        at: str = "",
        given: Given = NOTHING,
    ) -> web.Response:
        """Return the whole page; raise `MeetingUnknown`."""
        record = await self._services.meetings.show(meeting_id)
        return self._desk.page(
            request,
            "meeting.html",
            refused=refused,
            at=at,
            given=given,
            record=record,
            items=await self.items(request, record),
            offered=await self._services.database.read(lambda conn: _offered(conn, record)),
        )

    async def parts(self, request: web.Request, meeting_id: str) -> Parts:
        """Return the parts that move: the state, who is there, and each item with its vote."""
        record = await self._services.meetings.show(meeting_id)
        parts = {
            "meeting-state": self._desk.part(request, "_meeting_state.html", record=record),
            "presence": self._desk.part(request, "_meeting_presence.html", record=record),
        }
        for one in await self.items(request, record):
            name = f"item-{one.item.position}"
            parts[name] = self._desk.part(request, "_meeting_item.html", record=record, one=one)
        return parts

    async def items(self, request: web.Request, record: MeetingRecord) -> tuple[Item, ...]:
        """Return the agenda with the votes on it."""
        login, now = self._desk.login_or_none(request), self._services.clock.ms()
        return await self._services.database.read(
            lambda conn: tuple(self._item(conn, item, login, now) for item in record.items)
        )

    def _item(self, conn: Connection, item: AgendaItem, login: str, now: int) -> Item:
        if item.proposal is None:
            return Item(item=item)
        round_ = item.vote.round if item.vote is not None else None
        vote = vote_store.vote_of(conn, item.proposal.proposal_id, round_)
        if vote is None:
            return Item(item=item)
        charter = self._services.charter
        is_open = vote.closed_at is None and now < vote.closes_at
        return Item(
            item=item,
            count=count_of(conn, charter, vote, now),
            seats=voting_seats(conn, charter, vote, login, now) if is_open else (),
        )


def _offered(conn: Connection, record: MeetingRecord) -> list[ProposalLine]:
    """Return the proposals that can be put on an agenda and are not on it."""
    there = {one.proposal.proposal_id for one in record.items if one.proposal is not None}
    found = [
        line
        for state in ("examined", "admissible", "submitted")
        for line in proposal_store.list_proposals(conn, state=state, limit=_OFFERED)
    ]
    return [one for one in found if one.proposal_id not in there]
