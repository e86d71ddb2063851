"""What the committee's pages read, on each engine in turn: what waits, proposals, the register, and what is coming."""

from datetime import timedelta

from mdm.clock import ManualClock
from mdm.i18n import Catalogs, packages_with_words
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.drafting import Draft
from profiles.compilers import compilers_of
from tests.charter.committee import EVERYBODY, SETTING
from tests.charter.members import Members
from webui.committee.ballot_reading import BallotReading
from webui.committee.coming import ComingReading
from webui.committee.follower_store import count_followers, followers_of
from webui.committee.proposal_reading import ProposalReading
from webui.committee.register import Register
from webui.committee.register_store import Chosen
from webui.committee.speech import Speech
from webui.committee.waiting import standing_of, waiting_for
from webui.permissions import Action


async def test_everything_is_read_alike_on_both_engines(any_database: Database, clock: ManualClock) -> None:
    members = Members(any_database, clock)
    await members.begin()
    await members.kit()
    charter = members.charter
    adopted = await members.adopt("setting", changes=SETTING)
    edition = await members.publish()
    clock.advance(timedelta(days=1))
    rejected = await members.opened("setting", title="Sans copies", changes=SCREENSHOTS)
    await members.say(rejected, "no", *EVERYBODY)
    await charter.votes.close(rejected, actor="account:secretary")
    clock.advance(timedelta(days=1))
    waits = await members.adopt("setting", title="Sans AirDrop", changes=AIRDROP)
    opened = await members.opened("setting", title="Sans messages", changes=MESSAGES)
    await members.say(opened, "yes", "mayor")
    await members.drafted(Draft(kind="add_app", title="Calcul vif"))
    await members.proposals.comment(opened, login="parent", words="Très bien.")
    await members.proposals.ask(opened, login="parent", words="Depuis quand ?")
    now = clock.ms()

    waiting = await any_database.read(
        lambda conn: waiting_for(conn, charter, members.seats, "secretary", set(Action).__contains__, now)
    )
    assert [one.name for one in waiting] == [
        "Decisions to publish",
        "Apps that are asked for",
        "New in the discussions",
    ]
    assert [task.title for one in waiting for task in one.tasks] == ["Sans AirDrop", "Calcul vif", "Sans messages"]
    mine = await any_database.read(
        lambda conn: waiting_for(conn, charter, members.seats, "inspector", set().__contains__, now)
    )
    assert [one.name for one in mine] == ["Votes for your seat", "New in the discussions"]
    assert (
        await any_database.read(lambda conn: standing_of(conn, charter, "mayor", set(Action).__contains__, now))
    ).may_withdraw

    register = Register(any_database, charter)
    assert [one.proposal_id for one in await register.lines(Chosen(), None, limit=9)] == [waits, rejected, adopted]
    first = (await register.lines(Chosen(), None, limit=1))[0]
    assert [one.proposal_id for one in await register.lines(Chosen(), first.cursor, limit=9)] == [rejected, adopted]
    for chosen, found in (
        (Chosen(adopted=False), [rejected]),
        (Chosen(text="airdrop"), [waits]),
        (Chosen(kind="add_app"), []),
        (Chosen(body="parents"), []),
        (Chosen(body="dsden", adopted=True), [waits, adopted]),
        (Chosen(before=first.closed_at), [rejected, adopted]),
    ):
        assert [one.proposal_id for one in await register.lines(chosen, None, limit=9)] == found, chosen
    assert await register.years(now) == [2026]
    speech = Speech(translate=Catalogs(*packages_with_words()).for_language("en"), now=now)
    assert (await register.file(Chosen(), speech)).count(b"\r\n") == 4

    coming = await ComingReading(any_database, clock, charter).read()
    assert (coming.number, [one.proposal_id for one in coming.adopted]) == (3, [waits])
    assert [one.proposal_id for one in coming.voted] == [opened]
    assert coming.together is not None
    assert [one.kind for one in coming.together] == ["comes"]

    reading = ProposalReading(
        any_database, clock, charter, members.proposals, compilers_of(Settings(), Vault(bytes(32)))
    )
    stand = await reading.stand(opened, "inspector")
    assert stand.count is not None
    assert (stand.count.voted, stand.count.seats, [one.waits for one in stand.seats]) == (1, 6, [True])
    assert (await reading.effects(stand.view)).differences is not None
    assert (await reading.effects((await reading.stand(adopted, "")).view)).differences is not None
    paper = await BallotReading(any_database, clock, charter).paper(opened, "mayor")
    assert [one.choice for one in paper.seats] == ["yes"]

    followers = await any_database.read(lambda conn: followers_of(conn, edition.previous, limit=9))
    assert [(one.uai, one.kits) for one in followers] == [("0400377T", 1)]
    assert await any_database.read(count_followers) == (1, 0)


SCREENSHOTS = [{"op": "set", "path": ["restrictions", "screenshots"], "value": False}]
AIRDROP = [{"op": "set", "path": ["restrictions", "airdrop"], "value": False}]
MESSAGES = [{"op": "set", "path": ["restrictions", "messages"], "value": False}]
