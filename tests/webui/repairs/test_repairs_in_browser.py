"""In a real Chromium: several people count at once, the camera reads labels, photos are made lighter, pages follow."""

import io
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from playwright.async_api import Browser, expect

from enrollment.labels.label import inventory_code
from tests.webui.repairs.browsing import ARTIFACTS, opened, page_of
from tests.webui.repairs.console import SCHOOL, Console
from tests.webui.repairs.test_fault_pages import photo_with_position

pytestmark = [pytest.mark.browser, pytest.mark.external]
DETECTOR = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["code_128", "qr_code", "ean_13"]; }
  constructor(wanted) { window.wanted = wanted.formats; }
  async detect(canvas) { return canvas.width ? [{ rawValue: "%s" }] : []; }
};
"""


async def test_two_people_count_one_school_and_each_sees_the_others_scans(console: Console, browser: Browser) -> None:
    counted = await console.repair.inventories.open_school(SCHOOL, actor="account:head")
    address = f"{console.site.url}/inventory/{counted.inventory_id}"
    teacher, head = await page_of(browser, console, "teacher"), await page_of(browser, console, "head", phone=False)
    for page in (teacher, head):
        await page.goto(address)
        await expect(page.locator("#inventory-tally")).to_contain_text("0 vues sur 3")
    # A hand scanner types, and ends with Enter.
    await teacher.locator("#code").press_sequentially(inventory_code(console.kit_id, 1))
    await teacher.locator("#code").press("Enter")
    await expect(teacher.locator("#scanned")).to_contain_text("Cassiopée 01")
    await expect(teacher.locator("#code")).to_have_value("")
    await expect(teacher.locator("#code")).to_be_focused()
    await expect(head.locator("#inventory-tally")).to_contain_text("1 vues sur 3")
    await head.locator("#code").fill("A2")
    await head.get_by_role("button", name="Compter").click()
    await expect(head.locator("#scanned")).to_contain_text("Cassiopée 02")
    await expect(teacher.locator("#inventory-tally")).to_contain_text("2 vues sur 3")
    await expect(teacher.locator("#scanned")).to_contain_text("Cassiopée 01")
    await expect(teacher.locator("#inventory-missing")).to_contain_text("3")
    await head.locator("#code").fill("nothing!")
    await head.locator("#code").press("Enter")
    await expect(head.locator("#scanned .bad")).to_be_visible()
    await head.screenshot(path=ARTIFACTS / "inventory-desktop-fr.png", full_page=True)
    await teacher.screenshot(path=ARTIFACTS / "inventory-phone-fr.png", full_page=True)


@pytest.mark.parametrize("reader", ["our decoder", "the browser's"])
async def test_the_camera_reads_a_label(console: Console, tmp_path: Path, reader: str) -> None:
    code = inventory_code(console.kit_id, 2)
    film = tmp_path / "label.y4m"
    film.write_bytes(film_of(code))
    counted = await console.repair.inventories.open_kit(console.kit_id, actor="account:head")
    async with opened(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as browser:
        page = await page_of(browser, console, "teacher")
        ours = reader == "our decoder"
        # Chromium on Linux has no reader of its own: a stand-in shows that one is asked as the standard says.
        await page.add_init_script("delete window.BarcodeDetector" if ours else DETECTOR % code)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{console.site.url}/inventory/{counted.inventory_id}")
        assert not [url for url in asked if "/vendor/qr/" in url]
        await page.get_by_role("button", name="Scanner avec l'appareil photo").click()
        await expect(page.locator("#scanned")).to_contain_text("Cassiopée 02", timeout=20_000)
        await expect(page.locator("#inventory-tally")).to_contain_text("1 vues sur 3")
        assert bool([url for url in asked if "/vendor/qr/" in url]) is ours
        assert ours or await page.evaluate("window.wanted") == ["qr_code", "code_128"]
        await page.get_by_role("button", name="Arrêter l'appareil photo").click()
        await expect(page.locator("#camera")).to_be_hidden()
        assert not said
    assert [scan.code for scan in await console.repair.inventories.scans(counted.inventory_id)] == [code]


async def test_a_fault_is_reported_by_thumb_with_photos_made_lighter(console: Console, browser: Browser) -> None:
    page = await page_of(browser, console, "teacher")
    tablet = console.tablets["A1"]
    await page.goto(f"{console.site.url}/tablets/{tablet}")
    await page.get_by_role("link", name="Signaler une panne").click()
    await page.get_by_text("Écran cassé ou en panne").click()
    photos = page.locator("#photos")
    for colour in ("firebrick", "navy"):
        picture = {"name": "IMG.JPG", "mimeType": "image/jpeg", "buffer": photo_with_position(colour)}
        await photos.set_input_files([picture])
        await expect(page.locator("#previews canvas")).to_have_count(1 if colour == "firebrick" else 2)
    sizes = await photos.evaluate("async (field) => [...field.files].map((one) => one.size)")
    assert len(sizes) == 2
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.screenshot(path=ARTIFACTS / "fault-report-phone-fr.png", full_page=True)
    await page.get_by_role("button", name="Envoyer le signalement").click()
    await expect(page.locator("h1")).to_have_text("Merci")
    fault = (await console.repair.faults.of_tablet(tablet)).faults[0].fault
    view = await console.repair.faults.show(fault.fault_id)
    assert [(photo.width, photo.height) for photo in view.photos] == [(1600, 800)] * 2
    await page.get_by_role("link", name="Suivre la réparation").click()
    pictures = page.locator("#fault-photos img")
    await expect(pictures).to_have_count(2)
    await pictures.nth(0).scroll_into_view_if_needed()
    await expect(pictures.nth(0)).to_have_js_property("naturalWidth", 1600)
    # The technician takes it: the page that the teacher holds says so by itself.
    await console.repair.repairs.take(fault.fault_id, actor="account:technician")
    await expect(page.locator("#fault-state")).to_contain_text("Un technicien s’en occupe")


async def test_a_repair_goes_on_while_another_technician_looks(console: Console, browser: Browser) -> None:
    fault = await console.report("A1")
    address = f"{console.site.url}/faults/{fault.fault_id}"
    first = await page_of(browser, console, "technician", phone=False)
    second = await page_of(browser, console, "nearby-technician", script=False)
    await first.goto(f"{address}?act=send")
    await first.locator("#workshop").fill("Atelier Sud")
    await second.goto(address)
    await second.get_by_role("button", name="Je m'en occupe").click()
    await expect(second.locator("#fault-state")).to_contain_text("Un technicien s’en occupe")
    # The form is still possible, and what was typed is still there.
    await expect(first.locator("#fault-state")).to_contain_text("Un technicien s’en occupe")
    await expect(first.locator("#workshop")).to_have_value("Atelier Sud")
    await first.get_by_role("button", name="L'envoyer à l'atelier").click()
    await expect(first.locator("#fault-state")).to_contain_text("Atelier Sud")
    listed = await page_of(browser, console, "nearby-technician", phone=False)
    await listed.goto(f"{console.site.url}/faults")
    await expect(listed.locator("#faults-list li")).to_have_count(1)
    await console.report("A2")
    await expect(listed.locator("#faults-list li")).to_have_count(2)


async def test_no_page_of_repairs_is_wider_than_a_phone(console: Console, browser: Browser) -> None:
    fault = await console.report("A1", words="W" * 300, photos=[photo_with_position()], unusable=True)
    await console.repair.spares.place(console.tablets["S1"], "shelf " * 18, actor="test")
    kit = await console.repair.inventories.open_kit(console.kit_id, actor="test")
    await console.repair.inventories.scan(kit.inventory_id, "W" * 60, actor="test")
    paths = [
        "/faults", f"/faults/{fault.fault_id}", *(f"/faults/{fault.fault_id}?act={act}" for act in ("send", "replace")),
        f"/tablets/{console.tablets['A1']}/fault", "/spares", f"/spares/{console.tablets['S1']}",
        "/spares/return?words=cassiopee", "/inventory", f"/inventory/{kit.inventory_id}",
        "/labels", f"/labels?kit={console.kit_id}",
    ]  # fmt: skip
    said: list[str] = []
    for locale in ("fr-FR", "en-GB"):
        page = await page_of(browser, console, "technician", locale=locale)
        page.on("console", lambda message: said.append(message.text))
        await page.set_viewport_size({"width": 360, "height": 740})
        for path in paths:
            answer = await page.goto(f"{console.site.url}{path}")
            assert answer is not None
            assert answer.status == 200, path
            wide = await page.evaluate(
                "[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right"
                " > innerWidth && !one.closest('.choices, .photos, .scroll')).map((one) => one.outerHTML.slice(0, 120))"
            )
            assert not wide, (path, wide)
    assert not said


def film_of(code: str) -> bytes:
    """A film (YUV4MPEG2, 4:2:0) of a label that somebody holds a little askew before a camera."""
    made = qrcode.QRCode(border=4, box_size=6)
    made.add_data(code)
    label = made.make_image().convert("L").rotate(7, expand=True, fillcolor=210)
    out = io.BytesIO()
    out.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
    for shift in (0, 6, 12):
        frame = Image.new("L", (640, 480), 210)
        frame.paste(label, (170 + shift, 90))
        out.write(b"FRAME\n" + frame.tobytes() + bytes([128]) * (640 * 480 // 2))
    return out.getvalue()
