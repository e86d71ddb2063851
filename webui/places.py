"""Where things are, as the deciding of access wants it."""

from mdm.fleet import place_store
from mdm.fleet.errors import KitUnknown, TabletUnknown
from mdm.fleet.place_store import Surroundings
from mdm.store import Connection
from webui.errors import KitNotShown, TabletNotShown
from webui.scopes import Place


def kit_place(conn: Connection, kit_id: str) -> Place:
    """Return where a kit is; raise `KitNotShown`."""
    try:
        return _place(place_store.around_kit(conn, kit_id))
    except KitUnknown as unknown:
        raise KitNotShown from unknown


def tablet_place(conn: Connection, tablet_id: str) -> Place:
    """Return where a tablet is, nowhere for a spare one; raise `TabletNotShown`."""
    try:
        return _place(place_store.around_tablet(conn, tablet_id))
    except TabletUnknown as unknown:
        raise TabletNotShown from unknown


def school_place(conn: Connection, uai: str) -> Place:
    """Return where a school is; raise `SchoolUnknown`."""
    return _place(place_store.around_school(conn, uai))


def class_place(conn: Connection, class_id: str) -> Place:
    """Return where a class is; raise `ClassUnknown`."""
    return _place(place_store.around_class(conn, class_id))


def _place(around: Surroundings) -> Place:
    return Place(insee=around.insee, uai=around.uai, class_id=around.class_id, kit_id=around.kit_id)
