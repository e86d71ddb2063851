"""Every column of the real schema is declared, and what is declared is there, on both engines."""

import msgspec
import pytest

from mdm.privacy.coverage import differences
from mdm.privacy.declaration import DeleteRow, Owner, Personal, Stay, Table, nothing_personal
from mdm.privacy.errors import DeclarationWrong
from mdm.privacy.personal_data import RIGHTS
from mdm.privacy.purge_plan import tasks_of
from mdm.privacy.register import Register
from mdm.privacy.retention import Kept, WhileUsed, WithParent
from mdm.privacy.schema_store import Schema, read_schema
from mdm.privacy.vocabulary import Data
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE


async def test_every_column_is_declared_and_every_declaration_has_its_column(
    register: Register, schema: Schema
) -> None:
    assert differences(register, schema) == []


async def test_a_new_table_and_a_new_column_are_found_until_they_are_declared(
    any_database: Database, register: Register, schema: Schema
) -> None:
    before = differences(register, schema)

    def add(conn: Connection) -> None:
        conn.run("CREATE TABLE diary (diary_id TEXT PRIMARY KEY, words TEXT NOT NULL)")
        conn.run("ALTER TABLE account ADD COLUMN phone TEXT")

    await any_database.write(add)
    engine = any_database.engine_name
    after = await any_database.read(lambda conn: read_schema(conn, engine))
    assert {*differences(register, after)} - {*before} == {
        "table diary is declared nowhere: add it to its room's personal_data.py",
        "column account.phone is neither declared personal nor named in plain",
    }


@ON_SQLITE
async def test_declarations_of_what_is_not_there_are_found(register: Register, schema: Schema) -> None:
    before = differences(register, schema)
    tables = [one for one in register.tables if one.name != "commune"]
    gone = Register([*tables, nothing_personal("commune", "insee territory_id name area", why="a commune")])
    assert {*differences(gone, schema)} - {*before} == {"column commune.area is declared and does not exist"}
    more = Register([*register.tables, nothing_personal("ghost", "ghost_id", why="nothing")])
    assert {*differences(more, schema)} - {*before} == {"table ghost is declared and does not exist"}


@ON_SQLITE
async def test_rules_and_owners_that_lead_nowhere_are_found(register: Register, schema: Schema) -> None:
    commune = Table(
        name="commune",
        about="Communes",
        activity=RIGHTS,
        owners=(Owner(subject="account", column="mayor_id"),),
        retention=WithParent(column="insee", parent="county", key="insee", event="the end of the loan"),
        fields=(Personal(column="name", what="the name", data=Data.IDENTITY),),
        plain="insee territory_id",
    )
    wrong = Register([*(one for one in register.tables if one.name != "commune"), commune])
    assert {*differences(wrong, schema)} - {*differences(register, schema)} == {
        "the declaration of commune names county.insee, which does not exist",
        "the declaration of commune names commune.mayor_id, which does not exist",
    }


@ON_SQLITE
@pytest.mark.parametrize(
    "column",
    [
        "made_by", "login", "email", "phone", "first_name", "photo_hash", "author", "mother_phone", "home_address",
        "child_surname", "latitude", "last_ip", "teachers_note",
    ],
)  # fmt: skip
async def test_a_column_with_a_telling_name_cannot_be_called_plain(column: str, schema: Schema) -> None:
    declared = Register([nothing_personal("thing", f"thing_id {column}", why="a thing")])
    real = msgspec.structs.replace(schema["commune"], name="thing", columns=("thing_id", column))
    assert differences(declared, {"thing": real}) == [
        f"column thing.{column} has the name of something personal: declare it, or rename it"
    ]


@ON_SQLITE
async def test_what_is_erased_by_time_is_found_by_an_index_where_there_may_be_many_rows(
    register: Register, schema: Schema
) -> None:
    tasks = [task for task in tasks_of(register, schema) if not isinstance(task.rule, WhileUsed)]
    assert {task.name for task in tasks if not task.by_index and not task.table.small} == set()


async def test_nothing_that_points_to_erased_rows_is_forgotten_or_slow(register: Register, schema: Schema) -> None:
    """A reference without an index makes each deletion read the whole table that it is in."""
    erased = {task.table.name for task in tasks_of(register, schema) if not task.fields}
    slow, forgotten = [], []
    for table in schema.values():
        for one in table.references:
            if one.table not in erased:
                continue
            rule = register.table(table.name).retention
            goes_too = isinstance(rule, WithParent) and rule.parent == one.table
            owned = any(owner.column == one.column for owner in register.table(table.name).owners)
            if not (goes_too or owned or one.follows or one.column in table.nullable or table.name in erased):
                forgotten.append(f"{table.name}.{one.column}")
            if one.column not in table.indexed:
                slow.append(f"{table.name}.{one.column}")
    assert forgotten == []
    assert slow == []


def table_with(**changes: object) -> Table:
    field = Personal(column="name", what="the name", data=Data.IDENTITY)
    known = Table(
        name="thing",
        about="Things",
        activity=RIGHTS,
        owners=(Owner(subject="account", column="account_id"),),
        retention=Kept(reason="it is public"),
        fields=(field,),
        plain="thing_id account_id",
    )
    return msgspec.structs.replace(known, **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"retention": None}, "it has no activity or no retention"),
        ({"activity": None}, "it has no activity or no retention"),
        ({"owners": ()}, "how it is erased is missing"),
        ({"plain": "thing_id account_id name"}, "a column is declared twice"),
        ({"fields": (), "plain": "thing_id"}, "it says nothing of a person, and not why"),
        ({"name": "thing; DROP TABLE account"}, "a name is not one of a table or a column"),
        (
            {"fields": (Personal(column="name", what="", data=Data.IDENTITY),)},
            "what it is, or whom it is about, is missing",
        ),
        (
            {"fields": (Personal(column="name", what="the name", data=Data.IDENTITY, seen_by=("mayor",)),)},
            "mayor is no viewer",
        ),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(changes: dict[str, object], reason: str) -> None:
    Register([table_with()])
    with pytest.raises(DeclarationWrong) as refused:
        Register([table_with(**changes)])
    assert refused.value.params["reason"] == reason


def test_a_table_is_declared_once() -> None:
    with pytest.raises(DeclarationWrong):
        Register([table_with(), table_with()])


def test_whatever_is_not_erased_on_demand_says_why(register: Register) -> None:
    for one in register.fields.values():
        if isinstance(one.erasure, Stay):
            assert len(one.erasure.reason) > 20, one.key
        elif isinstance(one.erasure, DeleteRow):
            assert one.owners, one.key


def test_secrets_are_visible_to_nobody_and_a_child_s_name_to_no_technician(register: Register) -> None:
    everybody = {viewer for one in register.fields.values() for viewer in one.seen_by}
    assert not register.visible("account.password_hash", everybody)
    assert not register.visible("pupil.first_name", {"technician", "administrator", "everybody"})
    assert register.visible("pupil.first_name", {"teacher"})
    assert register.visible("data_controller.officer", set())
    for one in register.fields.values():
        if one.table.name in ("pupil", "guardian", "inscription", "home_use_day"):
            assert not one.visible_to({"technician", "administrator", "evaluator", "everybody"}), one.key
