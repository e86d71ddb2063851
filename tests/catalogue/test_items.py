"""Items and dossiers at the door: what they may hold, in plain words, and how they become parts of a policy."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.i18n import Catalogs
from profiles.catalogue.dossier import DataSheet, dossier_of
from profiles.catalogue.errors import FieldInvalid, OtherKind
from profiles.catalogue.item import app_of, book_of, item_of, site_of, web_clip_of
from profiles.catalogue.subjects import FRENCH_NAMES, SUBJECT_NAMES, SUBJECTS
from profiles.policy import policy_of
from tests.catalogue.conftest import KIWIX, app

PNG = "iVBORw0KGgo="
CLIP: dict[str, Any] = {"kind": "web_clip", "name": "Lumni", "url": "https://www.lumni.fr/"}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "app", "name": "X"}, "bundle_id", "an app needs its bundle identifier"),
    ({"kind": "app", "name": "X", "store_id": 5}, "bundle_id", "an app needs"),
    ({"kind": "app", "name": "X", "package": "a.b", "store_id": 5}, "bundle_id", "comes from Apple's side"),
    ({"kind": "app", "name": "X", "package": "a b"}, "package", "not in the form"),
    ({"kind": "app", "name": "X", "package": "a.b", "url": "https://x.fr"}, "url", "has none"),
    (
        {"kind": "app", "name": "X", "bundle_id": "a.b", "manifest_url": "http://x.fr"},
        "manifest_url",
        "not in the form",
    ),
    ({"kind": "web_clip", "name": "X"}, "url", "a web page needs its address"),
    ({"kind": "web_site", "name": "X", "url": "https://"}, "url", "not in the form"),
    ({"kind": "web_site", "name": "X", "url": "https:///x"}, "url", "not an address"),
    ({"kind": "web_site", "name": "X", "url": "https://x.fr:port/"}, "url", "not an address"),
    ({"kind": "web_site", "name": "X", "url": "https://me:secret@x.fr"}, "url", "neither a name nor a password"),
    ({"kind": "book", "name": "X"}, "url", "a book needs"),
    ({"kind": "book", "name": "X", "store_id": 3, "version": "2"}, "version", "only apps have versions"),
    ({"kind": "film", "name": "X"}, "kind", "not one of the words"),
    ({"name": "X"}, "kind", "it is missing"),
    ({**KIWIX, "name": ""}, "name", "nothing is written"),
    ({**KIWIX, "name": "x" * 101}, "name", "too long"),
    ({**KIWIX, "name": "a\u202eb"}, "name", "cannot be seen"),
    ({**KIWIX, "name": "a\0b"}, "name", "cannot be seen"),
    ({**KIWIX, "name": 5}, "name", "must be a text"),
    ({**KIWIX, "levels": [5]}, "levels[0]", "not one of the words or numbers"),
    ({**KIWIX, "levels": "2"}, "levels", "must be a list"),
    ({**KIWIX, "subjects": ["alchemy"]}, "subjects[0]", "not one of the words"),
    ({**KIWIX, "languages": ["French"]}, "languages[0]", "not in the form"),
    ({**KIWIX, "licences": {"price_cents": -1}}, "licences.price_cents", "too small"),
    ({**KIWIX, "licences": {"price_cents": 1.5}}, "licences.price_cents", "whole number"),
    ({**KIWIX, "licences": {"held_until": "2026-13-01"}}, "licences.held_until", "not in the form"),
    ({**KIWIX, "size_bytes": 2**60}, "size_bytes", "too large"),
    ({**KIWIX, "icon": "aGVsbG8="}, "icon", "PNG picture"),
    ({**KIWIX, "icon": "***"}, "icon", "PNG picture"),
    ({**KIWIX, "colour": "red"}, "colour", "no such field"),
    ({**KIWIX, "licences": {"colour": "red"}}, "licences.colour", "no such field"),
]


@pytest.mark.parametrize(("tree", "where", "words"), WRONG, ids=[f"{where}: {words}" for _, where, words in WRONG])
def test_a_wrong_field_is_named_with_the_reason_in_plain_words(tree: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        item_of(tree)
    assert refused.value.params["where"] == where
    assert words in str(refused.value)


def test_the_reason_is_said_in_french_too() -> None:
    with pytest.raises(FieldInvalid) as refused:
        item_of({**CLIP, "url": ""})
    french = refused.value.text(Catalogs("profiles").for_language("fr"))
    assert french == "« url » n'est pas juste : ce n'est pas la forme attendue ici."


@pytest.mark.parametrize("tree", [None, [], "x", 5, {"item": {}}, [[[]]]])
def test_what_is_no_item_at_all_is_refused(tree: Any) -> None:
    with pytest.raises(FieldInvalid):
        item_of(tree)
    with pytest.raises(FieldInvalid):
        dossier_of(tree)


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KIWIX, "licences", "x"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*KIWIX, "url", "licences", "icon", "size_bytes", "x"]), _plain))
def test_any_tree_is_an_item_or_refused_and_nothing_else(tree: dict[str, Any]) -> None:
    try:
        item = item_of({**KIWIX, **tree})
    except FieldInvalid:
        return
    assert item_of(msgspec.json.decode(msgspec.json.encode(item))) == item


def test_texts_are_made_comparable() -> None:
    item = item_of({**KIWIX, "name": " Le\u00a0Livre\u00ad  scolaire\n", "publisher": "E\u0301diteur"})
    assert (item.name, item.publisher) == ("Le Livre scolaire", "Éditeur")
    dossier = dossier_of({"purpose": " Lire.\r\n\r\n\r\n Écrire\u2028 ", "evidence": "\n\n"})
    assert (dossier.purpose, dossier.evidence) == ("Lire.\n\nÉcrire", "")


def test_lists_are_sorted_and_have_nothing_twice() -> None:
    item = item_of({**KIWIX, "levels": [3, 2, 3], "languages": ["oc", "fr", "oc"]})
    assert (item.levels, item.languages) == ((2, 3), ("fr", "oc"))
    assert dossier_of({"data": {"hosting": ["IE", "FR", "IE"]}}).data.hosting == ("FR", "IE")


@pytest.mark.parametrize("word", ["none", "Aucun", "aucune", "Néant", "rien"])
def test_none_is_an_answer_and_no_answer_is_not(word: str) -> None:
    assert dossier_of({"data": {"trackers": [word]}}).data == DataSheet(trackers=())
    assert dossier_of({}).data.trackers is None


@pytest.mark.parametrize("reference", ["Anne Martin", "anne@example.org", "account:", "teacher:5", "account:a b"])
def test_a_dossier_refers_to_teachers_and_never_names_them(reference: str) -> None:
    with pytest.raises(FieldInvalid):
        dossier_of({"tried_by": [reference]})
    assert dossier_of({"tried_by": ["seat:teachers-2", "account:01a2"]}).tried_by == ("account:01a2", "seat:teachers-2")


def test_platforms_follow_from_the_references() -> None:
    assert app().platforms == ("ipad", "android")
    assert app("Android").platforms == ("android",)
    assert item_of(CLIP).platforms == ("ipad", "android")
    assert item_of({"kind": "book", "name": "B", "store_id": 5}).platforms == ("ipad",)


def test_an_app_becomes_an_app_of_a_policy() -> None:
    made = app_of(app(version="3.10"), removable=True)
    assert (made.bundle_id, made.package, made.store_id) == ("self.Kiwix", "org.kiwix.kiwixmobile", 997079563)
    assert (made.version, made.install, made.removable) == ("3.10", "required", True)
    newest = app_of(app(), install="allowed")
    assert (newest.version, newest.install) == (None, "allowed")
    tree = {"name": "Charte", "apps": [msgspec.to_builtins(made), msgspec.to_builtins(app_of(app("Other")))]}
    assert len(policy_of(tree).apps) == 2


def test_pages_and_sites_become_parts_of_a_policy() -> None:
    clip = web_clip_of(item_of({**CLIP, "icon": PNG}), full_screen=True)
    assert (clip.label, clip.url, clip.full_screen) == ("Lumni", "https://www.lumni.fr/", True)
    site = site_of(item_of({**CLIP, "kind": "web_site"}))
    tree = {
        "name": "Charte",
        "web_clips": [msgspec.json.decode(msgspec.json.encode(clip))],
        "web_filter": {"allowed": [site]},
    }
    assert policy_of(tree).web_clips == (clip,)


BOOK: dict[str, Any] = {"kind": "book", "name": "L'Œuvre, lue au CM1 !", "publisher": "Éditions du Pré"}
PDF, PAGE = "https://livres.example/oeuvre.PDF?v=2", "https://livres.example/oeuvre"


def test_a_book_becomes_a_book_of_a_policy_from_its_file_or_else_from_the_store() -> None:
    made = book_of(item_of({**BOOK, "url": PDF, "store_id": 9}), version=3)
    assert (made.identifier, made.url, made.kind, made.version) == ("l-oeuvre-lue-au-cm1", PDF, "pdf", 3)
    assert (made.author, made.store_id) == ("Éditions du Pré", None)
    told = book_of(item_of({**BOOK, "url": PAGE}), identifier="oeuvre", kind="epub", author="Anne Dupré")
    assert (told.identifier, told.kind, told.author) == ("oeuvre", "epub", "Anne Dupré")
    of_store = book_of(item_of({**BOOK, "url": PAGE, "store_id": 9}), identifier="autre")
    assert (of_store.store_id, of_store.url, of_store.kind) == (9, None, None)
    tree = {"name": "Charte", "books": [msgspec.to_builtins(one) for one in (made, told, of_store)]}
    assert policy_of(tree).books == (made, told, of_store)


@pytest.mark.parametrize(
    ("url", "reason"), [(PAGE, "a PDF or an ePub"), ("http://livres.example/a.pdf", "by https only")]
)
def test_a_book_that_no_tablet_could_fetch_is_refused_in_words(url: str, reason: str) -> None:
    with pytest.raises(FieldInvalid, match=reason):
        book_of(item_of({**BOOK, "url": url}))


def test_a_book_at_an_address_is_for_all_tablets() -> None:
    assert item_of({**BOOK, "url": PDF}).platforms == ("ipad", "android")


@given(st.text(min_size=1, max_size=100).filter(lambda name: name.strip() == name and name.isprintable()))
def test_any_name_gives_an_identifier_that_a_policy_takes(name: str) -> None:
    item = msgspec.structs.replace(item_of({**BOOK, "url": PDF}), name=name)
    tree = {"name": "Charte", "books": [msgspec.to_builtins(book_of(item))]}
    assert policy_of(tree).books[0].name == name


def test_an_item_of_another_kind_does_not_become_one() -> None:
    with pytest.raises(OtherKind, match="it is a web page on the home screen"):
        app_of(item_of(CLIP))
    with pytest.raises(OtherKind):
        web_clip_of(app())
    with pytest.raises(OtherKind):
        site_of(item_of(CLIP))
    with pytest.raises(OtherKind):
        book_of(item_of(CLIP))


def test_every_subject_has_its_words() -> None:
    assert set(SUBJECT_NAMES) == set(FRENCH_NAMES) == set(SUBJECTS)
