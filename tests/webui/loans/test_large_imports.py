"""A territory's file takes seconds: the page shows how far it is, and may be left and found again; nothing is lost."""

import pytest

from mdm.long_work.service import WorkRunner
from tests.webui.following import following
from tests.webui.loans.office import HERE, PUPILS, THERE, Office
from tests.webui.loans.test_imports import sent
from webui.roles import Role

MANY = 2400
TITLES = "Code UAI;Nom élève;Prénom élève;Date naissance;Niveau;Libellé classe"


def territory(pupils: int = MANY) -> tuple[str, bytes, str]:
    """A territory's file: children of two schools, each with a birth date of its own."""
    lines = [TITLES]
    for number in range(pupils):
        born = f"{number % 28 + 1:02d}/{number // 28 % 12 + 1:02d}/{2016 + number // 336 % 6}"
        lines.append(f"{(HERE, THERE)[number % 2]};NOM{number};Camille;{born};CP;CP {'ABCDEFGH'[number % 8]}")
    return sent("\r\n".join(lines).encode())


@pytest.fixture
async def by_hand(office: Office) -> WorkRunner:
    """The work of the office is carried on when the test says so."""
    runner = office.site.services.fleet_view.runner
    await runner.stop()
    return runner


async def counted(office: Office) -> int:
    return sum([(await office.home.pupils.school(uai)).pupils for uai in (HERE, THERE)])


async def test_a_territorys_file_is_compared_and_imported_in_sight(office: Office, by_hand: WorkRunner) -> None:
    manager = await office.person(Role.MANAGER)
    read = await manager.post("/pupils/import", {"school": "", "files": territory()})
    assert "Les fichiers sont comparés" in read.text
    assert f"{MANY:d} lignes ont été lues" in read.text
    assert "<progress" in read.text
    # Whoever left finds it again.
    listed = await manager.get("/pupils/import")
    assert read.path in listed.text
    assert "en cours" in listed.text

    async with following(office.site, manager, f"{read.path}/events") as page:
        await page.until("import", "Les fichiers sont comparés")
        await by_hand.step()
        told = await page.until("import", "Ce que les fichiers changeraient")
        assert f"<dt>Nouveaux élèves</dt><dd>{MANY}</dd>" in told
        assert "NOM1" not in told
    assert await counted(office) == 0

    begun = await manager.post(f"{read.path}/apply", {})
    assert begun.path == read.path
    assert "C&#39;est commencé." in begun.text
    assert "L&#39;import est en cours" in begun.text
    async with following(office.site, manager, f"{read.path}/events") as page:
        await page.until("import", "comparées une dernière fois")
        await by_hand.step()
        await page.until("import", f"800 sur {MANY}")
        assert await counted(office) == 800
        await by_hand.once()
        await page.until("import", "Ce que l&#39;import a fait")
    assert await counted(office) == MANY


async def test_a_large_import_may_be_compared_again(office: Office, by_hand: WorkRunner) -> None:
    manager = await office.person(Role.MANAGER)
    read = await manager.post("/pupils/import", {"school": "", "files": territory()})
    await by_hand.once()
    await office.fill()
    assert "Comparer de nouveau" in (await manager.get(read.path)).text
    again = await manager.post(f"{read.path}/compare", {})
    await by_hand.once()
    assert "<dt>Dans aucun fichier</dt><dd>2</dd>" in (await manager.get(again.path)).text


async def test_a_server_that_was_killed_goes_on_by_itself(office: Office, by_hand: WorkRunner) -> None:
    manager = await office.person(Role.MANAGER)
    read = await manager.post("/pupils/import", {"school": "", "files": territory()})
    await by_hand.once()
    await manager.post(f"{read.path}/apply", {})
    await by_hand.step()
    # What a process holds in memory is gone; what it wrote is there.
    office.home.import_work._held = None
    assert await counted(office) == 800
    await by_hand.start()
    async with following(office.site, manager, f"{read.path}/events") as page:
        await page.until("import", "Ce que l&#39;import a fait")
        assert f"<dt>Nouveaux élèves</dt><dd>{MANY}</dd>" in page.parts["import"]
    assert await counted(office) == MANY


async def test_two_imports_at_once_are_one_and_a_plain_answer(office: Office, by_hand: WorkRunner) -> None:
    manager, head = await office.person(Role.MANAGER), await office.head()
    large = await manager.post("/pupils/import", {"school": "", "files": territory()})
    await by_hand.once()
    await manager.post(f"{large.path}/apply", {})
    small = await head.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    refused = await head.post(f"{small.path}/apply", {})
    assert refused.status == 409
    assert "Un autre import est en cours" in refused.text
    # The head is not led to what is not the head's; the manager is.
    assert large.path not in refused.text
    other = await manager.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    assert large.path in (await manager.post(f"{other.path}/apply", {})).text
    await by_hand.once()
    await by_hand.start()
    assert (await head.post(f"{small.path}/apply", {})).path == f"/pupils?school={HERE}"
    assert await counted(office) == MANY + 2


async def test_an_import_that_is_dropped_on_its_way_keeps_what_is_written_and_frees_the_turn(
    office: Office, by_hand: WorkRunner
) -> None:
    manager = await office.person(Role.MANAGER)
    read = await manager.post("/pupils/import", {"school": "", "files": territory()})
    await by_hand.once()
    await manager.post(f"{read.path}/apply", {})
    await by_hand.step()
    assert "Ce qui est déjà écrit reste." in (await manager.get(read.path)).text
    assert (await manager.post(f"{read.path}/drop", {})).status == 200
    await by_hand.once()
    assert await counted(office) == 800
    again = await manager.post("/pupils/import", {"school": "", "files": territory()})
    await by_hand.once()
    page = await manager.get(again.path)
    assert "<dt>Déjà connus</dt><dd>800</dd>" in page.text
    await manager.post(f"{again.path}/apply", {})
    await by_hand.once()
    assert await counted(office) == MANY


async def test_one_left_half_done_in_a_terminal_is_found_on_the_page_and_completed(office: Office) -> None:
    head = await office.head()
    read = await head.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    import_id, imports, database = read.path.rpartition("/")[2], office.home.imports, office.site.services.database
    await database.write(lambda conn: imports.begin(conn, import_id, leavers=False))
    prepared = await imports.prepare(import_id)
    await database.write(lambda conn: imports.write(conn, prepared, until=1))
    assert "à moitié fait" in (await head.get(f"/pupils/import?school={HERE}")).text
    page = await head.get(read.path)
    assert "Un import resté à moitié fait" in page.text
    assert "Lignes écrites : 1 sur 2" in page.text
    done = await head.post(f"{read.path}/apply", {})
    assert done.path == f"/pupils?school={HERE}"
    assert (await office.home.pupils.school(HERE)).pupils == 2


async def test_whoever_may_not_import_follows_nothing(office: Office) -> None:
    head, stranger, teacher = await office.head(), await office.head(THERE), await office.teacher()
    read = await head.post("/pupils/import", {"school": HERE, "files": sent(PUPILS)})
    for other in (stranger, teacher):
        assert (await other.get(f"{read.path}/events")).status == 403
        assert (await other.post(f"{read.path}/compare", {})).status == 403
