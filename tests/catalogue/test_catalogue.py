"""Adding, finding, changing and searching, on both engines; two people who edit at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.journal import entries, verify
from mdm.store import Database, open_database
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import dossier_of
from profiles.catalogue.entry import Entry
from profiles.catalogue.errors import (
    ItemAmbiguous,
    ItemChanged,
    ItemExists,
    ItemUnknown,
    RevisionDamaged,
    RevisionUnknown,
)
from profiles.catalogue.item import item_of
from profiles.charter.canonical import digest_of
from tests.catalogue.conftest import ACTOR, MakeCatalogue, app


@pytest.fixture
async def elsewhere(
    store_url: str, any_database: Database, clock: ManualClock, make_catalogue: MakeCatalogue
) -> AsyncIterator[Catalogue]:
    """The same catalogue as another server process has it."""
    opened = await open_database(store_url, clock)
    yield make_catalogue(opened)
    await opened.close()


async def test_an_item_that_was_added_is_shown_with_its_dossier(
    any_catalogue: Catalogue, any_database: Database, clock: ManualClock
) -> None:
    dossier = dossier_of({"purpose": "Lire Wikipédia sans réseau.", "data": {"collected": ["none"]}})
    entry = await any_catalogue.add(app(), dossier, actor=ACTOR)
    assert await any_catalogue.show(entry.item_id) == entry
    assert (entry.revision, entry.changed_at, entry.changed_by) == (1, clock.ms(), ACTOR)
    assert entry.dossier == dossier
    assert entry.item.item_id == entry.item_id
    (told,) = await any_database.read(lambda conn: entries(conn, subject=f"item:{entry.item_id}"))
    assert (told.kind, told.actor) == ("catalogue_item_added", ACTOR)
    assert entry.digest in told.detail
    assert "Wikipédia" not in told.detail


@pytest.mark.parametrize(
    "reference",
    ["Kiwix", "kiwix ", "self.kiwix", "org.kiwix.kiwixmobile", "997079563"],
)
async def test_an_item_is_found_by_what_people_know_of_it(any_catalogue: Catalogue, reference: str) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    await any_catalogue.add(app("Scratch"), actor=ACTOR)
    assert await any_catalogue.find(reference) == entry
    assert await any_catalogue.find(entry.item_id) == entry


async def test_an_item_is_found_by_the_beginning_of_its_identifier(catalogue: Catalogue) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    assert await catalogue.find(entry.item_id[:12].upper()) == entry
    for unknown in ("", "%", "-", "none", "0", entry.item_id[:3], "\0", "a" * 500):
        with pytest.raises(ItemUnknown):
            await catalogue.find(unknown)


async def test_two_items_of_one_name_are_told_apart_by_more_than_it(any_catalogue: Catalogue) -> None:
    await any_catalogue.add(app("Scratch"), actor=ACTOR)
    other = await any_catalogue.add(app("Scratch", package="org.scratch.jr"), actor=ACTOR)
    with pytest.raises(ItemAmbiguous):
        await any_catalogue.find("scratch")
    assert await any_catalogue.find("org.scratch.jr") == other


@pytest.mark.parametrize(
    "again",
    [
        app("Other", package="org.kiwix.kiwixmobile"),
        app("Other", package=None, bundle_id="SELF.KIWIX"),
        app("Other", package=None, bundle_id="other.id", store_id=997079563),
    ],
    ids=["package", "bundle", "store"],
)
async def test_the_same_app_is_in_the_catalogue_once(any_catalogue: Catalogue, again: object) -> None:
    await any_catalogue.add(app(), actor=ACTOR)
    with pytest.raises(ItemExists, match="Kiwix"):
        await any_catalogue.add(again, actor=ACTOR)  # type: ignore[arg-type]
    assert len((await any_catalogue.search()).items) == 1


async def test_a_page_and_a_site_may_have_one_address(catalogue: Catalogue) -> None:
    for kind in ("web_clip", "web_site", "book"):
        await catalogue.add(item_of({"kind": kind, "name": kind, "url": "https://www.lumni.fr/"}), actor=ACTOR)
    with pytest.raises(ItemExists):
        await catalogue.add(item_of({"kind": "web_clip", "name": "x", "url": "https://www.lumni.fr/"}), actor=ACTOR)


async def test_a_change_is_a_revision_that_says_what_changed(
    any_catalogue: Catalogue, any_database: Database, clock: ManualClock
) -> None:
    first = await any_catalogue.add(app(), actor=ACTOR)
    clock.advance(timedelta(minutes=1))
    second = await any_catalogue.change(
        first.item_id,
        revision=1,
        item=app(publisher="Openzim"),
        dossier=dossier_of({"data": {"hosting": ["FR"]}}),
        actor="account:bob",
    )
    assert (second.revision, second.changed_by) == (2, "account:bob")
    assert second.item.item_id == first.item_id
    newest, oldest = await any_catalogue.history(first.item_id)
    assert newest.changed == ("dossier.data.hosting", "item.publisher")
    assert (newest.revision, newest.by, newest.at, newest.digest) == (2, "account:bob", clock.ms(), second.digest)
    assert (oldest.revision, oldest.digest) == (1, first.digest)
    assert (await any_catalogue.as_it_was(first.item_id, 1)) == first.content
    with pytest.raises(RevisionUnknown):
        await any_catalogue.as_it_was(first.item_id, 3)
    told = await any_database.read(lambda conn: entries(conn, subject=f"item:{first.item_id}"))
    assert [one.kind for one in told] == ["catalogue_item_added", "catalogue_item_changed"]
    assert (await any_database.read(verify)).intact


async def test_the_same_content_again_is_no_revision(catalogue: Catalogue) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    assert await catalogue.change(entry.item_id, revision=1, item=app(), actor=ACTOR) == entry
    assert len(await catalogue.history(entry.item_id)) == 1


async def test_a_change_frees_the_references_that_the_item_had(any_catalogue: Catalogue) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    other = await any_catalogue.add(app("Other"), actor=ACTOR)
    with pytest.raises(ItemExists):
        await any_catalogue.change(other.item_id, revision=1, item=app(), actor=ACTOR)
    assert await any_catalogue.show(other.item_id) == other
    await any_catalogue.change(entry.item_id, revision=1, item=app("Renamed"), actor=ACTOR)
    await any_catalogue.change(other.item_id, revision=1, item=app(), actor=ACTOR)
    assert (await any_catalogue.find("org.kiwix.kiwixmobile")).item_id == other.item_id


async def test_a_change_to_an_older_revision_is_refused_in_plain_words(any_catalogue: Catalogue) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    await any_catalogue.change(entry.item_id, revision=1, item=app(publisher="A"), actor=ACTOR)
    with pytest.raises(ItemChanged) as refused:
        await any_catalogue.change(entry.item_id, revision=1, item=app(publisher="B"), actor="account:bob")
    assert refused.value.status == 409
    assert "Somebody changed “Kiwix” meanwhile: it is at revision 2" in str(refused.value)
    assert (await any_catalogue.show(entry.item_id)).item.publisher == "A"
    with pytest.raises(ItemUnknown):
        await any_catalogue.change("0" * 32, revision=1, item=app(), actor=ACTOR)


async def test_of_two_people_who_edit_at_once_one_is_told(any_catalogue: Catalogue, elsewhere: Catalogue) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    for turn in range(1, 6):
        outcomes = await asyncio.gather(
            any_catalogue.change(entry.item_id, revision=turn, item=app(publisher=f"A{turn}"), actor="account:anne"),
            elsewhere.change(entry.item_id, revision=turn, item=app(publisher=f"B{turn}"), actor="account:bob"),
            elsewhere.change(entry.item_id, revision=turn, dossier=dossier_of({"purpose": str(turn)}), actor=ACTOR),
            return_exceptions=True,
        )
        (won,) = [one for one in outcomes if isinstance(one, Entry)]
        assert [type(one) for one in outcomes if one is not won] == [ItemChanged, ItemChanged]
        assert await elsewhere.show(entry.item_id) == won
    assert [one.revision for one in await any_catalogue.history(entry.item_id)] == [6, 5, 4, 3, 2, 1]


async def test_of_two_people_who_add_one_app_at_once_one_is_told(
    any_catalogue: Catalogue, elsewhere: Catalogue
) -> None:
    outcomes = await asyncio.gather(
        *[place.add(app(), actor=ACTOR) for place in (any_catalogue, elsewhere, any_catalogue, elsewhere)],
        return_exceptions=True,
    )
    assert sum(isinstance(one, Entry) for one in outcomes) == 1
    assert sum(isinstance(one, ItemExists) for one in outcomes) == 3
    assert len((await any_catalogue.search()).items) == 1


async def test_a_search_finds_words_of_names_publishers_and_identifiers(any_catalogue: Catalogue) -> None:
    await any_catalogue.add(app(), actor=ACTOR)
    await any_catalogue.add(
        app("Géométrie", package="fr.bois.geo", publisher="Éditions du Bois", levels=[4], subjects=[]), actor=ACTOR
    )
    await any_catalogue.add(item_of({"kind": "web_site", "name": "Lumni", "url": "https://www.lumni.fr/"}), actor=ACTOR)

    async def found(**wanted: object) -> list[str]:
        return [one.name for one in (await any_catalogue.search(**wanted)).items]  # type: ignore[arg-type]

    assert await found() == ["Géométrie", "Kiwix", "Lumni"]
    assert await found(text="GEOMETRIE") == ["Géométrie"]
    assert await found(text="bois éditions") == ["Géométrie"]
    assert await found(text="kiwixmobile") == ["Kiwix"]
    assert await found(text="kiwix bois") == []
    assert await found(text="%") == await found(text="\0'--") == await found()
    assert await found(kind="web_site") == ["Lumni"]
    assert await found(platform="ipad") == ["Kiwix", "Lumni"]
    assert await found(level=4) == ["Géométrie"]
    assert await found(subject="science") == ["Kiwix"]
    assert await found(subject="music") == []
    assert await found(subject="science", level=4) == []


async def test_a_list_comes_in_pages(any_catalogue: Catalogue) -> None:
    names = [f"App{number:02d}" for number in range(7)]
    for name in reversed(names):
        await any_catalogue.add(app(name), actor=ACTOR)
    seen, after = [], ""
    while True:
        page = await any_catalogue.search(after=after, limit=3)
        seen.append([one.name for one in page.items])
        if not page.next:
            break
        after = page.next
    assert seen == [names[0:3], names[3:6], names[6:]]
    assert (await any_catalogue.search(after="unknown")).items == ()


async def test_a_snapshot_freezes_what_is_examined(any_catalogue: Catalogue) -> None:
    entry = await any_catalogue.add(app(), dossier_of({"purpose": "Lire."}), actor=ACTOR)
    tree, digest = await any_catalogue.snapshot(entry.item_id)
    assert digest == entry.digest == digest_of(tree)
    assert tree["item"]["name"] == "Kiwix"
    assert tree["dossier"] == {"purpose": "Lire."}
    await any_catalogue.change(entry.item_id, revision=1, dossier=dossier_of({"purpose": "Jouer."}), actor=ACTOR)
    assert (await any_catalogue.snapshot(entry.item_id))[1] != digest
    await any_catalogue.change(entry.item_id, revision=2, dossier=dossier_of({"purpose": "Lire."}), actor=ACTOR)
    assert (await any_catalogue.snapshot(entry.item_id))[1] == digest


async def test_a_dossier_that_was_edited_in_the_database_is_not_frozen(
    any_catalogue: Catalogue, any_database: Database
) -> None:
    entry = await any_catalogue.add(app(), dossier_of({"purpose": "Lire."}), actor=ACTOR)
    await any_database.write(
        lambda conn: conn.run("UPDATE catalogue_revision SET tree = REPLACE(tree, 'Lire.', 'Vendre.')")
    )
    with pytest.raises(RevisionDamaged):
        await any_catalogue.snapshot(entry.item_id)
