"""A person who is erased is named nowhere, and what the person did with others still holds."""

from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries, verify
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.privacy.errors import StillNeeded, SubjectUnknown
from mdm.privacy.register import Register
from mdm.privacy.schema_store import Schema
from mdm.privacy.subject import Subject, subject_named
from mdm.store import Connection, Database
from profiles.charter import seat_store
from profiles.charter.committee import Appointment
from profiles.charter.drafting import Draft, adding_app
from profiles.charter.forgetting import SeatEraser
from profiles.charter.integrity import edited_rows
from profiles.charter.passkey_store import MemberPasskey, all_passkeys, insert_passkey
from tests.charter.members import LIRE, Members
from tests.privacy.rows import ON_SQLITE
from tests.privacy.test_purge_of_everything import naming

LOGIN = "zoe.quidam"
ZOE = Subject(kind="account", key="019a" + "e" * 28)


@pytest.fixture
async def members(any_database: Database, clock: ManualClock) -> Members:
    made = Members(any_database, clock)
    await made.begin()
    return made


@pytest.fixture
def parts(any_database: Database, clock: ManualClock, tmp_path: Path, members: Members) -> PrivacyParts:
    rooms = {"charter": SeatEraser(clock, members.charter.seals)}
    return privacy_parts(any_database, clock, Journal(clock), tmp_path / "data", rooms=rooms)


async def lived(members: Members) -> None:
    """Zoe has an account, proposes, comments, was to have a seat, registered a passkey, is signed in..."""
    database, clock = members.database, members.clock

    def enter(conn: Connection) -> None:
        conn.run(
            "INSERT INTO account (account_id, login, password_hash, created_at) VALUES (:id, :login, '!', :now)",
            id=ZOE.key, login=LOGIN, now=clock.ms(),
        )  # fmt: skip
        conn.run(
            "INSERT INTO account_grant (account_id, role, extent, place_id) VALUES (:id, 'member', 'territory', '')",
            id=ZOE.key,
        )
        conn.run(
            "INSERT INTO session (session_digest, account_id, csrf, created_at, expires_at)"
            " VALUES ('d', :id, 'c', :now, :now + 1000)",
            id=ZOE.key, now=clock.ms(),
        )  # fmt: skip
        for key, answer in (("k1", b'{"login":"zoe.quidam"}'), ("k2", b'{"login":"other"}')):
            conn.run(
                "INSERT INTO idempotency_key (key_digest, request_digest, answer, begun_at, expires_at)"
                " VALUES (:key, 'r', :answer, 1, 9999999999999)",
                key=key, answer=answer,
            )  # fmt: skip
        conn.run(
            "INSERT INTO api_token (token_id, digest, name, role, created_at, created_by, expires_at)"
            " VALUES ('t', 'd', 'inventory of Zoe', 'member', 1, :actor, 9999999999999)",
            actor=f"account:{LOGIN}",
        )
        conn.run(
            "INSERT INTO saved_filter (filter_id, owner, name, query, shared, saved_at)"
            " VALUES ('f', :login, 'mine', '', 0, 1)",
            login=LOGIN,
        )
        passkey = MemberPasskey(
            credential_id="c", login=LOGIN, public_key="k", sign_count=0, label="téléphone", created_at=1
        )
        insert_passkey(conn, passkey, members.charter.seals)
        Journal(clock).record(conn, "signed_in", actor=f"account:{LOGIN}", subject=f"account:{LOGIN}")

    await database.write(enter)
    draft = Draft(kind="add_app", title="Ajouter Lire", purpose="Lire chaque jour.", changes=adding_app(LIRE))
    made = await members.proposals.draft(draft, login=LOGIN)
    await members.proposals.submit(made.row.proposal_id, login=LOGIN)
    await members.proposals.comment(made.row.proposal_id, login=LOGIN, words="Utile en CP.")
    wanted = Appointment(seat_id="teacher-9", body="teachers", label="Directrice", holder=LOGIN)
    holding = await members.seats.appoint(wanted, login="secretary")
    await members.seats.refuse(holding.holding_id, login=LOGIN)
    await members.seats.appoint(
        Appointment(seat_id="teacher-8", body="teachers", label="Maître", holder="other"), login=LOGIN
    )


async def end_account(database: Database) -> None:
    await database.write(lambda conn: conn.run("UPDATE account SET disabled_at = 5 WHERE account_id = :id", id=ZOE.key))


@ON_SQLITE
async def test_every_column_that_names_somebody_is_declared_as_personal(
    members: Members, register: Register, schema: Schema
) -> None:
    await lived(members)
    found = await naming(members.database, schema, LOGIN)
    assert len(found) >= 9
    assert {place for place in found if place not in register.fields} == set()


async def test_an_erased_person_is_named_nowhere_and_nothing_is_broken(
    members: Members, parts: PrivacyParts, schema: Schema
) -> None:
    await lived(members)
    await end_account(members.database)
    done = await parts.erasure.erase(ZOE, actor="account:secretary")
    assert await naming(members.database, schema, LOGIN) == set()
    assert await naming(members.database, schema, "inventory of Zoe") == set()
    assert await naming(members.database, schema, "téléphone") == set()
    assert done.rows["session"] == done.rows["idempotency_key"] == done.rows["saved_filter"] == 1
    assert (await members.database.read(verify)).intact
    assert await members.database.read(lambda conn: edited_rows(conn, members.charter.seals)) == []
    kept = await members.database.read(lambda conn: conn.all("SELECT key_digest FROM idempotency_key"))
    assert kept == [{"key_digest": "k2"}]


@ON_SQLITE
async def test_what_the_person_did_is_still_one_person_s_doing(members: Members, parts: PrivacyParts) -> None:
    await lived(members)
    await end_account(members.database)
    await parts.erasure.erase(ZOE, actor="account:secretary")
    row = await members.database.read(
        lambda conn: conn.one(
            "SELECT p.author, e.actor, h.proposed_by, j.actor AS journalled FROM proposal p, proposal_event e,"
            " seat_holding h, journal j WHERE e.kind = 'comment' AND h.seat_id = 'teacher-8' AND j.kind = 'signed_in'"
        )
    )
    assert row is not None
    assert len(set(row.values())) == 1
    assert row["author"].startswith("person:")
    (entry,) = await members.database.read(lambda conn: latest_entries(conn, limit=1))
    assert (entry.kind, entry.actor, entry.subject) == ("person_erased", "account:secretary", row["author"])


@ON_SQLITE
async def test_an_account_that_goes_on_cannot_be_erased(members: Members, parts: PrivacyParts) -> None:
    await lived(members)
    with pytest.raises(StillNeeded):
        await parts.erasure.erase(ZOE, actor="account:secretary")
    assert await members.database.read(lambda conn: subject_named(conn, f"account:{LOGIN}")) == ZOE
    assert await members.database.read(lambda conn: conn.all("SELECT * FROM data_request")) == []


async def test_who_sits_is_needed_and_who_sat_stays_in_the_public_record(members: Members, parts: PrivacyParts) -> None:
    database, seals = members.database, members.charter.seals
    passkey = MemberPasskey(credential_id="m", login="mayor", public_key="k", sign_count=0, label="", created_at=1)
    await database.write(lambda conn: insert_passkey(conn, passkey, seals))
    mayor = Subject(kind="account", key="mayor")
    await database.write(lambda conn: conn.run("UPDATE account SET disabled_at = 5 WHERE login = 'mayor'"))
    with pytest.raises(StillNeeded):
        await parts.erasure.erase(mayor, actor="system")
    await members.end_seat("mayor")
    await parts.erasure.erase(mayor, actor="system")
    held = await database.read(lambda conn: [one for one in seat_store.holdings(conn, seals) if one.holder == "mayor"])
    assert [one.state for one in held] == ["ended"]
    (kept,) = await database.read(lambda conn: all_passkeys(conn, seals))
    assert kept.revoked_at is not None
    assert await database.read(lambda conn: edited_rows(conn, seals)) == []
    assert await database.read(lambda conn: conn.all("SELECT 1 FROM account WHERE login = 'mayor'")) == []


@ON_SQLITE
async def test_erasing_twice_is_refused_and_erases_nothing_more(members: Members, parts: PrivacyParts) -> None:
    await lived(members)
    await end_account(members.database)
    await parts.erasure.erase(ZOE, actor="account:secretary")
    with pytest.raises(SubjectUnknown):
        await parts.erasure.erase(ZOE, actor="account:secretary")


class PowerCut(Exception):
    """The process ends here."""


@ON_SQLITE
@pytest.mark.parametrize("after", [1, 3, 6, 9])
async def test_an_erasure_that_was_cut_off_is_finished_by_the_next_purge(
    members: Members, parts: PrivacyParts, schema: Schema, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    await lived(members)
    await end_account(members.database)
    write, count = members.database.write, 0

    async def cut_off(fn: object) -> object:
        nonlocal count
        count += 1
        if count > after:
            raise PowerCut
        return await write(fn)  # type: ignore[arg-type]

    monkeypatch.setattr(members.database, "write", cut_off)
    with pytest.raises(PowerCut):
        await parts.erasure.erase(ZOE, actor="account:secretary")
    monkeypatch.undo()
    await parts.purge.once()
    assert await naming(members.database, schema, LOGIN) == set()
    requests = await members.database.read(lambda conn: conn.all("SELECT state, answered_at FROM data_request"))
    assert [(one["state"], one["answered_at"] is not None) for one in requests] == [("granted", True)]


@ON_SQLITE
async def test_whom_a_restored_backup_brings_back_the_next_purge_erases_again(
    members: Members, parts: PrivacyParts, schema: Schema
) -> None:
    await lived(members)
    await end_account(members.database)
    backup = await members.database.read(lambda conn: conn.one("SELECT * FROM account WHERE login = :l", l=LOGIN))
    assert backup is not None
    await parts.erasure.erase(ZOE, actor="account:secretary")
    columns = ", ".join(backup)

    def restore(conn: Connection) -> None:
        values = ", ".join(f":{column}" for column in backup)
        conn.run(f"INSERT INTO account ({columns}) VALUES ({values})", **{**backup, "disabled_at": None})

    await members.database.write(restore)
    assert "account.login" in await naming(members.database, schema, LOGIN)
    await parts.purge.once()
    assert await naming(members.database, schema, LOGIN) == set()


@ON_SQLITE
async def test_a_terminal_s_user_is_taken_out_too(members: Members, parts: PrivacyParts, schema: Schema) -> None:
    def act(conn: Connection) -> None:
        Journal(members.clock).record(conn, "kit_created", actor="cli:martin", subject="kit:1")
        conn.run("UPDATE edition SET loaded_by = 'cli:martin'")

    await members.database.write(act)
    martin = await members.database.read(lambda conn: subject_named(conn, "cli:martin"))
    await parts.erasure.erase(martin, actor="account:secretary")
    assert await naming(members.database, schema, "martin") == set()
