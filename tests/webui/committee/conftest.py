"""The committee's pages on a founded charter, read and used as people do: a form is found on its page, and sent."""

from collections.abc import Awaitable, Callable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import dossier_of
from profiles.catalogue.entry import Entry
from profiles.catalogue.item import item_of
from profiles.charter.convention import Convention
from tests.api.chamber import Chamber
from tests.api.conftest import Api, tokens_for_all
from tests.charter.agreeing import SIMPLE
from tests.webui.conftest import MakeSite, Site

HTML = {"Accept": "text/html"}
LIRE_ITEM = {
    "kind": "app",
    "name": "Lire à la volée",
    "publisher": "Éditions du Pic",
    "bundle_id": "fr.lire",
    "package": "fr.lire.android",
    "store_id": 7,
    "levels": [2, 3],
    "subjects": ["french"],
    "languages": ["fr"],
    "licences": {"price_cents": 250, "unit": "pupil", "period": "year"},
}
LIRE_DOSSIER = {
    "purpose": "Entraîner la fluence en lecture.",
    "data": {"collected": ["prénom"], "hosting": ["FR"], "transfers": [], "advertising": False},
    "accessibility": "Lecture à voix haute.",
}


class Sent(HTMLParser):
    """What forms of a page would post: the hidden fields, the chosen options and the texts, by the form's address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._posts = False
        self._select = ""
        self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a form's fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._posts = given.get("method") == "post"
            if self._posts:
                self.forms.append((given.get("action", ""), {}))
        if not self._posts:
            return
        fields = self.forms[-1][1]
        if tag == "input" and (given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given):
            fields[given.get("name", "")] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and (self._select not in fields or "selected" in given):
            fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = given.get("name", "")
            fields[self._area] = ""

    def handle_data(self, data: str) -> None:
        """Collect the text of a field of several lines."""
        if self._area and self._posts:
            self.forms[-1][1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a field or a form."""
        if tag == "textarea":
            self._area = ""
        if tag == "form":
            self._posts = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it was answered, after redirections."""

    status: int
    path: str
    text: str
    headers: Mapping[str, str]
    body: bytes

    def form(self, action: str) -> dict[str, str]:
        """What the page's form with this address would send as it is; it must be there."""
        found = [fields for address, fields in Sent(self.text).forms if address == action]
        assert found, (action, [address for address, _ in Sent(self.text).forms])
        return found[0]

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """Every form that posts, by its address, with what it would send as it is."""
        return Sent(self.text).forms

    def offers(self, action: str) -> bool:
        """Tell whether the page has a form with this address."""
        return any(address == action for address, _ in Sent(self.text).forms)


class Reader:
    """One person's browser, without script."""

    def __init__(self, site: Site, headers: Mapping[str, str]) -> None:
        self._site = site
        self._headers = {"Cookie": headers["Cookie"], **HTML}
        self._csrf = headers["X-CSRF-Token"]

    async def get(self, path: str, *, language: str = "en") -> Page:
        """Open a page."""
        return await self._ask("GET", path, language=language)

    async def post(self, path: str, fields: Mapping[str, Any]) -> Page:
        """Send a form, whoever wrote it."""
        pairs = [
            (name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])
        ]
        return await self._ask("POST", path, data=urlencode([("csrf", self._csrf), *pairs]))

    async def send(self, page: str, action: str, **fields: Any) -> Page:
        """Open a page, fill in its form with this address, and send it."""
        form = (await self.get(page)).form(action)
        form.pop("csrf", None)
        return await self.post(action, {**form, **fields})

    async def done(self, page: str, action: str, **fields: Any) -> Page:
        """Do what `send` does; it must succeed."""
        answer = await self.send(page, action, **fields)
        assert answer.status == 200, (action, answer.status, answer.text)
        return answer

    async def _ask(self, method: str, path: str, *, data: str | None = None, language: str = "en") -> Page:
        headers = {**self._headers, "Accept-Language": language}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                method, f"{self._site.url}{path}", data=data, headers=headers, allow_redirects=False
            ) as answer,
        ):
            body = await answer.read()
            if answer.status == 303:
                # A browser brings the short word back that was given for the next page.
                notices = [f"{name}={one.value}" for name, one in answer.cookies.items()]
                follower = Reader(
                    self._site, {"Cookie": "; ".join([self._headers["Cookie"], *notices]), "X-CSRF-Token": ""}
                )
                return await follower.get(answer.headers["Location"].split("#")[0], language=language)
            is_text = "pdf" not in answer.headers.get("Content-Type", "")
            return Page(
                status=answer.status,
                path=path,
                text=body.decode() if is_text else "",
                headers=dict(answer.headers),
                body=body,
            )


async def demonstration(make_site: MakeSite) -> Reader:
    """The browser of somebody at the demonstration, who is there without an account."""
    site = await make_site(demo=True)
    return Reader(site, {"Cookie": f"valise-form={'x' * 43}", "X-CSRF-Token": "x" * 43})


class Hall:
    """A founded charter behind the pages; ``chamber`` does by the API what a test is not about."""

    def __init__(self, chamber: Chamber) -> None:
        self.chamber = chamber
        self.site = chamber.site
        services = chamber.site.services
        folder = Attachments(services.settings.data_dir / "attachments")
        self.catalogue = Catalogue(services.database, services.clock, services.journal, folder)

    async def confirm_everybody(self) -> None:
        """Let everybody have come in by more than a password, as managers must."""
        await self.chamber.database.write(lambda conn: conn.run("UPDATE session SET second = 'totp'"))

    def reader(self, login: str) -> Reader:
        """The browser of a person who signed in."""
        return Reader(self.site, self.chamber.headers(login))

    def stranger(self) -> Reader:
        """The browser of somebody who has not signed in."""
        return Reader(self.site, {"Cookie": f"valise-form={'x' * 43}", "X-CSRF-Token": "x" * 43})

    async def item(self, tree: Any = None, dossier: Any = None) -> Entry:
        """An item of the catalogue with its dossier."""
        said = dossier_of(LIRE_DOSSIER if dossier is None else dossier)
        return await self.catalogue.add(item_of(tree or LIRE_ITEM), said, actor="account:secretary")


MakeHall = Callable[..., Awaitable[Hall]]


@pytest.fixture
def make_hall(make_site: MakeSite, database: Database, clock: ManualClock) -> MakeHall:
    async def make(convention: Convention = SIMPLE, *, port: int = 0) -> Hall:
        site = await make_site(demo=False, port=port)
        chamber = Chamber(site, Api(site.url, await tokens_for_all(database, clock)), database, clock)
        await chamber.begin(convention)
        hall = Hall(chamber)
        await hall.confirm_everybody()
        return hall

    return make


@pytest.fixture
async def hall(make_hall: MakeHall) -> Hall:
    """No notice, fourteen days to vote, urgent withdrawals for thirty, pilots by the DSDEN's word."""
    return await make_hall()
