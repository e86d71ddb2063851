"""A kit goes from class to class of its school."""

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import ClassElsewhere, ClassUnknown, KitUnknown
from mdm.fleet.fleet import Fleet
from mdm.fleet.place_store import around_kit
from mdm.fleet.tablet import Platform
from mdm.journal import Journal, latest_entries
from mdm.store import Database


async def test_a_kit_is_with_one_class_of_its_school_at_a_time(any_database: Database, clock: ManualClock) -> None:
    fleet = Fleet(any_database, clock, Journal(clock))
    territory = await fleet.create_territory("MACS", actor="test")
    await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
    await fleet.create_school("0400377T", "École d'Audignon", insee="40018", actor="test")
    await fleet.create_school("0400001J", "École voisine", insee="40018", actor="test")
    kit = await fleet.create_kit("0400377T", "Cassiopée", platform=Platform.IPAD, slots=2, actor="test")
    first = await fleet.create_class("0400377T", "CM1", actor="test")
    other = await fleet.create_class("0400001J", "CM1", actor="test")

    await fleet.give_kit(kit.kit_id, first.class_id, actor="account:anne")
    around = await any_database.read(lambda conn: around_kit(conn, kit.kit_id))
    assert (around.insee, around.uai, around.class_id) == ("40018", "0400377T", first.class_id)
    assert (await fleet.kits())[0].kit.class_id == first.class_id

    for class_id, error in ((other.class_id, ClassElsewhere), ("0" * 32, ClassUnknown)):
        with pytest.raises(error):
            await fleet.give_kit(kit.kit_id, class_id, actor="account:anne")
    with pytest.raises(KitUnknown):
        await fleet.give_kit("0" * 32, None, actor="account:anne")

    await fleet.give_kit(kit.kit_id, None, actor="account:anne")
    assert (await fleet.kit(kit.kit_id)).kit.class_id is None
    entries = await any_database.read(lambda conn: latest_entries(conn, subject=f"kit:{kit.kit_id}"))
    given = [msgspec.json.decode(entry.detail) for entry in entries if entry.kind == "kit_given_to_class"]
    assert given == [{"class": None}, {"class": first.class_id}]
