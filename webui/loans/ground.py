"""Whose pupils and loans somebody sees: a school, or the classes and kits of it that a role is for."""

import msgspec
from aiohttp import web

from mdm.fleet.place_store import around_school
from mdm.fleet.territory import School, SchoolClass
from mdm.fleet.territory_store import list_classes, require_school
from mdm.home.loans.errors import LoanUnknown
from mdm.home.pupils.pupil_store import inscriptions_of, require_pupil
from mdm.store import Connection
from webui.errors import NotAllowed
from webui.permissions import Action, Person, may
from webui.repairs.places import find_schools
from webui.scopes import Place
from webui.site import Site


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """A school as somebody reaches it. ``whole``: all of it; ``classes``: those that are reached."""

    school: School
    place: Place
    whole: bool
    classes: tuple[SchoolClass, ...]


class LoanGround(msgspec.Struct, frozen=True, kw_only=True):
    """Where a loan is: in its kit, and with its pupil's class."""

    loan_id: str
    kit: Place
    pupil: Place


def ground_in(conn: Connection, person: Person, action: Action, uai: str) -> Ground:
    """Return a school as a person reaches it for an action; raise `SchoolUnknown` or `NotAllowed`."""
    around = around_school(conn, uai)
    place = Place(insee=around.insee, uai=around.uai)
    whole = may(person, action, place)
    classes = [
        one
        for one in list_classes(conn, uai)
        if whole or may(person, action, msgspec.structs.replace(place, class_id=one.class_id))
    ]
    if not whole and not classes and not _reaches_a_kit(conn, person, action, place):
        raise NotAllowed
    return Ground(school=require_school(conn, uai), place=place, whole=whole, classes=tuple(classes))


def pupil_places(conn: Connection, pupil_id: str) -> list[Place]:
    """Return where a pupil is, school by school; raise `PupilUnknown`."""
    require_pupil(conn, pupil_id)
    found = []
    for one in inscriptions_of(conn, pupil_id):
        around = around_school(conn, one.uai)
        found.append(Place(insee=around.insee, uai=one.uai, class_id=one.class_id))
    return found


def may_at_any(person: Person, action: Action, places: list[Place]) -> bool:
    """Tell whether a person may do something in one of these places."""
    return any(may(person, action, place) for place in places)


def loan_ground(conn: Connection, loan_id: str) -> LoanGround:
    """Return where a loan is; raise `LoanUnknown`."""
    rows = conn.all(_LOANS + " WHERE loan.loan_id = :loan_id", loan_id=loan_id)
    if not rows:
        raise LoanUnknown
    return _ground(rows[0])


def loan_grounds(conn: Connection, uai: str) -> dict[str, LoanGround]:
    """Return where each loan of a school is."""
    return {row["loan_id"]: _ground(row) for row in conn.all(_LOANS + " WHERE loan.uai = :uai", uai=uai)}


def may_with_loan(person: Person, action: Action, ground: LoanGround) -> bool:
    """Tell whether a person may do something with a loan: because of its kit, or because of its pupil."""
    return may(person, action, ground.kit) or may(person, action, ground.pupil)


async def school_meant(site: Site, request: web.Request, action: Action, address: str) -> str:
    """Return the school that an address names; without one, lead to the only one that is reached, or return ''."""
    uai = request.query.get("school", "")
    if uai:
        return uai
    reach = site.reach(request, action)
    found = await site.services.database.read(lambda conn: find_schools(conn, reach, "", limit=2))
    if len(found) == 1:
        raise web.HTTPSeeOther(f"{address}?school={found[0].uai}")
    return ""


async def choose_school(site: Site, request: web.Request, action: Action, address: str, title: str) -> web.Response:
    """Show the schools that are reached, to choose one; ``title``: a message from ``N_``."""
    words = request.query.get("words", "").strip()[:100]
    reach = site.reach(request, action)
    found = await site.services.database.read(lambda conn: find_schools(conn, reach, words, limit=40))
    return site.renderer.page(request, "loans/schools.html", schools=found, words=words, address=address, title=title)


def _reaches_a_kit(conn: Connection, person: Person, action: Action, place: Place) -> bool:
    rows = conn.all("SELECT kit_id, class_id FROM kit WHERE uai = :uai", uai=place.uai)
    return any(may(person, action, Place(insee=place.insee, uai=place.uai, **row)) for row in rows)


def _ground(row: dict[str, str | None]) -> LoanGround:
    return LoanGround(
        loan_id=row["loan_id"] or "",
        kit=Place(insee=row["insee"], uai=row["uai"], class_id=row["kit_class"], kit_id=row["kit_id"]),
        pupil=Place(insee=row["insee"], uai=row["uai"], class_id=row["pupil_class"]),
    )


_LOANS = (
    "SELECT loan.loan_id, loan.uai, loan.kit_id, school.insee, kit.class_id AS kit_class,"
    " inscription.class_id AS pupil_class FROM loan JOIN school ON school.uai = loan.uai"
    " LEFT JOIN kit ON kit.kit_id = loan.kit_id"
    " LEFT JOIN inscription ON inscription.pupil_id = loan.pupil_id AND inscription.uai = loan.uai"
)
