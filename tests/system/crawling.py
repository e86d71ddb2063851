"""Goes through the console as each of the demonstration's people, by its links, and looks at each page once."""

import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import msgspec
from playwright.async_api import Browser, BrowserContext, Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WEIGHT_LIMIT = 100_000
_PHONE, _DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
_RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
  return found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | '));
}"""
_WEIGHT = """() => performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
  .filter(one => ['navigation', 'link', 'script', 'css'].includes(one.initiatorType || 'navigation'))
  .filter(one => !/\\.(svg|png|jpg|webp)/.test(one.name))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a page, by who saw it."""

    path: str
    who: str
    faults: list[str]


class Crawler:
    """Visits what people's pages link to; ``patterns``: the paths of all pages, by which each is visited once."""

    def __init__(self, browser: Browser, url: str, patterns: Sequence[str]) -> None:
        self._browser = browser
        self._url = url
        self._patterns = {pattern: _matcher(pattern) for pattern in patterns}
        self.visited: dict[str, str] = {}
        self.faults: list[Seen] = []
        self._noise: list[str] = []

    async def go(self, login: str, *, start: Sequence[str] = ("/",)) -> None:
        """Visit all that one of the people finds; pages that were looked at before only for their links."""
        context = await self._context()
        page = await context.new_page()
        page.on("console", lambda message: self._noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._noise.append(str(error)))
        await page.goto(f"{self._url}/demo/people")
        # A click does not wait for the answer that brings the session's cookie.
        async with page.expect_navigation(url=lambda url: urlsplit(url).path != "/demo/people"):
            await page.locator(f'button[value="{login}"]').click()
        waiting, known = deque(start), set(start)
        reached: set[str] = set()
        while waiting:
            path = waiting.popleft()
            pattern = self.pattern_of(path)
            if pattern is None or pattern in reached or pattern.endswith("/events"):
                continue
            reached.add(pattern)
            for link in await self._visit(context, page, login, path, pattern, start):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        await context.close()

    def pattern_of(self, path: str) -> str | None:
        """Return the page that a path belongs to."""
        bare = urlsplit(path).path
        if bare in self._patterns:
            return bare
        return next((pattern for pattern, matcher in self._patterns.items() if matcher.fullmatch(bare)), None)

    async def _context(self) -> BrowserContext:
        return await self._browser.new_context(viewport=_DESK, locale="fr-FR")  # type: ignore[arg-type]

    async def _visit(
        self, context: BrowserContext, page: Page, who: str, path: str, pattern: str, start: Sequence[str]
    ) -> list[str]:
        answer = await context.request.get(f"{self._url}{path}", headers={"Accept": "text/html"}, max_redirects=0)
        first = pattern not in self.visited
        if answer.status != 403:
            self.visited.setdefault(pattern, who)
        if answer.status in (301, 302, 303):
            return [_local(answer.headers["location"])]
        if answer.status == 403 and path in start:
            return []
        if answer.status != 200:
            self.faults.append(Seen(path=path, who=who, faults=[f"status {answer.status}"]))
            return []
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        self._noise.clear()
        await page.goto(f"{self._url}{path}")
        links: list[str] = await page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        faults = [f"console: {text}" for text in self._noise]
        # The check itself puts styles into the page, which the page's own policy refuses aloud.
        faults += await self._look(page) if first else []
        if faults:
            self.faults.append(Seen(path=path, who=who, faults=faults))
        return [_local(one) for one in links if one.startswith(self._url)]

    async def _look(self, page: Page) -> list[str]:
        faults = [f"axe desk fr {one}" for one in await self._axe(page)]
        weight = await page.evaluate(_WEIGHT)
        if weight > WEIGHT_LIMIT:
            faults.append(f"weighs {weight} bytes")
        await page.context.add_cookies([{"name": "valise-language", "value": "en", "url": self._url}])
        await page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
        await page.reload()
        if not await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            faults.append("wider than a phone")
        if await page.evaluate("document.documentElement.lang") != "en":
            faults.append("does not change its language")
        faults += [f"axe phone en {one}" for one in await self._axe(page)]
        await page.set_viewport_size(_DESK)  # type: ignore[arg-type]
        await page.context.add_cookies([{"name": "valise-language", "value": "fr", "url": self._url}])
        return faults

    async def _axe(self, page: Page) -> list[str]:
        await page.evaluate(AXE)
        found: list[str] = await page.evaluate(_RUN_AXE, RULES)
        return found


def _matcher(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", pattern)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


def _local(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
