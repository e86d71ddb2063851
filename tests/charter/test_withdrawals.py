"""Urgent withdrawals and pilots: at once, for a time, and over by themselves. On both engines."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.errors import ChangeImpossible, NoSuchRule, ProposalMalformed
from profiles.charter.proposal import Withdrawn
from profiles.charter.vote_errors import MayNotWithdraw
from tests.charter.agreeing_in_store import ONE_BODY
from tests.charter.committee import EVERYBODY, Committee

LIRE = {"name": "Lire", "bundle_id": "fr.lire", "package": "fr.lire.android", "store_id": 7}
COMPTER = {"name": "Compter", "bundle_id": "fr.compter", "store_id": 9}
WHAT = Withdrawn(path=("apps",), match={"bundle_id": "fr.lire", "package": "fr.lire"})


@pytest.fixture
async def committee(any_database: Database, clock: ManualClock) -> Committee:
    """A committee whose current edition has one app, followed by one kit."""
    made = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    await made.begin()
    await made.kit()
    await made.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await made.publish()
    await made.database.write(lambda conn: made.charter.following.set_current(conn, record.edition_id, actor="test"))
    return made


async def withdraw(committee: Committee, login: str = "inspector", what: Withdrawn = WHAT) -> Any:
    return await committee.charter.withdrawals.withdraw(
        what, title="Retrait : Lire", purpose="L'éditeur a changé de mains.", login=login
    )


async def kinds(committee: Committee) -> list[str]:
    return [one.kind for one in await committee.database.read(lambda conn: latest_entries(conn, limit=30))]


@pytest.mark.parametrize("login", ["inspector", "mayor"])
async def test_the_dsden_or_the_authority_alone_withdraws_at_once_and_for_all(committee: Committee, login: str) -> None:
    assert await committee.apps_of() == ["Lire"]
    done = await withdraw(committee, login)
    # The kit still follows edition 2: what the newest edition withdrew is gone all the same.
    assert await committee.apps_of() == []
    assert done.record.number == 3
    assert (await committee.charter.editions.verify()).editions == 3


@pytest.mark.parametrize("login", ["teacher-1", "parent", "technician"])
async def test_nobody_else_withdraws_anything(committee: Committee, login: str) -> None:
    with pytest.raises(MayNotWithdraw):
        await withdraw(committee, login)
    assert await committee.apps_of() == ["Lire"]


async def test_what_is_not_there_cannot_be_withdrawn(committee: Committee) -> None:
    with pytest.raises(ProposalMalformed):
        await withdraw(committee, what=Withdrawn(path=("apps",), match={"bundle_id": "fr.autre"}))


async def test_a_convention_without_urgent_withdrawals_has_none(any_database: Database, clock: ManualClock) -> None:
    made = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    await made.found(ONE_BODY)
    with pytest.raises(NoSuchRule):
        await withdraw(made, "committee-1")


async def test_without_ratification_it_comes_back_when_its_time_is_over(
    committee: Committee, clock: ManualClock
) -> None:
    await withdraw(committee)
    clock.advance(timedelta(days=29))
    assert await committee.charter.moments.act() == 0
    assert await committee.apps_of() == []
    clock.advance(timedelta(days=1))
    assert await committee.charter.moments.act() == 1
    assert await committee.apps_of() == ["Lire"]
    assert (await kinds(committee))[0] == "withdrawal_lifted"
    clock.advance(timedelta(days=-2))
    assert await committee.charter.moments.act() == 0
    clock.advance(timedelta(days=3))
    assert await committee.charter.moments.act() == 0


async def test_ratified_it_is_gone_for_good_until_the_committee_wants_it_again(
    committee: Committee, clock: ManualClock
) -> None:
    done = await withdraw(committee)
    assert await committee.state_of(done.ratification_id) == "examined"
    await committee.charter.votes.open(done.ratification_id, actor="account:secretary")
    await committee.say(done.ratification_id, "yes", *EVERYBODY)
    await committee.charter.votes.close(done.ratification_id, actor="account:secretary")
    await committee.publish()
    clock.advance(timedelta(days=400))
    await committee.charter.moments.act()
    assert await committee.apps_of() == []
    await committee.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    record = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
    assert await committee.apps_of() == ["Lire"]
    assert (await committee.charter.editions.verify()).editions == 5


async def test_a_ratification_that_comes_too_late_changes_nothing(committee: Committee, clock: ManualClock) -> None:
    done = await withdraw(committee)
    clock.advance(timedelta(days=31))
    with pytest.raises(ChangeImpossible):
        await committee.charter.votes.open(done.ratification_id, actor="account:secretary")


async def test_a_web_page_leaves_with_its_place_on_the_home_screen(committee: Committee) -> None:
    page = {"label": "Jeux", "url": "https://jeux.example"}
    policy = {
        "name": "A",
        "web_clips": [page],
        "home_screen": {"dock": ["web:Jeux"], "pages": [["fr.lire", "web:Jeux"]]},
    }
    await committee.adopt("review", changes=[{"op": "adopt", "policy": policy}])
    record = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
    await withdraw(committee, what=Withdrawn(path=("web_clips",), match={"url": "https://jeux.example"}))
    now = committee.clock.ms()
    agreed = await committee.database.read(lambda conn: committee.charter.agreed.policy_of_kit(conn, "k1", now))
    assert agreed is not None
    assert agreed.policy.web_clips == ()
    assert agreed.policy.home_screen is not None
    assert (agreed.policy.home_screen.dock, agreed.policy.home_screen.pages) == ((), (("fr.lire",),))


async def test_a_book_leaves_by_its_identifier(committee: Committee) -> None:
    kept, gone = (
        {"name": name, "identifier": name.lower(), "url": f"https://livres.example/{name}.pdf", "kind": "pdf"}
        for name in ("Lecture", "Jeux")
    )
    await committee.adopt("review", changes=[{"op": "adopt", "policy": {"name": "A", "books": [kept, gone]}}])
    record = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
    await withdraw(committee, what=Withdrawn(path=("books",), match={"identifier": "jeux"}))
    now = committee.clock.ms()
    agreed = await committee.database.read(lambda conn: committee.charter.agreed.policy_of_kit(conn, "k1", now))
    assert agreed is not None
    assert [book.identifier for book in agreed.policy.books] == ["lecture"]


async def test_a_pilot_begins_and_ends_by_itself_and_for_its_kits_alone(
    committee: Committee, clock: ManualClock
) -> None:
    await committee.kit("k2", "0400378U")
    now = clock.ms()
    hour = 3_600_000
    scope = {"name": "essai-compter", "kits": ["k2"], "since": now + 2 * hour, "until": now + 48 * hour}
    pilot = await committee.opened("pilot", changes=[{"op": "add", "path": ["apps"], "value": COMPTER}], scope=scope)
    await committee.say(pilot, "yes", "inspector")
    await committee.charter.votes.close(pilot, actor="account:secretary")
    record = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
    await committee.charter.moments.act()
    assert await committee.apps_of("k2") == ["Lire"]
    clock.advance(timedelta(hours=3))
    assert await committee.charter.moments.act() == 1
    assert await committee.apps_of("k2") == ["Lire", "Compter"]
    assert await committee.apps_of("k1") == ["Lire"]
    clock.advance(timedelta(hours=48))
    assert await committee.charter.moments.act() == 1
    assert await committee.apps_of("k2") == ["Lire"]
    assert {"pilot_began", "pilot_ended"} <= set(await kinds(committee))


async def test_a_pilot_longer_than_the_convention_allows_is_not_voted(committee: Committee, clock: ManualClock) -> None:
    until = clock.ms() + 91 * 24 * 3_600_000
    with pytest.raises(ChangeImpossible):
        await committee.opened(
            "pilot",
            changes=[{"op": "add", "path": ["apps"], "value": COMPTER}],
            scope={"name": "essai", "kits": ["k1"], "until": until},
        )


async def test_a_group_of_schools_has_its_own_apps(committee: Committee) -> None:
    await committee.kit("k2", "0400378U")
    scope = {"name": "rpi-nord", "schools": ["0400378U"]}
    await committee.adopt("group", changes=[{"op": "add", "path": ["apps"], "value": COMPTER}], scope=scope)
    record = await committee.publish()
    following = committee.charter.following
    await committee.database.write(lambda conn: following.set_current(conn, record.edition_id, actor="test"))
    assert await committee.apps_of("k1") == ["Lire"]
    assert await committee.apps_of("k2") == ["Lire", "Compter"]
