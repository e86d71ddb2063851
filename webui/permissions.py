"""Who may do what, and where: the roles, the actions, the one table that joins them, and the one function that decides.

A person has grants: a role in a scope, such as teacher in a school. A role opens the door of an action; the domain
behind it still asks its own questions, such as whether the person holds a seat that may vote. Nothing else in the
project compares roles.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mdm.fleet.reach import Reach
from webui.errors import NotAllowed
from webui.roles import Role
from webui.scopes import Extent, Grant, Place, Scope, covers


class Action(StrEnum):
    """Everything that is asked for by a person. Those that begin with ``read`` change nothing."""

    READ_CATALOGUE = "read_catalogue"
    EDIT_CATALOGUE = "edit_catalogue"
    EDIT_TECHNICAL_FACTS = "edit_technical_facts"
    EDIT_DATA_PROTECTION = "edit_data_protection"

    READ_PROPOSALS = "read_proposals"
    PROPOSE = "propose"
    COMMENT = "comment"
    DECLARE_CONFLICT = "declare_conflict"
    EXAMINE_PROPOSAL = "examine_proposal"
    VALIDATE_PILOT = "validate_pilot"
    VOLUNTEER_FOR_PILOT = "volunteer_for_pilot"
    WITHDRAW_URGENTLY = "withdraw_urgently"

    READ_BALLOTS = "read_ballots"
    VOTE = "vote"
    OPEN_VOTE = "open_vote"
    CLOSE_VOTE = "close_vote"

    READ_MEETINGS = "read_meetings"
    MANAGE_MEETINGS = "manage_meetings"

    READ_SEATS = "read_seats"
    APPOINT_SEAT = "appoint_seat"
    ADOPT_CONVENTION = "adopt_convention"

    READ_EDITIONS = "read_editions"
    PUBLISH_EDITION = "publish_edition"
    ROTATE_EDITION_KEY = "rotate_edition_key"

    READ_ROLLOUTS = "read_rollouts"
    PACE_ROLLOUT = "pace_rollout"
    ROLL_BACK = "roll_back"

    READ_LICENCES = "read_licences"
    MANAGE_LICENCES = "manage_licences"

    READ_COSTS = "read_costs"
    EDIT_COSTS = "edit_costs"

    READ_JOURNAL = "read_journal"

    READ_PLACES = "read_places"
    READ_FLEET = "read_fleet"
    EDIT_FLEET = "edit_fleet"
    ENROL_TABLETS = "enrol_tablets"
    COMMAND_TABLETS = "command_tablets"
    RUN_CLASS = "run_class"
    MOVE_KIT = "move_kit"

    REPORT_FAULT = "report_fault"
    READ_FAULTS = "read_faults"
    MANAGE_FAULTS = "manage_faults"
    TAKE_INVENTORY = "take_inventory"

    READ_SCHOOL = "read_school"
    SET_NETWORKS = "set_networks"
    SET_SCHOOL_HOURS = "set_school_hours"
    SET_CALENDAR = "set_calendar"
    READ_PUPILS = "read_pupils"
    IMPORT_PUPILS = "import_pupils"
    READ_LOANS = "read_loans"
    MANAGE_LOANS = "manage_loans"
    DECLARE_LOST = "declare_lost"
    OWN_LOANS = "own_loans"

    READ_HOME_PICTURE = "read_home_picture"
    NOTE_CHOICES = "note_choices"
    READ_EVALUATIONS = "read_evaluations"
    PROPOSE_EVALUATION = "propose_evaluation"
    RELEASE_EVALUATION = "release_evaluation"

    READ_PRIVACY = "read_privacy"
    MANAGE_PRIVACY = "manage_privacy"

    INVITE = "invite"
    READ_ACCOUNTS = "read_accounts"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_TOKENS = "read_tokens"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_SERVER = "manage_server"


COMMITTEE_ACTIONS = frozenset(
    {
        Action.EDIT_CATALOGUE,
        Action.PROPOSE,
        Action.DECLARE_CONFLICT,
        Action.EXAMINE_PROPOSAL,
        Action.VALIDATE_PILOT,
        Action.WITHDRAW_URGENTLY,
        Action.VOTE,
        Action.OPEN_VOTE,
        Action.CLOSE_VOTE,
        Action.MANAGE_MEETINGS,
        Action.APPOINT_SEAT,
        Action.ADOPT_CONVENTION,
        Action.PUBLISH_EDITION,
        Action.ROTATE_EDITION_KEY,
    }
)
"""What decides of the charter: neither a technician nor an administrator has any of it."""

PLACED = frozenset(
    {
        Action.READ_FLEET,
        Action.EDIT_FLEET,
        Action.ENROL_TABLETS,
        Action.COMMAND_TABLETS,
        Action.RUN_CLASS,
        Action.MOVE_KIT,
        Action.REPORT_FAULT,
        Action.READ_FAULTS,
        Action.MANAGE_FAULTS,
        Action.TAKE_INVENTORY,
        Action.READ_SCHOOL,
        Action.SET_NETWORKS,
        Action.SET_SCHOOL_HOURS,
        Action.SET_CALENDAR,
        Action.READ_PUPILS,
        Action.IMPORT_PUPILS,
        Action.READ_LOANS,
        Action.MANAGE_LOANS,
        Action.DECLARE_LOST,
        Action.READ_HOME_PICTURE,
        Action.NOTE_CHOICES,
        Action.VOLUNTEER_FOR_PILOT,
        Action.VOTE,
        Action.INVITE,
    }
)
"""What is done to something that lies in a place: the scope of the person's role must cover it."""

OF_SEATS = frozenset({Action.VOTE})
"""What is done for a seat of the committee: only a scope that is itself a seat limits it."""

_EVERYBODY = frozenset(
    {
        Action.READ_CATALOGUE,
        Action.READ_PROPOSALS,
        Action.READ_BALLOTS,
        Action.READ_MEETINGS,
        Action.READ_SEATS,
        Action.READ_EDITIONS,
        Action.READ_PLACES,
    }
)
_TAKE_PART = frozenset({Action.PROPOSE, Action.COMMENT, Action.DECLARE_CONFLICT, Action.VOTE})

_AT_SCHOOL = frozenset(
    {
        Action.VOLUNTEER_FOR_PILOT,
        Action.READ_ROLLOUTS,
        Action.READ_FLEET,
        Action.ENROL_TABLETS,
        Action.RUN_CLASS,
        Action.MOVE_KIT,
        Action.REPORT_FAULT,
        Action.READ_FAULTS,
        Action.TAKE_INVENTORY,
        Action.READ_PUPILS,
        Action.READ_LOANS,
        Action.MANAGE_LOANS,
    }
)
_NAMES_CHILDREN = frozenset({Action.READ_PUPILS, Action.READ_LOANS})

_ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.ENROL_TABLETS,
        Action.READ_PRIVACY,
        Action.INVITE,
        Action.READ_ACCOUNTS,
        Action.MANAGE_ACCOUNTS,
        Action.READ_TOKENS,
        Action.MANAGE_TOKENS,
        Action.MANAGE_SERVER,
        Action.SET_CALENDAR,
    },
    Role.TECHNICIAN: frozenset(action for action in Action if action.startswith("read_")) - _NAMES_CHILDREN
    | {
        Action.EDIT_TECHNICAL_FACTS,
        Action.COMMENT,
        Action.PACE_ROLLOUT,
        Action.ROLL_BACK,
        Action.MANAGE_LICENCES,
        Action.EDIT_FLEET,
        Action.ENROL_TABLETS,
        Action.COMMAND_TABLETS,
        Action.MOVE_KIT,
        Action.REPORT_FAULT,
        Action.MANAGE_FAULTS,
        Action.TAKE_INVENTORY,
        Action.SET_NETWORKS,
        Action.DECLARE_LOST,
    },
    Role.MANAGER: _EVERYBODY
    | _TAKE_PART
    | {
        Action.EDIT_CATALOGUE,
        Action.EXAMINE_PROPOSAL,
        Action.WITHDRAW_URGENTLY,
        Action.OPEN_VOTE,
        Action.CLOSE_VOTE,
        Action.MANAGE_MEETINGS,
        Action.APPOINT_SEAT,
        Action.ADOPT_CONVENTION,
        Action.PUBLISH_EDITION,
        Action.ROTATE_EDITION_KEY,
        Action.READ_ROLLOUTS,
        Action.READ_LICENCES,
        Action.MANAGE_LICENCES,
        Action.READ_COSTS,
        Action.EDIT_COSTS,
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.REPORT_FAULT,
        Action.READ_FAULTS,
        Action.READ_SCHOOL,
        Action.SET_NETWORKS,
        Action.SET_SCHOOL_HOURS,
        Action.SET_CALENDAR,
        Action.IMPORT_PUPILS,
        Action.READ_LOANS,
        Action.DECLARE_LOST,
        Action.READ_HOME_PICTURE,
        Action.READ_EVALUATIONS,
        Action.PROPOSE_EVALUATION,
        Action.RELEASE_EVALUATION,
        Action.READ_PRIVACY,
        Action.INVITE,
        Action.READ_ACCOUNTS,
    },
    Role.DSDEN: _EVERYBODY
    | _TAKE_PART
    | {
        Action.EDIT_CATALOGUE,
        Action.VALIDATE_PILOT,
        Action.WITHDRAW_URGENTLY,
        Action.READ_ROLLOUTS,
        Action.READ_LICENCES,
        Action.READ_COSTS,
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.READ_SCHOOL,
        Action.READ_HOME_PICTURE,
        Action.READ_EVALUATIONS,
        Action.PROPOSE_EVALUATION,
        Action.READ_PRIVACY,
    },
    Role.MEMBER: _EVERYBODY
    | _TAKE_PART
    | {
        Action.WITHDRAW_URGENTLY,
        Action.READ_ROLLOUTS,
        Action.READ_LICENCES,
        Action.READ_COSTS,
        Action.READ_EVALUATIONS,
    },
    Role.HEAD: _EVERYBODY
    | _TAKE_PART
    | _AT_SCHOOL
    | {
        Action.READ_LICENCES,
        Action.READ_COSTS,
        Action.READ_SCHOOL,
        Action.SET_SCHOOL_HOURS,
        Action.IMPORT_PUPILS,
        Action.DECLARE_LOST,
        Action.READ_HOME_PICTURE,
        Action.NOTE_CHOICES,
        Action.READ_EVALUATIONS,
        Action.READ_PRIVACY,
        Action.INVITE,
    },
    Role.TEACHER: _EVERYBODY | _TAKE_PART | _AT_SCHOOL,
    Role.PARENT: _EVERYBODY | _TAKE_PART | {Action.OWN_LOANS},
    Role.EVALUATOR: _EVERYBODY
    | {Action.COMMENT, Action.READ_ROLLOUTS, Action.READ_EVALUATIONS, Action.PROPOSE_EVALUATION},
    Role.DPO: _EVERYBODY
    | {
        Action.EDIT_DATA_PROTECTION,
        Action.COMMENT,
        Action.READ_ROLLOUTS,
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.READ_HOME_PICTURE,
        Action.READ_EVALUATIONS,
        Action.RELEASE_EVALUATION,
        Action.READ_PRIVACY,
        Action.MANAGE_PRIVACY,
        Action.READ_ACCOUNTS,
        Action.READ_TOKENS,
    },
}

_MAY_GIVE: Mapping[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset(Role) - {Role.PARENT},
    Role.MANAGER: frozenset({Role.MEMBER, Role.DSDEN, Role.HEAD, Role.TEACHER, Role.EVALUATOR}),
    Role.HEAD: frozenset({Role.TEACHER}),
}
"""Who invites whom; parents are invited by the code of their child's school."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and with which grants. ``actor`` is what the journal writes, ``account:anne`` or ``token:<id>``.

    ``login`` and ``account_id`` are None for a program that came with a token: it holds no seat.
    """

    actor: str
    grants: tuple[Grant, ...]
    login: str | None = None
    account_id: str | None = None

    @property
    def roles(self) -> list[Role]:
        """The person's roles, each once, in the order of `Role`."""
        held = {grant.role for grant in self.grants}
        return [role for role in Role if role in held]


def opens(role: Role, action: Action) -> bool:
    """Tell whether a role opens an action in its scope."""
    return action in _ALLOWED[role]


def may(person: Person, action: Action, place: Place | None = None) -> bool:
    """Decide whether a person may do something there; without a place, whether there is any place where they may.

    Everything else that decides of access asks this. A list asks `reach` for the places, and a page that shows one
    thing asks again with the place of that thing.
    """
    return any(
        opens(grant.role, action) and (place is None or _holds(grant.scope, action, place)) for grant in person.grants
    )


def _holds(scope: Scope, action: Action, place: Place) -> bool:
    """Tell whether a scope holds there. A seat lies nowhere: who has a role in a school may vote for their seat."""
    return covers(scope, place) or (action in OF_SEATS and scope.extent is not Extent.SEAT)


def require(person: Person, action: Action, place: Place | None = None) -> None:
    """Raise `NotAllowed` unless the person may."""
    if not may(person, action, place):
        raise NotAllowed


def reach(person: Person, action: Action) -> Reach:
    """Return the places in which a person may do something."""
    scopes = [grant.scope for grant in person.grants if opens(grant.role, action)]

    def named(extent: Extent) -> frozenset[str]:
        return frozenset(scope.place_id for scope in scopes if scope.extent is extent)

    return Reach(
        everything=any(scope.extent is Extent.TERRITORY for scope in scopes),
        communes=named(Extent.COMMUNE),
        schools=named(Extent.SCHOOL),
        classes=named(Extent.CLASS),
        kits=named(Extent.KIT),
    )


def actions_of(person: Person) -> list[Action]:
    """Return all that a person may do in some place, in the order of `Action`."""
    return [action for action in Action if may(person, action)]


def may_invite(person: Person, wanted: Grant, place: Place) -> bool:
    """Tell whether a person may give a grant whose scope lies in ``place``: a lesser role, within their own scope."""
    return any(
        opens(grant.role, Action.INVITE) and wanted.role in _MAY_GIVE[grant.role] and covers(grant.scope, place)
        for grant in person.grants
    )
