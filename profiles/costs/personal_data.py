"""Costs say nothing of persons."""

from mdm.privacy.declaration import nothing_personal

_PURCHASE = "what was bought, from whom, for how much"

TABLES = (
    nothing_personal(
        "cost_purchase",
        "purchase_id revision label kind amount_cents vat_per_mille bought_on supplier_reference extent item_id"
        " group_purchase recurrence last_year units life_years withdrawn",
        why=_PURCHASE,
    ),
    nothing_personal("cost_purchase_place", "purchase_id place_id", why=_PURCHASE),
    nothing_personal("cost_lot", "purchase_id number label amount_cents supplier_reference", why=_PURCHASE),
    nothing_personal(
        "cost_key", "version reference adopted_on first_year common_per_mille basis", why="how communes share costs"
    ),
    nothing_personal("cost_key_item", "version item common_per_mille basis", why="how communes share costs"),
    nothing_personal("cost_pupils", "uai year pupils", why="how many pupils a school has"),
    nothing_personal(
        "cost_subsidy",
        "subsidy_id revision funder reference rate_per_mille ceiling_cents vat_qualifies starts_on ends_on state",
        why="subsidies",
    ),
    nothing_personal("cost_subsidy_purchase", "subsidy_id purchase_id", why="subsidies"),
    nothing_personal("cost_model_life", "model life_years price_cents", why="models of tablets"),
    nothing_personal("cost_tablet_service", "tablet_id in_service_on purchase_id", why="how old a tablet is"),
)
