"""The forecast as a picture and as a table: the same figures, for those who see it and those who do not."""

import re
import shutil
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, async_playwright

from mdm.i18n import Catalogs
from profiles.costs.money import whole_euros
from profiles.costs.renewal import Forecast, Renewal
from profiles.costs.renewal_plot import WIDTH, nice_ticks, plot_renewals
from profiles.costs.renewal_table import renewals_page, renewals_table
from tests.conftest import not_run

SVG = "{http://www.w3.org/2000/svg}"
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
FRENCH = Catalogs("profiles.costs").for_language("fr")
ENGLISH = Catalogs("profiles.costs").for_language("en")

names = st.text(st.characters(blacklist_categories=("C",)), min_size=1, max_size=60)
renewals = st.builds(
    Renewal,
    uai=st.sampled_from(["", *(f"04000{number:02d}X" for number in range(12))]),
    school_year=st.integers(2026, 2032),
    tablets=st.integers(1, 400),
    amount_cents=st.integers(0, 30_000_000),
    unpriced=st.integers(0, 3),
    overdue=st.integers(0, 3),
)
forecasts = st.builds(
    Forecast,
    first_year=st.just(2026),
    renewals=st.lists(renewals, max_size=40, unique_by=lambda one: (one.uai, one.school_year)).map(tuple),
    undated=st.integers(0, 20),
)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@given(forecasts, st.lists(names, min_size=13, max_size=13))
def test_every_picture_is_well_formed_and_writes_its_figures_out(forecast: Forecast, schools: list[str]) -> None:
    known = dict(zip([f"04000{number:02d}X" for number in range(12)], schools, strict=False))
    root = parsed(plot_renewals(forecast, known, ENGLISH))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "renewal-title renewal-desc")
    assert root.find(f"{SVG}title").text  # type: ignore[union-attr]
    written = texts(root)
    described = root.find(f"{SVG}desc").text or ""  # type: ignore[union-attr]
    for year in forecast.years:
        whole = forecast.of_year(year)
        if whole.tablets:
            amount = whole_euros(whole.amount_cents, "en")
            assert (amount if whole.amount_cents else "?") in written
            assert f"{year}-{year + 1}: {amount} for" in described
    assert ("not counted" in described) == bool(forecast.undated)
    assert ("not counted" in " ".join(written)) == bool(forecast.undated)


@given(forecasts)
def test_bars_are_as_high_as_their_amounts_and_stay_in_the_picture(forecast: Forecast) -> None:
    root = parsed(plot_renewals(forecast, {}, ENGLISH))
    width, height = (float(size) for size in (root.get("viewBox") or "").split()[2:])
    heights = 0.0
    for bar in root.findall(f"{SVG}rect"):
        x, y, wide, high = (float(bar.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
        if bar.get("stroke"):
            heights += high
    top = nice_ticks(max((forecast.of_year(year).amount_cents for year in forecast.years), default=0))[-1]
    expected = 300 * sum(one.amount_cents for one in forecast.renewals) / top
    assert heights == pytest.approx(expected, abs=0.5)


@given(st.integers(0, 10**12))
def test_an_axis_is_marked_with_a_few_round_amounts(highest: int) -> None:
    ticks = nice_ticks(highest)
    assert 3 <= len(ticks) <= 7
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert len({after - before for before, after in pairwise(ticks)}) == 1
    assert re.fullmatch(r"[125]0*", str(ticks[1]))


def test_nothing_in_a_name_becomes_markup_script_or_style() -> None:
    hostile = "</text><script>alert(1)</script>\"&'"
    forecast = Forecast(
        first_year=2026,
        renewals=(Renewal(uai="0400001X", school_year=2026, tablets=1, amount_cents=100, unpriced=0, overdue=0),),
        undated=0,
    )
    for drawn in (
        plot_renewals(forecast, {"0400001X": hostile}, FRENCH),
        renewals_table(forecast, {"0400001X": hostile}, FRENCH),
    ):
        assert "<script" not in drawn
        assert "style=" not in drawn
        assert "&lt;script&gt;" in drawn


def test_schools_that_are_too_many_are_drawn_as_one() -> None:
    found = tuple(
        Renewal(
            uai=f"04000{number:02d}X", school_year=2027, tablets=1, amount_cents=100_000 * (number + 1),
            unpriced=0, overdue=0,
        )
        for number in range(10)
    )  # fmt: skip
    forecast = Forecast(first_year=2026, renewals=found, undated=0)
    root = parsed(plot_renewals(forecast, {"0400009X": "École du Bourg"}, FRENCH))
    written = texts(root)
    assert "École du Bourg" in written
    assert "4 autres écoles" in written
    assert "0400000X" not in written
    assert len(root.findall(f"{SVG}defs/{SVG}pattern")) == 7
    assert len({pattern.find(f"{SVG}path").get("d") for pattern in root.iter(f"{SVG}pattern")}) == 7  # type: ignore[union-attr]


def test_two_pictures_on_a_page_have_their_own_identifiers() -> None:
    nothing = Forecast(first_year=2026, renewals=(), undated=0)
    ids = [
        {
            element.get("id")
            for element in parsed(plot_renewals(nothing, {}, FRENCH, name=name)).iter()
            if element.get("id")
        }
        for name in ("a", "b")
    ]
    assert not ids[0] & ids[1]
    assert "Aucune tablette n'est à remplacer dans les années à venir." in texts(
        parsed(plot_renewals(nothing, {}, FRENCH))
    )


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.scopes: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += f" {data}"


@given(forecasts)
def test_the_table_has_a_line_for_each_school_and_a_column_for_each_year(forecast: Forecast) -> None:
    cells = _Cells()
    cells.feed(renewals_table(forecast, {}, ENGLISH))
    schools = {one.uai for one in forecast.renewals}
    assert len(cells.rows) == len(schools) + 2
    assert {len(row) for row in cells.rows} == {len(forecast.years) + 2}
    assert None not in cells.scopes
    whole = sum(one.tablets for one in forecast.renewals)
    assert (f" {whole} tablet" in cells.rows[-1][-1]) == bool(whole)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


def crowded() -> tuple[Forecast, dict[str, str]]:
    """Return a forecast that fills the picture: seven years, nine schools, long names, large amounts."""
    schools = {
        f"04000{number:02d}X": f"Groupe scolaire Frédéric-Bastiat numéro {number} et environs" for number in range(9)
    }
    found = tuple(
        Renewal(uai=uai, school_year=2026 + year, tablets=88, amount_cents=14_000_000 + 999 * number,
                unpriced=3 * (year % 2), overdue=11 * (year == 0))
        for number, uai in enumerate(schools)
        for year in range(7)
        if (number + year) % 3
    )  # fmt: skip
    return Forecast(first_year=2026, renewals=found, undated=5), schools


_OVERLAPS = """
() => {
  const texts = [...document.querySelectorAll('svg text')];
  const boxes = texts.map(text => ({text: text.textContent, box: text.getBoundingClientRect()}));
  const page = document.querySelector('svg').getBoundingClientRect();
  const outside = boxes.filter(({box}) => box.left < page.left || box.right > page.right
    || box.top < page.top || box.bottom > page.bottom);
  const overlaps = [];
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
    const a = one.box, b = other.box;
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
      overlaps.push([one.text, other.text]);
  }));
  return {count: boxes.length, outside: outside.map(one => one.text), overlaps};
}
"""


@pytest.mark.browser
@pytest.mark.external
async def test_no_label_covers_another_or_leaves_the_picture(browser: Browser) -> None:
    forecast, schools = crowded()
    for words in (FRENCH, ENGLISH):
        page = await browser.new_page(viewport={"width": 1040, "height": 700})
        await page.set_content(renewals_page(forecast, schools, words))
        found = await page.evaluate(_OVERLAPS)
        assert found["count"] > 30
        assert (found["outside"], found["overlaps"]) == ([], [])
        image = page.get_by_role("img", name="Renouvellement" if words is FRENCH else "Renewal")
        assert await image.count() == 1
        if words is FRENCH:
            ARTIFACTS.mkdir(exist_ok=True)
            await page.screenshot(path=ARTIFACTS / "renewal-fr.png")
        assert await page.locator("svg").bounding_box() is not None
        assert (await page.locator("svg").bounding_box() or {})["width"] <= WIDTH
        await page.close()
