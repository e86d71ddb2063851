"""The verifier that anybody may run finds what ours finds, and refuses what ours refuses, without any of our code."""

import ast
import copy
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mdm.clock import from_ms
from profiles.charter.ballot import Ballot, Statement, encode
from profiles.charter.canonical import canonical_json
from profiles.charter.convention import convention_of
from profiles.charter.decision import Decision
from profiles.charter.making import next_record
from profiles.charter.record import sign
from tests.charter.agreeing import PARTY, SEATS, SIMPLE, PaperCharter
from tests.charter.authenticator import ALGORITHMS, PRESENT, VERIFIED, Algorithm, Authenticator
from tests.charter.every_kind import every_kind
from tests.charter.verifying import VERIFIER, Said, body_of, ours, refused_by_both

POLICY = {"name": "Cycle 3", "apps": [{"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}]}


@pytest.fixture(scope="module")
def everything() -> PaperCharter:
    return every_kind()


@pytest.fixture(scope="module")
def small() -> bytes:
    charter = PaperCharter(devices={"mayor": Authenticator("ES256")})
    charter.adopt(POLICY)
    charter.rotate()
    charter.give_key("inspector", Authenticator("ES256"))
    charter.publish(charter.vote(camera_off(charter)))
    return body_of(charter)


def camera_off(charter: PaperCharter) -> Any:
    change = {"op": "set", "path": ["restrictions", "camera"], "value": False}
    return charter.proposal("setting", changes=[change])


def test_it_is_one_short_file_of_the_standard_library_and_cryptography() -> None:
    source = VERIFIER.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 520
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_both_find_the_same_in_a_charter_with_every_kind_of_decision(everything: PaperCharter, tmp_path: Path) -> None:
    body = body_of(everything)
    verdict = ours(body)
    assert verdict is not None
    said = Said(tmp_path, body, "--lang", "en")
    assert said.code == 0
    assert f"Editions: {verdict.editions}; the newest: {verdict.newest}" in said.text
    assert f"{verdict.by_passkey} signed with voters' own keys, {verdict.by_server} by the server" in said.text
    assert said.text.rstrip().endswith(verdict.first_key)
    assert verdict.by_passkey > 0
    kinds = {one.proposal["kind"] for record in everything.records for one in record.decisions}
    assert len(kinds) == 12


def test_it_speaks_french_unless_english_is_asked_for(everything: PaperCharter, tmp_path: Path) -> None:
    french = Said(tmp_path, body_of(everything))
    assert "Tout est juste : MACS" in french.text
    assert "Acheter « Lire à la volée » (4 oui, 0 non, 0 abstentions)" in french.text
    assert "All is right: MACS" in Said(tmp_path, body_of(everything), "--lang", "en").text


def test_each_of_its_complaints_has_both_languages() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"))
    raised = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Wrong"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(raised) > 20
    assert all(str(words).count(" / ") == 1 for words in raised)


def test_the_first_key_is_compared_with_the_one_on_paper(everything: PaperCharter, tmp_path: Path) -> None:
    key = everything.keys[0].key
    in_groups = " ".join(key[place : place + 8] for place in range(0, 64, 8)).upper()
    assert Said(tmp_path, body_of(everything), "--first-key", in_groups).code == 0
    other = Said(tmp_path, body_of(everything), "--first-key", "0" * 64)
    assert other.code == 1
    assert "la première clé en est une autre" in other.text


def test_each_voter_finds_the_key_that_signed_for_him(everything: PaperCharter, tmp_path: Path) -> None:
    said = Said(tmp_path, body_of(everything), "--ballots")
    first, second = (one for one in everything.head.seat_keys if one.seat == "mayor")
    assert second.fingerprint == hashlib.sha256(everything.passkeys["mayor"].public_key).hexdigest()
    for key in (first, second):
        assert f"authority mayor yes {key.fingerprint}" in said.text
    assert "teachers teacher-1 yes serveur" in said.text


def test_it_says_which_keys_stood_for_which_seat_since_when(everything: PaperCharter, tmp_path: Path) -> None:
    said = Said(tmp_path, body_of(everything), "--ballots").text
    first, second = (one for one in everything.head.seat_keys if one.seat == "mayor")
    assert f"  mayor {first.fingerprint} {_day(first.since)} – {_day(first.until)}\n" in said
    assert f"  mayor {second.fingerprint} {_day(second.since)}\n" in said
    assert first.fingerprint not in Said(tmp_path, body_of(everything)).text


def _day(moment: int | None) -> str:
    return f"{from_ms(moment or 0):%Y-%m-%d}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ballots_of_every_kind_of_passkey_are_counted(algorithm: Algorithm, tmp_path: Path) -> None:
    charter = PaperCharter(devices={seat.seat: Authenticator(algorithm) for seat in SEATS})
    charter.adopt(POLICY)
    verdict = ours(body_of(charter))
    assert verdict is not None
    assert (verdict.by_passkey, verdict.by_server) == (7, 0)
    assert "7 signés avec la clé des votants, 0 sur" in Said(tmp_path, body_of(charter)).text


def with_ballots(change: Callable[[PaperCharter, Decision], Decision], device: Authenticator) -> bytes:
    """A chain whose second edition has a decision that was changed before the edition was signed by the right key.

    The passkey stands for the mayor's seat.
    """
    charter = PaperCharter(devices={"mayor": device})
    decision = change(charter, charter.vote(charter.review(POLICY)))
    charter.publish(decision)
    return body_of(charter)


def mayors_ballot(device: Authenticator, make: Callable[[Statement], Ballot]) -> bytes:
    def change(_: PaperCharter, decision: Decision) -> Decision:
        ballots = tuple(make(one.statement) if one.statement.seat == "mayor" else one for one in decision.ballots)
        return msgspec.structs.replace(decision, ballots=ballots)

    return with_ballots(change, device)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"flags": PRESENT}, "n'a pas vérifié qui la tenait"),
        ({"flags": VERIFIED}, "n'a pas vérifié qui la tenait"),
        ({"party_id": "elsewhere.example"}, "sur un autre site"),
        ({"client": {"origin": "https://elsewhere.example"}}, "sur un autre site"),
        ({"client": {"crossOrigin": True}}, "sur un autre site"),
        ({"client": {"type": "webauthn.create"}}, ""),
        ({"client": {"challenge": encode(b"another content")}}, "pour un autre contenu"),
    ],
)
def test_a_passkey_that_signed_something_else_is_refused(
    algorithm: Algorithm, wrong: dict[str, Any], words: str, tmp_path: Path
) -> None:
    device = Authenticator(algorithm)
    assert words in refused_by_both(tmp_path, mayors_ballot(device, lambda said: device.ballot(said, PARTY, **wrong)))


def test_a_ballot_that_another_key_signed_is_refused(tmp_path: Path) -> None:
    mine, other = Authenticator(), Authenticator()

    def make(said: Statement) -> Ballot:
        evidence = msgspec.structs.replace(mine.ballot(said, PARTY).evidence, public_key=encode(other.public_key))
        return Ballot(statement=said, evidence=evidence)

    assert "la signature d'un bulletin" in refused_by_both(tmp_path, mayors_ballot(other, make))


def no_to_yes(charter: PaperCharter, _: Decision) -> Decision:
    """The server counts a no as a yes."""
    voted = charter.vote(charter.review(POLICY), {"mayor": "no", "inspector": "yes", "teacher-1": "yes"})
    yes = [msgspec.structs.replace(one.statement, choice="yes") for one in voted.ballots]
    turned = [Ballot(statement=said, evidence=one.evidence) for said, one in zip(yes, voted.ballots, strict=True)]
    return msgspec.structs.replace(voted, ballots=tuple(turned))


def twice(_: PaperCharter, decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, ballots=(*decision.ballots, decision.ballots[0]))


def without_elector(_: PaperCharter, decision: Decision) -> Decision:
    ballots = tuple(one for one in decision.ballots if one.statement.seat != "parent")
    electors = tuple(one for one in decision.electors if one.seat != "parent")
    return msgspec.structs.replace(decision, ballots=ballots, electors=electors)


def in_a_hurry(_: PaperCharter, decision: Decision) -> Decision:
    """Some did not vote, and the vote was closed after an hour."""
    few = tuple(one for one in decision.ballots if one.statement.seat != "teacher-3")
    return msgspec.structs.replace(decision, ballots=few, closed_at=decision.opened_at + 1)


def shorter(_: PaperCharter, decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, closes_at=decision.closes_at - 1, closed_at=decision.closes_at - 1)


def another_round(_: PaperCharter, decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, round=2)


def backwards(_: PaperCharter, decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, submitted_at=decision.opened_at + 1)


def other_kind(charter: PaperCharter, _: Decision) -> Decision:
    """What concerns everybody is decided like a pilot, by the DSDEN alone."""
    voted = charter.vote(camera_off(charter), {"inspector": "yes"})
    return msgspec.structs.replace(voted, proposal={**voted.proposal, "kind": "pilot"})


@pytest.mark.parametrize(
    "change", [no_to_yes, twice, without_elector, in_a_hurry, shorter, another_round, backwards, other_kind]
)
def test_a_server_that_signs_a_wrong_decision_is_found(
    change: Callable[[PaperCharter, Decision], Decision], tmp_path: Path
) -> None:
    charter = PaperCharter()
    good = charter.vote(charter.review(POLICY))
    wrong = change(charter, good)
    assert wrong != good
    # Signed with the right key over a state that follows from it: only the decision itself is wrong.
    state = next_record(
        charter.records, [good], seats=charter.seats, seat_keys=(), now=charter.now, journal=charter.head.journal,
        party=PARTY, key=charter.keys[0].key,
    )  # fmt: skip
    charter.editions.append(sign(msgspec.structs.replace(state, decisions=(wrong,)), charter.key))
    refused_by_both(tmp_path, body_of(charter))


def test_a_decision_that_is_carried_out_again_is_refused(tmp_path: Path) -> None:
    """An app that was agreed, then removed, does not come back by showing the old ballots."""
    charter = PaperCharter()
    charter.adopt({"name": "Cycle 3"})
    app = {"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}
    added = charter.vote(charter.proposal("add_app", changes=[{"op": "add", "path": ["apps"], "value": app}]))
    charter.publish(added)
    gone = [{"op": "remove", "path": ["apps"], "match": {"bundle_id": "fr.lire"}}]
    charter.publish(charter.vote(charter.proposal("remove_app", changes=gone)))
    assert Said(tmp_path, body_of(charter)).code == 0
    charter.publish(added)
    assert "appliquée deux fois" in refused_by_both(tmp_path, body_of(charter))


def test_a_proposal_that_was_carried_out_is_not_voted_anew_under_its_number(tmp_path: Path) -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    proposal = camera_off(charter)
    charter.publish(charter.vote(proposal))
    charter.publish(charter.vote(msgspec.structs.replace(proposal, title="La même, sous un autre titre")))
    assert "appliquée deux fois" in refused_by_both(tmp_path, body_of(charter))


def test_a_state_that_no_decision_made_is_refused(tmp_path: Path) -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    record = charter.head
    state = msgspec.structs.replace(record.state, policy={**POLICY, "restrictions": {"camera": True}})
    charter.editions[-1] = sign(msgspec.structs.replace(record, state=state), charter.key)
    assert "autre chose que ses décisions" in refused_by_both(tmp_path, body_of(charter))


def test_a_seat_that_is_put_into_the_past_is_refused(tmp_path: Path) -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    late = msgspec.structs.replace(charter.seats[0], seat="late", since=charter.records[0].made_at)
    charter.seats = (*charter.seats, late)
    assert "a été changé" in refused_by_both(tmp_path, body_of(_after(charter)))


def _after(charter: PaperCharter) -> PaperCharter:
    charter.publish(charter.vote(camera_off(charter), {one.seat: "yes" for one in charter.seats}))
    return charter


def test_a_key_that_the_one_before_did_not_sign_is_refused(tmp_path: Path) -> None:
    charter, stranger = PaperCharter(), PaperCharter()
    charter.rotate()
    stranger.rotate()
    key = msgspec.structs.replace(stranger.keys[1], previous=charter.keys[0].key)
    charter.keys[1], charter.key = key, stranger.key
    charter.adopt(POLICY)
    assert "ne suit pas la précédente" in refused_by_both(tmp_path, body_of(charter))


def test_the_key_before_signs_nothing_more(tmp_path: Path) -> None:
    charter = PaperCharter()
    old, old_key = charter.key, charter.keys[0].key
    charter.rotate()
    charter.adopt(POLICY)
    charter.editions[-1] = sign(msgspec.structs.replace(charter.head, key=old_key), old)
    assert "signée avec une autre clé" in refused_by_both(tmp_path, body_of(charter))


RULES = SIMPLE.tree()["rules"]
SECRET = convention_of({**SIMPLE.tree(), "rules": {**RULES, "default": {**RULES["default"], "secret": True}}})


@pytest.mark.parametrize("change", ["one more", "named", "same serial", "lost"])
def test_a_secret_vote_whose_lists_do_not_fit_is_refused(change: str, tmp_path: Path) -> None:
    charter = PaperCharter(SECRET)
    decision = charter.vote(charter.review(POLICY))
    first, *others = decision.ballots
    said = first.statement
    made = {
        "one more": (*decision.ballots, charter.attested(msgspec.structs.replace(said, serial="0" * 32))),
        "named": (charter.attested(msgspec.structs.replace(said, seat="mayor", body="authority")), *others),
        "same serial": (
            first,
            charter.attested(msgspec.structs.replace(others[0].statement, serial=said.serial)),
            *others[1:],
        ),
        "lost": tuple(others),
    }[change]
    wrong = msgspec.structs.replace(decision, ballots=made)
    charter.publish(wrong)
    refused_by_both(tmp_path, body_of(charter))


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    for body in (b"", b"{}", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format":"valise-charter/2"}', b"1e5", b"NaN"):
        refused_by_both(tmp_path, body)


def test_a_title_cannot_play_with_the_screen(tmp_path: Path) -> None:
    charter = PaperCharter()
    nasty = "Titre \x1b[2J\x07\nTout est juste : {0} / {} \u202e"
    charter.publish(charter.vote(charter.proposal("review", title=nasty, changes=[{"op": "adopt", "policy": POLICY}])))
    said = Said(tmp_path, body_of(charter))
    assert said.code == 0
    assert "\x1b" not in said.text
    assert "\u202e" not in said.text
    assert len(said.text.splitlines()) == 6


def test_a_signature_in_another_spelling_is_refused(small: bytes, tmp_path: Path) -> None:
    """The last letter of a signature holds four bits that mean nothing: a file has one form only."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for part in ("editions", "keys"):
        tree = msgspec.json.decode(small)
        signature = tree[part][1]["signature"]
        tree[part][1]["signature"] = signature[:-1] + letters[letters.index(signature[-1]) ^ 1]
        refused_by_both(tmp_path, canonical_json(tree))


def _paths(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [here, *(path for key, value in inner for path in _paths(value, (*here, key)))]


@st.composite
def altered(draw: st.DrawFn, tree: Any) -> Any:
    """The tree with one thing changed, removed, added or swapped; never only without its last editions."""
    made = copy.deepcopy(tree)
    path = draw(st.sampled_from(_paths(tree)[1:]))
    here = made
    for key in path[:-1]:
        here = here[key]
    last = path[-1]
    value = here[last]
    kinds = ["change", "remove"]
    kinds += ["add", "swap"] if isinstance(value, list) else ["add"] if isinstance(value, dict) else []
    kind = draw(st.sampled_from(kinds))
    if kind == "change":
        here[last] = draw(_others(value))
    elif kind == "remove":
        # An older export is one that was right: only the newest edition's fingerprint tells.
        assume(path != ("editions", len(tree["editions"]) - 1))
        del here[last]
    elif kind == "add" and isinstance(value, list):
        value.insert(draw(st.integers(0, len(value))), draw(st.sampled_from([*value, "x", 1, {}])))
    elif kind == "add":
        value[draw(st.sampled_from(["zz", "secret", "seat", "until", "previous"]))] = draw(
            st.sampled_from(["x", 1, True, [], {}])
        )
    else:
        assume(len(value) > 1)
        one, other = draw(st.permutations(range(len(value))))[:2]
        value[one], value[other] = value[other], value[one]
    assume(canonical_json(made) != canonical_json(tree))
    return made


def _others(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, bool):
        return st.sampled_from([not value, int(value), "x"])
    if isinstance(value, int):
        return st.integers(0, 2**53 - 1).filter(lambda one: one != value)
    if isinstance(value, str):
        letters = st.characters(codec="utf-8")
        return st.one_of(
            st.builds(lambda one: value + one, letters),
            st.builds(lambda place, one: value[:place] + one + value[place + 1 :], st.integers(0, len(value)), letters),
        )
    return st.sampled_from([None, 0, "", [], {}])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_altered_is_refused_by_both(small: bytes, tmp_path_factory: Any, data: st.DataObject) -> None:
    made = data.draw(altered(msgspec.json.decode(small)))
    refused_by_both(tmp_path_factory.mktemp("altered"), canonical_json(made))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_file_with_one_bit_flipped_is_refused_by_both(
    small: bytes, tmp_path_factory: Any, place: int, bit: int
) -> None:
    made = bytearray(small)
    made[place % len(made)] ^= 1 << bit
    refused_by_both(tmp_path_factory.mktemp("flipped"), bytes(made))
