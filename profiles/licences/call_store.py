"""SQL of requests to Apple: written before they are made, kept until it is known what became of them."""

from typing import Literal

import msgspec

from mdm.store import Connection, Row
from profiles.licences.licence_store import Pair

Kind = Literal["associate", "disassociate"]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request for each app of ``store_ids`` and each device of ``serials``.

    ``event_id`` is None while Apple's answer is not known: before the call, and after a crash in the middle of it.
    Times in milliseconds; ``looks`` counts how often was asked how far it is.
    """

    call_id: str
    location_id: str
    kind: Kind
    store_ids: tuple[int, ...]
    serials: tuple[str, ...]
    event_id: str | None
    begun_at: int
    looks: int
    next_look_at: int

    @property
    def pairs(self) -> set[Pair]:
        """All that it asks for."""
        return {(store_id, serial) for store_id in self.store_ids for serial in self.serials}


def add_call(conn: Connection, call: Call) -> None:
    """Keep a request that is about to be made."""
    conn.run(
        "INSERT INTO licence_call (call_id, location_id, kind, store_ids, serials, event_id, begun_at, looks,"
        " next_look_at) VALUES (:call_id, :location_id, :kind, :store_ids, :serials, :event_id, :begun_at, :looks,"
        " :next_look_at)",
        **(
            msgspec.structs.asdict(call)
            | {
                "store_ids": msgspec.json.encode(call.store_ids).decode(),
                "serials": msgspec.json.encode(call.serials).decode(),
            }
        ),
    )


def calls(conn: Connection) -> list[Call]:
    """Return the requests that are not finished, the oldest first."""
    return [_call(row) for row in conn.all("SELECT * FROM licence_call ORDER BY begun_at, call_id")]


def call_of(conn: Connection, call_id: str) -> Call | None:
    """Return a request that is not finished, or None."""
    row = conn.one("SELECT * FROM licence_call WHERE call_id = :call_id", call_id=call_id)
    return _call(row) if row is not None else None


def accepted(conn: Connection, call_id: str, event_id: str, *, next_look_at: int) -> None:
    """Note that Apple took a request."""
    conn.run(
        "UPDATE licence_call SET event_id = :event_id, next_look_at = :next_look_at WHERE call_id = :call_id",
        call_id=call_id,
        event_id=event_id,
        next_look_at=next_look_at,
    )


def looked(conn: Connection, call_id: str, *, next_look_at: int) -> None:
    """Note that a request is still under way, and when to look again (ms)."""
    conn.run(
        "UPDATE licence_call SET looks = looks + 1, next_look_at = :next_look_at WHERE call_id = :call_id",
        call_id=call_id,
        next_look_at=next_look_at,
    )


def end_call(conn: Connection, call_id: str) -> bool:
    """Forget a request that is finished; tell whether it was there."""
    return bool(conn.run("DELETE FROM licence_call WHERE call_id = :call_id", call_id=call_id))


def _call(row: Row) -> Call:
    lists = {
        "store_ids": msgspec.json.decode(row["store_ids"], type=tuple[int, ...]),
        "serials": msgspec.json.decode(row["serials"], type=tuple[str, ...]),
    }
    return Call(**(row | lists))
