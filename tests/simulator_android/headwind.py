"""A server of the agent's protocol that says what a test tells it to, and remembers all that it was asked."""

import asyncio
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from mdm.simulator.android.provisioning import checksum

SECRET = "changeme-C3z9vi54"
PREFIX = "android.app.extra.PROVISIONING_"


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


def envelope(data: Any, *, status: str = "OK", message: str | None = None) -> bytes:
    return json.dumps({"status": status, "message": message, "data": data}, separators=(",", ":")).encode()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request: ``what`` names the endpoint, ``path`` is as it came."""

    method: str
    what: str
    path: str
    project: str
    number: str | None
    headers: Mapping[str, str]
    body: Any


_ENDPOINTS = {
    "config": "public/sync/configuration",
    "info": "public/sync/info",
    "poll": "notification/polling",
    "rules": "plugins/devicelog/log/rules",
    "logs": "plugins/devicelog/log/list",
    "reboot": "plugins/devicereset/public/reboot",
    "password": "plugins/devicereset/public/password",
    "reset": "plugins/devicereset/public",
}
_REST = re.compile(r"(?:/(?P<project>[^/]*))?/rest/(?P<rest>.*)")


class Headwind:
    """``configs`` has the configuration at each project; ``script`` says what to answer once instead of it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.configs: dict[str, dict[str, Any]] = {}
        self.rules: list[dict[str, Any]] = [{"packageId": "com.hmdm.launcher", "logLevel": 5, "filter": ""}]
        self.files: dict[str, bytes] = {}
        self.hold = 5.0
        self.messages: dict[str, asyncio.Queue[list[dict[str, Any]]]] = defaultdict(asyncio.Queue)
        self._scripts: dict[str, list[Any]] = defaultdict(list)

    def script(self, what: str, *answers: Any) -> None:
        """Answer the next requests with these: a status, the bytes of a body, or an exception to break off with."""
        self._scripts[what] += answers

    def unscript(self) -> None:
        self._scripts.clear()

    def of(self, what: str) -> list[Asked]:
        return [one for one in self.asked if one.what == what]

    def order(self) -> list[str]:
        return [f"{one.method} {one.what} {one.project}" for one in self.asked if one.what != "poll"]

    @property
    def infos(self) -> list[dict[str, Any]]:
        return [one.body for one in self.of("info")]

    def say(self, number: str, *messages: dict[str, Any]) -> None:
        self.messages[number].put_nowait(list(messages))

    def provisioning(self, project: str = "k-kit", **changes: Any) -> dict[str, Any]:
        """Return a right code, with ``changes`` to its admin extras (None takes one away)."""
        extras = {
            "com.hmdm.BASE_URL": self.url,
            "com.hmdm.SERVER_PROJECT": project,
            "com.hmdm.DEVICE_ID_USE": "serial",
            **{f"com.hmdm.{key}": value for key, value in changes.items()},
        }
        return {
            PREFIX + "DEVICE_ADMIN_COMPONENT_NAME": "com.hmdm.launcher/com.hmdm.launcher.AdminReceiver",
            PREFIX + "DEVICE_ADMIN_PACKAGE_DOWNLOAD_LOCATION": f"{self.url}/files/launcher.apk",
            PREFIX + "DEVICE_ADMIN_PACKAGE_CHECKSUM": checksum(self.files["launcher.apk"]),
            PREFIX + "LEAVE_ALL_SYSTEM_APPS_ENABLED": True,
            PREFIX + "ADMIN_EXTRAS_BUNDLE": {key: value for key, value in extras.items() if value is not None},
        }

    def code(self, project: str = "k-kit", **changes: Any) -> str:
        return json.dumps(self.provisioning(project, **changes))

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path
        if path.startswith("/files/"):
            return await self._file(request, path.removeprefix("/files/"))
        found = _REST.fullmatch(path)
        if found is None:
            return web.Response(status=404)
        asked = await self._note(request, path, unquote(found["project"] or ""), found["rest"])
        if self._scripts[asked.what]:
            answer = self._scripts[asked.what].pop(0)
            if isinstance(answer, Exception):
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if isinstance(answer, web.StreamResponse):
                return answer
            return web.Response(status=answer) if isinstance(answer, int) else _json(answer)
        return await self._usual(asked)

    async def _note(self, request: web.Request, path: str, project: str, rest: str) -> Asked:
        what, number = "other", None
        for name, endpoint in _ENDPOINTS.items():
            if rest == endpoint or (rest.startswith(endpoint + "/")):
                what, number = name, unquote(rest[len(endpoint) + 1 :])
                break
        body = await request.read()
        asked = Asked(
            method=request.method,
            what=what,
            path=path,
            project=project,
            number=number,
            headers=request.headers.copy(),
            body=json.loads(body) if body else None,
        )
        self.asked.append(asked)
        return asked

    async def _usual(self, asked: Asked) -> web.Response:
        if asked.project not in self.configs:
            return web.Response(status=404)
        match asked.what:
            case "config":
                return self.config_answer(self.configs[asked.project])
            case "rules":
                return _json(envelope(self.rules))
            case "poll":
                return await self._poll(asked)
            case "other":
                return web.Response(status=404)
        return _json(envelope(None))

    def config_answer(self, data: dict[str, Any], secret: str = SECRET) -> web.Response:
        text = json.dumps(data)
        return web.Response(
            body=f'{{"status":"OK","message":null,"data":{text}}}'.encode(),
            content_type="application/json",
            headers={
                "X-Response-Signature": sha1(secret + re.sub(r"\s", "", text)),
                "X-IP-Address": "192.0.2.7",
            },
        )

    async def _poll(self, asked: Asked) -> web.Response:
        try:
            async with asyncio.timeout(self.hold):
                return _json(envelope(await self.messages[asked.number or ""].get()))
        except TimeoutError:
            return _json(envelope([]))

    async def _file(self, request: web.Request, name: str) -> web.StreamResponse:
        headers = request.headers.copy()
        self.asked.append(
            Asked(method="GET", what="file", path=name, project="", number=None, headers=headers, body=None)
        )
        if self._scripts["file"] and (status := self._scripts["file"].pop(0)) != 200:
            return web.Response(status=status)
        content = self.files.get(name)
        return web.Response(status=404) if content is None else web.Response(body=content)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")
