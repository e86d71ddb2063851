"""SQL of wishes: which licence each tablet should have or give back, and what was found out about it."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from mdm.store import Connection
from profiles.licences.licence_store import Pair


class OpenWish(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to be carried out. ``own``: the location of the tablet's school; ``held_at``: where it has a licence.

    ``attempts`` counts the requests that failed.
    """

    tablet_id: str
    serial: str
    store_id: int
    wanted: bool
    own: str | None = None
    held_at: tuple[str, ...] = ()
    attempts: int = 0


class WishView(msgspec.Struct, frozen=True, kw_only=True):
    """A wish's line in a list; ``reason`` is a code, see `profiles.licences.wishes`. Times in milliseconds."""

    tablet_id: str
    tablet_name: str
    serial: str | None
    store_id: int
    app_name: str
    wanted: bool
    state: str
    reason: str
    wished_at: int
    wished_by: str


Key = tuple[str, int]
"""A tablet and an app."""

_WISH = (
    "INSERT INTO licence_wish (tablet_id, store_id, wanted, state, due_at, wished_at, wished_by)"
    " SELECT tablet_id, :store_id, 1, 'open', :now, :now, :actor FROM tablet"
    " WHERE tablet_id = :tablet_id AND platform = 'ipad' AND state <> 'retired'"
    " ON CONFLICT (tablet_id, store_id) DO UPDATE SET wanted = 1, state = 'open', call_id = NULL, reason = '',"
    " attempts = 0, due_at = excluded.due_at, wished_at = excluded.wished_at, wished_by = excluded.wished_by"
    " WHERE licence_wish.wanted = 0 OR licence_wish.state IN ('short', 'refused') RETURNING tablet_id"
)
_GIVE_BACK = (
    "INSERT INTO licence_wish (tablet_id, store_id, wanted, state, due_at, wished_at, wished_by)"
    " SELECT tablet_id, :store_id, 0, 'open', :now, :now, :actor FROM tablet"
    " WHERE tablet_id = :tablet_id AND platform = 'ipad'"
    " ON CONFLICT (tablet_id, store_id) DO UPDATE SET wanted = 0, state = 'open', call_id = NULL, reason = '',"
    " attempts = 0, due_at = excluded.due_at, wished_at = excluded.wished_at, wished_by = excluded.wished_by"
    " WHERE licence_wish.wanted = 1 OR licence_wish.state = 'refused' RETURNING tablet_id"
)


def wish(conn: Connection, keys: Iterable[Key], *, wanted: bool, now: int, actor: str) -> int:
    """Keep that each of these tablets should have a licence of each app, or give it back; return how many are new.

    Tablets that are no iPads are left out, and so are retired ones where a licence is wanted. A wish that was there
    already stays as it is, but one that was short or refused is open again.
    """
    rows = [{"tablet_id": tablet_id, "store_id": store_id, "now": now, "actor": actor} for tablet_id, store_id in keys]
    return sum(row is not None for row in conn.many_returning(_WISH if wanted else _GIVE_BACK, rows))


def give_back_of_retired(conn: Connection, *, now: int) -> int:
    """Turn what is wished and assigned for retired tablets into wishes to give it back; return how many are new."""
    turned = conn.run(
        "UPDATE licence_wish SET wanted = 0, state = 'open', call_id = NULL, reason = '', attempts = 0, due_at = :now,"
        " wished_at = :now, wished_by = 'system' WHERE wanted = 1"
        " AND tablet_id IN (SELECT tablet_id FROM tablet WHERE state = 'retired')",
        now=now,
    )
    added = conn.run(
        "INSERT INTO licence_wish (tablet_id, store_id, wanted, state, due_at, wished_at, wished_by)"
        " SELECT DISTINCT tablet.tablet_id, licence_assignment.store_id, 0, 'open', :now, :now, 'system'"
        " FROM tablet JOIN licence_assignment ON licence_assignment.serial = tablet.serial"
        " WHERE tablet.state = 'retired' ON CONFLICT (tablet_id, store_id) DO NOTHING",
        now=now,
    )
    return turned + added


def open_wishes(conn: Connection, *, now: int, limit: int) -> list[OpenWish]:
    """Return wishes that are due, the oldest first; those wait whose tablet's serial number is not known yet."""
    rows = conn.all(
        "SELECT licence_wish.tablet_id, licence_wish.store_id, licence_wish.wanted, licence_wish.attempts,"
        " tablet.serial, licence_school.location_id AS own"
        " FROM licence_wish JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id LEFT JOIN kit ON kit.kit_id = slot.kit_id"
        " LEFT JOIN licence_school ON licence_school.uai = kit.uai"
        " WHERE licence_wish.state = 'open' AND licence_wish.due_at <= :now AND tablet.serial IS NOT NULL"
        " ORDER BY licence_wish.wished_at, licence_wish.tablet_id, licence_wish.store_id LIMIT :limit",
        now=now,
        limit=limit,
    )
    held: dict[Pair, list[str]] = {}
    for row in conn.all(
        "SELECT licence_assignment.store_id, licence_assignment.serial, licence_assignment.location_id"
        " FROM licence_wish JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " JOIN licence_assignment ON licence_assignment.serial = tablet.serial"
        " AND licence_assignment.store_id = licence_wish.store_id"
        " WHERE licence_wish.state = 'open' AND licence_wish.due_at <= :now ORDER BY licence_assignment.location_id",
        now=now,
    ):
        held.setdefault((row["store_id"], row["serial"]), []).append(row["location_id"])
    return [
        OpenWish(
            tablet_id=row["tablet_id"],
            serial=row["serial"],
            store_id=row["store_id"],
            wanted=bool(row["wanted"]),
            own=row["own"],
            held_at=tuple(held.get((row["store_id"], row["serial"]), ())),
            attempts=row["attempts"],
        )
        for row in rows
    ]


def promised(conn: Connection, store_id: int) -> dict[str, str | None]:
    """Return the tablets that should have a licence of an app and have none yet, with their school's own location."""
    rows = conn.all(
        "SELECT licence_wish.tablet_id, licence_school.location_id AS own FROM licence_wish"
        " JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id LEFT JOIN kit ON kit.kit_id = slot.kit_id"
        " LEFT JOIN licence_school ON licence_school.uai = kit.uai"
        " WHERE licence_wish.store_id = :store_id AND licence_wish.wanted = 1 AND licence_wish.state <> 'done'"
        " AND tablet.state <> 'retired'"
        " AND NOT EXISTS (SELECT 1 FROM licence_assignment WHERE licence_assignment.store_id = :store_id"
        "  AND licence_assignment.serial = tablet.serial)",
        store_id=store_id,
    )
    return {row["tablet_id"]: row["own"] for row in rows}


def asked_for(conn: Connection) -> dict[tuple[str, int], int]:
    """Return how many licences of each location and app were asked for and are not known to be assigned yet."""
    rows = conn.all(
        "SELECT licence_call.location_id, licence_wish.store_id, COUNT(*) AS number FROM licence_wish"
        " JOIN licence_call ON licence_call.call_id = licence_wish.call_id"
        " JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " WHERE licence_wish.wanted = 1 AND NOT EXISTS (SELECT 1 FROM licence_assignment"
        "  WHERE licence_assignment.location_id = licence_call.location_id"
        "  AND licence_assignment.store_id = licence_wish.store_id AND licence_assignment.serial = tablet.serial)"
        " GROUP BY licence_call.location_id, licence_wish.store_id"
    )
    return {(row["location_id"], row["store_id"]): row["number"] for row in rows}


def ipads(conn: Connection) -> dict[str, str | None]:
    """Return the iPads that may have licences, with their school's own location."""
    rows = conn.all(
        "SELECT tablet.tablet_id, licence_school.location_id AS own FROM tablet"
        " LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id LEFT JOIN kit ON kit.kit_id = slot.kit_id"
        " LEFT JOIN licence_school ON licence_school.uai = kit.uai"
        " WHERE tablet.platform = 'ipad' AND tablet.state <> 'retired'"
    )
    return {row["tablet_id"]: row["own"] for row in rows}


def ipads_of_kit(conn: Connection, kit_id: str) -> list[str]:
    """Return the iPads in a kit's slots, by slot."""
    rows = conn.all(
        "SELECT slot.tablet_id FROM slot JOIN tablet ON tablet.tablet_id = slot.tablet_id"
        " WHERE slot.kit_id = :kit_id AND tablet.platform = 'ipad' ORDER BY slot.number",
        kit_id=kit_id,
    )
    return [row["tablet_id"] for row in rows]


def put(conn: Connection, keys: Iterable[Key], *, state: str, reason: str = "") -> None:
    """Note that open wishes are ``done``, ``short`` or ``refused``."""
    conn.many(
        "UPDATE licence_wish SET state = :state, reason = :reason, call_id = NULL"
        " WHERE tablet_id = :tablet_id AND store_id = :store_id AND state = 'open'",
        [{**_key(key), "state": state, "reason": reason} for key in keys],
    )


def put_off(conn: Connection, keys: Iterable[Key], *, until: int) -> None:
    """Leave open wishes alone until a time (ms), so that they keep no others waiting."""
    conn.many(
        "UPDATE licence_wish SET due_at = :until WHERE tablet_id = :tablet_id AND store_id = :store_id"
        " AND state = 'open'",
        [{**_key(key), "until": until} for key in keys],
    )


def forget(conn: Connection, keys: Iterable[Key]) -> None:
    """Forget open wishes to give a licence back: there is none any more."""
    conn.many(
        "DELETE FROM licence_wish WHERE tablet_id = :tablet_id AND store_id = :store_id AND wanted = 0"
        " AND state = 'open'",
        [_key(key) for key in keys],
    )


def calling(conn: Connection, call_id: str, keys: Iterable[Key]) -> None:
    """Note that a request is being made for these wishes."""
    conn.many(
        "UPDATE licence_wish SET state = 'calling', call_id = :call_id, reason = ''"
        " WHERE tablet_id = :tablet_id AND store_id = :store_id AND state = 'open'",
        [{**_key(key), "call_id": call_id} for key in keys],
    )


def of_call(conn: Connection, call_id: str) -> list[OpenWish]:
    """Return the wishes that wait for a request."""
    rows = conn.all(
        "SELECT licence_wish.tablet_id, tablet.serial, licence_wish.store_id, licence_wish.wanted,"
        " licence_wish.attempts FROM licence_wish JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " WHERE licence_wish.call_id = :call_id ORDER BY licence_wish.tablet_id, licence_wish.store_id",
        call_id=call_id,
    )
    return [OpenWish(**(row | {"wanted": bool(row["wanted"])})) for row in rows]


def settle(conn: Connection, call_id: str, keys: Collection[Key], *, state: str, reason: str = "") -> None:
    """Note what became of wishes that waited for a request, if they still do."""
    conn.many(
        "UPDATE licence_wish SET state = :state, reason = :reason, call_id = NULL WHERE tablet_id = :tablet_id"
        " AND store_id = :store_id AND call_id = :call_id",
        [{**_key(key), "call_id": call_id, "state": state, "reason": reason} for key in keys],
    )


def try_again(conn: Connection, call_id: str, wishes: Sequence[tuple[Key, int, int, str]]) -> None:
    """Open wishes again that waited for a request: each with its attempts, when it is due (ms), and the reason."""
    conn.many(
        "UPDATE licence_wish SET state = 'open', call_id = NULL, attempts = :attempts, due_at = :due_at,"
        " reason = :reason WHERE tablet_id = :tablet_id AND store_id = :store_id AND call_id = :call_id",
        [
            {**_key(key), "call_id": call_id, "attempts": attempts, "due_at": due_at, "reason": reason}
            for key, attempts, due_at, reason in wishes
        ],
    )


def reopen_short(conn: Connection, store_ids: Iterable[int], *, now: int) -> None:
    """Open wishes again for which no licence of these apps was free."""
    conn.many(
        "UPDATE licence_wish SET state = 'open', due_at = :now WHERE state = 'short' AND store_id = :store_id",
        [{"store_id": store_id, "now": now} for store_id in store_ids],
    )


def next_due(conn: Connection) -> int | None:
    """Return when the next open wish is due (ms), or None."""
    row = conn.one("SELECT MIN(due_at) AS at FROM licence_wish WHERE state = 'open'")
    return None if row is None or row["at"] is None else int(row["at"])


def compare(conn: Connection, *, now: int) -> tuple[int, int]:
    """Bring the wishes in line with what Apple says is assigned; return how many were lost and how many are done.

    Lost: a licence that was assigned and is not any more is asked for again. What was short or waits is tried again.
    """
    done = conn.run(
        "UPDATE licence_wish SET state = 'done', reason = '' WHERE wanted = 1 AND state IN ('open', 'short', 'refused')"
        " AND EXISTS (SELECT 1 FROM tablet JOIN licence_assignment ON licence_assignment.serial = tablet.serial"
        " WHERE tablet.tablet_id = licence_wish.tablet_id AND licence_assignment.store_id = licence_wish.store_id)"
    )
    lost = conn.run(
        "UPDATE licence_wish SET state = 'open', attempts = 0, due_at = :now WHERE wanted = 1 AND state = 'done'"
        " AND NOT EXISTS (SELECT 1 FROM tablet JOIN licence_assignment ON licence_assignment.serial = tablet.serial"
        " WHERE tablet.tablet_id = licence_wish.tablet_id AND licence_assignment.store_id = licence_wish.store_id)",
        now=now,
    )
    conn.run(
        "UPDATE licence_wish SET state = 'open', due_at = :now"
        " WHERE state = 'short' OR (state = 'open' AND attempts = 0 AND due_at > :now)",
        now=now,
    )
    return lost, done


def list_wishes(conn: Connection, *, undone: bool, limit: int) -> list[WishView]:
    """Return wishes, the newest first; with ``undone`` those alone that are not done."""
    rows = conn.all(
        "SELECT licence_wish.tablet_id, tablet.name AS tablet_name, tablet.serial, licence_wish.store_id,"
        " COALESCE(licence_app.name, '') AS app_name, licence_wish.wanted, licence_wish.state, licence_wish.reason,"
        " licence_wish.wished_at, licence_wish.wished_by"
        " FROM licence_wish JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " LEFT JOIN licence_app ON licence_app.store_id = licence_wish.store_id"
        " WHERE :undone = 0 OR licence_wish.state <> 'done'"
        " ORDER BY licence_wish.wished_at DESC, tablet.name, licence_wish.store_id LIMIT :limit",
        undone=int(undone),
        limit=limit,
    )
    return [WishView(**(row | {"wanted": bool(row["wanted"])})) for row in rows]


def look_again(conn: Connection, tablets: Collection[str], *, now: int) -> None:
    """Have tablets looked at: an app that waited for its licence can be installed now."""
    conn.many(
        "UPDATE convergence SET next_check_at = :now WHERE tablet_id = :tablet_id",
        [{"tablet_id": tablet_id, "now": now} for tablet_id in tablets],
    )
    if tablets:
        conn.publish("checks", "")


def _key(key: Key) -> dict[str, str | int]:
    return {"tablet_id": key[0], "store_id": key[1]}
