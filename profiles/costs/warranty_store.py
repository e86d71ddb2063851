"""SQL of warranties. Every function runs inside the caller's transaction."""

from datetime import date

import msgspec

from mdm.store import Connection


class WarrantyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tablet's warranty; None where nothing is."""

    bought_on: date | None
    in_service_on: date | None
    purchase_months: int | None
    model_months: int | None


def warranty_facts(conn: Connection, tablet_id: str) -> WarrantyFacts | None:
    """Return what is known of a tablet's warranty, None when there is no such tablet."""
    row = conn.one(_FACTS, tablet_id=tablet_id)
    if row is None:
        return None
    return WarrantyFacts(
        bought_on=date.fromisoformat(row["bought_on"]) if row["bought_on"] else None,
        in_service_on=date.fromisoformat(row["in_service_on"]) if row["in_service_on"] else None,
        purchase_months=row["purchase_months"],
        model_months=row["model_months"],
    )


def save_of_purchase(conn: Connection, purchase_id: str, months: int) -> None:
    """Keep the months of what came with a purchase."""
    conn.run(
        "INSERT INTO warranty_purchase (purchase_id, months) VALUES (:purchase_id, :months)"
        " ON CONFLICT (purchase_id) DO UPDATE SET months = excluded.months",
        purchase_id=purchase_id,
        months=months,
    )


def save_of_model(conn: Connection, model: str, months: int) -> None:
    """Keep the months of a model's tablets."""
    conn.run(
        "INSERT INTO warranty_model (model, months) VALUES (:model, :months)"
        " ON CONFLICT (model) DO UPDATE SET months = excluded.months",
        model=model,
        months=months,
    )


def months_by_purchase(conn: Connection) -> dict[str, int]:
    """Return the months that are entered, by purchase."""
    rows = conn.all("SELECT purchase_id, months FROM warranty_purchase ORDER BY purchase_id")
    return {row["purchase_id"]: row["months"] for row in rows}


def months_by_model(conn: Connection) -> dict[str, int]:
    """Return the months that are entered, by model."""
    return {row["model"]: row["months"] for row in conn.all("SELECT model, months FROM warranty_model ORDER BY model")}


_FACTS = """
SELECT cost_purchase.bought_on, service.in_service_on, warranty_purchase.months AS purchase_months,
    warranty_model.months AS model_months
FROM tablet
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
LEFT JOIN cost_tablet_service service ON service.tablet_id = tablet.tablet_id
LEFT JOIN cost_purchase ON cost_purchase.purchase_id = service.purchase_id AND cost_purchase.withdrawn = 0
LEFT JOIN warranty_purchase ON warranty_purchase.purchase_id = cost_purchase.purchase_id
LEFT JOIN warranty_model ON warranty_model.model = COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model)
WHERE tablet.tablet_id = :tablet_id
"""
