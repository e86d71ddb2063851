"""Puts a committee at work into a prepared server: ``python -m tests.api.busy_committee CONFIG``.

It prints what each person's browser sends, and the names of what is there, as JSON.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec

from mdm.clock import SystemClock, to_ms
from mdm.committee_parts import CommitteeParts, committee_parts
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import Connection, open_database
from mdm.vault_key import open_vault
from profiles.charter.committee import Appointment
from profiles.charter.drafting import Draft
from profiles.charter.meetings import Entry, Invitation
from tests.api.chamber import ADD_LIRE, NO_CAMERA, signed_in
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import EVERYBODY, Committee

STATES = ("draft", "submitted", "admissible", "examined", "open", "voted")
"""What proposals there are: of each, three by each of four authors. In those that are voted everybody voted."""
_WEEK_MS = 7 * 86_400_000


class BusyCommittee(Committee):
    """A committee with proposals in every state, votes that are open, meetings, and appointments that wait."""

    async def work(self) -> dict[str, Any]:
        """Do all of it; return what was made."""
        charter = self.charter
        sessions = await self.database.write(lambda conn: signed_in(conn, self.clock))
        await self.begin(SIMPLE)
        parts = committee_parts(self.database, self.clock, Journal(self.clock), charter)
        await self.adopt("add_app", changes=ADD_LIRE["changes"])
        record = (await charter.editions.publish(actor="test")).record
        following = charter.following
        await self.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
        await self.adopt("setting", changes=[{"op": "set", "path": ["restrictions", "screenshots"], "value": False}])
        made: dict[str, list[str]] = {state: [] for state in STATES}
        for state in STATES:
            for number, login in enumerate(("teacher-1", "mayor", "inspector", "secretary") * 3):
                made[state].append(await self._brought_to(parts, state, login, number))
        for proposal_id in made["voted"]:
            await self.say(proposal_id, "yes", *EVERYBODY)
        holding = await parts.committee.appoint(
            Appointment(seat_id="mayor-2", body="authority", label="Maire", holder="newcomer"), login="secretary"
        )
        begins = to_ms(self.clock.now()) + _WEEK_MS
        agenda = [Entry(proposal_id=made["examined"][0]), Entry(title="Divers")]
        invitation = Invitation(kind="room", title="Comité", begins_at=begins, place="Mairie")
        meetings = [await parts.meetings.call(invitation, agenda, login="secretary") for _ in range(6)]
        for meeting in meetings[:3]:
            await parts.meetings.open(meeting.meeting_id, revision=meeting.revision, login="secretary")
        kits = await self.database.read(_kits)
        return {
            "sessions": sessions,
            "proposals": made,
            "known": {
                "proposal_id": [one for several in made.values() for one in several],
                "holding_id": [holding.holding_id],
                "meeting_id": [one.meeting_id for one in meetings],
                "seat": list(EVERYBODY),
                "edition": ["head", "1", "2"],
                "kit_id": kits,
                "login": ["newcomer", "parent"],
            },
        }

    async def _brought_to(self, parts: CommitteeParts, state: str, login: str, number: int) -> str:
        draft = msgspec.convert({**NO_CAMERA, "title": f"Réglage {state} {number}"}, Draft)
        proposal_id = (await parts.proposals.draft(draft, login=login)).row.proposal_id
        reached = STATES.index(state)
        if reached >= STATES.index("submitted"):
            await parts.proposals.submit(proposal_id, login=login)
        if reached >= STATES.index("admissible"):
            await parts.proposals.admit(proposal_id, login="secretary")
        if reached >= STATES.index("examined"):
            await parts.proposals.examine(proposal_id, login="secretary")
        if reached >= STATES.index("open"):
            await self.charter.votes.open(proposal_id, actor="account:secretary")
        return proposal_id


def _kits(conn: Connection) -> list[str]:
    return [row["kit_id"] for row in conn.all("SELECT kit_id FROM kit")]


async def prepare(config: Path) -> dict[str, Any]:
    """Fill the server of a configuration."""
    settings, clock = load_settings(config, {}), SystemClock()
    database = await open_database(settings.database_url, clock)
    made = await BusyCommittee(database, clock, Journal(clock), open_vault(settings.keys_dir), settings).work()
    await database.close()
    return made


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(asyncio.run(prepare(Path(sys.argv[1])))).decode())
