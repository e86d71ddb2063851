"""The weekly picture: sums and levels for the authority, one's own school for a head, and small groups for nobody."""

import csv
import html
import io
import re
from typing import Any

import lxml.html

from tests.home_use.world import OTHER_UAI, UAI
from tests.webui.evaluation.researchers import Research
from webui.roles import Role


async def test_before_a_week_is_published_the_page_says_so(research: Research) -> None:
    dsden = await research.person(Role.DSDEN)
    assert "Aucune semaine n&#39;est encore publiée" in (await dsden.get("/home-use")).text


async def test_no_small_group_is_told_and_what_is_hidden_is_said_to_be(research: Research) -> None:
    await research.published(others=3)
    manager = await research.person(Role.MANAGER)
    for path in ("/home-use", f"/home-use?school={OTHER_UAI}"):
        page = await manager.get(path)
        assert "masqué" in page.text
        assert "<dd>3</dd>" not in page.text
        assert "<td>3</td>" not in page.text


async def test_the_authority_sees_all_schools_and_their_sum(research: Research) -> None:
    await research.published(others=14)
    manager = await research.person(Role.MANAGER)
    page = await manager.get("/home-use")
    assert "École d&#39;Audignon" in page.text
    assert "École d&#39;ailleurs" in page.text
    assert "<dd>26</dd>" in page.text
    assert "<svg" in page.text
    assert "La même chose en tableau" in page.text
    assert "<dd>14</dd>" in (await manager.get(f"/home-use?school={OTHER_UAI}")).text
    assert (await manager.get("/home-use?week=2019-01-07")).status == 404


async def test_a_head_sees_the_own_school_alone(research: Research) -> None:
    await research.published(others=14)
    head = await research.person(Role.HEAD, f"school:{UAI}")
    page = await head.get("/home-use")
    assert "<dd>12</dd>" in page.text
    assert "ailleurs" not in page.text
    assert "<dd>26</dd>" not in page.text
    assert (await head.get(f"/home-use?school={OTHER_UAI}")).status == 404


async def test_who_reads_the_picture(research: Research) -> None:
    readers = {Role.TECHNICIAN, Role.MANAGER, Role.DSDEN, Role.HEAD, Role.DPO}
    for role in Role:
        page = await (await research.person(role)).get("/home-use")
        assert page.status == (200 if role in readers else 403), role


async def test_the_file_has_what_the_page_has_and_hidden_cells_stay_hidden(research: Research) -> None:
    await research.published(others=3)
    manager = await research.person(Role.MANAGER)
    for school in ("", f"school={OTHER_UAI}"):
        page = await manager.get(f"/home-use?{school}")
        address = re.search(r'href="(/home-use\.csv\?[^"]+)"', page.text)
        assert address is not None
        file = await manager.get(html.unescape(address[1]))
        assert file.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig")), delimiter=";"))
        assert figures_of_page(page.text) == figures_of_file(rows)
        assert "masqué" in file.text
        assert not any(value == "3" for row in rows for value in row.values())


async def test_the_file_agrees_where_nothing_is_hidden(research: Research) -> None:
    await research.published(others=14)
    manager = await research.person(Role.MANAGER)
    page, file = await manager.get("/home-use"), await manager.get("/home-use.csv")
    rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig")), delimiter=";"))
    assert figures_of_page(page.text) == figures_of_file(rows)
    assert {row["Tablettes à la maison"] for row in rows} >= {"26", "14", "12"}


async def test_a_heads_file_has_the_own_school_alone(research: Research) -> None:
    await research.published(others=14)
    head = await research.person(Role.HEAD, f"school:{UAI}")
    file = await head.get("/home-use.csv")
    assert "ailleurs" not in file.text
    assert ";26;" not in file.text
    assert (await head.get(f"/home-use.csv?school={OTHER_UAI}")).status == 404
    assert (await (await research.person(Role.TEACHER)).get("/home-use.csv")).status == 403


async def test_before_a_week_is_published_there_is_no_file(research: Research) -> None:
    manager = await research.person(Role.MANAGER)
    assert (await manager.get("/home-use.csv")).status == 404


def figures_of_page(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """Every figure of the page, by school and level, then by the name of what it counts."""
    tree = lxml.html.fromstring(text)
    title = "".join(tree.xpath("//h1//text()")).strip()
    whole = "Toutes les écoles" if title == "Usage à la maison" else title
    found: dict[tuple[str, str], dict[str, str]] = {}
    for pair in tree.xpath("//dl[@class='figures']/div"):
        found.setdefault((whole, ""), {})[pair.findtext("dt").strip()] = said(pair.find("dd"))
    for section, place in (("levels-title", lambda name: (whole, name)), ("schools-title", lambda name: (name, ""))):
        for table in tree.xpath(f"//section[@aria-labelledby='{section}']//table"):
            heads = [said(one) for one in table.xpath("./thead/tr/th")][1:]
            for row in table.xpath("./tbody/tr"):
                cells = dict(zip(heads, map(said, row.xpath("./td")), strict=True))
                found.setdefault(place(said(row.find("th"))), {}).update(cells)
    return {place: {name: one for name, one in row.items() if one != "–"} for place, row in found.items()}


def figures_of_file(rows: list[dict[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """The same of the file: its newest week."""
    newest = max(row["Semaine"] for row in rows)
    places = ("Semaine", "Code de l’école", "École", "Niveau")
    return {
        (row["École"], row["Niveau"]): {name: one for name, one in row.items() if one and name not in places}
        for row in rows
        if row["Semaine"] == newest
    }


def said(element: Any) -> str:
    return str(element.text_content()).strip()
