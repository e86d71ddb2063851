"""SQL of locations: their tokens, the schools that have one of their own, and what keeps one from being used."""

from collections.abc import Sequence

import msgspec

from mdm.store import Connection, Row


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A location and its token, sealed. Times in milliseconds; ``trouble`` is the code of an error, empty for none."""

    location_id: str
    name: str
    organization: str
    sealed_token: bytes
    expires_at: int
    imported_at: int
    counted_at: int | None
    assets_version: str
    assignments_version: str
    changes: int
    trouble: str
    paused_until: int | None
    failures: int

    def is_usable(self, now: int) -> bool:
        """Tell whether requests may be made with it at ``now``."""
        return self.expires_at > now and (self.paused_until is None or self.paused_until <= now)


def save_location(
    conn: Connection,
    *,
    location_id: str,
    name: str,
    organization: str,
    sealed_token: bytes,
    expires_at: int,
    now: int,
    actor: str,
) -> None:
    """Keep a location's token; another one of the same location takes the place of the old, and ends its trouble."""
    conn.run(
        "INSERT INTO licence_location (location_id, name, organization, sealed_token, expires_at, imported_at,"
        " imported_by) VALUES (:location_id, :name, :organization, :sealed_token, :expires_at, :now, :actor)"
        " ON CONFLICT (location_id) DO UPDATE SET name = excluded.name, organization = excluded.organization,"
        " sealed_token = excluded.sealed_token, expires_at = excluded.expires_at, imported_at = excluded.imported_at,"
        " imported_by = excluded.imported_by, trouble = '', paused_until = NULL, failures = 0",
        location_id=location_id,
        name=name,
        organization=organization,
        sealed_token=sealed_token,
        expires_at=expires_at,
        now=now,
        actor=actor,
    )


def locations(conn: Connection) -> list[Location]:
    """Return the locations by name."""
    return [_location(row) for row in conn.all("SELECT * FROM licence_location ORDER BY name, location_id")]


def location_of(conn: Connection, location_id: str) -> Location | None:
    """Return a location, or None."""
    row = conn.one("SELECT * FROM licence_location WHERE location_id = :location_id", location_id=location_id)
    return _location(row) if row is not None else None


def own_locations(conn: Connection) -> dict[str, str]:
    """Return the schools that have a location of their own, by UAI code."""
    return {row["uai"]: row["location_id"] for row in conn.all("SELECT uai, location_id FROM licence_school")}


def give_to_schools(conn: Connection, location_id: str, schools: Sequence[str]) -> None:
    """Let a location be these schools' own, and no other's; with none it is everybody's."""
    conn.run("DELETE FROM licence_school WHERE location_id = :location_id", location_id=location_id)
    conn.many(
        "INSERT INTO licence_school (uai, location_id) VALUES (:uai, :location_id)"
        " ON CONFLICT (uai) DO UPDATE SET location_id = excluded.location_id",
        [{"uai": uai, "location_id": location_id} for uai in schools],
    )


def pause(conn: Connection, location_id: str, *, trouble: str, until: int) -> None:
    """Leave a location alone until a time (ms), because of an error."""
    conn.run(
        "UPDATE licence_location SET trouble = :trouble, paused_until = :until, failures = failures + 1"
        " WHERE location_id = :location_id",
        location_id=location_id,
        trouble=trouble,
        until=until,
    )


def resume(conn: Connection, location_id: str) -> None:
    """Note that a location can be used."""
    conn.run(
        "UPDATE licence_location SET trouble = '', paused_until = NULL, failures = 0"
        " WHERE location_id = :location_id AND (trouble <> '' OR failures > 0)",
        location_id=location_id,
    )


def counted(conn: Connection, location_id: str, assets_version: str, assignments_version: str, *, now: int) -> None:
    """Note that a location's licences were counted at ``now`` (ms), when Apple's lists were in these states."""
    conn.run(
        "UPDATE licence_location SET counted_at = :now, changes = changes + 1, assets_version = :assets_version,"
        " assignments_version = :assignments_version WHERE location_id = :location_id",
        location_id=location_id,
        assets_version=assets_version,
        assignments_version=assignments_version,
        now=now,
    )


def changed(conn: Connection, location_id: str) -> None:
    """Note that licences moved since they were counted: Apple's lists are others now."""
    conn.run(
        "UPDATE licence_location SET changes = changes + 1, assets_version = '', assignments_version = ''"
        " WHERE location_id = :location_id",
        location_id=location_id,
    )


def _location(row: Row) -> Location:
    values = {name: row[name] for name in Location.__struct_fields__}
    return Location(**(values | {"sealed_token": bytes(row["sealed_token"])}))
