"""Books on Android tablets: fetched as files, awaited until they are reported, taken away when they left."""

from datetime import timedelta
from typing import Any

import msgspec

from mdm.clock import ManualClock
from mdm.fleet.kit import SlotStage
from tests.android.conftest import AgentSite, MakeTablet

LECTURE = """
name = "A"
[[books]]
name = "Lecture"
identifier = "lecture"
url = "https://livres.example/lecture.pdf"
kind = "pdf"
"""
PATH = "Books/lecture.pdf"


def file(path: str = PATH) -> dict[str, Any]:
    """A file as the agent reports it."""
    return {"lastUpdate": 1000, "url": None, "checksum": "0" * 32, "path": path, "description": None, "remove": False}


async def report_of(site: AgentSite) -> dict[str, Any]:
    [row] = await site.sql("SELECT report FROM convergence")
    found: dict[str, Any] = msgspec.json.decode(row["report"])
    return found


async def test_a_tablet_is_ready_when_it_reports_its_books(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(LECTURE)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert [(entry["path"], entry["url"]) for entry in one.configuration["files"]] == [
        (PATH, "https://livres.example/lecture.pdf")
    ]
    await one.report(files=[file("Books/other.pdf"), file("lecture.pdf")])
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED
    assert (await report_of(site))["missing"] == [PATH]
    await one.report(files=[file()])
    assert (await site.view()).slots[0].stage is SlotStage.READY
    await one.report()
    assert (await site.view()).slots[0].stage is SlotStage.READY, "a report without files says nothing of them"
    await one.report(files=[])
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED


async def test_a_book_that_does_not_come_is_asked_for_again_when_the_tablet_had_its_time(
    site: AgentSite, tablet: MakeTablet, clock: ManualClock
) -> None:
    await site.load(LECTURE)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report(files=[])
    clock.advance(timedelta(minutes=29))
    await one.report(files=[])
    assert await site.sql("SELECT 1 FROM delivery WHERE state = 'queued'") == []
    clock.advance(timedelta(minutes=2))
    await one.report(files=[])
    assert [told["messageType"] for told in (await one.poll()).data] == ["clearDownloadHistory", "configUpdated"]
    await one.report(files=[file()])
    assert (await site.view()).slots[0].stage is SlotStage.READY


async def test_a_new_version_is_another_file_and_the_earlier_one_goes_even_on_the_way_back(
    site: AgentSite, tablet: MakeTablet
) -> None:
    newer = f"{LECTURE}version = 2\n"
    one = tablet("AAA1")
    await site.load(LECTURE)
    await one.join(await site.kit_path())
    for text, here, gone in (
        (newer, "Books/lecture.2.pdf", [PATH]),
        (LECTURE, PATH, ["Books/lecture.2.pdf"]),
        ('name = "Nothing"\n', None, ["Books/lecture.2.pdf", PATH]),
    ):
        await site.load(text)
        await one.fetch()
        files = one.configuration["files"]
        assert [entry["path"] for entry in files if entry.get("remove")] == gone
        assert [entry["path"] for entry in files if not entry.get("remove")] == ([here] if here else [])
    await one.report(files=[])
    assert (await site.view()).slots[0].stage is SlotStage.READY


async def test_what_tablets_report_of_other_files_is_not_kept(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(LECTURE)
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert (await one.report(files=[file(), file("Pictures/me.jpg"), {"path": None}])).status == 200
    assert set((await report_of(site))["books"]) == {PATH}
