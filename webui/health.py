"""For machines: is the server well, and what does it count."""

import hmac

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from mdm.errors import ValiseError
from mdm.store import Database
from webui.errors import NotAllowed
from webui.pages import Door, page
from webui.rules import AccessRules
from webui.security import is_loopback_address
from webui.visitor import was_forwarded

_BEARER = "Bearer "


class HealthPages:
    """``/healthz`` and ``/metrics``."""

    def __init__(self, database: Database, registry: CollectorRegistry, rules: AccessRules) -> None:
        self._database = database
        self._registry = registry
        self._rules = rules

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/healthz", self.health, needs=Door.OPEN),
            page("GET", "/metrics", self.metrics, needs=Door.OPEN),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        """Answer 200 when the store answers, 503 otherwise."""
        try:
            await self._database.read(lambda conn: conn.one("SELECT 1 AS well"))
        except ValiseError:
            return web.Response(text="the store does not answer\n", status=503)
        return web.Response(text="well\n")

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the metrics to this machine, or to whoever has the token."""
        if not self._may_read(request):
            raise NotAllowed
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": "text/plain; version=0.0.4"})

    def _may_read(self, request: web.Request) -> bool:
        token = self._rules.metrics_token
        header = request.headers.get("Authorization", "")
        if token and header.startswith(_BEARER):
            return hmac.compare_digest(header.removeprefix(_BEARER).encode(), token.encode())
        return is_loopback_address(request.remote) and not was_forwarded(request)
