"""The digest of a dossier: the same content has one, whatever way it came; any other content has another."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.catalogue.dossier import Dossier, dossier_of
from profiles.catalogue.entry import Attachment, Content
from profiles.catalogue.findings import ApkFindings
from profiles.catalogue.item import item_of
from profiles.charter.canonical import canonical_json
from tests.catalogue.conftest import KIWIX

FOUND = ApkFindings(
    source="apk:" + "0" * 64,
    package="org.kiwix.kiwixmobile",
    version_name="3.1",
    version_code=31,
    size_bytes=5,
    tracker_list="2026-11-25",
)
DOCUMENT = Attachment(hash="1" * 64, title="Avis", size=9, pages=1)
BASE: dict[str, Any] = {"item": {**KIWIX, "item_id": "a" * 32}, "dossier": {"purpose": "Lire."}}


def content(**more: Any) -> Content:
    tree = {**BASE, **more}
    return Content(
        item=item_of(tree["item"]),
        dossier=dossier_of(tree["dossier"]),
        attachments=tree.get("attachments", ()),
        findings=tree.get("findings", ()),
    )


def test_the_form_that_is_hashed_never_changes() -> None:
    """Proposals that were voted name this digest: a change here would make them name nothing."""
    assert canonical_json(content().tree()) == (
        b'{"dossier":{"purpose":"Lire."},"format":"valise-dossier/1","item":{"bundle_id":"self.Kiwix","item_id":"'
        + b"a" * 32
        + b'","kind":"app","languages":["fr","oc"],"levels":[2,3],"name":"Kiwix","package":"org.kiwix.kiwixmobile",'
        b'"publisher":"Kiwix","store_id":997079563,"subjects":["history_geography","science"]}}'
    )
    assert content().digest == "625a41edfad087f685d228bc0c0fd5c367a3faca27104b3985f7a063fc00c918"


def test_each_part_counts() -> None:
    others = [
        content(item={**BASE["item"], "publisher": "Openzim"}),
        content(item={**BASE["item"], "item_id": "b" * 32}),
        content(item={**BASE["item"], "version": "3.1"}),
        content(dossier={"purpose": "Jouer."}),
        content(dossier={"purpose": "Lire.", "data": {"trackers": ["none"]}}),
        content(dossier={"purpose": "Lire.", "data": {"advertising": False}}),
        content(attachments=(DOCUMENT,)),
        content(findings=(FOUND,)),
    ]
    assert len({one.digest for one in [content(), *others]}) == len(others) + 1


@pytest.mark.parametrize(
    "same",
    [
        {"item": {**BASE["item"], "licences": {}, "version": "newest", "subjects": ["science", "history_geography"]}},
        {"item": {**BASE["item"], "licences": {"price_cents": 0, "unit": "tablet"}}},
        {"dossier": {"data": {}, "evidence": "", "tried_by": [], "purpose": "Lire. "}},
        {"dossier": {"data": {"trackers": None}, "purpose": "Lire."}},
    ],
)
def test_what_says_nothing_more_changes_nothing(same: dict[str, Any]) -> None:
    assert content(**same).digest == content().digest


def test_a_dossier_that_was_not_begun_is_the_same_as_an_empty_one() -> None:
    item = item_of(BASE["item"])
    assert Content(item=item).digest == Content(item=item, dossier=Dossier()).digest
    assert Content(item=item).digest == Content(item=item, dossier=dossier_of({"data": {}})).digest


_texts = st.text(max_size=20)
_lines = st.none() | st.lists(_texts, max_size=3)


@settings(deadline=None)
@given(
    purpose=_texts,
    collected=_lines,
    trackers=_lines,
    age=st.none() | st.integers(0, 18),
    advertising=st.none() | st.booleans(),
    cost=st.none() | st.integers(0, 10**10),
)
def test_what_was_stored_has_the_digest_that_it_had(
    purpose: str, collected: Any, trackers: Any, age: Any, advertising: Any, cost: Any
) -> None:
    data = {"collected": collected, "trackers": trackers, "minimum_age": age, "advertising": advertising}
    try:
        made = content(dossier={"purpose": purpose, "data": data, "cost_cents": cost})
    except Exception as refused:
        assert "cannot be seen" in str(refused)  # noqa: PT017
        return
    stored = msgspec.json.decode(canonical_json(made.tree()), type=Content)
    assert stored == made
    assert stored.digest == made.digest
