"""The planned lives of models, and what is known of each tablet's date in service.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import from_ms
from mdm.store import Connection, Row
from profiles.costs.renewal import InService, ModelLife

ZONE = ZoneInfo("Europe/Paris")
"""Where a moment becomes a day."""


class FleetModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model with how many tablets of it there are, and its planned life where one is set."""

    model: str
    tablets: int
    life_years: int | None
    price_cents: int | None


def list_in_service(conn: Connection) -> list[InService]:
    """Return every tablet that is not retired, with its place and since when it serves, by identifier."""
    return [_in_service(row) for row in conn.all(_IN_SERVICE)]


def save_service(conn: Connection, tablets: Sequence[str], *, since: date | None, purchase_id: str | None) -> None:
    """Keep since when tablets serve, and the purchase that they came with; None leaves what is there."""
    conn.many(
        "INSERT INTO cost_tablet_service (tablet_id, in_service_on, purchase_id)"
        " VALUES (:tablet_id, :since, :purchase_id) ON CONFLICT (tablet_id) DO UPDATE SET"
        " in_service_on = COALESCE(excluded.in_service_on, cost_tablet_service.in_service_on),"
        " purchase_id = COALESCE(excluded.purchase_id, cost_tablet_service.purchase_id)",
        [
            {"tablet_id": one, "since": since.isoformat() if since else None, "purchase_id": purchase_id}
            for one in sorted(set(tablets))
        ],
    )


def save_model_life(conn: Connection, life: ModelLife) -> None:
    """Keep a model's planned life and price, in the place of those of before."""
    conn.run(
        "INSERT INTO cost_model_life (model, life_years, price_cents) VALUES (:model, :life_years, :price_cents)"
        " ON CONFLICT (model) DO UPDATE SET life_years = excluded.life_years, price_cents = excluded.price_cents",
        model=life.model,
        life_years=life.life_years,
        price_cents=life.price_cents,
    )


def model_lives(conn: Connection) -> dict[str, ModelLife]:
    """Return the planned lives that are set, by model."""
    return {
        row["model"]: ModelLife(**row) for row in conn.all("SELECT model, life_years, price_cents FROM cost_model_life")
    }


def list_models(conn: Connection) -> list[FleetModel]:
    """Return the models of the fleet and those that have a planned life, by name."""
    counts: dict[str, int] = {}
    for tablet in list_in_service(conn):
        counts[tablet.model] = counts.get(tablet.model, 0) + 1
    lives = model_lives(conn)
    found = []
    for model in sorted({*counts, *lives}):
        life = lives.get(model)
        found.append(
            FleetModel(
                model=model,
                tablets=counts.get(model, 0),
                life_years=life.life_years if life else None,
                price_cents=life.price_cents if life else None,
            )
        )
    return found


def _in_service(row: Row) -> InService:
    since = None
    if row["in_service_on"]:
        since = date.fromisoformat(row["in_service_on"])
    elif row["first_seen"] is not None:
        since = from_ms(row["first_seen"]).astimezone(ZONE).date()
    return InService(
        tablet_id=row["tablet_id"],
        model=row["model"],
        since=since,
        kit_id=row["kit_id"] or "",
        uai=row["uai"] or "",
        insee=row["insee"] or "",
        territory_id=row["territory_id"] or "",
        purchase_id=row["purchase_id"] or "",
    )


# A tablet is first seen with its first certificate; a tablet without one (Android) when it was first heard of, unless
# it is a spare that was only registered.
_IN_SERVICE = """
SELECT tablet.tablet_id, COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model) AS model,
    cost_tablet_service.in_service_on, cost_tablet_service.purchase_id,
    slot.kit_id, kit.uai, school.insee, commune.territory_id,
    COALESCE(
        (SELECT MIN(certificate.not_before) FROM certificate
            WHERE certificate.tablet_id = tablet.tablet_id AND certificate.purpose = 'identity'),
        CASE WHEN tablet.state <> 'new' OR joined.tablet_id IS NOT NULL THEN tablet.created_at END
    ) AS first_seen
FROM tablet
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
LEFT JOIN cost_tablet_service ON cost_tablet_service.tablet_id = tablet.tablet_id
LEFT JOIN (SELECT DISTINCT tablet_id FROM android_enrollment) joined ON joined.tablet_id = tablet.tablet_id
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
LEFT JOIN school ON school.uai = kit.uai
LEFT JOIN commune ON commune.insee = school.insee
WHERE tablet.state <> 'retired'
ORDER BY tablet.tablet_id
"""
