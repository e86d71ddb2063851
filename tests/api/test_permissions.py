"""Who may do what: the whole table, written out. A change of it is a decision, and shows here."""

import pytest

from webui.errors import NotAllowed
from webui.permissions import COMMITTEE_ACTIONS, Action, Person, Role, actions_of, may, require

ROLES = (
    "administrator", "technician", "manager", "dsden", "member", "head", "teacher", "parent", "evaluator", "dpo",
)  # fmt: skip

# A column for each role, in this order: "x" may, "." may not.
TABLE = """
                        adm tec man dsd mem hea tea par eva dpo
read_catalogue           x   x   x   x   x   x   x   x   x   x
edit_catalogue           .   .   x   x   .   .   .   .   .   .
edit_technical_facts     .   x   .   .   .   .   .   .   .   .
edit_data_protection     .   .   .   .   .   .   .   .   .   x
read_proposals           x   x   x   x   x   x   x   x   x   x
propose                  .   .   x   x   x   x   x   x   .   .
comment                  .   x   x   x   x   x   x   x   x   x
declare_conflict         .   .   x   x   x   x   x   x   .   .
examine_proposal         .   .   x   .   .   .   .   .   .   .
validate_pilot           .   .   .   x   .   .   .   .   .   .
volunteer_for_pilot      .   .   .   .   .   x   x   .   .   .
withdraw_urgently        .   .   x   x   x   .   .   .   .   .
read_ballots             x   x   x   x   x   x   x   x   x   x
vote                     .   .   x   x   x   x   x   x   .   .
open_vote                .   .   x   .   .   .   .   .   .   .
close_vote               .   .   x   .   .   .   .   .   .   .
read_meetings            x   x   x   x   x   x   x   x   x   x
manage_meetings          .   .   x   .   .   .   .   .   .   .
read_seats               x   x   x   x   x   x   x   x   x   x
appoint_seat             .   .   x   .   .   .   .   .   .   .
adopt_convention         .   .   x   .   .   .   .   .   .   .
read_editions            x   x   x   x   x   x   x   x   x   x
publish_edition          .   .   x   .   .   .   .   .   .   .
rotate_edition_key       .   .   x   .   .   .   .   .   .   .
read_rollouts            .   x   x   x   x   x   x   .   x   x
pace_rollout             .   x   .   .   .   .   .   .   .   .
roll_back                .   x   .   .   .   .   .   .   .   .
read_licences            .   x   x   x   x   x   .   .   .   .
manage_licences          .   x   x   .   .   .   .   .   .   .
read_costs               .   x   x   x   x   x   .   .   .   .
edit_costs               .   .   x   .   .   .   .   .   .   .
read_journal             x   x   x   x   .   .   .   .   .   x
read_places              x   x   x   x   x   x   x   x   x   x
read_fleet               x   x   x   x   .   .   .   .   .   x
edit_fleet               .   x   .   .   .   .   .   .   .   .
enrol_tablets            x   x   .   .   .   .   .   .   .   .
command_tablets          .   x   .   .   .   .   .   .   .   .
read_accounts            x   x   x   .   .   .   .   .   .   x
manage_accounts          x   .   .   .   .   .   .   .   .   .
read_tokens              x   x   .   .   .   .   .   .   .   x
manage_tokens            x   .   .   .   .   .   .   .   .   .
manage_server            x   .   .   .   .   .   .   .   .   .
"""

ROWS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()[1:]}


def test_the_table_names_every_role_and_every_action() -> None:
    assert [role.value for role in Role] == list(ROLES)
    assert [action.value for action in Action] == list(ROWS)
    assert {len(row) for row in ROWS.values()} == {len(ROLES)}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_the_table_says(role: Role, action: Action) -> None:
    expected = ROWS[action.value][ROLES.index(role.value)] == "x"
    person = Person(actor="account:anne", role=role, login="anne")
    assert may(role, action) is expected
    assert (action in actions_of(role)) is expected
    if expected:
        require(person, action)
    else:
        with pytest.raises(NotAllowed):
            require(person, action)


def test_neither_technician_nor_administrator_decides_of_the_charter() -> None:
    assert {
        Action.VOTE,
        Action.OPEN_VOTE,
        Action.CLOSE_VOTE,
        Action.APPOINT_SEAT,
        Action.ADOPT_CONVENTION,
        Action.PUBLISH_EDITION,
    } <= COMMITTEE_ACTIONS
    for role in (Role.TECHNICIAN, Role.ADMINISTRATOR):
        assert COMMITTEE_ACTIONS.isdisjoint(actions_of(role))


def test_a_technician_reads_everything() -> None:
    assert {action for action in Action if action.startswith("read_")} <= set(actions_of(Role.TECHNICIAN))
