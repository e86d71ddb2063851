"""Apple's Apps and Books on a local port: tokens, pages, requests that are carried out later, and every failure.

Sources: Apple's documentation of Device Management: "Getting started with the management API", "Using paginated
endpoints", "Handling error responses", "Service Config", "Client Config", "Get Assets", "Get Assignments", "Associate
Assets", "Disassociate Assets" and "Event Status". Users, books, subscriptions, notifications and ``sinceVersionId``
are left out.
"""

import base64
import datetime
import json
import ssl
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from mdm.simulator.licence_library import Library, LicenceEvent

BASE = "/mdm/v2"

_ERRORS: Mapping[int, tuple[int, str]] = {
    9601: (401, "Login required."),
    9602: (400, "Invalid argument."),
    9603: (500, "Internal error."),
    9621: (401, "The token has expired."),
    9625: (401, "The server has revoked the sToken."),
    9637: (403, "This operation isn't allowed."),
    9646: (429, "There are too many recent requests. Try again momentarily."),
    9650: (400, "The provided page index is out of range."),
    9700: (400, "Max assets limit on request has been passed."),
    9702: (400, "Max serialNumbers limit on request has been passed."),
    9703: (400, "Duplicate assets found in request."),
    9705: (400, "Duplicate serialNumbers found in request."),
    9706: (400, "Asset in request is not revocable."),
    9707: (400, "Asset in request is not device assignable."),
    9708: (400, "EventId could not be found."),
    9709: (400, "There are not enough licenses."),
    9713: (400, "The MDM metadata exceeds the maximum length."),
    9718: (400, "This request doesn't contain an asset."),
    9719: (400, "Either clientUserIds or serialNumbers are required arguments."),
    9722: (401, "This request contains an invalid authorization header."),
    9723: (400, "You must provide an MDM name, ID, and metadata."),
    9724: (400, "The MDM ID exceeds the maximum length."),
    9725: (400, "The MDM name exceeds the maximum length."),
    9726: (405, "This request contains an unsupported HTTP method."),
    9727: (415, "This request contains an unsupported Content-Type."),
    9729: (503, "The service is temporarily unavailable."),
}
_NEAR_END = datetime.timedelta(days=15)


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """A failure on purpose. ``refuse`` answers with an error and does nothing; ``lose`` does it and never answers;
    ``break`` does nothing and never answers; ``garble`` does nothing and answers with what is no JSON.
    """

    act: Literal["refuse", "lose", "break", "garble"] = "refuse"
    number: int = 9603
    status: int | None = None
    retry_after: str | None = None


@dataclass(kw_only=True)
class _Token:
    library: Library
    expires: datetime.datetime
    revoked: bool = False
    read_only: bool = False


class _Refusal(Exception):
    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


class AppsAndBooksServer:
    """The service. ``pending_looks``: so many times an event is seen pending before it is carried out.

    ``hold_events``: events are pending until `carry_out` is called. ``requests`` is what came: method, path and body.
    """

    def __init__(
        self,
        *,
        page_size: int = 500,
        max_assets: int = 25,
        max_serial_numbers: int = 1000,
        requests_per_second: int = 1000,
        pending_looks: int = 0,
        hold_events: bool = False,
        clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self.page_size = page_size
        self.max_assets = max_assets
        self.max_serial_numbers = max_serial_numbers
        self.requests_per_second = requests_per_second
        self.pending_looks = pending_looks
        self.hold_events = hold_events
        self.requests: list[tuple[str, str, Any]] = []
        self.on_page: Callable[[Library, int], None] | None = None
        self.port = 0
        self.url = ""
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self._events: dict[str, LicenceEvent] = {}
        self._mishaps: dict[str, deque[Mishap]] = {}
        self._failing: deque[int] = deque()
        self._recent: deque[float] = deque()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen on the loopback, in clear unless ``tls`` is given."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"https://localhost:{self.port}" if tls is not None else f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def add_library(self, name: str, organization: str = "ORG12345") -> Library:
        """Open a location."""
        return Library(uid=str(2_049_025_000_431_439 + len(self._tokens)), name=name, organization=organization)

    def token_for(self, library: Library, *, days: float = 365, read_only: bool = False) -> bytes:
        """Return a location's content token, as Apple School Manager gives it in a file."""
        expires = self._clock() + datetime.timedelta(days=days)
        content = {"token": uuid.uuid4().hex, "expDate": _moment(expires), "orgName": library.organization}
        body = base64.b64encode(json.dumps(content).encode())
        self._tokens[body.decode()] = _Token(library=library, expires=expires, read_only=read_only)
        return body

    def revoke(self, token: bytes) -> None:
        """Refuse a token from now on."""
        self._tokens[token.decode()].revoked = True

    def mishap(self, path: str, *mishaps: Mishap) -> None:
        """Let the next requests to a path, such as ``assets/associate``, fail so, one after the other."""
        self._mishaps.setdefault(f"{BASE}/{path}", deque()).extend(mishaps)

    def carry_out(self) -> None:
        """Carry out every event that is pending."""
        for event in self._events.values():
            if event.status == "PENDING":
                event.carry_out()

    def fail_next_event(self, number: int) -> None:
        """Let the next request be taken, and nothing of it be carried out."""
        self._failing.append(number)

    def forget_events(self) -> None:
        """Know no event any more."""
        self._events.clear()

    def paths(self) -> list[str]:
        """Return what was requested, without the base."""
        return [path.removeprefix(f"{BASE}/") for _, path, _ in self.requests]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        content = json.loads(body) if body else None
        self.requests.append((request.method, request.path, content))
        mishap = self._mishaps[request.path].popleft() if self._mishaps.get(request.path) else None
        try:
            if mishap is not None and mishap.act != "lose":
                return self._fail(request, mishap)
            answer = self._respond(request, content)
        except _Refusal as refusal:
            return self._error(refusal.number)
        if mishap is not None:
            return self._hang_up(request)
        return web.json_response(answer)

    def _fail(self, request: web.Request, mishap: Mishap) -> web.StreamResponse:
        if mishap.act == "break":
            return self._hang_up(request)
        if mishap.act == "garble":
            return web.Response(text="<html>Sign in to the network</html>", content_type="text/html")
        headers = {"Retry-After": mishap.retry_after} if mishap.retry_after is not None else {}
        return self._error(mishap.number, status=mishap.status, headers=headers)

    def _hang_up(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _error(
        self, number: int, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        usual, message = _ERRORS[number]
        return web.json_response(
            {"errorNumber": number, "errorMessage": message}, status=status or usual, headers=headers
        )

    def _respond(self, request: web.Request, content: Any) -> dict[str, Any]:
        path = request.path.removeprefix(BASE)
        if path == "/service/config":
            self._require_method(request, "GET")
            return self._service_config()
        token = self._token_of(request)
        self._require_pace()
        answer = self._respond_to(path, request, content, token)
        answer["uId"] = token.library.uid
        if token.expires - self._clock() < _NEAR_END:
            answer["tokenExpirationDate"] = _moment(token.expires)
        if token.library.mdm_info is not None:
            answer["mdmInfo"] = token.library.mdm_info
        return answer

    def _respond_to(self, path: str, request: web.Request, content: Any, token: _Token) -> dict[str, Any]:
        library = token.library
        match path:
            case "/client/config" if request.method == "GET":
                return self._client_config(library)
            case "/client/config":
                self._require_method(request, "POST")
                self._claim(library, content)
                return self._client_config(library)
            case "/assets":
                self._require_method(request, "GET")
                return self._page(request, library, "assets", library.assets(request.query))
            case "/assignments":
                self._require_method(request, "GET")
                return self._page(request, library, "assignments", library.assignments(request.query))
            case "/assets/associate" | "/assets/disassociate":
                self._require_method(request, "POST")
                if request.content_type != "application/json":
                    raise _Refusal(9727)
                if token.read_only:
                    raise _Refusal(9637)
                return self._manage(library, path.rsplit("/", 1)[1], content)
            case "/status":
                self._require_method(request, "GET")
                return self._status(library, request.query.get("eventId", ""))
        raise _Refusal(9602)

    def _require_method(self, request: web.Request, method: str) -> None:
        if request.method != method:
            raise _Refusal(9726)

    def _token_of(self, request: web.Request) -> _Token:
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            raise _Refusal(9722)
        token = self._tokens.get(header.removeprefix("Bearer "))
        if token is None:
            raise _Refusal(9601)
        if token.revoked:
            raise _Refusal(9625)
        if token.expires <= self._clock():
            raise _Refusal(9621)
        return token

    def _require_pace(self) -> None:
        now = time.monotonic()
        while self._recent and self._recent[0] < now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.requests_per_second:
            raise _Refusal(9646)
        self._recent.append(now)

    def _service_config(self) -> dict[str, Any]:
        base = f"{self.url}{BASE}"
        return {
            "errorCodes": [
                {"errorNumber": number, "errorMessage": message} for number, (_, message) in _ERRORS.items()
            ],
            "limits": {
                "maxAssets": self.max_assets,
                "maxSerialNumbers": self.max_serial_numbers,
                "maxClientUserIds": 1000,
                "maxRequestPerSecond": self.requests_per_second,
                "maxMdmNameLength": 100,
                "maxMdmMetadataLength": 255,
                "maxMdmIdLength": 100,
            },
            "notificationTypes": ["ASSET_MANAGEMENT", "ASSET_COUNT"],
            "urls": {
                "clientConfig": f"{base}/client/config",
                "getAssets": f"{base}/assets",
                "getAssignments": f"{base}/assignments",
                "associateAssets": f"{base}/assets/associate",
                "disassociateAssets": f"{base}/assets/disassociate",
                "revokeAssets": f"{base}/assets/revoke",
                "eventStatus": f"{base}/status",
            },
        }

    def _client_config(self, library: Library) -> dict[str, Any]:
        return {
            "countryISO2ACode": "FR",
            "defaultPlatform": "volumestore",
            "locationName": library.name,
            "websiteURL": "https://school.apple.com",
        }

    def _claim(self, library: Library, content: Any) -> None:
        info = content.get("mdmInfo") if isinstance(content, dict) else None
        if not isinstance(info, dict) or not all(info.get(name) for name in ("id", "name", "metadata")):
            raise _Refusal(9723)
        for name, limit, number in (("id", 100, 9724), ("name", 100, 9725), ("metadata", 255, 9713)):
            if len(info[name]) > limit:
                raise _Refusal(number)
        library.mdm_info = {name: info[name] for name in ("id", "name", "metadata")}

    def _page(self, request: web.Request, library: Library, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
        text = request.query.get("pageIndex", "0")
        pages = max(1, -(-len(found) // self.page_size))
        if not text.isdigit() or int(text) >= pages:
            raise _Refusal(9650)
        index = int(text)
        items = found[index * self.page_size : (index + 1) * self.page_size]
        answer = {
            name: items,
            "currentPageIndex": index,
            "size": len(items),
            "totalPages": pages,
            "versionId": library.version,
        }
        if index + 1 < pages:
            answer["nextPageIndex"] = index + 1
        if self.on_page is not None:
            self.on_page(library, index)
        return answer

    def _manage(self, library: Library, kind: str, content: Any) -> dict[str, Any]:
        """Take a request, or refuse all of it; what is not known of yet is found out when it is carried out."""
        assets = content.get("assets") or []
        serials = content.get("serialNumbers") or []
        adam_ids = [one.get("adamId") for one in assets]
        checks = (
            (not assets, 9718),
            (not serials, 9719),
            (len(assets) > self.max_assets, 9700),
            (len(serials) > self.max_serial_numbers, 9702),
            (len(set(adam_ids)) != len(adam_ids), 9703),
            (len(set(serials)) != len(serials), 9705),
            (any(one not in library.products for one in adam_ids), 9602),
        )
        for wrong, number in checks:
            if wrong:
                raise _Refusal(number)
        products = [library.products[one] for one in adam_ids]
        if kind == "associate" and not all(one.device_assignable for one in products):
            raise _Refusal(9707)
        if kind == "disassociate" and not all(one.revocable for one in products):
            raise _Refusal(9706)
        event_id = str(uuid.uuid4())
        event = LicenceEvent(library=library, kind=kind, adam_ids=adam_ids, serials=serials, looks=self.pending_looks)
        self._events[event_id] = event
        if self._failing:
            event.fail(self._failing.popleft())
        elif not self.hold_events and not event.looks:
            event.carry_out()
        return {"eventId": event_id}

    def _status(self, library: Library, event_id: str) -> dict[str, Any]:
        event = self._events.get(event_id)
        if event is None or event.library is not library:
            raise _Refusal(9708)
        answer = event.described()
        if event.status == "PENDING" and not self.hold_events:
            event.looks -= 1
            if event.looks <= 0:
                event.carry_out()
        return answer


def _moment(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
