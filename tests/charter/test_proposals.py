"""Proposals before their vote: who does what with them, when, and what could never be applied. On both engines."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import KitUnknown, SchoolUnknown
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import Dossier
from profiles.catalogue.errors import ItemUnknown
from profiles.catalogue.item import Item
from profiles.charter import vote_store
from profiles.charter.change import Add, AnyChange, Set
from profiles.charter.convention import convention_of
from profiles.charter.drafting import Draft, adding_app, draft_from, load_draft, removing_app, replacing_app
from profiles.charter.errors import (
    ChangeImpossible,
    CharterError,
    ConventionInvalid,
    NoCharter,
    NoSuchRule,
    ProposalMalformed,
)
from profiles.charter.proposal import Scope, Withdrawn
from profiles.charter.proposal_errors import (
    ChangedDuringVote,
    ConventionNotNewer,
    DraftFileWrong,
    NotTheAuthor,
    NotUnderDiscussion,
    NotYourSeat,
    ProposalAmbiguous,
    ProposalChanged,
    ReasonsNeeded,
    RequestUnknown,
    SecretlyVoted,
    StandsAsideAlready,
    StepImpossible,
    WordsRefused,
)
from profiles.charter.proposals import ProposalView
from profiles.charter.vote_errors import NoSeat, NoticeRunning, ProposalUnknown
from profiles.compilers import compilers_of
from profiles.errors import PolicyInvalid
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import convention_with
from tests.charter.members import LIRE, Members

CAMERA: tuple[AnyChange, ...] = (Set(path=("restrictions", "camera"), value=False),)
NO_CAMERA = Draft(kind="setting", title="Sans appareil photo", purpose="Trop de photos.", changes=CAMERA)
ADD_LIRE = Draft(kind="add_app", title="Ajouter Lire", purpose="Cycle 2.", changes=adding_app(LIRE))


@pytest.fixture
async def members(any_database: Database, clock: ManualClock) -> Members:
    made = Members(any_database, clock)
    await made.begin()
    clock.advance(timedelta(minutes=1))
    return made


def history(view: ProposalView) -> list[tuple[str, str, str]]:
    return [(one.kind, one.actor.removeprefix("account:"), one.words) for one in view.events]


async def test_a_proposal_goes_from_a_teachers_draft_to_the_vote_and_says_who_did_what(
    members: Members, clock: ManualClock
) -> None:
    made = await members.drafted(NO_CAMERA)
    proposal_id = made.row.proposal_id
    assert (made.row.state, made.row.author, made.row.revision) == ("draft", "teacher-1", 1)
    clock.advance(timedelta(hours=1))
    submitted = await members.proposals.submit(proposal_id, login="teacher-1")
    assert submitted.row.submitted_at == clock.ms()
    await members.proposals.admit(proposal_id, login="secretary", words="Complet.")
    examined = await members.proposals.examine(proposal_id, login="secretary", words="Vu par le DAN.")
    assert history(examined) == [
        ("draft", "teacher-1", ""),
        ("submitted", "teacher-1", ""),
        ("admissible", "secretary", "Complet."),
        ("examined", "secretary", "Vu par le DAN."),
    ]
    assert examined.steps == ("change", "send_back", "withdraw", "open_vote")
    await members.charter.votes.open(proposal_id, actor="account:secretary")
    assert (await members.journalled(5))[:4] == [
        "proposal_vote_open",
        "proposal_examined",
        "proposal_admissible",
        "proposal_submitted",
    ]


async def test_a_draft_may_be_incomplete_and_is_not_submitted_as_long(members: Members) -> None:
    made = await members.drafted(Draft(kind="add_app", title="Ajouter Lire"))
    with pytest.raises(ProposalMalformed) as refused:
        await members.proposals.submit(made.row.proposal_id, login="teacher-1")
    assert "it changes nothing" in str(refused.value)
    await members.proposals.change(made.row.proposal_id, ADD_LIRE, revision=1, login="teacher-1")
    view = await members.proposals.submit(made.row.proposal_id, login="teacher-1")
    assert draft_from(view.proposal) == ADD_LIRE


async def test_only_its_author_submits_changes_or_withdraws_it(members: Members) -> None:
    made = await members.drafted(NO_CAMERA)
    proposal_id = made.row.proposal_id
    with pytest.raises(NotTheAuthor):
        await members.proposals.submit(proposal_id, login="secretary")
    with pytest.raises(NotTheAuthor):
        await members.proposals.change(proposal_id, ADD_LIRE, revision=1, login="secretary")
    with pytest.raises(NotTheAuthor):
        await members.proposals.withdraw(proposal_id, login="secretary")
    assert (await members.proposals.show(proposal_id)).row == made.row


async def test_two_who_change_it_at_once_do_not_overwrite_each_other(members: Members) -> None:
    proposal_id = (await members.drafted(NO_CAMERA)).row.proposal_id
    change = members.proposals.change
    outcomes = await asyncio.gather(
        *(change(proposal_id, ADD_LIRE, revision=1, login="teacher-1") for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, ProposalChanged) for one in outcomes) == 2
    revision = (await members.proposals.show(proposal_id)).row.revision
    with pytest.raises(ProposalChanged) as refused:
        await members.proposals.submit(proposal_id, login="teacher-1", revision=1)
    assert refused.value.params == {"revision": revision}


async def test_what_is_sent_back_says_why_and_comes_again(members: Members) -> None:
    proposal_id = await members.submitted(NO_CAMERA)
    with pytest.raises(ReasonsNeeded):
        await members.proposals.send_back(proposal_id, login="secretary", words="  \n")
    sent = await members.proposals.send_back(proposal_id, login="secretary", words="Pour quels niveaux ?")
    assert (sent.row.state, sent.events[-1].words) == ("sent_back", "Pour quels niveaux ?")
    with pytest.raises(StepImpossible):
        await members.proposals.admit(proposal_id, login="secretary")
    changed = await members.proposals.change(
        proposal_id,
        msgspec.structs.replace(NO_CAMERA, purpose="En cycle 2."),
        revision=sent.row.revision,
        login="teacher-1",
    )
    assert changed.row.state == "draft"
    assert (await members.proposals.submit(proposal_id, login="teacher-1")).row.state == "submitted"


async def test_a_change_after_submission_makes_the_notice_begin_anew(
    any_database: Database, clock: ManualClock
) -> None:
    members = Members(any_database, clock)
    needs = SIMPLE.tree()["rules"]["default"]["needs"]
    await members.begin(convention_with(default={"needs": needs, "notice_days": 7}))
    proposal_id = await members.examined(NO_CAMERA)
    clock.advance(timedelta(days=7))
    row = (await members.proposals.show(proposal_id)).row
    changed = await members.proposals.change(proposal_id, ADD_LIRE, revision=row.revision, login="teacher-1")
    assert (changed.row.state, changed.row.submitted_at) == ("draft", None)
    await members.proposals.submit(proposal_id, login="teacher-1")
    await members.proposals.admit(proposal_id, login="secretary")
    await members.proposals.examine(proposal_id, login="secretary")
    with pytest.raises(NoticeRunning):
        await members.charter.votes.open(proposal_id, actor="account:secretary")


async def test_a_proposal_that_is_voted_cannot_be_changed_nor_withdrawn(members: Members) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    vote = await members.charter.votes.open(proposal_id, actor="account:secretary")
    view = await members.proposals.show(proposal_id)
    with pytest.raises(ChangedDuringVote):
        await members.proposals.change(proposal_id, ADD_LIRE, revision=view.row.revision, login="teacher-1")
    for step in (members.proposals.withdraw, members.proposals.submit):
        with pytest.raises(StepImpossible):
            await step(proposal_id, login="teacher-1")
    assert (await members.proposals.show(proposal_id)).digest == vote.digest == view.digest


async def test_its_author_withdraws_it_before_the_vote_for_good(members: Members) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    view = await members.proposals.withdraw(proposal_id, login="teacher-1", words="Plus utile.")
    assert (view.row.state, view.steps) == ("withdrawn", ())
    with pytest.raises(StepImpossible):
        await members.proposals.submit(proposal_id, login="teacher-1")


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (Draft(kind="remove_app", title="Ôter Lire", changes=removing_app({"bundle_id": "fr.lire"})), ChangeImpossible),
        (
            Draft(kind="replace_app", title="Autre", changes=replacing_app({"bundle_id": "fr.lire"}, LIRE)),
            ChangeImpossible,
        ),
        (Draft(kind="add_app", title="Vide", changes=adding_app({"bundle_id": "fr.lire"})), PolicyInvalid),
        (Draft(kind="setting", title="Inconnu", changes=(Set(path=("nothing",), value=1),)), PolicyInvalid),
        (Draft(kind="setting", title="Pas à sa place", changes=adding_app(LIRE)), ProposalMalformed),
        (Draft(kind="resource", title="Pas à sa place", changes=CAMERA), ProposalMalformed),
        (Draft(kind="convention", title="Sans convention"), ProposalMalformed),
        (Draft(kind="convention", title="La même", convention=SIMPLE), ConventionNotNewer),
        (
            Draft(
                kind="urgent_withdrawal",
                title="Rien de tel",
                withdrawn=Withdrawn(path=("apps",), match={"bundle_id": "fr.lire"}),
            ),
            ProposalMalformed,
        ),
        (Draft(kind="ratification", title="De rien", ratifies="0" * 64), ChangeImpossible),
        (
            Draft(kind="group", title="Groupe", changes=CAMERA, scope=Scope(name="nord", schools=("0400999Z",))),
            SchoolUnknown,
        ),
        (Draft(kind="group", title="Groupe", changes=CAMERA, scope=Scope(name="nord", kits=("k9",))), KitUnknown),
        (
            Draft(
                kind="pilot",
                title="Trop long",
                changes=CAMERA,
                scope=Scope(name="essai", kits=("k1",), until=4 * 10**12),
            ),
            ChangeImpossible,
        ),
    ],
)
async def test_what_could_never_be_applied_is_refused_at_submission(
    members: Members, draft: Draft, error: type[Exception]
) -> None:
    await members.kit()
    made = await members.drafted(draft)
    with pytest.raises(error):
        await members.proposals.submit(made.row.proposal_id, login="teacher-1")
    assert (await members.proposals.show(made.row.proposal_id)).row == made.row


async def test_a_kind_that_the_convention_has_no_rule_for_is_refused(
    any_database: Database, clock: ManualClock
) -> None:
    members = Members(any_database, clock)
    rules = {"default": SIMPLE.tree()["rules"]["default"]}
    await members.begin(convention_of({**SIMPLE.tree(), "rules": rules}))
    await members.kit()
    scope = Scope(name="essai", kits=("k1",), until=clock.ms() + 86_400_000)
    made = await members.drafted(Draft(kind="pilot", title="Essai", changes=CAMERA, scope=scope))
    with pytest.raises(NoSuchRule):
        await members.proposals.submit(made.row.proposal_id, login="teacher-1")


async def test_what_does_not_fit_any_more_is_not_admitted(members: Members) -> None:
    proposal_id = await members.submitted(ADD_LIRE)
    await members.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    await members.publish()
    with pytest.raises(ChangeImpossible):
        await members.proposals.admit(proposal_id, login="secretary")
    assert await members.state_of(proposal_id) == "submitted"


async def test_a_new_convention_is_proposed_with_a_higher_version(members: Members) -> None:
    newer = msgspec.structs.replace(SIMPLE, version=2, reference="délibération 2027-01")
    proposal_id = await members.submitted(Draft(kind="convention", title="Convention de 2027", convention=newer))
    assert (await members.proposals.show(proposal_id)).proposal.convention == newer


async def test_a_convention_that_does_not_hold_together_is_not_proposed(members: Members) -> None:
    rules = {"pilot": msgspec.structs.replace(SIMPLE.rules["default"], max_days=3)}
    made = await members.drafted(
        Draft(kind="convention", title="Bancale", convention=msgspec.structs.replace(SIMPLE, version=2, rules=rules))
    )
    with pytest.raises(ConventionInvalid):
        await members.proposals.submit(made.row.proposal_id, login="teacher-1")


async def test_the_dossier_is_frozen_at_submission_and_a_later_change_is_shown(
    members: Members, tmp_path: Path
) -> None:
    catalogue = Catalogue(members.database, members.clock, Journal(members.clock), Attachments(tmp_path))
    item = await catalogue.add(Item(kind="app", name="Lire", bundle_id="fr.lire"), actor="account:secretary")
    draft = msgspec.structs.replace(ADD_LIRE, items=(item.item_id,))
    made = await members.drafted(draft)
    assert made.proposal.dossiers[0].digest == item.digest
    with pytest.raises(ProposalMalformed):
        await members.drafted(msgspec.structs.replace(ADD_LIRE, items=(item.item_id, item.item_id)))

    later = await catalogue.change(
        item.item_id, revision=1, dossier=Dossier(purpose="Lire chaque jour"), actor="account:secretary"
    )
    proposal_id = made.row.proposal_id
    assert (await members.proposals.show(proposal_id)).changed_items == (item.item_id,)
    submitted = await members.proposals.submit(proposal_id, login="teacher-1")
    assert submitted.proposal.dossiers[0].digest == later.digest
    assert submitted.changed_items == ()

    await catalogue.change(item.item_id, revision=2, dossier=Dossier(purpose="Lire le soir"), actor="account:secretary")
    view = await members.proposals.show(proposal_id)
    assert view.proposal.dossiers[0].digest == later.digest
    assert view.changed_items == (item.item_id,)


async def test_an_item_that_the_catalogue_does_not_have_is_refused(members: Members) -> None:
    with pytest.raises(ItemUnknown):
        await members.drafted(msgspec.structs.replace(ADD_LIRE, items=("0" * 32,)))


async def test_members_comment_ask_and_answer_while_it_is_under_discussion(members: Members) -> None:
    made = await members.drafted(NO_CAMERA)
    proposal_id = made.row.proposal_id
    with pytest.raises(NotUnderDiscussion) as refused:
        await members.proposals.comment(proposal_id, login="parent", words="Bonne idée.")
    assert "draft" in str(refused.value)
    await members.proposals.submit(proposal_id, login="teacher-1")
    await members.proposals.comment(proposal_id, login="parent", words="Bonne idée.\n\nEt le son ?")
    asked = await members.proposals.ask(proposal_id, login="inspector", words="Pour quels niveaux ?")
    (request,) = asked.open_requests
    assert request.words == "Pour quels niveaux ?"
    with pytest.raises(RequestUnknown):
        await members.proposals.answer(proposal_id, request=1, login="teacher-1", words="Tous.")
    answered = await members.proposals.answer(
        proposal_id, request=request.position, login="teacher-1", words="Cycle 2."
    )
    assert answered.open_requests == ()
    assert history(answered)[-3:] == [
        ("comment", "parent", "Bonne idée.\n\nEt le son ?"),
        ("request", "inspector", "Pour quels niveaux ?"),
        ("answer", "teacher-1", "Cycle 2."),
    ]
    assert answered.row.revision == asked.row.revision


@pytest.mark.parametrize(
    ("words", "error"),
    [("", ReasonsNeeded), ("\x00", WordsRefused), ("a\u202eb", WordsRefused), ("a" * 20_001, WordsRefused)],
)
async def test_words_that_nobody_can_read_are_refused(members: Members, words: str, error: type[Exception]) -> None:
    proposal_id = await members.submitted(NO_CAMERA)
    with pytest.raises(error):
        await members.proposals.comment(proposal_id, login="parent", words=words)


@pytest.mark.parametrize("title", ["a\x00bc", "Lire\u2066 !"])
async def test_a_title_with_hidden_characters_is_refused(members: Members, title: str) -> None:
    with pytest.raises(WordsRefused):
        await members.drafted(msgspec.structs.replace(NO_CAMERA, title=title))


async def test_a_title_keeps_to_its_length_once_it_is_cleaned(members: Members) -> None:
    assert (await members.drafted(msgspec.structs.replace(NO_CAMERA, title="  Une\n  ligne "))).row.title == "Une ligne"
    for title in ("  a  ", "a" * 201):
        with pytest.raises(CharterError):
            await members.drafted(msgspec.structs.replace(NO_CAMERA, title=title))


async def test_a_seat_stands_aside_and_its_open_ballot_is_taken_out(members: Members) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    await members.charter.votes.open(proposal_id, actor="account:secretary")
    await members.say(proposal_id, "no", "teacher-1", "teacher-2")
    view = await members.proposals.stand_aside(
        proposal_id, seat_id="teacher-1", login="teacher-1-deputy", words="Auteur de l'application."
    )
    assert [(one.seat_id, one.words) for one in view.recusals] == [("teacher-1", "Auteur de l'application.")]
    ballots = await members.database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert [one.seat_id for one in ballots] == ["teacher-2"]
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "no", "teacher-1")
    await members.say(proposal_id, "yes", "mayor", "inspector", "teacher-3", "parent")
    decision = await members.charter.votes.close(proposal_id, actor="account:secretary")
    assert decision.recused == ("teacher-1",)
    assert (await members.journalled(12)).count("seat_stands_aside") == 1


async def test_a_seat_stands_aside_before_the_vote_and_once(members: Members) -> None:
    proposal_id = await members.submitted(NO_CAMERA)
    await members.proposals.stand_aside(proposal_id, seat_id="parent", login="parent", words="Ma sœur l'édite.")
    with pytest.raises(StandsAsideAlready):
        await members.proposals.stand_aside(proposal_id, seat_id="parent", login="parent", words="Encore.")
    with pytest.raises(NotYourSeat):
        await members.proposals.stand_aside(proposal_id, seat_id="mayor", login="parent", words="Lui aussi.")
    with pytest.raises(NotYourSeat):
        await members.proposals.stand_aside(proposal_id, seat_id="nobody", login="parent", words="Personne.")
    with pytest.raises(ReasonsNeeded):
        await members.proposals.stand_aside(proposal_id, seat_id="mayor", login="mayor", words="")


async def test_a_seat_that_has_voted_secretly_cannot_take_its_ballot_out(
    any_database: Database, clock: ManualClock
) -> None:
    members = Members(any_database, clock)
    await members.begin(convention_with(setting={"needs": [{"body": "teachers"}], "secret": True}))
    proposal_id = await members.examined(NO_CAMERA)
    await members.charter.votes.open(proposal_id, actor="account:secretary")
    await members.say(proposal_id, "yes", "teacher-1")
    with pytest.raises(SecretlyVoted):
        await members.proposals.stand_aside(proposal_id, seat_id="teacher-1", login="teacher-1", words="Trop tard.")
    await members.proposals.stand_aside(proposal_id, seat_id="teacher-2", login="teacher-2", words="À temps.")


async def test_proposals_are_listed_in_parts_the_latest_first_and_found_by_words(
    members: Members, clock: ManualClock
) -> None:
    made = []
    for number in range(5):
        clock.advance(timedelta(seconds=1))
        draft = msgspec.structs.replace(NO_CAMERA, title=f"Été numéro {number}")
        made.append((await members.drafted(draft, author="parent" if number == 0 else "teacher-1")).row.proposal_id)
    clock.advance(timedelta(seconds=1))
    await members.proposals.submit(made[1], login="teacher-1")
    expected = [made[1], made[4], made[3], made[2], made[0]]
    listed, after = [], None
    while part := await members.proposals.list(after=after, limit=2):
        listed += [one.proposal_id for one in part]
        after = (part[-1].changed_at, part[-1].proposal_id)
    assert listed == expected
    list_proposals = members.proposals.list
    assert [one.proposal_id for one in await list_proposals(state="submitted")] == [made[1]]
    assert [one.proposal_id for one in await list_proposals(author="parent")] == [made[0]]
    assert [one.proposal_id for one in await list_proposals(text="ETE 3")] == [made[3]]
    assert await list_proposals(text="100 %") == []
    assert await list_proposals(kind="pilot") == []


async def test_a_proposal_is_found_by_a_part_of_its_identifier(members: Members) -> None:
    proposal_id = (await members.drafted(NO_CAMERA)).row.proposal_id
    await members.drafted(ADD_LIRE)
    for reference in (proposal_id, proposal_id.upper(), f" {proposal_id[-8:]}"):
        assert await members.proposals.find(reference) == proposal_id
    with pytest.raises(ProposalAmbiguous):
        await members.proposals.find(proposal_id[:7])
    for reference in ("", "abc", "zzzzzzzz", "%%%%%%%%", "\x00", "0" * 32):
        with pytest.raises(ProposalUnknown):
            await members.proposals.find(reference)
    with pytest.raises(ProposalUnknown):
        await members.proposals.show("nothing")


async def test_the_committee_sees_what_each_platform_would_not_obey(members: Members) -> None:
    compilers = compilers_of(Settings(), Vault(bytes(range(32))))
    changes = (Set(path=("restrictions", "only_listed_apps"), value=True),)
    made = await members.drafted(Draft(kind="setting", title="Rien d'autre", changes=changes))
    gaps = await members.proposals.gaps(made.row.proposal_id, compilers)
    assert gaps.ipad == ()
    assert [one.field for one in gaps.android] == ["restrictions.only_listed_apps"]
    pilot = Draft(
        kind="pilot",
        title="Essai",
        changes=adding_app({"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}),
        scope=Scope(name="essai", kits=("k1",), until=members.clock.ms() + 86_400_000),
    )
    await members.kit()
    made = await members.drafted(pilot)
    gaps = await members.proposals.gaps(made.row.proposal_id, compilers)
    assert [one.field for one in gaps.android] == ["apps[0] Lire"]


async def test_without_a_charter_a_draft_waits(any_database: Database, clock: ManualClock) -> None:
    members = Members(any_database, clock)
    made = await members.drafted(NO_CAMERA)
    with pytest.raises(NoCharter):
        await members.proposals.submit(made.row.proposal_id, login="teacher-1")
    assert await members.state_of(made.row.proposal_id) == "draft"


async def test_a_kept_body_reads_back_as_what_was_given(members: Members) -> None:
    proposal_id = (await members.drafted(ADD_LIRE)).row.proposal_id

    def body(conn: Connection) -> Any:
        row = conn.one("SELECT body FROM proposal WHERE proposal_id = :id", id=proposal_id)
        return None if row is None else msgspec.json.decode(row["body"])

    tree = await members.database.read(body)
    assert tree["changes"] == [{"op": "add", "path": ["apps"], "value": LIRE}]
    assert (await members.proposals.show(proposal_id)).proposal.changes == (Add(path=("apps",), value=LIRE),)


def test_a_draft_is_read_from_a_file() -> None:
    toml = b"""
kind = "add_app"
title = "Ajouter Lire"
purpose = "Cycle 2."
[[changes]]
op = "add"
path = ["apps"]
value = { name = "Lire", bundle_id = "fr.lire", package = "fr.lire.android", store_id = 7 }
"""
    assert load_draft(toml, "lire.toml") == ADD_LIRE
    assert load_draft(msgspec.json.encode(ADD_LIRE), "lire.json") == ADD_LIRE


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "a.toml"),
        (b"\xff", "a.toml"),
        (b'kind = "party"\ntitle = "Une autre"', "a.toml"),
        (b'kind = "setting"\ntitle = "x"', "a.toml"),
        (b'kind = "setting"\ntitle = "abc"\nauthor = "x"', "a.toml"),
        (b'{"kind": "setting"', "a.json"),
        (b"[" * 100_000, "a.json"),
        (b"a" * (4 * 1024 * 1024 + 1), "a.toml"),
    ],
)
def test_a_file_that_is_no_draft_is_refused(body: bytes, name: str) -> None:
    with pytest.raises(DraftFileWrong) as refused:
        load_draft(body, name)
    assert name in str(refused.value)
