"""Label sheets: right to the millimetre, each with its slot's own code, and nothing outside its label."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from enrollment.errors import AgentMissing
from enrollment.kit_codes import KitCode
from enrollment.labels.errors import StartOutside
from enrollment.labels.formats import FORMATS
from enrollment.labels.label import Label, enrolment_labels, inventory_code, inventory_labels
from enrollment.labels.sheets import label_sheets
from enrollment.provisioning import AgentFile
from enrollment.qr import qr_svg
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit, KitView
from mdm.fleet.names import slot_name
from mdm.fleet.tablet import Platform
from mdm.i18n import Catalogs
from tests.enrollment.conftest import ACTOR, DEVICE_URL, HOURS, Facts, Room
from tests.enrollment.printed_labels import PUBLISHED, Box, Pages, Program

TOLERANCE = 0.5
READABLE_AT_2_M = 11.7
"""Millimetres: 20 minutes of arc."""
FRENCH = Catalogs("enrollment", "mdm").for_language("fr")
ENGLISH = Catalogs("enrollment", "mdm").for_language("en")
AGENT = AgentFile(url=f"{DEVICE_URL}/files/0123456789abcdef-{'t' * 22}/agent.apk", sha256="ab" * 32)
LONG_SCHOOL = "École élémentaire publique d'application Simone-Veil, regroupement pédagogique du Haut-Adour " + "W" * 20
LONG_NAMES = [
    "Mallette des classes de CM1, CM2, 6e Nord",
    "W" * 40,
    "Mm" * 20,
    "שלום עולם " * 4,
    "Ä" * 20 + " " + "g" * 19,
]

pytestmark = pytest.mark.external


async def kit_of(room: Room, slots: int, platform: Platform = Platform.IPAD) -> KitView:
    fleet = Fleet(room.database, room.clock, room.journal)
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor=ACTOR)
    made = await fleet.create_kit("0400377T", "Cassiopée", platform=platform, slots=slots, actor=ACTOR)
    return await fleet.kit(made.kit_id)


async def sheets_of(view: KitView, labels: list[Label], form: str, **more: Any) -> bytes:
    words = more.pop("words", FRENCH)
    return await label_sheets(
        labels, FORMATS[form], words, kit=view.kit.name, school=view.school.name, made_at=0, **more
    )


def near(measured: float, right: float) -> bool:
    return abs(measured - right) <= TOLERANCE


def check_places(pages: Pages, form: str, codes: list[str], *, start: int = 1) -> None:
    """Each code is read on its own label, and is where that label is."""
    sheet = PUBLISHED[form]
    per_sheet = sheet.columns * sheet.rows
    places = [(at // per_sheet, sheet.label(at % per_sheet)) for at in range(start - 1, start - 1 + len(codes))]
    assert len(pages.pages) == places[-1][0] + 1
    assert pages.codes(places) == [[code] for code in codes]
    for code, (page, box) in zip(codes, places, strict=True):
        side = float(ElementTree.fromstring(qr_svg(code)).attrib["viewBox"].split()[2])
        picture = FORMATS[form].code
        quiet = 4 * picture / side
        inside = (box[0] + 0.5, box[1] + 0.5, box[0] + picture + 1, box[3] - 0.5)
        ink = pages.ink(page, inside)
        assert ink is not None
        assert near(ink[0], box[0] + 1.5 + quiet), (code, ink, box)
        assert near((ink[1] + ink[3]) / 2, (box[1] + box[3]) / 2), (code, ink, box)
        assert near(ink[2] - ink[0], picture - 2 * quiet)
        assert near(ink[3] - ink[1], picture - 2 * quiet)


@pytest.mark.slow
@pytest.mark.parametrize("form", PUBLISHED)
async def test_each_slots_own_code_is_read_where_the_sheet_has_its_label(
    room: Room, program: Program, tmp_path: Path, form: str
) -> None:
    """Thirty slots take more than one sheet of each format, so that its last label is among them."""
    view = await kit_of(room, 30)
    made = await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    pages = Pages(await sheets_of(view, enrolment_labels(view, made), form), tmp_path, program)
    shown = [await room.codes.shown(view.kit.kit_id, number) for number in range(1, 31)]
    check_places(pages, form, [code.address for code in shown if code is not None])
    assert len(pages.pages) == {"l7160": 2, "l7163": 3, "a4": 3}[form]


@pytest.mark.slow
@pytest.mark.parametrize("form", PUBLISHED)
async def test_codes_for_android_are_read_too(
    room: Room, program: Program, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Facts, "agent", AGENT)
    view = await kit_of(room, 2, Platform.ANDROID)
    made = await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    assert all(AGENT.url in code.address for code in made)
    pages = Pages(await sheets_of(view, enrolment_labels(view, made), form), tmp_path, program)
    check_places(pages, form, [code.address for code in made])


@pytest.mark.parametrize("form", PUBLISHED)
async def test_a_sheet_begun_before_is_used_up(room: Room, program: Program, tmp_path: Path, form: str) -> None:
    view = await kit_of(room, 3)
    sheet = PUBLISHED[form]
    last = sheet.columns * sheet.rows
    pages = Pages(await sheets_of(view, inventory_labels(view), form, start=last - 1), tmp_path, program)
    check_places(pages, form, [inventory_code(view.kit.kit_id, n) for n in (1, 2, 3)], start=last - 1)
    before = [pages.cut_out(0, sheet.label(at)).crop((20, 20, 300, 300)).getextrema() for at in range(last - 2)]
    assert before == [(255, 255)] * (last - 2)


@pytest.mark.parametrize(("form", "start"), [("l7160", 22), ("l7163", 15), ("a4", 11), ("a4", 0)])
async def test_a_label_that_no_sheet_has_is_no_beginning(room: Room, form: str, start: int) -> None:
    view = await kit_of(room, 1)
    with pytest.raises(StartOutside) as raised:
        await sheets_of(view, inventory_labels(view), form, start=start)
    sheet = PUBLISHED[form]
    assert f"1 à {sheet.columns * sheet.rows}" in raised.value.advice(FRENCH)


@pytest.mark.parametrize("form", PUBLISHED)
async def test_digits_are_read_from_two_metres(room: Room, program: Program, tmp_path: Path, form: str) -> None:
    view = await kit_of(room, 12)
    pages = Pages(await sheets_of(view, inventory_labels(view), form), tmp_path, program)
    text = FORMATS[form].code + 1.6
    for position in range(9):
        box = PUBLISHED[form].label(position)
        below = box[1] + {"l7160": 3.6, "l7163": 3.6, "a4": 6.0}[form] + FORMATS[form].digits + 0.6
        digits = pages.ink(0, (box[0] + text, box[1] + 0.6, box[2] - 0.6, below))
        assert digits is not None
        height = digits[3] - digits[1]
        assert height >= READABLE_AT_2_M
        assert near(height, FORMATS[form].digits * 1.03)


async def test_the_cutting_lines_are_the_labels_edges(room: Room, program: Program, tmp_path: Path) -> None:
    view = await kit_of(room, 1)
    pages = Pages(await sheets_of(view, inventory_labels(view), "a4"), tmp_path, program)
    picture, sheet = pages.pages[0], PUBLISHED["a4"]
    dark = picture.point(lambda value: 1 if value < 200 else 0)
    # A line is dark across the whole block; nothing else is.
    upright = [x for x in range(picture.width) if all(dark.getpixel((x, y)) for y in range(200, 3300, 10))]
    level = [y for y in range(picture.height) if all(dark.getpixel((x, y)) for x in range(150, 2330, 10))]
    for found, right in ((upright, [10.0, 105.0, 200.0]), (level, [sheet.top + 54 * row for row in range(6)])):
        middles = [sum(group) / len(group) for group in neighbours(found)]
        assert len(middles) == len(right)
        assert all(near((middle + 0.5) * 25.4 / 300, edge) for middle, edge in zip(middles, right, strict=True)), found


def neighbours(pixels: list[int]) -> list[list[int]]:
    """Pixels that follow each other, together."""
    groups: list[list[int]] = []
    for pixel in pixels:
        if groups and pixel == groups[-1][-1] + 1:
            groups[-1].append(pixel)
        else:
            groups.append([pixel])
    return groups


async def test_the_line_to_check_the_printer_with_is_50_mm_long(room: Room, program: Program, tmp_path: Path) -> None:
    view = await kit_of(room, 1)
    pages = Pages(await sheets_of(view, inventory_labels(view), "l7160"), tmp_path, program)
    ink = pages.ink(0, (5, 287, 64, 293))
    assert ink is not None
    assert abs(ink[2] - ink[0] - 50) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("form", PUBLISHED)
async def test_no_text_leaves_its_label(room: Room, program: Program, tmp_path: Path, form: str) -> None:
    sheet = PUBLISHED[form]
    count = sheet.columns * sheet.rows
    end = room.clock.ms()
    labels = [
        Label(number=n + 1, slot=slot_name(LONG_NAMES[n % 5], n + 1), school=LONG_SCHOOL, code="x" * 60, expires_at=end)
        for n in range(count)
    ]
    pdf = await label_sheets(labels, FORMATS[form], FRENCH, kit="W" * 40, school=LONG_SCHOOL, made_at=0)
    pages = Pages(pdf, tmp_path, program)
    boxes = [sheet.label(at) for at in range(count)]
    margins = [(11.5, 4.0, 198.5, 11.5), (11.5, 287.5, 198.5, 292.5)]
    inside = [0] * count
    for word in pages.words():
        # A word's box is higher than its ink, which is looked at below.
        left, _, right, _ = word.box
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        (home,) = [box for box in [*boxes, *margins] if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
        assert home[0] + 1 <= left or home in margins, word
        assert right <= home[2] - (0 if home in margins else 0.8), word
        if home in boxes:
            inside[boxes.index(home)] += 1
    assert min(inside) >= 5
    for box in boxes:
        for edge in edges_of(box, sheet.across > sheet.width):
            assert pages.ink(0, edge) is None, (box, edge)


def edges_of(box: Box, gutter: bool) -> list[Box]:
    """Strips along a label's inner edges where nothing may be; between cutting lines a bit further in."""
    left, top, right, bottom = box
    out, deep = (0.0, 0.8) if gutter else (0.4, 1.2)
    return [
        (left + out, top + out, right - out, top + deep),
        (left + out, bottom - deep, right - out, bottom - out),
        (left + out, top + out, left + deep, bottom - out),
        (right - deep, top + out, right - out, bottom - out),
    ]


async def test_the_sheet_says_until_when_its_codes_are_good(room: Room) -> None:
    """From 10:00 in Paris, for twelve hours."""
    view = await kit_of(room, 2)
    made = await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    labels = enrolment_labels(view, made)
    french = text_of(await sheets_of(view, labels, "l7163"))
    assert french.count("1er sept. 2026 à 22:00") == 3
    assert "gardez cette planche comme des clés" in french
    assert "Cassiopée 02" in french
    assert "École du Bourg" in french
    assert "Code until Sep 1, 2026, 10:00" in text_of(await sheets_of(view, labels, "l7163", words=ENGLISH))


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


async def test_the_secret_is_in_the_picture_and_nowhere_in_the_text(room: Room) -> None:
    view = await kit_of(room, 1)
    (code,) = await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    pdf = await sheets_of(view, enrolment_labels(view, [code]), "a4")
    secret = code.address.rpartition("/")[2]
    assert secret not in text_of(pdf)
    assert secret.encode() not in pdf


async def test_the_print_dialogue_is_asked_not_to_scale(room: Room) -> None:
    view = await kit_of(room, 1)
    reader = PdfReader(BytesIO(await sheets_of(view, inventory_labels(view), "l7160")))
    root: Any = reader.trailer["/Root"]
    assert root["/ViewerPreferences"]["/PrintScaling"] == "/None"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    page = reader.pages[0].mediabox
    assert (round(float(page.width) * 25.4 / 72, 2), round(float(page.height) * 25.4 / 72, 2)) == (210, 297)


async def test_inventory_codes_open_nothing_and_make_no_ticket(room: Room, kit: Kit) -> None:
    view = await Fleet(room.database, room.clock, room.journal).kit(kit.kit_id)
    labels = inventory_labels(view)
    assert [label.code for label in labels] == [f"valise:{kit.kit_id[-12:]}/{number}" for number in (1, 2, 3)]
    assert await room.codes.shown_all(kit.kit_id) == []
    words = text_of(await sheets_of(view, labels, "l7160"))
    assert f"valise:{kit.kit_id[-12:]}/3" in words
    assert "ils n’ouvrent rien" in words


async def test_new_labels_withdraw_the_slots_codes_and_leave_the_kits_own(room: Room, kit: Kit) -> None:
    own = (await room.codes.codes(kit.kit_id, slots=True, lifetime=timedelta(hours=1), actor=ACTOR))[0]
    made = await room.codes.slot_codes(kit.kit_id, lifetime=HOURS, actor=ACTOR)
    assert [code.slot_number for code in made] == [1, 2, 3]
    assert await room.codes.shown_all(kit.kit_id) == [own, *made]


async def test_without_the_agent_no_code_is_withdrawn(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await kit_of(room, 2, Platform.ANDROID)
    monkeypatch.setattr(Facts, "agent", AGENT)
    made = await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    monkeypatch.setattr(Facts, "agent", None)
    with pytest.raises(AgentMissing):
        await room.codes.slot_codes(view.kit.kit_id, lifetime=HOURS, actor=ACTOR)
    assert [one.ticket_id for one in await room.codes.shown_all(view.kit.kit_id)] == ids(made)


def ids(codes: list[KitCode]) -> list[str]:
    return [code.ticket_id for code in codes]
