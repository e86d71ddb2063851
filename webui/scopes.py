"""Where a role holds: scopes, the places that they cover, and grants, which are a role in a scope."""

import re
from enum import StrEnum

import msgspec

from webui.errors import ScopeMalformed
from webui.roles import Role


class Extent(StrEnum):
    """How wide a scope is. A seat is one of the committee's bodies' seats."""

    TERRITORY = "territory"
    COMMUNE = "commune"
    SCHOOL = "school"
    CLASS = "class"
    KIT = "kit"
    SEAT = "seat"


_FORMS = {
    Extent.COMMUNE: "[0-9][0-9AB][0-9]{3}",
    Extent.SCHOOL: "[0-9]{3}[0-9A-Z][0-9]{3}[A-Z]",
    Extent.CLASS: "[0-9a-f]{32}",
    Extent.KIT: "[0-9a-f]{32}",
    Extent.SEAT: "[a-z0-9][a-z0-9-]{0,63}",
}
SCOPE_PATTERN = f"^({Extent.TERRITORY}|{'|'.join(f'{extent}:{form}' for extent, form in _FORMS.items())})$"
"""How a scope is written."""

_SCOPE = re.compile(SCOPE_PATTERN.removeprefix("^").removesuffix("$"))


class Scope(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An extent and the identifier of the one that is meant; the territory, all that this server knows, needs none."""

    extent: Extent
    place_id: str = ""

    def __str__(self) -> str:
        return f"{self.extent}:{self.place_id}" if self.place_id else self.extent.value


EVERYWHERE = Scope(extent=Extent.TERRITORY)


class Grant(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A role that somebody has in a scope."""

    role: Role
    scope: Scope = EVERYWHERE

    def __str__(self) -> str:
        return f"{self.role}@{self.scope}"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is, with all that lies around it; None where it lies in none.

    A kit names its commune, its school and the class that has it now; a vote names the seat that it is given for.
    """

    insee: str | None = None
    uai: str | None = None
    class_id: str | None = None
    kit_id: str | None = None
    seat_id: str | None = None


def covers(scope: Scope, place: Place) -> bool:
    """Tell whether a place lies in a scope."""
    around = {
        Extent.COMMUNE: place.insee,
        Extent.SCHOOL: place.uai,
        Extent.CLASS: place.class_id,
        Extent.KIT: place.kit_id,
        Extent.SEAT: place.seat_id,
    }
    return scope.extent is Extent.TERRITORY or around[scope.extent] == scope.place_id


def parse_scope(text: str) -> Scope:
    """Return the scope that ``territory`` or a text such as ``school:0400377T`` names; raise `ScopeMalformed`."""
    written = text.strip()
    if not _SCOPE.fullmatch(written):
        raise ScopeMalformed(scope=text[:80])
    name, _, place_id = written.partition(":")
    return Scope(extent=Extent(name), place_id=place_id)
