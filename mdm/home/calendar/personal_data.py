"""What the school calendar says of persons: who changed it."""

from mdm.privacy.declaration import MANAGED, Table, actor
from mdm.privacy.retention import Kept

_KEPT = Kept(reason="it is a school's calendar; who changed it is taken out in time")

TABLES = (
    Table(
        name="school_year",
        about="School years that were taken in",
        activity=MANAGED,
        retention=_KEPT,
        fields=(actor("imported_by", "who took it in"),),
        plain="zone year first last breaks source imported_at",
    ),
    Table(
        name="school_hours",
        about="Schools' own hours",
        activity=MANAGED,
        retention=_KEPT,
        fields=(actor("changed_by", "who changed it last"),),
        plain="uai hours changed_at",
    ),
)
