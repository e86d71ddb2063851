"""Places by their names: of a role's scope, and those that a person looks for."""

from collections.abc import Iterable, Sequence

import msgspec

from mdm.fleet import place_store
from mdm.fleet.errors import ClassUnknown, KitUnknown, SchoolUnknown
from mdm.fleet.folding import fold, terms_of
from mdm.i18n import N_, Translator
from mdm.store import Connection
from webui.doors.errors import PlaceGone
from webui.scopes import EVERYWHERE, Extent, Place, Scope

EXTENT_NAMES: dict[Extent, str] = {
    Extent.TERRITORY: N_("The whole territory"),
    Extent.COMMUNE: N_("Commune"),
    Extent.SCHOOL: N_("School"),
    Extent.CLASS: N_("Class"),
    Extent.KIT: N_("Kit"),
    Extent.SEAT: N_("Seat of the committee"),
}

_MOST = 20


class NamedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A scope with its name, such as ``CM1`` and ``École d'Audignon, Audignon``."""

    scope: Scope
    name: str
    within: str = ""

    def words(self, translate: Translator) -> str:
        """Return where it is, for a list."""
        if self.scope == EVERYWHERE:
            return translate(EXTENT_NAMES[Extent.TERRITORY])
        # A school's name says that it is one.
        kind = "" if self.scope.extent is Extent.SCHOOL else f"{translate(EXTENT_NAMES[self.scope.extent])} "
        return f"{kind}{self.name} ({self.within})" if self.within else f"{kind}{self.name}"


def place_of(conn: Connection, scope: Scope) -> Place:
    """Return where a scope lies; raise `PlaceGone`."""
    match scope.extent:
        case Extent.TERRITORY:
            return Place()
        case Extent.SEAT:
            return Place(seat_id=scope.place_id)
        case Extent.COMMUNE:
            if conn.one("SELECT 1 AS there FROM commune WHERE insee = :insee", insee=scope.place_id) is None:
                raise PlaceGone
            return Place(insee=scope.place_id)
    around = {
        Extent.SCHOOL: place_store.around_school,
        Extent.CLASS: place_store.around_class,
        Extent.KIT: place_store.around_kit,
    }[scope.extent]
    try:
        found = around(conn, scope.place_id)
    except (SchoolUnknown, ClassUnknown, KitUnknown) as gone:
        raise PlaceGone from gone
    return Place(insee=found.insee, uai=found.uai, class_id=found.class_id, kit_id=found.kit_id)


def names_of_places(conn: Connection, scopes: Iterable[Scope]) -> dict[Scope, NamedPlace]:
    """Return the names of scopes; one whose place is gone has its identifier for a name."""
    return {scope: _named(conn, scope) for scope in set(scopes)}


def find_places(conn: Connection, words: str, extents: Sequence[Extent]) -> list[NamedPlace]:
    """Return places in whose name, or school or commune, all the words are found: the first twenty."""
    terms = terms_of(words)
    if not terms:
        return []
    found: list[NamedPlace] = []
    for extent in extents:
        for place in _all(conn, extent):
            text = fold(f"{place.name} {place.within} {place.scope.place_id}")
            if all(term in text for term in terms):
                found.append(place)
                if len(found) == _MOST:
                    return found
    return found


def _named(conn: Connection, scope: Scope) -> NamedPlace:
    if scope == EVERYWHERE:
        return NamedPlace(scope=scope, name="")
    select, key, _ = _SELECT[scope.extent]
    row = conn.one(f"{select} WHERE {key} = :id", id=scope.place_id)
    if row is None:
        return NamedPlace(scope=scope, name=scope.place_id)
    return NamedPlace(scope=scope, name=row["name"], within=row["within_name"])


def _all(conn: Connection, extent: Extent) -> Iterable[NamedPlace]:
    if extent is Extent.TERRITORY:
        return
    select, _, order = _SELECT[extent]
    for row in conn.stream(f"{select} ORDER BY {order}"):
        scope = Scope(extent=extent, place_id=row["id"])
        yield NamedPlace(scope=scope, name=row["name"], within=row["within_name"])


_SELECT: dict[Extent, tuple[str, str, str]] = {
    Extent.COMMUNE: (
        "SELECT c.insee AS id, c.name AS name, c.insee AS within_name FROM commune c",
        "c.insee",
        "c.name",
    ),
    Extent.SCHOOL: (
        "SELECT s.uai AS id, s.name AS name, c.name AS within_name FROM school s JOIN commune c ON c.insee = s.insee",
        "s.uai",
        "s.name",
    ),
    Extent.CLASS: (
        "SELECT k.class_id AS id, k.name AS name, s.name AS within_name FROM school_class k"
        " JOIN school s ON s.uai = k.uai",
        "k.class_id",
        "s.name, k.name",
    ),
    Extent.KIT: (
        "SELECT k.kit_id AS id, k.name AS name, s.name AS within_name FROM kit k JOIN school s ON s.uai = k.uai",
        "k.kit_id",
        "s.name, k.name",
    ),
    Extent.SEAT: (
        "SELECT h.seat_id AS id, h.label AS name, h.body AS within_name FROM (SELECT seat_id, MAX(label) AS label,"
        " MAX(body) AS body FROM seat_holding GROUP BY seat_id) h",
        "h.seat_id",
        "h.label",
    ),
}
