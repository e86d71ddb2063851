"""What people are to the territory."""

from enum import StrEnum


class Role(StrEnum):
    """What a person, or a program that holds a token, is to the territory."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    DSDEN = "dsden"
    MEMBER = "member"
    HEAD = "head"
    TEACHER = "teacher"
    PARENT = "parent"
    EVALUATOR = "evaluator"
    DPO = "dpo"


PRIVILEGED_ROLES = frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN, Role.MANAGER})
"""Those who reach much at once: a password alone does not let them in."""

PLACED_ROLES = frozenset({Role.HEAD, Role.TEACHER})
"""Those who have their role in some school: where it holds is said on purpose, never by default."""
