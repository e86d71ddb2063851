"""The lists of the catalogue, of costs and of licences, on both engines: their parts make the whole, in order."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.item import item_of
from profiles.costs.purchase import Coverage, Lot
from profiles.costs.purchase_store import list_purchases, purchases_after
from profiles.costs.words import Extent, PurchaseKind
from profiles.licences import licence_store, location_store, wish_store
from profiles.licences.licence_store import Count
from tests.catalogue.conftest import ACTOR
from tests.costs.conftest import AUDIGNON, BOURG, DAX, LAC, World
from webui.api.resources.catalogue_lists_store import Chosen, items_after, revisions_before
from webui.api.resources.cost_lists_store import pupils_after, school_pupils
from webui.api.resources.licence_lists_store import usages_after, wishes_after

Row = TypeVar("Row")
Key = tuple[Any, ...]


async def walk(
    database: Database, part: Callable[[Connection, Any], list[Row]], first: Key, key: Callable[[Row], Key]
) -> list[Row]:
    """All the parts of a list, one after the other."""

    async def read(last: Key) -> list[Row]:
        return await database.read(lambda conn: part(conn, last))

    found: list[Row] = []
    last = first
    while rows := await read(last):
        found += rows
        assert len(rows) <= 2
        last = key(rows[-1])
    return found


async def test_items_by_name(any_database: Database, clock: ManualClock, tmp_path: Path) -> None:
    catalogue = Catalogue(any_database, clock, Journal(clock), Attachments(tmp_path))
    names = ["Éduscol", "eduscol 2", "Zoé", "Kiwix", "kiwix", "Lumni", "100 %"]
    for number, name in enumerate(names):
        tree = {"kind": "web_clip", "name": name, "url": f"https://e.org/{number}", "levels": [number % 4 + 1]}
        await catalogue.add(item_of(tree), actor=ACTOR)
    found = await walk(
        any_database,
        lambda conn, last: items_after(conn, last, Chosen(), limit=2),
        ("", ""),
        lambda row: (row.sort_key, row.item_id),
    )
    whole = await any_database.read(lambda conn: items_after(conn, ("", ""), Chosen(), limit=100))
    assert found == whole
    assert sorted(one.name for one in found) == sorted(names)
    assert [one.name for one in found] == [one.name for one in (await catalogue.search()).items]
    chosen = Chosen(text="EDUSCOL", kind="web_clip", platform="ipad", level=2)
    some = await any_database.read(lambda conn: items_after(conn, ("", ""), chosen, limit=100))
    assert [(one.name, one.levels, one.platforms) for one in some] == [("eduscol 2", (2,), ("ipad", "android"))]


async def test_revisions_the_newest_first(any_database: Database, clock: ManualClock, tmp_path: Path) -> None:
    catalogue = Catalogue(any_database, clock, Journal(clock), Attachments(tmp_path))
    item = item_of({"kind": "web_clip", "name": "Lumni", "url": "https://e.org/"})
    entry = await catalogue.add(item, actor=ACTOR)
    for revision in range(1, 5):
        changed = msgspec.structs.replace(item, publisher=f"P {revision}")
        await catalogue.change(entry.item_id, revision=revision, item=changed, actor=ACTOR)
    found = await walk(
        any_database,
        lambda conn, last: revisions_before(conn, entry.item_id, last[0], limit=2),
        (2**62,),
        lambda row: (row.revision,),
    )
    assert found == await catalogue.history(entry.item_id)


async def test_purchases_by_day(any_database: Database, clock: ManualClock) -> None:
    world = World(any_database, clock, Journal(clock))
    await world.build()
    both = Coverage(extent=Extent.COMMUNES, places=(AUDIGNON, DAX))
    lots = (Lot(label="A", amount_cents=400_000), Lot(label="B", amount_cents=600_000))
    for month in (5, 1, 3, 1):
        await world.buy(bought_on=date(2026, month, 1), coverage=both, lots=lots)
    licence = await world.buy(kind=PurchaseKind.LICENCE)
    gone = await world.buy(bought_on=date(2026, 2, 1))
    await world.costs.withdraw(gone.purchase_id, revision=1, actor=ACTOR)

    def key(row: Any) -> Key:
        return row.bought_on.isoformat(), row.purchase_id

    found = await walk(
        any_database,
        lambda conn, last: purchases_after(conn, last, kind=None, withdrawn=False, limit=2),
        ("", ""),
        key,
    )
    assert found == await any_database.read(list_purchases)
    assert len(found) == 5
    more = await any_database.read(lambda conn: purchases_after(conn, ("", ""), kind=None, withdrawn=True, limit=100))
    assert [one.purchase_id for one in more if one.withdrawn] == [gone.purchase_id]
    some = await any_database.read(
        lambda conn: purchases_after(conn, ("", ""), kind=PurchaseKind.LICENCE, withdrawn=True, limit=100)
    )
    assert some == [licence]


async def test_pupils_by_commune_and_school(any_database: Database, clock: ManualClock) -> None:
    world = World(any_database, clock, Journal(clock))
    await world.build()
    await world.count_pupils()
    found = await walk(
        any_database,
        lambda conn, last: pupils_after(conn, 2026, last, limit=2),
        ("", ""),
        lambda row: (row.insee, row.uai),
    )
    assert found == await world.costs.pupils(2026)
    one = await any_database.read(lambda conn: school_pupils(conn, 2025, LAC))
    assert one is not None
    assert (one.uai, one.pupils) == (LAC, None)
    assert await any_database.read(lambda conn: school_pupils(conn, 2025, "0400377T")) is None


async def test_licences_by_location_and_wishes_by_tablet(any_database: Database, clock: ManualClock) -> None:
    world = World(any_database, clock, Journal(clock))
    await world.build()
    kit = await world.add_kit(BOURG, 3)
    await world.add_kit(LAC, 2)

    def fill(conn: Connection) -> None:
        for location in ("2049", "2050"):
            location_store.save_location(
                conn,
                location_id=location,
                name="L",
                organization="",
                sealed_token=b"",
                expires_at=1,
                now=1,
                actor=ACTOR,
            )
            counts = [
                Count(
                    location_id=location, store_id=store_id, total=5, assigned=1, available=4,
                    unlimited=store_id == 7, revocable=True,
                )
                for store_id in (7, 8, 9)
            ]  # fmt: skip
            licence_store.replace_counts(conn, location, counts)
        licence_store.name_apps(conn, {8: "GeoGebra"})
        tablets = [row["tablet_id"] for row in conn.all("SELECT tablet_id FROM tablet")]
        wish_store.wish(conn, [(one, 8) for one in tablets], wanted=True, now=1, actor=ACTOR)
        wish_store.put(conn, [(tablets[0], 8)], state="done")

    await any_database.write(fill)
    owned = await walk(
        any_database,
        lambda conn, last: usages_after(conn, last, location_id="", limit=2),
        ("", 0),
        lambda row: (row.count.location_id, row.count.store_id),
    )
    assert owned == await any_database.read(licence_store.usages)
    assert {one.waiting for one in owned if one.count.store_id == 8} == {4}
    alone = await any_database.read(lambda conn: usages_after(conn, ("", 0), location_id="2050", limit=100))
    assert alone == [one for one in owned if one.count.location_id == "2050"]

    async def wishes(kit_id: str, *, undone: bool) -> list[Any]:
        return await walk(
            any_database,
            lambda conn, last: wishes_after(conn, last, kit_id=kit_id, undone=undone, limit=2),
            ("", 0),
            lambda row: (row.tablet_id, row.store_id),
        )

    every = await wishes("", undone=False)
    listed = await any_database.read(lambda conn: wish_store.list_wishes(conn, undone=False, limit=100))
    assert sorted(every, key=lambda one: one.tablet_id) == sorted(listed, key=lambda one: one.tablet_id)
    assert [one.tablet_id for one in every] == sorted(one.tablet_id for one in every)
    assert len(await wishes("", undone=True)) == 4
    assert len(await wishes(kit, undone=False)) == 3
