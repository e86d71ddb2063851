"""What licences say of persons: who took a token in, or wished for a licence."""

from mdm.privacy.declaration import MANAGED, Table, actor, nothing_personal
from mdm.privacy.retention import Kept

_KEPT = Kept(reason="it is about licences of devices; who did it is taken out in time")

TABLES = (
    Table(
        name="licence_location",
        about="Locations of Apple School Manager",
        activity=MANAGED,
        retention=_KEPT,
        fields=(actor("imported_by", "who took it in"),),
        plain="location_id name organization sealed_token expires_at imported_at counted_at assets_version"
        " assignments_version changes trouble paused_until failures",
    ),
    Table(
        name="licence_wish",
        about="Licences that a tablet should have",
        activity=MANAGED,
        retention=_KEPT,
        fields=(actor("wished_by", "who asked for it"),),
        plain="tablet_id store_id wanted state call_id reason attempts due_at wished_at",
    ),
    nothing_personal("licence_school", "uai location_id", why="schools"),
    nothing_personal("licence_app", "store_id name", why="names of apps"),
    nothing_personal(
        "licence_count", "location_id store_id total assigned available unlimited revocable", why="numbers of licences"
    ),
    nothing_personal("licence_assignment", "location_id store_id serial", why="serial numbers of devices"),
    nothing_personal(
        "licence_call",
        "call_id location_id kind store_ids serials event_id begun_at looks next_look_at",
        why="requests about devices",
    ),
)
