"""A real Chromium in which people of the console have signed in already."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import not_run
from tests.webui.repairs.console import Console

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    ARTIFACTS.mkdir(exist_ok=True)
    return program


@asynccontextmanager
async def opened(*arguments: str) -> AsyncIterator[Browser]:
    """A Chromium, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *arguments])
        yield browser
        await browser.close()


async def page_of(
    browser: Browser, console: Console, login: str, *, phone: bool = True, locale: str = "fr-FR", script: bool = True
) -> Page:
    reader = await console.person(login)
    context = await browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        locale=locale,
        java_script_enabled=script,
    )
    await context.add_cookies([{"name": "valise", "value": reader.cookie, "url": console.site.url}])
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page
