"""Subsidies in the store. Every function runs inside the caller's transaction; what comes in is already checked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mdm.store import Connection, Row
from profiles.costs.errors import SubsidyChanged, SubsidyUnknown
from profiles.costs.subsidies import Subsidy
from profiles.costs.words import SubsidyState


def add_subsidy(conn: Connection, subsidy: Subsidy) -> None:
    """Store a subsidy and the purchases that qualify."""
    conn.run(
        "INSERT INTO cost_subsidy (subsidy_id, revision, funder, reference, rate_per_mille, ceiling_cents,"
        " vat_qualifies, starts_on, ends_on, state) VALUES (:subsidy_id, :revision, :funder, :reference,"
        " :rate_per_mille, :ceiling_cents, :vat_qualifies, :starts_on, :ends_on, :state)",
        **_params(subsidy),
    )
    _add_purchases(conn, subsidy)


def replace_subsidy(conn: Connection, subsidy: Subsidy, *, seen: int) -> Subsidy:
    """Store another content of a subsidy, if it is still at the revision that was ``seen``; return it.

    Raises `SubsidyChanged` or `SubsidyUnknown`.
    """
    row = conn.one(
        "UPDATE cost_subsidy SET revision = revision + 1, funder = :funder, reference = :reference,"
        " rate_per_mille = :rate_per_mille, ceiling_cents = :ceiling_cents, vat_qualifies = :vat_qualifies,"
        " starts_on = :starts_on, ends_on = :ends_on, state = :state"
        " WHERE subsidy_id = :subsidy_id AND revision = :seen RETURNING revision",
        seen=seen,
        **{name: value for name, value in _params(subsidy).items() if name != "revision"},
    )
    if row is None:
        raise changed(require_subsidy(conn, subsidy.subsidy_id), seen=seen)
    conn.run("DELETE FROM cost_subsidy_purchase WHERE subsidy_id = :it", it=subsidy.subsidy_id)
    _add_purchases(conn, subsidy)
    return require_subsidy(conn, subsidy.subsidy_id)


def changed(current: Subsidy, *, seen: int) -> SubsidyChanged:
    """Return the refusal of a change to a subsidy that was seen at another revision than its present one."""
    return SubsidyChanged(funder=current.funder, seen=seen, current=current.revision)


def require_subsidy(conn: Connection, subsidy_id: str) -> Subsidy:
    """Return the subsidy of that identifier; raise `SubsidyUnknown`."""
    row = conn.one("SELECT * FROM cost_subsidy WHERE subsidy_id = :it", it=subsidy_id)
    if row is None:
        raise SubsidyUnknown(subsidy=subsidy_id[:40])
    purchases = conn.all(
        "SELECT purchase_id FROM cost_subsidy_purchase WHERE subsidy_id = :it ORDER BY purchase_id", it=subsidy_id
    )
    return _subsidy(row, [one["purchase_id"] for one in purchases])


def find_subsidy(conn: Connection, reference: str) -> Subsidy:
    """Return the subsidy that a person means: by identifier, or the end of one (6 digits or more).

    Raises `SubsidyUnknown` when there is none, or more than one.
    """
    wanted = reference.strip().lower()
    found = [subsidy for subsidy in list_subsidies(conn) if len(wanted) >= 6 and subsidy.subsidy_id.endswith(wanted)]
    if len(found) != 1:
        raise SubsidyUnknown(subsidy=reference[:40])
    return found[0]


def list_subsidies(conn: Connection) -> list[Subsidy]:
    """Return the subsidies, oldest first."""
    purchases: dict[str, list[str]] = {}
    for row in conn.all("SELECT subsidy_id, purchase_id FROM cost_subsidy_purchase ORDER BY subsidy_id, purchase_id"):
        purchases.setdefault(row["subsidy_id"], []).append(row["purchase_id"])
    rows = conn.all("SELECT * FROM cost_subsidy ORDER BY subsidy_id")
    return [_subsidy(row, purchases.get(row["subsidy_id"], [])) for row in rows]


def _add_purchases(conn: Connection, subsidy: Subsidy) -> None:
    conn.many(
        "INSERT INTO cost_subsidy_purchase (subsidy_id, purchase_id) VALUES (:subsidy_id, :purchase_id)",
        [{"subsidy_id": subsidy.subsidy_id, "purchase_id": one} for one in subsidy.purchases],
    )


def _params(subsidy: Subsidy) -> dict[str, Any]:
    return {
        "subsidy_id": subsidy.subsidy_id,
        "revision": subsidy.revision,
        "funder": subsidy.funder,
        "reference": subsidy.reference,
        "rate_per_mille": subsidy.rate_per_mille,
        "ceiling_cents": subsidy.ceiling_cents,
        "vat_qualifies": int(subsidy.vat_qualifies),
        "starts_on": _day(subsidy.starts_on),
        "ends_on": _day(subsidy.ends_on),
        "state": subsidy.state.value,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _subsidy(row: Row, purchases: Sequence[str]) -> Subsidy:
    return Subsidy(
        subsidy_id=row["subsidy_id"],
        revision=row["revision"],
        funder=row["funder"],
        reference=row["reference"],
        rate_per_mille=row["rate_per_mille"],
        ceiling_cents=row["ceiling_cents"],
        vat_qualifies=bool(row["vat_qualifies"]),
        starts_on=date.fromisoformat(row["starts_on"]) if row["starts_on"] else None,
        ends_on=date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
        state=SubsidyState(row["state"]),
        purchases=tuple(purchases),
    )
