"""What looking at the fleet keeps of persons: their own filters."""

from mdm.privacy.declaration import MANAGED, Owner, Personal, Table, nothing_personal
from mdm.privacy.retention import WithParent
from mdm.privacy.vocabulary import SELF, Data

_FIGURES = "numbers of tablets"
_SHARED = (SELF, "teacher", "head", "technician", "manager", "dsden", "administrator", "dpo")
"""Those who read lists of tablets: who shares a filter shares it with them."""

TABLES = (
    Table(
        name="saved_filter",
        about="Filters that a person saved",
        activity=MANAGED,
        owners=(Owner(subject="account", column="owner", holds="login"),),
        retention=WithParent(column="owner", parent="account", key="login", event="the erasure of the account"),
        fields=(
            Personal(column="owner", what="whose filter it is", data=Data.ACTIVITY),
            Personal(column="name", what="the filter's name", data=Data.ACTIVITY, seen_by=_SHARED),
            Personal(column="query", what="what the filter looks for", data=Data.ACTIVITY, seen_by=_SHARED),
            Personal(column="saved_at", what="when it was saved", data=Data.ACTIVITY),
        ),
        plain="filter_id shared",
    ),
    nothing_personal("os_version", "version rank", why="versions of systems"),
    nothing_personal(
        "kit_figures",
        "kit_id uai insee tablets state_new state_enrolled state_ready state_loaned state_lost state_broken"
        " state_retired converged drifting errors storage_low storage_known battery_low battery_known health_normal"
        " health_service health_other seen_day seen_week seen_month seen_longer seen_never",
        why=_FIGURES,
    ),
    nothing_personal("os_figures", "kit_id platform os_version tablets", why=_FIGURES),
    nothing_personal("fleet_day", "day uai tablets ready drifting seen", why=_FIGURES),
    nothing_personal("fleet_round", "one counted_at took_ms", why=_FIGURES),
    nothing_personal("commune_geography", "insee latitude longitude contour imported_at", why="where a commune is"),
)
