"""The register of decisions in words: what was decided, when, with which counts, and where it is published."""

import csv
import io
from collections.abc import Sequence

import msgspec

from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from mdm.store import Connection, Database
from profiles.catalogue.cells import disarmed
from profiles.charter.charter import Charter
from profiles.charter.convention import Body
from profiles.charter.sentence import ZONE
from webui.committee.counts import VoteCount, count_of
from webui.committee.cursors import Cursor
from webui.committee.register_store import EVERYTHING, Chosen, decided_before, first_year_ms
from webui.committee.speech import Speech

_BATCH = 200


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in the register."""

    proposal_id: str
    title: str
    kind: str
    price_cents: int
    count: VoteCount

    @property
    def closed_at(self) -> int:
        """When it was taken, in milliseconds since the epoch."""
        return self.count.closed_at or 0

    @property
    def cursor(self) -> Cursor:
        """Its place in the register."""
        return self.closed_at, self.proposal_id


class Register:
    """Reads the register."""

    def __init__(self, database: Database, charter: Charter) -> None:
        self._database = database
        self._charter = charter

    async def lines(self, chosen: Chosen, after: Cursor | None, *, limit: int) -> list[Line]:
        """Return decisions, the newest first, from the one after ``after``."""
        return await self._database.read(lambda conn: self._lines(conn, chosen, after, limit))

    async def bodies(self) -> tuple[Body, ...]:
        """Return the bodies of the convention in force; none without a charter."""
        return await self._database.read(self._bodies)

    async def years(self, now: int) -> list[int]:
        """Return the years in which decisions were taken, the newest first."""
        first = await self._database.read(first_year_ms)
        if first is None:
            return []
        return list(range(from_ms(now).astimezone(ZONE).year, from_ms(first).astimezone(ZONE).year - 1, -1))

    async def file(self, chosen: Chosen, speech: Speech) -> bytes:
        """Return decisions as CSV in UTF-8 with a byte order mark, as spreadsheets open it; one line for each."""
        lines: list[Line] = []
        after: Cursor | None = None
        while batch := await self.lines(chosen, after, limit=_BATCH):
            lines += batch
            after = batch[-1].cursor
        return csv_of(lines, speech)

    def _lines(self, conn: Connection, chosen: Chosen, after: Cursor | None, limit: int) -> list[Line]:
        found = []
        for vote in decided_before(conn, chosen, after, limit=limit):
            proposal = vote.proposal()
            found.append(
                Line(
                    proposal_id=vote.proposal_id,
                    title=proposal.title,
                    kind=proposal.kind,
                    price_cents=proposal.price_cents,
                    count=count_of(conn, self._charter, vote, vote.closed_at or 0),
                )
            )
        return found

    def _bodies(self, conn: Connection) -> tuple[Body, ...]:
        # Any decision needs a charter, and there is none to read before it was founded.
        if not decided_before(conn, EVERYTHING, None, limit=1):
            return ()
        return self._charter.agreed.head(conn).state.convention.bodies


def csv_of(lines: Sequence[Line], speech: Speech) -> bytes:
    """Return the register as a file; each body that ever voted has four columns."""
    translate = speech.translate
    names: dict[str, str] = {}
    for line in lines:
        for body in line.count.bodies:
            names.setdefault(body.body, body.name)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows = [[*_columns(translate), *_body_columns(names, translate)]]
    rows += [[*_facts(line, speech), *_counts(line, names)] for line in lines]
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _columns(translate: Translator) -> list[str]:
    return [
        translate(one)
        for one in (
            N_("Date"),
            N_("Kind"),
            N_("Title"),
            N_("Result"),
            N_("Edition"),
            N_("Price a year (€)"),
            N_("Secret ballot"),
            N_("In a meeting"),
            N_("Ballots with the voter's key"),
            N_("Ballots by the server's word"),
            N_("Seats that stood aside"),
            N_("Fingerprint"),
            N_("Proposal"),
        )
    ]


def _body_columns(names: dict[str, str], translate: Translator) -> list[str]:
    parts = (N_("seats"), N_("yes"), N_("no"), N_("abstentions"))
    return [f"{name}: {translate(part)}" for name in names.values() for part in parts]


def _facts(line: Line, speech: Speech) -> list[str]:
    count, translate = line.count, speech.translate
    said = {True: translate(N_("yes")), False: translate(N_("no"))}
    return [
        from_ms(line.closed_at).astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
        speech.kind(line.kind),
        line.title,
        translate(N_("adopted")) if count.adopted else translate(N_("rejected")),
        str(count.edition or ""),
        _amount(line.price_cents, translate.lang),
        said[count.secret],
        said[count.meeting_id is not None],
        str(count.by_passkey),
        str(count.by_server),
        str(len(count.stood_aside)),
        count.digest,
        line.proposal_id,
    ]


def _amount(cents: int, lang: str) -> str:
    if not cents:
        return ""
    return f"{cents // 100}{',' if lang == 'fr' else '.'}{cents % 100:02d}"


def _counts(line: Line, names: dict[str, str]) -> list[str]:
    known = {one.body: one for one in line.count.bodies}
    cells: list[str] = []
    for body in names:
        one = known.get(body)
        cells += [""] * 4 if one is None else [str(one.seats), str(one.yes), str(one.no), str(one.abstain)]
    return cells
