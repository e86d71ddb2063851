"""SQL of seats: who holds them, and since when. A row that was edited by hand counts for nothing."""

from typing import Literal

import msgspec

from mdm.store import Connection, Row
from profiles.charter.counting import Elector
from profiles.charter.record import Seat
from profiles.charter.seals import Seals

HoldingState = Literal["proposed", "confirmed", "ended", "refused"]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a seat is held. ``holder`` and ``deputy`` are logins; moments in milliseconds since the epoch.

    ``since`` and ``until`` are set when it is confirmed and when it ended, ``position`` orders what was confirmed;
    ``term_ends_at`` is the end that was planned.
    """

    holding_id: str
    seat_id: str
    body: str
    label: str
    holder: str
    deputy: str | None = None
    reference: str = ""
    state: HoldingState = "proposed"
    term_ends_at: int | None = None
    since: int | None = None
    until: int | None = None
    proposed_at: int
    proposed_by: str
    confirmed_by: str | None = None
    position: int | None = None

    def held_at(self, moment: int) -> bool:
        """Tell whether the seat is held in this way at a moment."""
        if self.since is None or moment < self.since or self.state not in ("confirmed", "ended"):
            return False
        ends = [end for end in (self.until, self.term_ends_at) if end is not None]
        return not ends or moment < min(ends)


def insert_holding(conn: Connection, holding: Holding, seals: Seals) -> None:
    """Add a holding; one that is confirmed already gets its position."""
    if holding.state == "confirmed":
        holding = msgspec.structs.replace(holding, position=_next_position(conn))
    conn.run(
        "INSERT INTO seat_holding (holding_id, seat_id, body, label, holder, deputy, reference, state, term_ends_at,"
        " since, until, proposed_at, proposed_by, confirmed_by, position, seal) VALUES (:holding_id, :seat_id, :body,"
        " :label, :holder, :deputy, :reference, :state, :term_ends_at, :since, :until, :proposed_at, :proposed_by,"
        " :confirmed_by, :position, :seal)",
        **msgspec.structs.asdict(holding),
        seal=_seal(holding, seals),
    )


def replace_holding(conn: Connection, holding: Holding, seals: Seals) -> None:
    """Store a holding as it is now; one that has just been confirmed gets its position."""
    if holding.state == "confirmed" and holding.position is None:
        holding = msgspec.structs.replace(holding, position=_next_position(conn))
    conn.run(
        "UPDATE seat_holding SET deputy = :deputy, label = :label, reference = :reference, state = :state,"
        " term_ends_at = :term_ends_at, since = :since, until = :until, confirmed_by = :confirmed_by,"
        " position = :position, seal = :seal WHERE holding_id = :holding_id",
        deputy=holding.deputy,
        label=holding.label,
        reference=holding.reference,
        state=holding.state,
        term_ends_at=holding.term_ends_at,
        since=holding.since,
        until=holding.until,
        confirmed_by=holding.confirmed_by,
        position=holding.position,
        seal=_seal(holding, seals),
        holding_id=holding.holding_id,
    )


def rename_in_holding(conn: Connection, holding: Holding, seals: Seals) -> None:
    """Store a holding in which words for persons were changed."""
    conn.run(
        "UPDATE seat_holding SET holder = :holder, deputy = :deputy, proposed_by = :proposed_by,"
        " confirmed_by = :confirmed_by, seal = :seal WHERE holding_id = :holding_id",
        holder=holding.holder,
        deputy=holding.deputy,
        proposed_by=holding.proposed_by,
        confirmed_by=holding.confirmed_by,
        seal=_seal(holding, seals),
        holding_id=holding.holding_id,
    )


def holding_by_id(conn: Connection, holding_id: str, seals: Seals) -> Holding | None:
    """Return a holding; None also when its row was edited by hand."""
    row = conn.one("SELECT * FROM seat_holding WHERE holding_id = :holding_id", holding_id=holding_id)
    return None if row is None else _sealed(row, seals)


def holdings(conn: Connection, seals: Seals) -> list[Holding]:
    """Return every holding whose row is as the server wrote it, by body and seat."""
    rows = conn.all("SELECT * FROM seat_holding ORDER BY body, seat_id, proposed_at, holding_id")
    return [one for one in (_sealed(row, seals) for row in rows) if one is not None]


def edited_holdings(conn: Connection, seals: Seals) -> list[str]:
    """Return the holdings whose rows were edited by hand."""
    rows = conn.all("SELECT * FROM seat_holding ORDER BY holding_id")
    return [row["holding_id"] for row in rows if _sealed(row, seals) is None]


def holdings_at(conn: Connection, moment: int, seals: Seals) -> list[Holding]:
    """Return how seats are held at a moment, by body and seat."""
    return [one for one in holdings(conn, seals) if one.held_at(moment)]


def holding_of(conn: Connection, seat_id: str, moment: int, seals: Seals) -> Holding | None:
    """Return how one seat is held at a moment."""
    return next((one for one in holdings_at(conn, moment, seals) if one.seat_id == seat_id), None)


def holdings_of_person(conn: Connection, login: str, moment: int, seals: Seals) -> list[Holding]:
    """Return the seats that a person holds or deputises for at a moment, by body and seat."""
    return [one for one in holdings_at(conn, moment, seals) if login in (one.holder, one.deputy)]


def electors_at(conn: Connection, moment: int, seals: Seals) -> tuple[Elector, ...]:
    """Return the seats that are held at a moment, in order."""
    return tuple(Elector(seat=one.seat_id, body=one.body) for one in holdings_at(conn, moment, seals))


def recorded_seats(conn: Connection, seals: Seals) -> tuple[Seat, ...]:
    """Return every holding that was ever confirmed, in the order of confirmation, as editions record them."""
    known = [one for one in holdings(conn, seals) if one.position is not None and one.since is not None]
    return tuple(_seat(one) for one in sorted(known, key=lambda one: one.position or 0))


def hold_seats(conn: Connection) -> None:
    """Let no other transaction change who holds a seat before this one ends."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    conn.run("UPDATE charter SET one = one WHERE one = 1")


def newest_opening(conn: Connection) -> int:
    """Return when the newest vote was opened, 0 before the first."""
    row = conn.one("SELECT COALESCE(MAX(opened_at), 0) AS newest FROM vote")
    return 0 if row is None else int(row["newest"])


def _seat(one: Holding) -> Seat:
    ends = [end for end in (one.until, one.term_ends_at) if end is not None]
    return Seat(
        seat=one.seat_id,
        body=one.body,
        label=one.label,
        since=one.since or 0,
        until=min(ends) if ends else None,
        reference=one.reference,
    )


def _next_position(conn: Connection) -> int:
    row = conn.one("SELECT COALESCE(MAX(position), 0) + 1 AS next FROM seat_holding")
    return 1 if row is None else int(row["next"])


def _sealed(row: Row, seals: Seals) -> Holding | None:
    holding = Holding(**{name: row[name] for name in Holding.__struct_fields__})
    return holding if seals.holds(row["seal"], "seat_holding", *_parts(holding)) else None


def _seal(holding: Holding, seals: Seals) -> str:
    return seals.seal("seat_holding", *_parts(holding))


def _parts(holding: Holding) -> tuple[str | int | None, ...]:
    return msgspec.structs.astuple(holding)
