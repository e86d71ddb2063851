"""The chain of editions: what the committee decided is what it says, and nothing else passes for it."""

import copy
from typing import Any

import msgspec
import pytest

from profiles.charter.chain import export_of, verify_chain
from profiles.charter.errors import CharterError, EditionNotVerified
from tests.charter.agreeing import SIMPLE, PaperCharter

POLICY = {"name": "Cycle 3", "apps": [{"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}]}


def verify(tree: dict[str, Any]) -> int:
    return verify_chain(export_of(msgspec.json.encode(tree))).editions


def test_a_chain_of_agreed_editions_verifies() -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    charter.rotate()
    charter.publish(
        charter.vote(
            charter.proposal("setting", changes=[{"op": "set", "path": ["restrictions", "camera"], "value": False}])
        )
    )
    verdict = verify_chain(charter.export())
    assert (verdict.editions, verdict.by_passkey) == (3, 0)
    assert verdict.newest == charter.head.edition_id
    assert charter.head.state.policy["restrictions"] == {"camera": False}


def test_a_convention_that_was_changed_holds_from_the_next_vote() -> None:
    charter = PaperCharter()
    lighter = {
        **SIMPLE.tree(),
        "version": 2,
        "rules": {**SIMPLE.tree()["rules"], "default": {"needs": [{"body": "dsden"}], "quorum_percent": 100}},
    }
    charter.publish(charter.vote(charter.proposal("convention", convention=lighter)))
    charter.publish(charter.vote(charter.review(POLICY), {"inspector": "yes"}))
    assert verify(charter.export_tree()) == 3


@pytest.mark.parametrize("said", [{"mayor": "yes", "inspector": "yes"}, {}])
def test_what_was_not_adopted_is_in_no_edition(said: dict[str, Any]) -> None:
    charter = PaperCharter()
    decision = charter.vote(charter.review(POLICY), said)
    assert not decision.tally.adopted
    charter.publish(decision)
    with pytest.raises(EditionNotVerified):
        verify(charter.export_tree())


def _paths(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = [path for key, value in inner for path in _paths(value, (*here, key))]
    return found or [here]


def test_whatever_value_is_altered_is_found() -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    tree = charter.export_tree()
    for path in _paths(tree):
        altered = copy.deepcopy(tree)
        here = altered
        for key in path[:-1]:
            here = here[key]
        was = here[path[-1]]
        here[path[-1]] = (not was) if isinstance(was, bool) else was + 1 if isinstance(was, int) else f"{was}x"
        with pytest.raises(CharterError):
            verify(altered)


def test_an_edition_that_is_left_out_or_moved_is_found() -> None:
    charter = PaperCharter()
    charter.adopt(POLICY)
    charter.adopt({**POLICY, "name": "Cycle 2"})
    tree = charter.export_tree()
    first, second, third = tree["editions"]
    for editions in ([first, third], [second, third], [first, third, second], [first, second, second]):
        with pytest.raises(CharterError):
            verify({**tree, "editions": editions})
    assert verify({**tree, "editions": [first, second]}) == 2
