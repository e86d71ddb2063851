"""A kit gets another name: its places and tablets follow, and each iPad is told its own."""

import pytest

from mdm.commands.kit_naming import KitNaming
from mdm.commands.report import DeviceFacts, Report
from mdm.fleet.errors import KitExists, KitUnknown, NameEmpty, NameTooLong
from mdm.fleet.reach import EVERYTHING
from mdm.fleet.search import Search
from mdm.fleet.tablet import Platform
from mdm.store import Connection
from tests.rollouts.world import ACTOR, Territory, detail_of


@pytest.fixture
def naming(any_territory: Territory) -> KitNaming:
    """What renames."""
    return KitNaming(any_territory.database, any_territory.clock, any_territory.journal)


async def orders(territory: Territory, tablet_id: str) -> set[str]:
    """What waits for a tablet."""

    def read(conn: Connection) -> set[str]:
        rows = conn.all(
            "SELECT c.request_type FROM delivery d JOIN command c ON c.command_id = d.command_id"
            " WHERE d.tablet_id = :tablet_id AND d.state = 'queued'",
            tablet_id=tablet_id,
        )
        return {row["request_type"] for row in rows}

    return await territory.database.read(read)


async def say(territory: Territory, tablet_id: str, name: str) -> None:
    """An iPad tells what it is."""
    report = Report(device=DeviceFacts(os_version="18.1", supervised=True, device_name=name), profiles={}, apps={})
    await territory.database.write(lambda conn: territory.convergence.reported(conn, tablet_id, "ipad", report))


async def test_places_tablets_and_search_follow_and_the_ipad_is_told(
    any_territory: Territory, naming: KitNaming
) -> None:
    territory = any_territory
    await territory.agree()
    kit = await territory.kit("Cassiopée", tablets=2, platform=Platform.IPAD)
    first, second = await territory.tablets_of(kit.kit_id)
    for tablet_id, name in ((first, "Cassiopée 01"), (second, "Cassiopée 02")):
        await say(territory, tablet_id, name)
    assert "Settings" not in await orders(territory, first)

    renamed = await naming.rename(kit.kit_id, "  Grande   Ourse ", actor=ACTOR)
    assert renamed.name == "Grande Ourse"
    view = await territory.fleet.kit("Grande Ourse")
    assert [slot.name for slot in view.slots] == ["Grande Ourse 01", "Grande Ourse 02"]
    assert (await territory.fleet.tablet("Grande Ourse 02")).tablet.tablet_id == second
    for text, tablets in (("grande ourse 2", [second]), ("cassiopee", [])):
        found = await Search(territory.database).tablets(text, EVERYTHING)
        assert [hit.view.tablet.tablet_id for hit in found.hits] == tablets

    await territory.checks.look_at_due()
    assert "DeviceInformation" in await orders(territory, first)
    await say(territory, first, "Cassiopée 01")
    await say(territory, second, "Grande Ourse 02")
    assert "Settings" in await orders(territory, first)
    assert "Settings" not in await orders(territory, second)
    (entry,) = await territory.told("kit_renamed")
    assert detail_of(entry) == {"tablets": 2}
    assert "Ourse" not in entry.detail


async def test_a_name_that_cannot_be_or_is_taken_changes_nothing(any_territory: Territory, naming: KitNaming) -> None:
    territory = any_territory
    kit = await territory.kit("Cassiopée", tablets=1, platform=Platform.IPAD)
    await territory.kit("Orion", tablets=1)
    await territory.kit("Lyre", uai="0590001F", tablets=1)
    for name, error in (("Orion", KitExists), (" ", NameEmpty), ("x" * 41, NameTooLong)):
        with pytest.raises(error):
            await naming.rename(kit.kit_id, name, actor=ACTOR)
    with pytest.raises(KitUnknown):
        await naming.rename("0" * 32, "Lyre", actor=ACTOR)
    await naming.rename(kit.kit_id, "Cassiopée", actor=ACTOR)
    assert await territory.told("kit_renamed") == []
    # Another school's kit may have the name.
    assert (await naming.rename(kit.kit_id, "Lyre", actor=ACTOR)).name == "Lyre"
