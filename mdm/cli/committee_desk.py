"""The committee at a terminal: its services on one database, and who is signed in there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import click

from mdm.cli.context import Cli, translate
from mdm.cli.identity import Claim, signed_in
from mdm.cli.rooms import Rooms, open_rooms
from mdm.clock import from_ms, to_ms
from mdm.committee_parts import CommitteeParts, committee_parts
from profiles.charter.sentence import ZONE
from webui.permissions import Action, require


class Desk:
    """The rooms with the committee's services, for one run of the command."""

    def __init__(self, cli: Cli, rooms: Rooms) -> None:
        self._cli = cli
        self.rooms = rooms
        parts: CommitteeParts = committee_parts(rooms.database, cli.clock, cli.journal, rooms.charter)
        self.committee = parts.committee
        self.proposals = parts.proposals
        self.meetings = parts.meetings

    async def login(self, claim: Claim, action: Action) -> str:
        """Return the login of somebody who signed in and may do this; raise `NotAllowed` or what refused him."""
        person = await signed_in(self._cli, self.rooms.database, claim)
        require(person, action)
        return claim.login


@asynccontextmanager
async def open_desk(cli: Cli) -> AsyncIterator[Desk]:
    """Open the database and the committee's services on it."""
    async with open_rooms(cli) as rooms:
        yield Desk(cli, rooms)


class Moment(click.ParamType[int]):
    """A day and an hour, such as ``2026-09-15 18:00``, where no offset is given in the hour of mainland France."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return milliseconds since the epoch."""
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
            return to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE))
        except (ValueError, OverflowError):
            self.fail(translate("“{value}” is no day and hour such as 2026-09-15 18:00.", value=str(value)), param, ctx)


class Day(click.ParamType[date]):
    """A day, such as ``2029-06-30``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(translate("“{value}” is no day such as 2029-06-30.", value=str(value)), param, ctx)


def hour(moment: int | None) -> str:
    """Return a moment for a list; empty for None."""
    return "" if moment is None else f"{from_ms(moment).astimezone(ZONE):%Y-%m-%d %H:%M}"


def who(actor: str) -> str:
    """Return an actor for a person at a terminal."""
    return actor.removeprefix("account:")
