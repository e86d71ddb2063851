"""A passkey's ballot counts when the key stood for its seat, as editions say; both verifiers refuse any other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from profiles.charter.ballot import Statement
from profiles.charter.chain import verify_chain
from profiles.charter.convention import Convention, Need, convention_of
from profiles.charter.decision import DAY_MS, Decision
from profiles.charter.errors import EditionNotVerified
from profiles.charter.record import SeatKey, SignedEdition, sign
from tests.charter.agreeing import PARTY, SEATS, SIMPLE, START, PaperCharter
from tests.charter.authenticator import Authenticator
from tests.charter.verifying import Said, body_of, ours, refused_by_both

POLICY = {"name": "Cycle 3", "apps": [{"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}]}
NOT_ITS_KEY = "une clé a signé qui n'était pas celle de son siège"
CHANGED = "un siège ou sa clé a été changé après coup"

Change = Callable[[PaperCharter, SeatKey], tuple[SeatKey, ...]]


def accepted(folder: Path, charter: PaperCharter) -> int:
    """Both verifiers accept it; return how many ballots were signed with voters' own keys."""
    body = body_of(charter)
    said, verdict = Said(folder, body), ours(body)
    assert said.code == 0, said.text
    assert verdict is not None
    assert f"{verdict.by_passkey} signés avec la clé des votants" in said.text
    return verdict.by_passkey


def camera_off(charter: PaperCharter) -> Decision:
    change = {"op": "set", "path": ["restrictions", "camera"], "value": False}
    return charter.vote(charter.proposal("setting", changes=[change]))


def signed_anew(decision: Decision, seat: str, device: Authenticator) -> Decision:
    """The decision in which a seat's ballot was signed with another device, whatever it stands for."""
    ballots = tuple(
        device.ballot(one.statement, PARTY) if one.statement.seat == seat else one for one in decision.ballots
    )
    return msgspec.structs.replace(decision, ballots=ballots)


def because(charter: PaperCharter) -> str:
    """What our verifier says of the first wrong edition."""
    with pytest.raises(EditionNotVerified) as raised:
        verify_chain(charter.export())
    return str(raised.value)


def test_an_invented_key_signs_for_nobody(tmp_path: Path) -> None:
    """The server makes a key, and a ballot that no voter cast, and signs the edition with its own key."""
    charter = PaperCharter(devices={"mayor": Authenticator()})
    charter.publish(signed_anew(charter.vote(charter.review(POLICY)), "mayor", Authenticator()))
    assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))
    assert "the key that signed it did not stand for its seat" in because(charter)


def test_a_seat_without_a_key_is_not_signed_for(tmp_path: Path) -> None:
    charter = PaperCharter(devices={"mayor": Authenticator()})
    charter.publish(signed_anew(charter.vote(charter.review(POLICY)), "inspector", Authenticator()))
    assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


def test_the_key_of_another_seat_does_not_sign(tmp_path: Path) -> None:
    device = Authenticator()
    charter = PaperCharter(devices={"mayor": device})
    charter.publish(signed_anew(charter.vote(charter.review(POLICY)), "councillor", device))
    assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


def test_the_holders_key_and_the_deputys_both_sign(tmp_path: Path) -> None:
    holder, deputy = Authenticator(), Authenticator("EdDSA")
    charter = PaperCharter()
    charter.give_key("mayor", deputy)
    charter.give_key("mayor", holder)
    charter.adopt(POLICY)
    charter.publish(signed_anew(camera_off(charter), "mayor", deputy))
    assert accepted(tmp_path, charter) == 2


def test_a_key_that_stood_when_the_charter_was_founded_may_be_as_old_as_its_seat(tmp_path: Path) -> None:
    charter = PaperCharter(
        seats=[msgspec.structs.replace(one, since=START - 2) for one in SEATS], devices={"mayor": Authenticator()}
    )
    charter.adopt(POLICY)
    assert accepted(tmp_path, charter) == 1


@pytest.mark.parametrize(("after", "right"), [(0, True), (1, False)])
def test_a_key_that_came_after_the_closing_does_not_sign(after: int, right: bool, tmp_path: Path) -> None:
    """A key that comes while the vote is open does."""
    charter, device = PaperCharter(), Authenticator()
    decision = charter.vote(charter.review(POLICY))
    charter.now = decision.closed_at + after
    charter.give_key("mayor", device)
    charter.publish(signed_anew(decision, "mayor", device))
    if right:
        assert accepted(tmp_path, charter) == 1
    else:
        assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


@pytest.mark.parametrize(("after", "right"), [(0, False), (1, True)])
def test_a_key_that_was_revoked_before_the_opening_does_not_sign(after: int, right: bool, tmp_path: Path) -> None:
    """One that is revoked while the vote is open did sign before."""
    device = Authenticator()
    charter = PaperCharter(devices={"mayor": device})
    charter.adopt(POLICY)
    charter.now += DAY_MS
    charter.passkeys.clear()
    decision = camera_off(charter)
    (key,) = charter.seat_keys
    charter.seat_keys = (msgspec.structs.replace(key, until=decision.opened_at + after),)
    charter.publish(signed_anew(decision, "mayor", device))
    if right:
        assert accepted(tmp_path, charter) == 2
    else:
        assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


def test_a_new_key_takes_the_place_of_a_revoked_one(tmp_path: Path) -> None:
    charter = PaperCharter(devices={"mayor": Authenticator()})
    charter.adopt(POLICY)
    (key,) = charter.seat_keys
    charter.now += DAY_MS
    charter.seat_keys = (msgspec.structs.replace(key, until=charter.now),)
    charter.give_key("mayor", Authenticator("RS256"))
    charter.publish(camera_off(charter))
    assert accepted(tmp_path, charter) == 2
    assert [one.until is None for one in charter.head.seat_keys] == [False, True]


def gone(_: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return ()


def of_another_seat(_: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (msgspec.structs.replace(key, seat="councillor"),)


def another_key(_: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (msgspec.structs.replace(key, fingerprint="ab" * 32),)


def since_earlier(_: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (msgspec.structs.replace(key, since=key.since - 1),)


def since_later(charter: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (msgspec.structs.replace(key, since=charter.now),)


def ended_in_the_past(charter: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (msgspec.structs.replace(key, until=charter.records[-2].made_at - 1),)


def one_more_in_the_past(charter: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (key, SeatKey(seat="inspector", fingerprint="ab" * 32, since=charter.records[-2].made_at - 1))


def of_nobodys_seat(charter: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (key, SeatKey(seat="nobody", fingerprint="ab" * 32, since=charter.now))


def in_another_place(charter: PaperCharter, key: SeatKey) -> tuple[SeatKey, ...]:
    return (SeatKey(seat="inspector", fingerprint="ab" * 32, since=charter.now), key)


@pytest.mark.parametrize(
    "change",
    [
        gone,
        of_another_seat,
        another_key,
        since_earlier,
        since_later,
        ended_in_the_past,
        one_more_in_the_past,
        of_nobodys_seat,
        in_another_place,
    ],
)
def test_what_an_edition_said_of_keys_stays(change: Change, tmp_path: Path) -> None:
    seats = [msgspec.structs.replace(one, since=START - DAY_MS) for one in SEATS]
    charter = PaperCharter(seats=seats, devices={"mayor": Authenticator()})
    charter.adopt(POLICY)
    charter.passkeys.clear()
    charter.publish(camera_off(charter))
    right = charter.editions[-1]
    assert accepted(tmp_path, charter) == 1
    wrong = change(charter, right.record.seat_keys[0])
    charter.editions[-1] = sign(msgspec.structs.replace(right.record, seat_keys=wrong), charter.key)
    assert CHANGED in refused_by_both(tmp_path, body_of(charter))
    because(charter)


@pytest.mark.parametrize(
    ("then", "now", "right"),
    [
        (None, 1, True),
        (40, 39, True),
        (40, 40, True),
        (40, None, False),
        (40, 41, False),
        (None, -1, False),
    ],
)
def test_a_key_is_ended_and_never_put_off(then: int | None, now: int | None, right: bool, tmp_path: Path) -> None:
    """In days from the edition before."""

    def at(charter: PaperCharter, days: int | None) -> int | None:
        return None if days is None else START + 14 * DAY_MS + days * DAY_MS

    charter = PaperCharter()
    charter.give_key("mayor", Authenticator())
    charter.passkeys.clear()
    (key,) = charter.seat_keys
    charter.seat_keys = (msgspec.structs.replace(key, until=at(charter, then)),)
    assert charter.adopt(POLICY).made_at == at(charter, 0)
    charter.seat_keys = (msgspec.structs.replace(key, until=at(charter, now)),)
    charter.publish(camera_off(charter))
    if right:
        accepted(tmp_path, charter)
    else:
        assert CHANGED in refused_by_both(tmp_path, body_of(charter))


def test_a_key_that_an_edition_should_have_told_stands_from_that_edition_on(tmp_path: Path) -> None:
    """Such as one of a server that did not tell of keys yet."""
    charter = PaperCharter()
    charter.adopt(POLICY)
    forgotten, over = (SeatKey(seat="mayor", fingerprint=name * 32, since=START) for name in ("ab", "cd"))
    charter.seat_keys = (forgotten, msgspec.structs.replace(over, until=charter.now))
    since = charter.head.made_at
    for until in (None, None, charter.now + 40 * DAY_MS):
        charter.seat_keys = (msgspec.structs.replace(forgotten, until=until), charter.seat_keys[1])
        assert charter.publish(camera_off(charter)).seat_keys == (
            SeatKey(seat="mayor", fingerprint=forgotten.fingerprint, since=since, until=until),
        )
    accepted(tmp_path, charter)


def test_a_key_does_not_outlast_the_time_that_its_seat_was_held(tmp_path: Path) -> None:
    charter = PaperCharter(devices={"mayor": Authenticator()})
    charter.adopt(POLICY)
    charter.now += DAY_MS
    charter.passkeys.clear()
    mayor, *others = charter.seats
    again = msgspec.structs.replace(mayor, since=charter.now)
    charter.seats = (msgspec.structs.replace(mayor, until=charter.now), *others, again)
    charter.publish(camera_off(charter))
    assert CHANGED in refused_by_both(tmp_path, body_of(charter))
    assert "a key stands for a seat that was not held" in because(charter)
    charter.editions.pop()
    (key,) = charter.seat_keys
    charter.seat_keys = (msgspec.structs.replace(key, until=again.since),)
    charter.publish(camera_off(charter))
    accepted(tmp_path, charter)


RULES = SIMPLE.tree()["rules"]
SECRET = convention_of({**SIMPLE.tree(), "rules": {**RULES, "default": {**RULES["default"], "secret": True}}})


def test_taking_part_in_a_secret_vote_is_signed_with_the_seats_own_key(tmp_path: Path) -> None:
    mine, invented = Authenticator(), Authenticator()
    for device, right in ((mine, True), (invented, False)):
        charter = PaperCharter(SECRET, devices={"mayor": mine})
        decision = charter.vote(charter.review(POLICY))
        parts = tuple(
            device.ballot(one.statement, PARTY) if one.statement.seat == "mayor" else one for one in decision.taken_part
        )
        charter.publish(msgspec.structs.replace(decision, taken_part=parts))
        if right:
            assert accepted(tmp_path, charter) == 1
        else:
            assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


def test_a_secret_choice_is_signed_by_no_key_of_a_seat(tmp_path: Path) -> None:
    device = Authenticator()
    charter = PaperCharter(SECRET, devices={"mayor": device})
    decision = charter.vote(charter.review(POLICY))
    first, *others = decision.ballots
    said: Statement = first.statement
    charter.publish(msgspec.structs.replace(decision, ballots=(device.ballot(said, PARTY), *others)))
    assert NOT_ITS_KEY in refused_by_both(tmp_path, body_of(charter))


def needing(*needs: str) -> Convention:
    """A convention that nobody could have adopted on this server: its form is right, and it names the wrong bodies."""
    rule = msgspec.structs.replace(SIMPLE.rules["default"], needs=tuple(Need(body=one) for one in needs))
    return msgspec.structs.replace(SIMPLE, version=2, rules={**SIMPLE.rules, "default": rule})


@pytest.mark.parametrize("needs", [("nobody",), ("parents",), ("dsden", "dsden")])
def test_a_convention_that_contradicts_itself_comes_not_into_force(needs: tuple[str, ...], tmp_path: Path) -> None:
    founded = PaperCharter(needing(*needs))
    assert "sa convention se contredit" in refused_by_both(tmp_path, body_of(founded))
    charter = PaperCharter()
    charter.publish(charter.vote(charter.proposal("convention", convention=needing(*needs).tree())))
    assert "sa convention se contredit" in refused_by_both(tmp_path, body_of(charter))


def test_the_keys_are_part_of_what_is_signed(tmp_path: Path) -> None:
    charter = PaperCharter(devices={"mayor": Authenticator()})
    charter.adopt(POLICY)
    signed = charter.editions[-1]
    more = (*signed.record.seat_keys, SeatKey(seat="inspector", fingerprint="ab" * 32, since=charter.now))
    record = msgspec.structs.replace(signed.record, seat_keys=more)
    charter.editions[-1] = SignedEdition(record=record, signature=signed.signature)
    assert "sa signature n'est pas juste" in refused_by_both(tmp_path, body_of(charter))


def test_an_edition_without_keys_has_the_form_that_it_always_had() -> None:
    tree: Any = PaperCharter().head.tree()
    assert "seat_keys" not in tree
