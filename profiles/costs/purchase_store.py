"""Purchases in the store, with the places that they are for and their lots.

Every function runs inside the caller's transaction. What comes in is already checked.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mdm.store import Connection, Row
from profiles.costs.errors import CostError, PurchaseChanged, PurchaseUnknown, PurchaseWithdrawn
from profiles.costs.purchase import Coverage, Lot, Purchase
from profiles.costs.words import Extent, PurchaseKind, Recurrence


def add_purchase(conn: Connection, purchase: Purchase) -> None:
    """Store a purchase, its places and its lots."""
    conn.run(
        "INSERT INTO cost_purchase (purchase_id, revision, label, kind, amount_cents, vat_per_mille, bought_on,"
        " supplier_reference, extent, item_id, group_purchase, recurrence, last_year, units, life_years, withdrawn)"
        " VALUES (:purchase_id, :revision, :label, :kind, :amount_cents, :vat_per_mille, :bought_on,"
        " :supplier_reference, :extent, :item_id, :group_purchase, :recurrence, :last_year, :units, :life_years, 0)",
        **_params(purchase),
    )
    _add_parts(conn, purchase)


def replace_purchase(conn: Connection, purchase: Purchase, *, seen: int) -> Purchase:
    """Store another content of a purchase, if it is still at the revision that was ``seen``; return it.

    Raises `PurchaseChanged`, `PurchaseWithdrawn` or `PurchaseUnknown`.
    """
    row = conn.one(
        "UPDATE cost_purchase SET revision = revision + 1, label = :label, kind = :kind, amount_cents = :amount_cents,"
        " vat_per_mille = :vat_per_mille, bought_on = :bought_on, supplier_reference = :supplier_reference,"
        " extent = :extent, item_id = :item_id, group_purchase = :group_purchase, recurrence = :recurrence,"
        " last_year = :last_year, units = :units, life_years = :life_years"
        " WHERE purchase_id = :purchase_id AND revision = :seen AND withdrawn = 0 RETURNING revision",
        seen=seen,
        **{name: value for name, value in _params(purchase).items() if name != "revision"},
    )
    if row is None:
        raise _refusal(conn, purchase.purchase_id, seen)
    conn.run("DELETE FROM cost_purchase_place WHERE purchase_id = :it", it=purchase.purchase_id)
    conn.run("DELETE FROM cost_lot WHERE purchase_id = :it", it=purchase.purchase_id)
    _add_parts(conn, purchase)
    return require_purchase(conn, purchase.purchase_id)


def withdraw_purchase(conn: Connection, purchase_id: str, *, seen: int) -> None:
    """Let a purchase count no more; raise `PurchaseChanged`, `PurchaseWithdrawn` or `PurchaseUnknown`."""
    withdrawn = conn.run(
        "UPDATE cost_purchase SET revision = revision + 1, withdrawn = 1"
        " WHERE purchase_id = :purchase_id AND revision = :seen AND withdrawn = 0",
        purchase_id=purchase_id,
        seen=seen,
    )
    if not withdrawn:
        raise _refusal(conn, purchase_id, seen)


def require_purchase(conn: Connection, purchase_id: str) -> Purchase:
    """Return the purchase of that identifier, withdrawn or not; raise `PurchaseUnknown`."""
    row = conn.one("SELECT * FROM cost_purchase WHERE purchase_id = :it", it=purchase_id)
    if row is None:
        raise PurchaseUnknown(purchase=purchase_id[:40])
    places = conn.all(
        "SELECT place_id FROM cost_purchase_place WHERE purchase_id = :it ORDER BY place_id", it=purchase_id
    )
    lots = conn.all("SELECT * FROM cost_lot WHERE purchase_id = :it ORDER BY number", it=purchase_id)
    return _purchase(row, [place["place_id"] for place in places], lots)


def hold_purchase(conn: Connection, purchase_id: str) -> Purchase:
    """Return a purchase that no other transaction can change before this one ends; raise `PurchaseUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    conn.run("UPDATE cost_purchase SET label = label WHERE purchase_id = :it", it=purchase_id)
    return require_purchase(conn, purchase_id)


def find_purchase(conn: Connection, reference: str) -> Purchase:
    """Return the purchase that a person means: by identifier, or the end of one (6 digits or more).

    Raises `PurchaseUnknown` when there is none, or more than one.
    """
    wanted = reference.strip().lower()
    rows = conn.all("SELECT purchase_id FROM cost_purchase ORDER BY purchase_id")
    found = [row["purchase_id"] for row in rows if len(wanted) >= 6 and row["purchase_id"].endswith(wanted)]
    if len(found) != 1:
        raise PurchaseUnknown(purchase=reference[:40])
    return require_purchase(conn, found[0])


def list_purchases(conn: Connection) -> list[Purchase]:
    """Return the purchases that count, by day and identifier."""
    rows = conn.all("SELECT * FROM cost_purchase WHERE withdrawn = 0 ORDER BY bought_on, purchase_id")
    places = conn.all("SELECT purchase_id, place_id FROM cost_purchase_place ORDER BY purchase_id, place_id")
    return _purchases(rows, places, conn.all("SELECT * FROM cost_lot ORDER BY purchase_id, number"))


def purchases_after(
    conn: Connection, last: tuple[str, str], *, kind: PurchaseKind | None, withdrawn: bool, limit: int
) -> list[Purchase]:
    """Return purchases by day (ISO) and identifier from the one after ``last``, of a kind when it is given.

    With ``withdrawn`` those too that count no more.
    """
    chosen: dict[str, str | int] = {
        "day": last[0],
        "last": last[1],
        "kind": kind.value if kind is not None else "",
        "most": int(withdrawn),
        "limit": limit,
    }
    rows = conn.all(f"SELECT * FROM cost_purchase {_PART}", **chosen)  # noqa: S608
    places = conn.all(
        "SELECT purchase_id, place_id FROM cost_purchase_place"  # noqa: S608
        f" WHERE purchase_id IN (SELECT purchase_id FROM cost_purchase {_PART}) ORDER BY purchase_id, place_id",
        **chosen,
    )
    lots = conn.all(
        "SELECT * FROM cost_lot"  # noqa: S608
        f" WHERE purchase_id IN (SELECT purchase_id FROM cost_purchase {_PART}) ORDER BY purchase_id, number",
        **chosen,
    )
    return _purchases(rows, places, lots)


_PART = (
    "WHERE (bought_on, purchase_id) > (:day, :last) AND (:kind = '' OR kind = :kind) AND withdrawn <= :most"
    " ORDER BY bought_on, purchase_id LIMIT :limit"
)


def _purchases(rows: Sequence[Row], places: Sequence[Row], lots: Sequence[Row]) -> list[Purchase]:
    places_of: dict[str, list[str]] = {}
    for row in places:
        places_of.setdefault(row["purchase_id"], []).append(row["place_id"])
    lots_of: dict[str, list[Row]] = {}
    for row in lots:
        lots_of.setdefault(row["purchase_id"], []).append(row)
    return [_purchase(row, places_of.get(row["purchase_id"], []), lots_of.get(row["purchase_id"], [])) for row in rows]


def _refusal(conn: Connection, purchase_id: str, seen: int) -> CostError:
    current = require_purchase(conn, purchase_id)
    if current.withdrawn:
        return PurchaseWithdrawn(label=current.label)
    return PurchaseChanged(label=current.label, seen=seen, current=current.revision)


def _add_parts(conn: Connection, purchase: Purchase) -> None:
    conn.many(
        "INSERT INTO cost_purchase_place (purchase_id, place_id) VALUES (:purchase_id, :place_id)",
        [{"purchase_id": purchase.purchase_id, "place_id": place} for place in purchase.coverage.places],
    )
    conn.many(
        "INSERT INTO cost_lot (purchase_id, number, label, amount_cents, supplier_reference)"
        " VALUES (:purchase_id, :number, :label, :amount_cents, :supplier_reference)",
        [
            {
                "purchase_id": purchase.purchase_id,
                "number": number,
                "label": lot.label,
                "amount_cents": lot.amount_cents,
                "supplier_reference": lot.supplier_reference,
            }
            for number, lot in enumerate(purchase.lots, start=1)
        ],
    )


def _params(purchase: Purchase) -> dict[str, Any]:
    return {
        "purchase_id": purchase.purchase_id,
        "revision": purchase.revision,
        "label": purchase.label,
        "kind": purchase.kind.value,
        "amount_cents": purchase.amount_cents,
        "vat_per_mille": purchase.vat_per_mille,
        "bought_on": purchase.bought_on.isoformat(),
        "supplier_reference": purchase.supplier_reference,
        "extent": purchase.coverage.extent.value,
        "item_id": purchase.item_id,
        "group_purchase": int(purchase.group_purchase),
        "recurrence": purchase.recurrence.value,
        "last_year": purchase.last_year,
        "units": purchase.units,
        "life_years": purchase.life_years,
    }


def _purchase(row: Row, places: Sequence[str], lots: Sequence[Row]) -> Purchase:
    return Purchase(
        purchase_id=row["purchase_id"],
        revision=row["revision"],
        label=row["label"],
        kind=PurchaseKind(row["kind"]),
        amount_cents=row["amount_cents"],
        vat_per_mille=row["vat_per_mille"],
        bought_on=date.fromisoformat(row["bought_on"]),
        supplier_reference=row["supplier_reference"],
        coverage=Coverage(extent=Extent(row["extent"]), places=tuple(places)),
        item_id=row["item_id"],
        group_purchase=bool(row["group_purchase"]),
        lots=tuple(
            Lot(label=lot["label"], amount_cents=lot["amount_cents"], supplier_reference=lot["supplier_reference"])
            for lot in lots
        ),
        recurrence=Recurrence(row["recurrence"]),
        last_year=row["last_year"],
        units=row["units"],
        life_years=row["life_years"],
        withdrawn=bool(row["withdrawn"]),
    )
