"""Who may do what: the roles, the actions, and the one table that joins them.

A role opens the door of an action; the domain behind it still asks its own questions, such as whether the person holds
a seat that may vote. Nothing else in the project compares roles.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from webui.errors import NotAllowed


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

_ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.ENROL_TABLETS,
        Action.READ_ACCOUNTS,
        Action.MANAGE_ACCOUNTS,
        Action.READ_TOKENS,
        Action.MANAGE_TOKENS,
        Action.MANAGE_SERVER,
    },
    Role.TECHNICIAN: frozenset(action for action in Action if action.startswith("read_"))
    | {
        Action.EDIT_TECHNICAL_FACTS,
        Action.COMMENT,
        Action.PACE_ROLLOUT,
        Action.ROLL_BACK,
        Action.MANAGE_LICENCES,
        Action.EDIT_FLEET,
        Action.ENROL_TABLETS,
        Action.COMMAND_TABLETS,
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
    },
    Role.MEMBER: _EVERYBODY
    | _TAKE_PART
    | {Action.WITHDRAW_URGENTLY, Action.READ_ROLLOUTS, Action.READ_LICENCES, Action.READ_COSTS},
    Role.HEAD: _EVERYBODY
    | _TAKE_PART
    | {Action.VOLUNTEER_FOR_PILOT, Action.READ_ROLLOUTS, Action.READ_LICENCES, Action.READ_COSTS},
    Role.TEACHER: _EVERYBODY | _TAKE_PART | {Action.VOLUNTEER_FOR_PILOT, Action.READ_ROLLOUTS},
    Role.PARENT: _EVERYBODY | _TAKE_PART,
    Role.EVALUATOR: _EVERYBODY | {Action.COMMENT, Action.READ_ROLLOUTS},
    Role.DPO: _EVERYBODY
    | {
        Action.EDIT_DATA_PROTECTION,
        Action.COMMENT,
        Action.READ_ROLLOUTS,
        Action.READ_JOURNAL,
        Action.READ_FLEET,
        Action.READ_ACCOUNTS,
        Action.READ_TOKENS,
    },
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. ``actor`` is what the journal writes, ``account:anne`` or ``token:<id>``.

    ``login`` and ``account_id`` are None for a program that came with a token: it holds no seat.
    """

    actor: str
    role: Role
    login: str | None = None
    account_id: str | None = None


def may(role: Role, action: Action) -> bool:
    """Tell whether a role opens an action."""
    return action in _ALLOWED[role]


def actions_of(role: Role) -> list[Action]:
    """Return all that a role opens, in the order of `Action`."""
    return [action for action in Action if may(role, action)]


def require(person: Person, action: Action) -> None:
    """Raise `NotAllowed` unless the person's role opens the action."""
    if not may(person.role, action):
        raise NotAllowed
