"""What somebody is, where they do something about a lost tablet: a word for the family, which decides nothing."""

from mdm.home.lost.search import Standing
from webui.permissions import Action, Person, may, opens
from webui.roles import Role
from webui.scopes import Place, covers

_STANDINGS = {Role.HEAD: Standing.HEAD, Role.MANAGER: Standing.MANAGER, Role.TECHNICIAN: Standing.TECHNICIAN}


def standing_of(person: Person, place: Place) -> Standing:
    """Return as what a person may declare a tablet lost there."""
    if not may(person, Action.DECLARE_LOST, place):
        return Standing.NOBODY
    held = {
        grant.role for grant in person.grants if opens(grant.role, Action.DECLARE_LOST) and covers(grant.scope, place)
    }
    return next((standing for role, standing in _STANDINGS.items() if role in held), Standing.NOBODY)
