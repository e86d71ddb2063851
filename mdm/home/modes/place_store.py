"""SQL of schools' networks, and of whether tablets were seen in one."""

import msgspec

from mdm.store import Connection


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a tablet's last contact came from its school's network, and when (milliseconds)."""

    at_school: bool
    seen_at: int


class KeptNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """A network of a school, since when (milliseconds), and how many other schools have the same."""

    network: str
    added_at: int
    shared: int


def networks_of(conn: Connection, uai: str) -> tuple[str, ...]:
    """Return the networks of a school."""
    rows = conn.all("SELECT network FROM school_network WHERE uai = :uai ORDER BY network", uai=uai)
    return tuple(row["network"] for row in rows)


def kept_networks(conn: Connection, uai: str) -> tuple[KeptNetwork, ...]:
    """Return the networks of a school with what is known of each."""
    rows = conn.all(
        "SELECT one.network, one.added_at, (SELECT COUNT(*) FROM school_network other"
        " WHERE other.network = one.network AND other.uai <> one.uai) AS shared"
        " FROM school_network one WHERE one.uai = :uai ORDER BY one.network",
        uai=uai,
    )
    return tuple(KeptNetwork(**row) for row in rows)


def all_networks(conn: Connection) -> dict[str, tuple[str, ...]]:
    """Return the networks of every school that has one, by UAI."""
    found: dict[str, tuple[str, ...]] = {}
    for row in conn.all("SELECT uai, network FROM school_network ORDER BY uai, network"):
        found[row["uai"]] = (*found.get(row["uai"], ()), row["network"])
    return found


def replace_networks(conn: Connection, uai: str, networks: tuple[str, ...], *, actor: str, now: int) -> None:
    """Keep a school's networks in the place of the earlier ones."""
    conn.run("DELETE FROM school_network WHERE uai = :uai", uai=uai)
    conn.many(
        "INSERT INTO school_network (uai, network, added_at, added_by) VALUES (:uai, :network, :now, :actor)",
        [{"uai": uai, "network": one, "now": now, "actor": actor} for one in networks],
    )


def add_network(conn: Connection, uai: str, network: str, *, actor: str, now: int) -> None:
    """Keep a network of a school."""
    conn.run(
        "INSERT INTO school_network (uai, network, added_at, added_by) VALUES (:uai, :network, :now, :actor)"
        " ON CONFLICT (uai, network) DO NOTHING",
        uai=uai,
        network=network,
        now=now,
        actor=actor,
    )


def remove_network(conn: Connection, uai: str, network: str) -> int:
    """Take a network from a school; return 0 where it has none like it."""
    return conn.run("DELETE FROM school_network WHERE uai = :uai AND network = :network", uai=uai, network=network)


def forget_places(conn: Connection, uai: str, *, now: int) -> None:
    """Forget where the tablets of a school were seen; those that were at school are looked at at once."""
    of_school = "SELECT s.tablet_id FROM slot s JOIN kit k ON k.kit_id = s.kit_id WHERE k.uai = :uai"
    conn.run(
        "UPDATE tablet_mode SET due_at = :now WHERE (due_at IS NULL OR due_at > :now) AND tablet_id IN"  # noqa: S608
        f" (SELECT tablet_id FROM tablet_place WHERE at_school = 1 AND tablet_id IN ({of_school}))",
        uai=uai,
        now=now,
    )
    conn.run(f"DELETE FROM tablet_place WHERE tablet_id IN ({of_school})", uai=uai)  # noqa: S608


def school_of_tablet(conn: Connection, tablet_id: str) -> str | None:
    """Return the UAI of the school whose kit a tablet is in."""
    row = conn.one(
        "SELECT k.uai FROM slot s JOIN kit k ON k.kit_id = s.kit_id WHERE s.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    return None if row is None else row["uai"]


def place_of_tablet(conn: Connection, tablet_id: str) -> PlaceRow | None:
    """Return where a tablet was seen last; None where that is not known."""
    row = conn.one("SELECT at_school, seen_at FROM tablet_place WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return None if row is None else PlaceRow(at_school=bool(row["at_school"]), seen_at=row["seen_at"])


def save_place(conn: Connection, tablet_id: str, *, at_school: bool, now: int) -> None:
    """Keep where a tablet was seen."""
    conn.run(
        "INSERT INTO tablet_place (tablet_id, at_school, seen_at) VALUES (:tablet_id, :at_school, :now)"
        " ON CONFLICT (tablet_id) DO UPDATE SET at_school = excluded.at_school, seen_at = excluded.seen_at",
        tablet_id=tablet_id,
        at_school=int(at_school),
        now=now,
    )
