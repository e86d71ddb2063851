"""A territory with people of each role, and their browsers without script: pages are opened, their forms are sent."""

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Any

import aiohttp
import msgspec

from mdm.clock import Clock
from mdm.fleet.kit import Kit
from mdm.fleet.slot_binding import Identity, register_tablet
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.ids import new_id
from mdm.repairs.fault import Fault, FaultKind
from mdm.store import Connection
from tests.webui.conftest import Site
from webui.accounts import Accounts
from webui.passwords import Passwords
from webui.roles import Role
from webui.rules import AccessRules
from webui.scopes import EVERYWHERE, Extent, Grant, Scope
from webui.sessions import Proof, Sessions

SCHOOL = "0400377T"
OTHER_SCHOOL = "0590001F"
PEOPLE: Mapping[str, Grant] = {
    "technician": Grant(role=Role.TECHNICIAN),
    "nearby-technician": Grant(role=Role.TECHNICIAN, scope=Scope(extent=Extent.COMMUNE, place_id="40018")),
    "far-technician": Grant(role=Role.TECHNICIAN, scope=Scope(extent=Extent.COMMUNE, place_id="59350")),
    "head": Grant(role=Role.HEAD, scope=Scope(extent=Extent.SCHOOL, place_id=SCHOOL)),
    "teacher": Grant(role=Role.TEACHER, scope=Scope(extent=Extent.SCHOOL, place_id=SCHOOL)),
    "far-teacher": Grant(role=Role.TEACHER, scope=Scope(extent=Extent.SCHOOL, place_id=OTHER_SCHOOL)),
    "manager": Grant(role=Role.MANAGER),
    "dsden": Grant(role=Role.DSDEN),
    "member": Grant(role=Role.MEMBER),
    "parent": Grant(role=Role.PARENT),
    "evaluator": Grant(role=Role.EVALUATOR),
    "dpo": Grant(role=Role.DPO),
    "administrator": Grant(role=Role.ADMINISTRATOR, scope=EVERYWHERE),
}


class Forms(HTMLParser):
    """What a page's forms would send as they are, by their address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[str]]] = {}
        self._now: dict[str, list[str]] | None = None
        self._select = self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._now = self.found.setdefault(given.get("action", ""), {})
        if tag == "button" and "formaction" in given:
            self.found.setdefault(given["formaction"], self._now or {})
        if self._now is None:
            return
        name = given.get("name", "")
        if tag == "input" and given.get("type") == "file":
            return
        if tag == "input" and (given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given):
            self._now.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self._now or "selected" in given):
            self._now[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._area = name
            self._now[name] = [""]

    def handle_data(self, data: str) -> None:
        if self._area and self._now is not None:
            self._now[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._now = None
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, after redirections."""

    status: int
    path: str
    text: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def forms(self) -> dict[str, dict[str, list[str]]]:
        return Forms(self.text).found

    @property
    def words(self) -> str:
        """What is read, without marks, each run of spaces as one."""
        without = re.sub(r"<(script|style)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", without)).split())


class Reader:
    """Somebody's browser, without script."""

    def __init__(self, site: Site, cookie: str, csrf: str) -> None:
        self.site = site
        self.cookie = cookie
        self.csrf = csrf

    async def get(self, path: str, *, language: str = "en", accept: str = "text/html") -> Page:
        return await self._ask("GET", path, language=language, accept=accept)

    async def post(self, path: str, fields: Mapping[str, Any], **headers: str) -> Page:
        """Send a form, whoever wrote it; a tuple is a file's name, its bytes and its type."""
        form = aiohttp.FormData({"csrf": self.csrf})
        files = any(isinstance(one, tuple) for value in fields.values() for one in _each(value))
        form = aiohttp.FormData(default_to_multipart=files)
        form.add_field("csrf", self.csrf)
        for name, value in fields.items():
            for one in _each(value):
                if isinstance(one, tuple):
                    form.add_field(name, one[1], filename=one[0], content_type=one[2])
                else:
                    form.add_field(name, str(one))
        return await self._ask("POST", path, data=form, headers=headers)

    async def send(self, page: Page, action: str, **fields: Any) -> Page:
        """Fill in a page's form, which must be there, and send it."""
        assert action in page.forms, (action, sorted(page.forms))
        known = {name: value for name, value in page.forms[action].items() if name != "csrf"}
        return await self.post(action, {**known, **fields})

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        language: str = "en",
        accept: str = "text/html",
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, cookies={"valise": self.cookie}) as session:
            asked = {"Accept": accept, "Accept-Language": language, **(headers or {})}
            async with session.request(method, f"{self.site.url}{path}", data=data, headers=asked) as answer:
                body = await answer.read()
                is_text = answer.content_type.startswith("text/")
                return Page(
                    status=answer.status,
                    path=answer.url.path,
                    text=body.decode("utf-8-sig") if is_text else "",
                    body=body,
                    headers=dict(answer.headers),
                )


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Console:
    """The people listener with a school, another one far away, tablets, spares, and people of every role."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.services = site.services
        self.database = site.services.database
        self.clock: Clock = site.services.clock
        self.repair = site.services.repair
        self.kit_id = site.kit_id
        self.tablets: dict[str, str] = {}
        self.other_kit: Kit
        self._accounts = Accounts(self.database, self.clock, self.services.journal, Passwords())
        self._readers: dict[str, Reader] = {}

    async def settle(self) -> None:
        """Tablets A1 to A3 in places 1 to 3 of 4, B1 in the far school, spares S1 and S2."""
        fleet = self.services.fleet
        territory = await self.database.read(lambda conn: conn.one("SELECT territory_id FROM territory"))
        assert territory is not None
        await fleet.create_commune("59350", "Lille", territory_id=territory["territory_id"], actor="test")
        await fleet.create_school(OTHER_SCHOOL, "École du Nord", insee="59350", actor="test")
        self.other_kit = await fleet.create_kit(OTHER_SCHOOL, "Orion", platform=Platform.IPAD, slots=2, actor="test")

        def write(conn: Connection) -> None:
            for number in (1, 2, 3):
                self._join(conn, f"A{number}", self.kit_id, number)
            self._join(conn, "B1", self.other_kit.kit_id, 1)
            for serial in ("S1", "S2"):
                self._register(conn, serial, Platform.IPAD)

        await self.database.write(write)

    async def person(self, login: str) -> Reader:
        """The browser of one of `PEOPLE`, who signed in."""
        if login not in self._readers:
            account = await self._accounts.prepare(login, None, PEOPLE[login])
            await self.database.write(lambda conn: self._accounts.add(conn, account, actor="test"))
            sessions = Sessions(self.database, self.clock, self.services.journal, Passwords(), AccessRules())
            cookie = await sessions.open(account.account_id, Proof(method="password"))
            found = await sessions.find(cookie)
            assert found is not None
            self._readers[login] = Reader(self.site, cookie, found.csrf)
        return self._readers[login]

    async def report(
        self, serial: str, kind: FaultKind = FaultKind.SCREEN, *, actor: str = "account:teacher", **more: Any
    ) -> Fault:
        return await self.repair.faults.report(self.tablets[serial], kind, actor=actor, **more)

    async def serials(self, kit_id: str) -> dict[int, str]:
        """Who is in a kit's places, by serial number."""
        view = await self.services.fleet.kit(kit_id)
        return {slot.number: slot.serial for slot in view.slots if slot.serial}

    async def state(self, serial: str) -> str:
        return (await self.services.fleet.tablet(self.tablets[serial])).tablet.state.value

    def _join(self, conn: Connection, serial: str, kit_id: str, number: int) -> None:
        fleet = self.services.fleet
        identity = Identity(platform=Platform.IPAD, serial=serial, model="iPad13,18")
        tablet_id = fleet.bind(conn, identity, kit_id=kit_id, slot_number=number, actor="test")
        fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="test")
        conn.run(
            "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:tablet_id, 1, 1)"
            " ON CONFLICT (tablet_id) DO NOTHING",
            tablet_id=tablet_id,
        )
        fleet.tablet_converged(conn, tablet_id)
        self.tablets[serial] = tablet_id

    def _register(self, conn: Connection, serial: str, platform: Platform) -> None:
        identity = Identity(platform=platform, serial=serial, model="iPad13,18")
        made = register_tablet(conn, self.services.journal, self.clock, identity, actor="test")
        self.tablets[serial] = made.tablet_id


def unknown_id(clock: Clock) -> str:
    """An identifier that nothing has."""
    return new_id(clock)
