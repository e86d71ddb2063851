"""The way through the console: one entry for each part of somebody's work, shown to those whose work it is."""

from collections.abc import Sequence

import msgspec

from mdm.i18n import N_
from webui.permissions import Action, Person, may
from webui.roles import Role


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the console. ``name`` is a message to translate; it is shown to those who may do ``action``."""

    name: str
    path: str
    action: Action


ENTRIES: Sequence[Entry] = (
    Entry(name=N_("My kits"), path="/kits", action=Action.RUN_CLASS),
    Entry(name=N_("Fleet"), path="/fleet", action=Action.EDIT_FLEET),
    Entry(name=N_("Kits"), path="/kits", action=Action.READ_FLEET),
    Entry(name=N_("Tablets"), path="/tablets", action=Action.READ_FLEET),
    Entry(name=N_("Rollouts"), path="/rollouts", action=Action.PACE_ROLLOUT),
    Entry(name=N_("Faults"), path="/faults", action=Action.READ_FAULTS),
    Entry(name=N_("Spares"), path="/spares", action=Action.MANAGE_FAULTS),
    Entry(name=N_("Inventory"), path="/inventory", action=Action.TAKE_INVENTORY),
    Entry(name=N_("My child's tablet"), path="/home", action=Action.OWN_LOANS),
    Entry(name=N_("Schools"), path="/schools", action=Action.READ_SCHOOL),
    Entry(name=N_("School holidays"), path="/calendar", action=Action.SET_CALENDAR),
    Entry(name=N_("Loans"), path="/loans", action=Action.READ_LOANS),
    Entry(name=N_("Committee"), path="/committee", action=Action.DECLARE_CONFLICT),
    Entry(name=N_("Proposals"), path="/proposals", action=Action.READ_PROPOSALS),
    Entry(name=N_("Editions"), path="/editions", action=Action.READ_EDITIONS),
    Entry(name=N_("Costs"), path="/costs", action=Action.EDIT_COSTS),
    Entry(name=N_("Home use"), path="/home-use", action=Action.READ_HOME_PICTURE),
    Entry(name=N_("Evaluations"), path="/evaluations", action=Action.READ_EVALUATIONS),
    Entry(name=N_("Privacy"), path="/privacy", action=Action.READ_PRIVACY),
    Entry(name=N_("Invitations"), path="/invitations", action=Action.INVITE),
    Entry(name=N_("Accounts"), path="/accounts", action=Action.READ_ACCOUNTS),
)

_FIRST_PAGES: Sequence[tuple[Role, str]] = (
    (Role.TECHNICIAN, "/fleet"),
    (Role.TEACHER, "/kits"),
    (Role.DSDEN, "/committee"),
    (Role.MEMBER, "/committee"),
    (Role.MANAGER, "/schools"),
    (Role.HEAD, "/schools"),
    (Role.PARENT, "/home"),
    (Role.DPO, "/privacy"),
    (Role.EVALUATOR, "/evaluations"),
    (Role.ADMINISTRATOR, "/accounts"),
)


def entries_for(person: Person | None) -> list[Entry]:
    """Return the entries that a person is shown; each path once."""
    shown: dict[str, Entry] = {}
    for entry in ENTRIES:
        if person is not None and may(person, entry.action):
            shown.setdefault(entry.path, entry)
    return list(shown.values())


def first_page(person: Person) -> str:
    """Return where a person's day begins."""
    return next((path for role, path in _FIRST_PAGES if role in person.roles), "/me")
