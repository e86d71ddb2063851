"""A signed-in browser without a window: it keeps cookies, and sends each form with its token."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from mdm.ids import new_id
from mdm.store import Connection
from tests.webui.conftest import Site
from webui.account_store import Account, account_by_login, insert_account
from webui.roles import Role
from webui.scopes import EVERYWHERE, Grant, Scope
from webui.session_store import Session, insert_session

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_HTML = {"Accept": "text/html", "Accept-Language": "fr"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was read; ``path``: where redirects led."""

    status: int
    path: str
    text: str
    body: bytes
    headers: Mapping[str, str]


class Browser:
    """Asks a site's pages as one person."""

    def __init__(self, site: Site, cookie: str, csrf: str) -> None:
        self._site = site
        self.cookie = cookie
        self._cookies = {"valise": cookie}
        self.csrf = csrf

    async def get(self, path: str, **headers: str) -> Answer:
        """Return a page, in French unless it is asked for otherwise."""
        return await self._ask("GET", path, headers=headers)

    async def post(self, path: str, form: Mapping[str, Any], **headers: str) -> Answer:
        """Send a form with this session's token, and follow where it leads."""
        data = aiohttp.FormData({"csrf": self.csrf})
        for name, value in form.items():
            if isinstance(value, tuple):
                filename, content, kind = value
                data.add_field(name, content, filename=filename, content_type=kind)
            else:
                data.add_field(name, value)
        return await self._ask("POST", path, data=data, headers=headers)

    async def _ask(self, method: str, path: str, *, headers: Mapping[str, str], data: Any = None) -> Answer:
        async with (
            aiohttp.ClientSession(cookies=self._cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
            session.request(method, f"{self._site.url}{path}", data=data, headers={**_HTML, **headers}) as answer,
        ):
            body = await answer.read()
            return Answer(
                status=answer.status,
                path=answer.url.path_qs,
                text=body.decode("utf-8", "replace"),
                body=body,
                headers=answer.headers,
            )


async def browser_of(site: Site, login: str, role: Role, scope: Scope = EVERYWHERE) -> Browser:
    """Return the browser of a person with one role, who is signed in."""
    database, clock = site.services.database, site.services.clock
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    account = Account(
        account_id=new_id(clock),
        login=login,
        password_hash="!",
        grants=(Grant(role=role, scope=scope),),
        created_at=clock.ms(),
    )

    def sign_in(conn: Connection) -> None:
        known = account_by_login(conn, login)
        if known is None:
            insert_account(conn, account)
        holder = known or account
        session = Session(
            digest=hashlib.sha256(cookie.encode()).hexdigest(),
            account_id=holder.account_id,
            login=login,
            grants=holder.grants,
            csrf=csrf,
            expires_at=clock.ms() + 12 * 3600 * 1000,
            method="passkey",
        )
        insert_session(conn, session, now=clock.ms())

    await database.write(sign_in)
    return Browser(site, cookie, csrf)
