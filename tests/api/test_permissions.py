"""Who may do what: the whole table, written out. A change of it is a decision, and shows here."""

import pytest

from mdm.fleet.reach import Reach
from webui.errors import NotAllowed, ScopeMalformed
from webui.permissions import (
    COMMITTEE_ACTIONS,
    OF_SEATS,
    PLACED,
    Action,
    Person,
    actions_of,
    may,
    may_invite,
    opens,
    reach,
    require,
)
from webui.roles import Role
from webui.scopes import Extent, Grant, Place, Scope, covers, parse_scope

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
read_fleet               x   x   x   x   .   x   x   .   .   x
edit_fleet               .   x   .   .   .   .   .   .   .   .
enrol_tablets            x   x   .   .   .   x   x   .   .   .
command_tablets          .   x   .   .   .   .   .   .   .   .
run_class                .   .   .   .   .   x   x   .   .   .
move_kit                 .   x   .   .   .   x   x   .   .   .
report_fault             .   x   x   .   .   x   x   .   .   .
read_faults              .   x   x   .   .   x   x   .   .   .
manage_faults            .   x   .   .   .   .   .   .   .   .
take_inventory           .   x   .   .   .   x   x   .   .   .
read_school              .   x   x   x   .   x   .   .   .   .
set_networks             .   x   x   .   .   .   .   .   .   .
set_school_hours         .   .   x   .   .   x   .   .   .   .
set_calendar             x   .   x   .   .   .   .   .   .   .
read_pupils              .   .   .   .   .   x   x   .   .   .
import_pupils            .   .   x   .   .   x   .   .   .   .
read_loans               .   .   x   .   .   x   x   .   .   .
manage_loans             .   .   .   .   .   x   x   .   .   .
declare_lost             .   x   x   .   .   x   .   .   .   .
own_loans                .   .   .   .   .   .   .   x   .   .
read_home_picture        .   x   x   x   .   x   .   .   .   x
note_choices             .   .   .   .   .   x   .   .   .   .
read_evaluations         .   x   x   x   x   x   .   .   x   x
propose_evaluation       .   .   x   x   .   .   .   .   x   .
release_evaluation       .   .   x   .   .   .   .   .   .   x
read_privacy             x   x   x   x   .   x   .   .   .   x
manage_privacy           .   .   .   .   .   .   .   .   .   x
invite                   x   .   x   .   .   x   .   .   .   .
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
    person = Person(actor="account:anne", grants=(Grant(role=role),), login="anne")
    assert opens(role, action) is expected
    assert may(person, action) is expected
    assert (action in actions_of(person)) is expected
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
        assert not any(opens(role, action) for action in COMMITTEE_ACTIONS)


def test_a_technician_reads_everything_but_childrens_names() -> None:
    unread = {action for action in Action if action.startswith("read_") and not opens(Role.TECHNICIAN, action)}
    assert unread == {Action.READ_PUPILS, Action.READ_LOANS}


KIT, CLASS = "1" * 32, "2" * 32
HERE = Place(insee="40018", uai="0400377T", class_id=CLASS, kit_id=KIT, seat_id="mayor")
AROUND = {
    Extent.TERRITORY: Scope(extent=Extent.TERRITORY),
    Extent.COMMUNE: Scope(extent=Extent.COMMUNE, place_id="40018"),
    Extent.SCHOOL: Scope(extent=Extent.SCHOOL, place_id="0400377T"),
    Extent.CLASS: Scope(extent=Extent.CLASS, place_id=CLASS),
    Extent.KIT: Scope(extent=Extent.KIT, place_id=KIT),
    Extent.SEAT: Scope(extent=Extent.SEAT, place_id="mayor"),
}
ELSEWHERE = Place(insee="40001", uai="0400001W", class_id="3" * 32, kit_id="4" * 32, seat_id="inspector")


@pytest.mark.parametrize("extent", Extent)
def test_a_scope_covers_what_lies_in_it_and_nothing_else(extent: Extent) -> None:
    assert covers(AROUND[extent], HERE)
    assert covers(AROUND[extent], ELSEWHERE) is (extent is Extent.TERRITORY)
    assert covers(AROUND[extent], Place()) is (extent is Extent.TERRITORY)


@pytest.mark.parametrize("extent", Extent)
@pytest.mark.parametrize("action", sorted(PLACED))
@pytest.mark.parametrize("role", Role)
def test_a_role_in_a_scope_opens_an_action_in_that_scope_alone(role: Role, action: Action, extent: Extent) -> None:
    person = Person(actor="account:anne", grants=(Grant(role=role, scope=AROUND[extent]),))
    expected = ROWS[action.value][ROLES.index(role.value)] == "x"
    assert may(person, action, HERE) is expected
    elsewhere = extent is Extent.TERRITORY or (action in OF_SEATS and extent is not Extent.SEAT)
    assert may(person, action, ELSEWHERE) is (expected and elsewhere)
    assert may(person, action) is expected


def test_grants_add_up_and_none_lends_its_scope_to_another() -> None:
    teacher_here = Grant(role=Role.TEACHER, scope=AROUND[Extent.SCHOOL])
    technician_there = Grant(role=Role.TECHNICIAN, scope=Scope(extent=Extent.SCHOOL, place_id="0400001W"))
    both = Person(actor="account:anne", grants=(teacher_here, technician_there))
    assert may(both, Action.RUN_CLASS, HERE)
    assert not may(both, Action.RUN_CLASS, ELSEWHERE)
    assert may(both, Action.COMMAND_TABLETS, ELSEWHERE)
    assert not may(both, Action.COMMAND_TABLETS, HERE)
    assert reach(both, Action.READ_FLEET) == Reach(schools=frozenset({"0400377T", "0400001W"}))
    assert reach(both, Action.RUN_CLASS) == Reach(schools=frozenset({"0400377T"}))


def test_the_reach_of_a_role_names_each_place_by_its_kind() -> None:
    grants = tuple(Grant(role=Role.TEACHER, scope=scope) for scope in AROUND.values())
    found = reach(Person(actor="account:anne", grants=grants), Action.READ_FLEET)
    assert found == Reach(
        everything=True,
        communes=frozenset({"40018"}),
        schools=frozenset({"0400377T"}),
        classes=frozenset({CLASS}),
        kits=frozenset({KIT}),
    )
    assert reach(Person(actor="account:anne", grants=grants), Action.MANAGE_SERVER).is_empty


def test_a_head_invites_teachers_of_their_own_school_and_nobody_else() -> None:
    head = Person(actor="account:anne", grants=(Grant(role=Role.HEAD, scope=AROUND[Extent.SCHOOL]),))
    for role in Role:
        assert may_invite(head, Grant(role=role, scope=AROUND[Extent.SCHOOL]), HERE) is (role is Role.TEACHER)
        assert not may_invite(head, Grant(role=role), Place())
        assert not may_invite(head, Grant(role=role), ELSEWHERE)


def test_nobody_invites_parents_and_only_administrators_make_administrators() -> None:
    for role in Role:
        person = Person(actor="account:anne", grants=(Grant(role=role),))
        assert not may_invite(person, Grant(role=Role.PARENT), Place())
        for given in (Role.ADMINISTRATOR, Role.TECHNICIAN, Role.MANAGER, Role.DPO):
            assert may_invite(person, Grant(role=given), Place()) is (role is Role.ADMINISTRATOR)


@pytest.mark.parametrize("scope", AROUND.values(), ids=str)
def test_a_scope_is_read_as_it_is_written(scope: Scope) -> None:
    assert parse_scope(str(scope)) == scope


@pytest.mark.parametrize(
    "text",
    ["", "school", "school:", "territory:", "territory:x", "school:0400377", "kit:xyz", "planet:earth", "seat:A B"],
)
def test_what_names_no_scope_is_refused_in_words(text: str) -> None:
    with pytest.raises(ScopeMalformed):
        parse_scope(text)
