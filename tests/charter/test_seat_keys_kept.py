"""Editions tell which passkeys stood for which seats, whoever comes and goes, and whatever the clock does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.store import Connection, Database
from profiles.charter.canonical import canonical_json
from profiles.charter.committee import Appointment
from profiles.charter.errors import BallotRefused, RecordMalformed
from profiles.charter.integrity import edited_rows
from profiles.charter.record import Record
from tests.charter.authenticator import Authenticator
from tests.charter.committee import EVERYBODY, SETTING
from tests.charter.signers import Signers
from tests.charter.verifying import Said

SEEN = [{**SETTING[0], "value": True}]
DAY = timedelta(days=1)


@pytest.fixture
async def signers(any_database: Database, clock: ManualClock) -> Signers:
    made = Signers(any_database, clock)
    await made.begin()
    clock.advance(timedelta(hours=1))
    return made


def told(record: Record) -> list[tuple[str, str, int, int | None]]:
    return [(one.seat, one.fingerprint, one.since, one.until) for one in record.seat_keys]


async def test_an_edition_tells_the_keys_of_holders_and_deputies(signers: Signers, clock: ManualClock) -> None:
    mayor = await signers.register("mayor")
    registered = clock.ms()
    clock.advance(timedelta(minutes=1))
    deputy = await signers.register("mayor-deputy")
    await signers.register("secretary")
    proposal_id = await signers.opened()
    await signers.sign(proposal_id, "mayor-deputy")
    await signers.sign(proposal_id, "mayor")
    await signers.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await signers.charter.votes.close(proposal_id, actor="account:secretary")
    record = await signers.publish()
    assert told(record) == [
        ("mayor", mayor.fingerprint, registered, None),
        ("mayor", deputy.fingerprint, clock.ms(), None),
    ]
    assert (await signers.charter.editions.verify()).by_passkey == 1


async def test_the_independent_verifier_accepts_what_the_server_publishes(
    signers: Signers, clock: ManualClock, tmp_path: Path
) -> None:
    await signers.register("mayor")
    await signers.register("inspector")
    await signers.published()
    await signers.revoke("mayor")
    clock.advance(DAY)
    await signers.register("mayor")
    await signers.published(changes=SEEN)
    export = await signers.charter.editions.export()
    said = Said(tmp_path, canonical_json(export.tree()), "--ballots", "--lang", "en")
    assert said.code == 0, said.text
    assert "Ballots: 4 signed with voters' own keys" in said.text
    assert all(f"{one.seat} {one.fingerprint} 2026-" in said.text for one in await signers.keys())


async def test_a_key_from_before_the_founding_stands_from_the_founding_on(
    any_database: Database, clock: ManualClock
) -> None:
    signers = Signers(any_database, clock)
    await signers.register("mayor")
    clock.advance(DAY)
    await signers.begin()
    (key,) = (await signers.charter.editions.head()).seat_keys
    assert (key.seat, key.since) == ("mayor", clock.ms())
    await signers.published()


async def test_a_seat_that_changes_hands_changes_its_keys(signers: Signers, clock: ManualClock) -> None:
    await signers.register("teacher-3")
    await signers.register("newcomer")
    assert [one.seat for one in await signers.keys()] == ["teacher-3"]
    await signers.published()
    wanted = Appointment(seat_id="teacher-3", body="teachers", label="Enseignante", holder="newcomer")
    proposed = await signers.seats.appoint(wanted, login="secretary")
    await signers.seats.confirm(proposed.holding_id, login="teacher-1")
    clock.advance(DAY)
    record = await signers.published(*(one for one in EVERYBODY if one != "teacher-3"), "newcomer", changes=SEEN)
    old, new = record.seat_keys
    assert (old.seat, new.seat, old.until, new.until) == ("teacher-3", "teacher-3", new.since, None)
    assert new.fingerprint == signers.devices["newcomer"].fingerprint


async def test_what_a_deputy_signed_still_verifies_when_the_seat_has_another_one(
    signers: Signers, clock: ManualClock
) -> None:
    await signers.register("teacher-1-deputy")
    await signers.register("newcomer")
    proposal_id = await signers.opened()
    await signers.sign(proposal_id, "teacher-1-deputy")
    proposed = await signers.seats.change_deputy("teacher-1", "newcomer", login="teacher-1")
    await signers.seats.confirm(proposed.holding_id, login="teacher-2")
    clock.advance(DAY)
    await signers.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "teacher-1"))
    await signers.charter.votes.close(proposal_id, actor="account:secretary")
    old, new = (await signers.publish()).seat_keys
    assert (old.until, new.until) == (new.since, None)
    await signers.published(*(one for one in EVERYBODY if one != "teacher-1"), "newcomer", changes=SEEN)
    assert (await signers.charter.editions.verify()).by_passkey == 2


@pytest.mark.parametrize("login", ["teacher-1", "teacher-1-deputy"])
@pytest.mark.parametrize("before", [False, True])
async def test_what_somebody_signed_before_his_account_was_reset_still_verifies(
    signers: Signers, clock: ManualClock, login: str, before: bool
) -> None:
    """``before``: an edition told of the key already."""
    await signers.register(login)
    others = [one for one in EVERYBODY if one != "teacher-1"]
    if before:
        await signers.published(login, *others)
    proposal_id = await signers.opened(changes=SEEN)
    await signers.sign(proposal_id, login)
    await signers.seats.suspend_for(login, actor="account:technician")
    await signers.say(proposal_id, "yes", *others)
    await signers.charter.votes.close(proposal_id, actor="account:secretary")
    (key,) = (await signers.publish()).seat_keys
    assert (key.fingerprint, key.until is None) == (signers.devices[login].fingerprint, False)
    assert (await signers.charter.editions.verify()).by_passkey == (2 if before else 1)
    assert [one.until for one in await signers.seats.seats() if one.seat_id == "teacher-1"][-1] is None


async def test_a_suspended_deputy_is_journalled_and_the_holder_goes_on(signers: Signers, clock: ManualClock) -> None:
    await signers.seats.suspend_for("teacher-1-deputy", actor="account:technician")
    assert (await signers.journalled(2)) == ["seat_appointment_proposed", "seat_deputy_suspended"]
    clock.advance(timedelta(seconds=1))
    (held,) = [one for one in await signers.seats.seats() if one.seat_id == "teacher-1" and one.state == "confirmed"]
    assert (held.holder, held.deputy) == ("teacher-1", None)
    await signers.published()


async def test_a_key_that_was_revoked_stays_in_editions_with_its_end(signers: Signers, clock: ManualClock) -> None:
    await signers.register("mayor")
    await signers.published()
    clock.advance(DAY)
    await signers.revoke("mayor")
    revoked = clock.ms()
    clock.advance(DAY)
    (key,) = (await signers.published(changes=SEEN)).seat_keys
    assert key.until == revoked


async def test_all_in_one_instant_leaves_every_key_its_time(signers: Signers, clock: ManualClock) -> None:
    """Registered, signed with, published and ended in the same millisecond, for one after the other."""
    for value in (False, True):
        await signers.register("mayor")
        await signers.register("teacher-1")
        await signers.published(changes=[{**SETTING[0], "value": value}])
        await signers.revoke("mayor")
    await signers.seats.resign("teacher-1", login="teacher-1")
    clock.advance(timedelta(seconds=1))
    record = await signers.published(*(one for one in EVERYBODY if one != "teacher-1"))
    assert all(one.until is not None and one.since < one.until for one in record.seat_keys)
    assert len(record.seat_keys) == 4


async def test_somebody_who_registers_one_key_twice_has_it_once(signers: Signers, clock: ManualClock) -> None:
    device, twin = Authenticator(), Authenticator()
    twin._key = device._key
    for one in (device, twin):
        await signers.register("newcomer", one)
    await signers.charter.passkeys.revoke("newcomer", await credential(signers, "newcomer"), actor="account:newcomer")
    proposed = await signers.seats.appoint(
        Appointment(seat_id="parent-2", body="parents", label="Parent", holder="newcomer"), login="secretary"
    )
    await signers.seats.confirm(proposed.holding_id, login="parent")
    (key,) = await signers.keys()
    assert (key.seat, key.fingerprint, key.until) == ("parent-2", device.fingerprint, None)
    await signers.published(*EVERYBODY)


async def credential(signers: Signers, login: str) -> str:
    return (await signers.charter.passkeys.list(login))[0].credential_id


async def test_a_clock_that_jumps_back_gives_no_key_to_an_earlier_edition(signers: Signers, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=1))
    first = await signers.published()
    clock.advance(timedelta(minutes=-30))
    await signers.register("mayor")
    (key,) = await signers.keys()
    assert key.since == first.made_at > clock.ms()
    second = await signers.published(changes=SEEN)
    await signers.revoke("mayor")
    third = await signers.published()
    (key,) = third.seat_keys
    assert key.until is not None
    assert second.made_at <= key.until
    assert (await signers.charter.editions.verify()).by_passkey == 1


async def test_a_clock_that_jumps_back_after_a_registration_closes_no_vote_before_it(
    signers: Signers, clock: ManualClock
) -> None:
    """Registered at ten, signed with at half past nine: the vote is closed at ten."""
    await signers.register("mayor")
    (key,) = await signers.keys()
    clock.advance(timedelta(minutes=-30))
    (decision,) = (await signers.published()).decisions
    assert (decision.closed_at, clock.ms() < key.since) == (key.since, True)


async def test_a_key_that_is_younger_than_the_vote_signs_nothing_in_it(signers: Signers, clock: ManualClock) -> None:
    """It could never be verified: the voter is told at once, and another passkey serves."""
    clock.advance(timedelta(days=30))
    await signers.register("mayor")
    clock.advance(timedelta(days=-30))
    proposal_id = await signers.opened()
    with pytest.raises(BallotRefused) as raised:
        await signers.sign(proposal_id, "mayor")
    assert "the server's clock was put back" in str(raised.value)
    await signers.register("mayor")
    await signers.sign(proposal_id, "mayor")
    await signers.say(proposal_id, "yes", *(one for one in EVERYBODY if one != "mayor"))
    await signers.charter.votes.close(proposal_id, actor="account:secretary")
    await signers.publish()
    assert (await signers.charter.editions.verify()).by_passkey == 1


@pytest.mark.parametrize("ending", ["revoke", "resign", "suspend"])
async def test_whatever_ends_a_key_after_the_clock_jumped_back_ends_it_after_its_beginning(
    signers: Signers, clock: ManualClock, ending: str
) -> None:
    await signers.register("teacher-1")
    clock.advance(timedelta(minutes=-30))
    await signers.published()
    if ending == "revoke":
        await signers.revoke("teacher-1")
    elif ending == "resign":
        await signers.seats.resign("teacher-1", login="teacher-1")
    else:
        await signers.seats.suspend_for("teacher-1", actor="account:technician")
    clock.advance(DAY)
    gone = None if ending == "revoke" else "teacher-1"
    record = await signers.published(*(one for one in EVERYBODY if one != gone), changes=SEEN)
    (key,) = record.seat_keys
    assert key.until == key.since + 1


async def test_a_passkey_that_was_edited_by_hand_counts_for_nothing(signers: Signers) -> None:
    """It is not told, which no edition may do that follows one which told it: the last good one stays in force."""
    await signers.register("mayor")
    await signers.register("inspector")
    await edit(signers, "UPDATE member_passkey SET login = 'teacher-1' WHERE login = 'inspector'")
    assert [one.seat for one in await signers.keys()] == ["mayor"]
    first = await signers.published("mayor", "teacher-1", "teacher-2", "teacher-3", "inspector-deputy")
    await edit(signers, "UPDATE member_passkey SET created_at = created_at - 1 WHERE login = 'mayor'")
    await signers.decided("mayor-deputy", "teacher-1", "teacher-2", "teacher-3", "inspector-deputy", "parent")
    with pytest.raises(RecordMalformed) as raised:
        await signers.publish()
    assert "a key of an earlier edition was changed" in str(raised.value)
    assert (await signers.charter.editions.head()).edition_id == first.edition_id
    edited = await signers.database.read(lambda conn: edited_rows(conn, signers.charter.seals))
    assert len([one for one in edited if one.startswith("member_passkey:")]) == 2
    await edit(signers, "UPDATE member_passkey SET created_at = created_at + 1 WHERE login = 'mayor'")
    assert (await signers.publish()).number == first.number + 1


async def edit(signers: Signers, sql: str, **params: Any) -> None:
    """Edit the store by hand, as somebody with the database's password can."""

    def run(conn: Connection) -> None:
        assert conn.run(sql, **params) > 0

    await signers.database.write(run)
