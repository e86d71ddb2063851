"""The class mode's page: what may be opened is what was agreed, for kits of one's own, and it goes back to normal."""

from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.home.class_mode import class_mode_store
from mdm.store import Database
from tests.charter.agreeing_in_store import Agreement
from tests.webui.conftest import MakeSite, Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

LIRE = """
name = "Cycle 3"
[[apps]]
name = "Lire & Dire"
bundle_id = "fr.lire"
store_id = 7
[[web_clips]]
label = "Notre école"
url = "https://ecole.example.fr/"
"""


@pytest.fixture
async def site(make_site: MakeSite, database: Database, clock: ManualClock) -> Site:
    clock.advance(timedelta(days=7))
    made = await make_site(demo=False)
    services = made.services
    await Agreement(database, clock, services.journal, services.vault, services.settings).agree(LIRE)
    for slot in (1, 2):
        await made.converge(await made.join(slot))
    return made


@pytest.fixture
async def teacher(site: Site) -> Browser:
    return await browser_of(site, "berthe", Role.TEACHER, parse_scope("school:0400377T"))


async def test_a_teacher_opens_an_app_and_goes_back_to_normal(
    site: Site, teacher: Browser, database: Database, clock: ManualClock
) -> None:
    address = f"/kits/{site.kit_id}/class"
    shown = await teacher.get(address)
    assert "Lire &amp; Dire" in shown.text
    assert "Notre école" in shown.text
    after = await teacher.post(f"{address}/start", {"pick": "app:fr.lire", "until": ""})
    assert after.path == address
    assert "« Lire &amp; Dire » est ouvert jusqu" in after.text
    running = await database.read(lambda conn: class_mode_store.running(conn, site.kit_id))
    assert running is not None
    assert (running.kind, running.what, running.started_by) == ("app", "fr.lire", "account:berthe")
    assert running.until_at <= clock.ms() + 3_600_000
    free = await teacher.post(f"{address}/stop", {})
    assert "Les tablettes sont libres." in free.text
    assert await database.read(lambda conn: class_mode_store.running(conn, site.kit_id)) is None


async def test_the_list_of_kits_says_that_a_class_mode_runs(site: Site, teacher: Browser) -> None:
    await teacher.post(f"/kits/{site.kit_id}/class/start", {"pick": "lock:"})
    assert "Mode classe jusqu" in (await teacher.get("/kits")).text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"pick": "app:com.game"}, 403),
        ({"pick": "page:Ailleurs"}, 403),
        ({"pick": "format:"}, 400),
        ({"pick": "lock:", "until": "1"}, 422),
        ({"pick": "lock:", "until": "soon"}, 422),
        ({"pick": "lock:", "until": "9" * 15}, 422),
    ],
)
async def test_what_was_not_agreed_or_never_ends_is_refused_in_words(
    site: Site, teacher: Browser, database: Database, form: dict[str, str], status: int
) -> None:
    answer = await teacher.post(f"/kits/{site.kit_id}/class/start", form)
    assert answer.status == status
    assert await database.read(lambda conn: class_mode_store.running(conn, site.kit_id)) is None


async def test_only_those_who_teach_there_run_the_class(site: Site) -> None:
    address = f"/kits/{site.kit_id}/class"
    elsewhere = await browser_of(site, "else", Role.TEACHER, parse_scope(f"kit:{'0' * 32}"))
    technician = await browser_of(site, "tim", Role.TECHNICIAN)
    inspector = await browser_of(site, "ines", Role.DSDEN)
    for browser in (elsewhere, technician, inspector):
        assert (await browser.get(address)).status == 403
        assert (await browser.post(f"{address}/start", {"pick": "lock:"})).status == 403
    assert f'"{address}"' not in (await technician.get(f"/kits/{site.kit_id}")).text


async def test_a_tablet_is_asked_to_show_its_name(site: Site, teacher: Browser) -> None:
    where = f"/kits/{site.kit_id}/where/1"
    assert "Où est Cassiopée 01" in (await teacher.get(where)).text
    asked = await teacher.post(f"{where}/show", {})
    assert asked.path == where
    assert "affichera son nom" in asked.text
    assert (await teacher.get(f"/kits/{site.kit_id}/where/4")).status == 409
    assert (await teacher.get(f"/kits/{site.kit_id}/where/99")).status == 404


async def test_a_kit_is_noted_to_be_with_a_class(site: Site, teacher: Browser) -> None:
    made = await site.services.fleet.create_class("0400377T", "CM1", actor="test")
    address = f"/kits/{site.kit_id}/class-of-school"
    assert "CM1" in (await teacher.get(address)).text
    noted = await teacher.post(address, {"class_id": made.class_id})
    assert noted.path == f"/kits/{site.kit_id}"
    assert "quelle classe a la valise" in noted.text
    assert (await site.services.fleet.kit(site.kit_id)).kit.class_id == made.class_id
