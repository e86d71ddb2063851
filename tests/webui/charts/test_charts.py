"""Charts: well formed whatever they are given, told in words, apart by more than colour, right on a narrow screen."""

import re
import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, async_playwright

from mdm.charts.bars import horizontal_bars
from mdm.charts.chart import Amount, Chart
from mdm.charts.commune_map import MapKey, MapPlace, commune_map
from mdm.charts.drawing import TONES, WIDTH, fitted, nice_ticks, share
from mdm.charts.lines import Line, lines_over_days
from mdm.charts.stacked import stacked_bar
from mdm.fleet_view.contours import pack, unpack
from mdm.fleet_view.geography import macs_communes
from mdm.fleet_view.geojson import read_communes
from mdm.i18n import Catalogs
from tests.conftest import not_run

SVG = "{http://www.w3.org/2000/svg}"
FRENCH = Catalogs("mdm.charts").for_language("fr")
ENGLISH = Catalogs("mdm.charts").for_language("en")
STATIC = Path(__file__).resolve().parents[3] / "webui" / "static"

tones = st.sampled_from(list(TONES))
labels = st.text(min_size=1, max_size=80)
amounts = st.lists(st.builds(Amount, label=labels, value=st.integers(0, 10**7), tone=tones), max_size=12)
positions = st.one_of(st.none(), st.tuples(st.floats(41, 51), st.floats(-5, 9)))
places = st.lists(
    st.builds(
        MapPlace,
        name=labels,
        value=st.integers(0, 10**6),
        tone=tones,
        said=labels,
        position=positions,
        href=st.sampled_from(["", "/fleet?commune=40310"]),
    ),
    max_size=30,
)
KEYS = (MapKey(tone="bad", label="Perdues ou en panne"), MapKey(tone="good", label="Tout va bien"))
HEAD = ("Commune", "Tablettes")


def checked(chart: Chart) -> ElementTree.Element:
    """Check what holds for every picture."""
    root = ElementTree.fromstring(chart.svg)
    name = (root.get("aria-labelledby") or "").split()
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert [root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == name  # type: ignore[union-attr]
    links = list(root.iter(f"{SVG}a"))
    assert root.get("role") == ("group" if links else "img")
    assert all(one.get("aria-label") for one in links)
    for element in root.iter():
        assert not any(key == "style" or key.startswith("on") for key in element.attrib)
        assert element.tag.split("}")[1] not in ("script", "style", "foreignObject", "image")
        for key in ("x", "y", "cx", "cy", "width", "height", "r", "x1", "y1", "x2", "y2", "d"):
            assert "nan" not in element.get(key, "")
            assert "inf" not in element.get(key, "")
    used = set(re.findall(r"url\(#([^)]*)\)", chart.svg))
    assert used <= set(ids)
    for text in root.iter(f"{SVG}text"):
        assert -1 <= float(text.get("x") or 0) <= WIDTH + 1
    assert all(len(row) == len(chart.table.head) for row in chart.table.rows)
    return root


@given(amounts)
def test_bars_write_every_number_out(given_amounts: list[Amount]) -> None:
    for words in (FRENCH, ENGLISH):
        chart = horizontal_bars("b", given_amounts, words, title="T", head=("What", "How many"))
        bold = [one.text for one in checked(chart).iter(f"{SVG}text") if one.get("font-weight") == "600"]
        assert bold == [row[1] for row in chart.table.rows]
        assert len(bold) == len(given_amounts)


@given(amounts)
def test_a_stacked_bar_is_as_long_as_all_its_parts(given_amounts: list[Amount]) -> None:
    chart = stacked_bar("s", given_amounts, FRENCH, title="T", head=("Quoi", "Combien", "Part"))
    root = checked(chart)
    parts = [one for one in root.findall(f"{SVG}rect") if one.get("stroke")]
    length = sum(float(one.get("width") or 0) for one in parts)
    assert abs(length - (WIDTH if sum(one.value for one in given_amounts) else 0)) < 0.1 * max(len(parts), 1)
    assert len(parts) == sum(one.value > 0 for one in given_amounts)


@given(st.lists(st.integers(0, 10**6), max_size=60), st.integers(1, 5))
def test_lines_have_a_point_for_each_day_whatever_lies_between(values: list[int], gap: int) -> None:
    days = [date(2026, 9, 1) + timedelta(days=gap * number) for number in range(len(values))]
    lines = [
        Line(label="Prêtes", values=tuple(values), tone="good"),
        Line(label="À voir", values=tuple(values[::-1]), tone="care"),
    ]
    chart = lines_over_days("l", days, lines, FRENCH, title="Au fil des jours")
    root = checked(chart)
    assert len(chart.table.rows) == len(values)
    drawn = [one.get("d") or "" for one in root.iter(f"{SVG}path") if (one.get("class") or "").startswith("line-")]
    assert all(d.count("L") == len(values) - 1 for d in drawn)
    assert len(drawn) == (2 if len(values) > 1 else 0)


@given(places)
def test_a_map_shows_every_place_wherever_it_is(given_places: list[MapPlace]) -> None:
    chart = commune_map("m", given_places, KEYS, FRENCH, title="Carte", head=("Commune",))
    root = checked(chart)
    marks = [one for one in root.iter() if (one.get("class") or "").startswith("tone-")]
    assert len(marks) == len(given_places) + len(KEYS)
    height = float(root.get("height") or 0)
    assert all(0 <= float(one.get("cy") or 0) <= height for one in root.iter(f"{SVG}circle"))
    assert len(chart.table.rows) == len(given_places)


def macs(*, rings: bool = True, position: bool = True) -> list[MapPlace]:
    return [
        MapPlace(
            name=shape.insee,
            value=number,
            tone=("good", "care", "bad", "quiet")[number % 4],  # type: ignore[arg-type]
            said="tablettes",
            position=(shape.latitude, shape.longitude) if position else None,
            rings=unpack(pack(shape.rings)) if rings and position else (),
            href=f"/fleet?commune={shape.insee}",
            cells=(str(number),),
        )
        for number, shape in enumerate(read_communes(macs_communes()))
    ]


def test_contours_lie_inside_the_picture_as_they_lie_on_earth() -> None:
    chart = commune_map("m", macs(), KEYS, FRENCH, title="Carte", head=HEAD, source="IGN")
    root = checked(chart)
    points: dict[str, list[tuple[float, float]]] = {}
    for link in root.iter(f"{SVG}a"):
        path = link.find(f"{SVG}path")
        if path is not None:
            pairs = re.findall(r"([-\d.]+),([-\d.]+)", path.get("d") or "")
            points[(link.get("aria-label") or "")[:5]] = [(float(x), float(y)) for x, y in pairs]
    assert len(points) == 23
    for outline in points.values():
        assert all(0 <= x <= WIDTH and 0 <= y <= 480 for x, y in outline)
    # Moliets is in the north, Labenne in the south-west, Saubusse in the east.
    north, south, east = (sum(y for _, y in points["40187"]), sum(y for _, y in points["40133"]), points["40293"])
    assert north / len(points["40187"]) < south / len(points["40133"])
    assert max(x for x, _ in east) > max(x for x, _ in points["40133"])


def test_tones_are_told_apart_without_colour() -> None:
    marks = [mark for name, (_, mark) in TONES.items() if name in ("good", "care", "bad", "quiet")]
    assert len(set(marks)) == len(marks)
    for colour, _ in TONES.values():
        assert _contrast(colour) >= 4.5


def _contrast(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    light = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05)


@given(st.integers(0, 10**8), st.integers(2, 7))
def test_axes_have_few_round_marks_and_reach_the_highest(highest: int, most: int) -> None:
    ticks = nice_ticks(highest, most=most)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= most + 1
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1


def test_a_small_part_is_never_nothing() -> None:
    assert share(1, 100_000, "en") == "< 1%"
    assert share(0, 100_000, "en") == "0%"
    assert share(0, 0, "en") == "0%"
    assert fitted("Saint-Vincent-de-Tyrosse", 100, 12) == "Saint-Vi…osse"
    assert fitted("Azur", 100, 12) == "Azur"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        not_run("Chromium is not installed")
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.mark.browser
async def test_everything_is_seen_on_a_narrow_screen_and_links_are_reached(browser: Browser, tmp_path: Path) -> None:
    given_amounts = [
        Amount(label="Prêtes, avec tout ce que leur édition demande", value=1_203_456, tone="good"),
        Amount(label="En panne", value=3, tone="bad"),
    ]
    days = [date(2026, 9, 1) + timedelta(days=number) for number in range(40)]
    charts = [
        horizontal_bars("a", given_amounts, FRENCH, title="Barres", head=HEAD),
        stacked_bar("b", given_amounts, FRENCH, title="Parts", head=(*HEAD, "Part")),
        lines_over_days(
            "c", days, [Line(label="Prêtes", values=tuple(range(100_000, 100_040)))], FRENCH, title="Jours"
        ),
        commune_map("d", macs(), KEYS, FRENCH, title="Carte", head=HEAD, source="IGN, Admin Express"),
        commune_map("e", macs(rings=False), KEYS, FRENCH, title="Ronds", head=HEAD),
        commune_map("f", macs(position=False), KEYS, FRENCH, title="Tuiles", head=HEAD),
    ]
    css = (STATIC / "charts.css").read_text(encoding="utf-8")
    body = "".join(chart.svg for chart in charts)
    page_file = tmp_path / "charts.html"
    page_file.write_text(
        f"<!doctype html><html lang=fr><meta charset=utf-8><title>x</title><style>{css}body{{margin:0}}</style>{body}",
        encoding="utf-8",
    )
    page = await browser.new_page(viewport={"width": 360, "height": 800})
    await page.goto(page_file.as_uri())
    outside = await page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const one = text.getBoundingClientRect();
                return one.left < box.left - 1 || one.right > box.right + 1 || one.bottom > box.bottom + 1;
            }).map(text => text.textContent);
        })"""
    )
    assert outside == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    smallest = await page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('text')].map(text => text.getBoundingClientRect().height))"""
    )
    assert smallest >= 10
    await page.keyboard.press("Tab")
    focused = await page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "tablettes" in focused
    await page.close()
