"""What a person may give by an invitation; pure, by the one function that decides."""

from webui.permissions import Person, may_invite
from webui.roles import Role
from webui.scopes import Extent, Grant, Place, Scope

_EXTENTS: dict[Role, tuple[Extent, ...]] = {
    Role.HEAD: (Extent.SCHOOL, Extent.COMMUNE, Extent.TERRITORY),
    Role.TEACHER: (Extent.SCHOOL, Extent.CLASS, Extent.KIT, Extent.COMMUNE, Extent.TERRITORY),
    Role.MEMBER: (Extent.TERRITORY, Extent.SEAT),
    Role.TECHNICIAN: (Extent.TERRITORY, Extent.COMMUNE, Extent.SCHOOL),
    Role.MANAGER: (Extent.TERRITORY, Extent.COMMUNE),
}
_EVERYWHERE = (Extent.TERRITORY,)


def extents_of(role: Role) -> tuple[Extent, ...]:
    """Return how wide a role may hold, the usual first."""
    return _EXTENTS.get(role, _EVERYWHERE)


def givable_roles(person: Person) -> list[Role]:
    """Return the roles that a person may give in some place, in the order of `Role`."""
    return [
        role
        for role in Role
        if any(may_invite(person, Grant(role=role, scope=own.scope), place_alone(own.scope)) for own in person.grants)
    ]


def place_alone(scope: Scope) -> Place:
    """Return a scope as a place that says nothing of what lies around it."""
    match scope.extent:
        case Extent.COMMUNE:
            return Place(insee=scope.place_id)
        case Extent.SCHOOL:
            return Place(uai=scope.place_id)
        case Extent.CLASS:
            return Place(class_id=scope.place_id)
        case Extent.KIT:
            return Place(kit_id=scope.place_id)
        case Extent.SEAT:
            return Place(seat_id=scope.place_id)
    return Place()
