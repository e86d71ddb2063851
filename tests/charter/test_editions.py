"""Editions: made of decisions alone, refused when they were touched, and never made twice. On both engines."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.settings import Settings
from mdm.store import Connection, Database, open_database
from mdm.vault import Vault
from profiles.charter.chain import export_of, verify_chain
from profiles.charter.charter import charter_of
from profiles.charter.errors import (
    AlreadyFounded,
    CharterError,
    EditionNotVerified,
    EditionUnknown,
    NothingToPublish,
    RecordMalformed,
)
from profiles.charter.integrity import edited_rows
from profiles.charter.vote_errors import NoSeat
from tests.charter.agreeing_in_store import ONE_BODY
from tests.charter.committee import EVERYBODY, SETTING, Committee

VAULT = Vault(bytes(range(32)))
LIRE = {"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}
ECRIRE = {"name": "Écrire", "bundle_id": "fr.ecrire", "store_id": 8}


@pytest.fixture
async def committee(any_database: Database, clock: ManualClock) -> Committee:
    made = Committee(any_database, clock, Journal(clock), VAULT)
    await made.begin()
    await made.kit()
    return made


def anew(committee: Committee) -> Committee:
    """The same committee in a server that has just started, which remembers nothing."""
    return Committee(committee.database, committee.clock, Journal(committee.clock), VAULT)


async def edit(committee: Committee, sql: str, **params: Any) -> None:
    """Edit the store by hand, as somebody with the database's password can."""

    def run(conn: Connection) -> None:
        assert conn.run(sql, **params) > 0

    await committee.database.write(run)


async def test_a_charter_is_founded_once(committee: Committee) -> None:
    with pytest.raises(AlreadyFounded):
        await committee.charter.editions.found("MACS", ONE_BODY, [], actor="test")


async def test_an_edition_needs_a_decision(committee: Committee) -> None:
    with pytest.raises(NothingToPublish):
        await committee.publish()
    rejected = await committee.opened()
    await committee.say(rejected, "no", *EVERYBODY)
    await committee.charter.votes.close(rejected, actor="account:secretary")
    with pytest.raises(NothingToPublish):
        await committee.publish()


async def test_several_decisions_go_into_one_edition_in_their_order(committee: Committee, clock: ManualClock) -> None:
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    clock.advance(timedelta(minutes=1))
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": ECRIRE}])
    record = await committee.publish()
    assert [app["name"] for app in record.state.policy["apps"]] == ["Lire", "Écrire"]
    assert (record.number, len(record.decisions)) == (2, 2)


async def test_a_decision_that_does_not_fit_any_more_is_said_and_waits_no_longer(committee: Committee) -> None:
    first = await committee.opened("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    second = await committee.opened("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    for proposal_id in (first, second):
        await committee.say(proposal_id, "yes", *EVERYBODY)
        await committee.charter.votes.close(proposal_id, actor="account:secretary")
    published = await committee.charter.editions.publish(actor="account:secretary")
    assert [one for one, _ in published.left_out] == [max(first, second)]
    assert await committee.state_of(max(first, second)) == "impossible"
    with pytest.raises(NothingToPublish):
        await committee.publish()


async def test_a_crash_between_decision_and_edition_loses_nothing_and_does_nothing_twice(committee: Committee) -> None:
    await committee.adopt("setting", changes=SETTING)
    after_the_crash = anew(committee)
    record = await after_the_crash.publish()
    assert record.number == 2
    with pytest.raises(NothingToPublish):
        await after_the_crash.publish()
    with pytest.raises(NothingToPublish):
        await committee.publish()


async def test_a_new_key_signs_and_the_old_editions_still_verify(committee: Committee) -> None:
    await committee.adopt("setting", changes=SETTING)
    await committee.publish()
    key = await committee.charter.editions.rotate_key(actor="account:secretary")
    assert key.from_number == 3
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await committee.publish()
    assert record.key == key.key
    export = await committee.charter.editions.export()
    assert verify_chain(export).editions == 3


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("UPDATE edition SET body = replace(body, 'fr.lire', 'fr.rire') WHERE number = 2", {}),
        ("UPDATE edition SET signature = 'AAAA' WHERE number = 2", {}),
        ("UPDATE edition SET number = 7 WHERE number = 2", {}),
        ("UPDATE edition_key SET public_key = 'AAAA'", {}),
    ],
)
async def test_an_edition_that_was_edited_in_the_store_is_refused(
    committee: Committee, sql: str, params: dict[str, Any]
) -> None:
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await committee.publish()
    await edit(committee, sql, **params)
    with pytest.raises(CharterError):
        await anew(committee).charter.editions.show(record.edition_id)
    with pytest.raises(CharterError):
        await anew(committee).charter.editions.verify()


async def test_the_last_good_edition_is_kept_when_a_newer_one_was_edited(committee: Committee) -> None:
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    second = await committee.publish()
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": ECRIRE}])
    third = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, third.edition_id, actor="test"))
    assert await committee.apps_of() == ["Lire", "Écrire"]
    await edit(committee, "UPDATE edition SET body = replace(body, 'Écrire', 'Tricher') WHERE number = 3")
    assert await anew(committee).apps_of() == ["Lire"]
    assert second.number == 2


async def test_what_a_kit_follows_cannot_be_written_by_hand(committee: Committee) -> None:
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await committee.publish()
    await edit(committee, "UPDATE kit SET edition_id = :edition", edition=record.edition_id)
    assert await anew(committee).apps_of() == []
    edited = await committee.database.read(lambda conn: edited_rows(conn, committee.charter.seals))
    assert edited == ["kit:k1"]


async def test_a_seat_that_was_written_by_hand_does_not_vote(committee: Committee) -> None:
    await edit(committee, "UPDATE seat_holding SET holder = 'technician' WHERE seat_id = 'inspector'")
    proposal_id = await committee.opened()
    with pytest.raises(NoSeat):
        await committee.say(proposal_id, "yes", "technician")
    edited = await committee.database.read(lambda conn: edited_rows(conn, committee.charter.seals))
    assert edited == [f"seat_holding:{1:032x}"]


async def test_a_key_of_somebody_elses_signs_nothing_here(committee: Committee, tmp_path: Path) -> None:
    """With the database's password a key and an edition can be added; the vault's key is not in the database."""
    foreign_database = await open_database(f"sqlite:///{tmp_path / 'foreign.db'}", committee.clock, migrate=True)
    foreign = Committee(foreign_database, committee.clock, Journal(committee.clock), Vault(bytes(32)))
    await foreign.begin()
    await foreign.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await foreign.publish()
    rows = await foreign_database.read(lambda conn: conn.all("SELECT * FROM edition WHERE number = 2"))
    keys = await foreign_database.read(lambda conn: conn.all("SELECT * FROM edition_key"))
    await foreign_database.close()

    def plant(conn: Connection) -> None:
        conn.run(
            "INSERT INTO edition (edition_id, name, body, loaded_at, loaded_by, number, previous_id, key_id, signature)"
            " VALUES (:edition_id, :name, :body, :loaded_at, :loaded_by, :number, :previous_id, :key_id, :signature)",
            **rows[0],
        )
        conn.run(
            "INSERT INTO edition_key (key_id, position, public_key, from_number, previous_id, signature, sealed_key,"
            " created_at, created_by) VALUES (:key_id, 2, :public_key, :from_number, :previous_id, :signature,"
            " :sealed_key, :created_at, :created_by)",
            **{name: value for name, value in keys[0].items() if name != "position"},
        )

    await committee.database.write(plant)
    with pytest.raises(CharterError):
        await anew(committee).charter.editions.show(record.edition_id)


async def test_an_export_that_was_altered_by_one_byte_does_not_verify(committee: Committee) -> None:
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    await committee.publish()
    export = await committee.charter.editions.export()
    body = msgspec.json.encode(export.tree())
    assert verify_chain(export_of(body)).editions == 2
    place = body.index(b"fr.lire")
    with pytest.raises(EditionNotVerified):
        verify_chain(export_of(body[:place] + b"gr" + body[place + 2 :]))
    for nonsense in (b"", b"{}", b"[]", body[:-1], b'{"format":"valise-charter/1","keys":[],"editions":[]}'):
        with pytest.raises(RecordMalformed):
            verify_chain(export_of(nonsense))


async def test_a_clock_that_jumps_back_makes_no_edition_older_than_the_one_before(
    committee: Committee, clock: ManualClock
) -> None:
    clock.advance(timedelta(days=60))
    await committee.adopt("setting", changes=SETTING)
    second = await committee.publish()
    clock.advance(timedelta(days=-30))
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    third = await committee.publish()
    assert third.made_at >= second.made_at


async def test_an_edition_that_does_not_exist_is_said_so(committee: Committee) -> None:
    for reference in ("99", "abcdef", "", "ab", "1e9", "²"):
        with pytest.raises(EditionUnknown):
            await committee.charter.editions.show(reference)


async def test_what_is_published_is_in_the_journal_and_the_journals_head_in_the_edition(committee: Committee) -> None:
    await committee.adopt("setting", changes=SETTING)
    record = await committee.publish()
    newest = (await committee.database.read(lambda conn: latest_entries(conn, limit=1)))[0]
    assert (newest.kind, newest.subject) == ("edition_published", f"edition:{record.edition_id}")
    assert record.journal.seq == newest.seq - 1
    assert record.journal.hash == newest.previous


def test_the_parts_are_made_for_the_servers_own_address(database: Database, clock: ManualClock) -> None:
    charter = charter_of(database, clock, Journal(clock), VAULT, Settings())
    assert charter.seals.holds(charter.seals.seal("a", "b"), "a", "b")
    assert not charter.seals.holds(charter.seals.seal("a", "b"), "a", "c")
    assert not charter.seals.holds(charter.seals.seal("ab", ""), "a", "b")
