"""QR codes, read back by zbarimg."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from enrollment.qr import qr_png, qr_svg

ADDRESS = "https://tablettes.ville-de-mont-de-marsan.example.fr:8443/e/kZ3v9Qd0cSYpX1-mB_7tGA"


def decoded(zbarimg: str, image: Path) -> str:
    done = subprocess.run([zbarimg, "--quiet", "--raw", str(image)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.external
@pytest.mark.parametrize("module_pixels", [3, 8])
def test_the_png_holds_the_address(program: Callable[[str], str], tmp_path: Path, module_pixels: int) -> None:
    (tmp_path / "code.png").write_bytes(qr_png(ADDRESS, module_pixels=module_pixels))
    assert decoded(program("zbarimg"), tmp_path / "code.png") == ADDRESS


@pytest.mark.external
@pytest.mark.browser
async def test_the_svg_holds_the_address_in_a_browser(program: Callable[[str], str], tmp_path: Path) -> None:
    zbarimg, chromium = program("zbarimg"), program("chromium")
    (tmp_path / "code.svg").write_bytes(qr_svg(ADDRESS))
    page = '<body style="margin:0;background:#fff"><img src="code.svg" width="600" height="600">'
    (tmp_path / "page.html").write_text(page)
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = await browser.new_page(viewport={"width": 600, "height": 600})
        await shown.goto((tmp_path / "page.html").as_uri())
        await shown.screenshot(path=tmp_path / "shown.png")
        await browser.close()
    assert decoded(zbarimg, tmp_path / "shown.png") == ADDRESS


def test_the_svg_scales_and_has_a_quiet_zone() -> None:
    root = ElementTree.fromstring(qr_svg(ADDRESS))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib
