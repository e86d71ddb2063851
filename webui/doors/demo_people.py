"""Who is in the demonstration, one of each role; four of them hold seats of its committee."""

from webui.roles import Role
from webui.scopes import EVERYWHERE, Extent, Grant, Scope

_ROLES = {
    "enseignante": Role.TEACHER,
    "directrice": Role.HEAD,
    "technicien": Role.TECHNICIAN,
    "presidente": Role.MEMBER,
    "inspectrice": Role.DSDEN,
    "gestionnaire": Role.MANAGER,
    "parents": Role.PARENT,
    "dpo": Role.DPO,
    "chercheuse": Role.EVALUATOR,
    "administratrice": Role.ADMINISTRATOR,
}

DEMO_LOGINS = tuple(_ROLES)
"""Nobody else can be signed in as without a password."""


def demo_grants(uai: str) -> dict[str, Grant]:
    """Return what each may do; teacher and head have their roles in one school."""
    in_school = Scope(extent=Extent.SCHOOL, place_id=uai)
    return {
        login: Grant(role=role, scope=in_school if role in (Role.TEACHER, Role.HEAD) else EVERYWHERE)
        for login, role in _ROLES.items()
    }
