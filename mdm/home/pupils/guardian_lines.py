"""Which pupils a guardian's line names; pure."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mdm.home.pupils.errors import LineError
from mdm.home.pupils.keys import PupilKeys
from mdm.home.pupils.lines import Child, GuardianLine, Unread
from mdm.home.pupils.matching import Plan
from mdm.home.pupils.names import fold_name
from mdm.i18n import N_
from mdm.store import Connection


class FoundGuardian(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian whose children were found. ``key_digest`` tells the guardians of one pupil apart."""

    line: GuardianLine
    key_digest: str
    pupil_ids: tuple[str, ...]


class GuardianKeeper(Protocol):
    """Keeps the guardians that an import found; implemented in `mdm.home.guardians`."""

    def keep(self, conn: Connection, found: Sequence[FoundGuardian]) -> int:
        """Store guardians and whose guardians they are; return how many are new."""
        ...


class ChildNotFound(LineError):
    """A guardian's line names a child who is in no list."""

    code = "child_not_found"
    message = N_("A child that this line names is not in the school's list.")
    hint = N_("Import the pupils first, or answer the questions about them, then give this file again.")


class SeveralChildren(LineError):
    """A guardian's line names a child, and several children have that name."""

    code = "several_children"
    message = N_("Several pupils have the name of a child on this line.")
    hint = N_("Give this guardian's code by hand, on the child's page.")


def find_children(
    lines: Sequence[GuardianLine], plan: Plan, keys: PupilKeys
) -> tuple[list[FoundGuardian], list[Unread]]:
    """Return the guardians with the children that were found, and a note for each child that was not."""
    found: list[FoundGuardian] = []
    notes: list[Unread] = []
    for line in lines:
        pupils: dict[str, None] = {}
        for child in line.children:
            matches = _matches(line.uai, child, plan, keys)
            if len(matches) == 1:
                pupils[matches[0]] = None
            else:
                notes.append(_note(line, SeveralChildren() if matches else ChildNotFound()))
        if pupils:
            digest = keys.of_guardian(line.last_name, line.first_name)
            found.append(FoundGuardian(line=line, key_digest=digest, pupil_ids=tuple(pupils)))
    return found, notes


def _matches(uai: str, child: Child, plan: Plan, keys: PupilKeys) -> list[str]:
    matches: dict[str, None] = {}
    for digest in keys.of_child(uai, child):
        matches.update(dict.fromkeys(plan.by_name.get(digest, ())))
    if len(matches) < 2:
        return list(matches)
    wanted = fold_name(child.class_name)
    in_class = [one for one in matches if wanted and fold_name(plan.class_of.get((one, uai), "")) == wanted]
    return in_class if len(in_class) == 1 else list(matches)


def _note(line: GuardianLine, error: LineError) -> Unread:
    return Unread(
        file=line.file, line=line.line, column="", value="", message=error.message, hint=error.hint, params=error.params
    )
