"""Which roles the groups of another login service give: lines of the configuration such as ``group=role@scope``."""

from collections.abc import Iterable, Mapping

from mdm.settings import Mistake, SettingsError
from webui.errors import ScopeMalformed
from webui.roles import Role
from webui.scopes import Grant, parse_scope


def parse_mapping(lines: Iterable[str]) -> Mapping[str, frozenset[Grant]]:
    """Return the grants of each group; raise `SettingsError`. Nobody becomes an administrator by a group."""
    found: dict[str, set[Grant]] = {}
    mistakes: list[Mistake] = []
    for line in lines:
        group, _, given = line.rpartition("=")
        role, _, scope = given.partition("@")
        try:
            grant = Grant(role=Role(role.strip()), scope=parse_scope(scope))
        except (ValueError, ScopeMalformed):
            grant = None
        if grant is None or not group.strip() or grant.role is Role.ADMINISTRATOR:
            right = "must be group=role@territory, or group=role@school:0400377T and the like; not administrator"
            mistakes.append(Mistake(key="oidc.grants", found=repr(line), right=right))
        else:
            found.setdefault(group.strip(), set()).add(grant)
    if mistakes:
        raise SettingsError(mistakes)
    return {group: frozenset(grants) for group, grants in found.items()}


def grants_by(
    mapping: Mapping[str, frozenset[Grant]], held: Iterable[Grant], groups: Iterable[str]
) -> tuple[Grant, ...]:
    """Return what somebody holds after the service told his groups.

    Grants that a line names are as the groups say; the others stay as they were given by hand.
    """
    governed: frozenset[Grant] = frozenset().union(*mapping.values()) if mapping else frozenset()
    given = {grant for group in groups for grant in mapping.get(group, ())}
    return tuple(sorted((set(held) - governed) | given))
