"""The people listener's application: what it needs, its rules, its routes."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry

from enrollment.kit_codes import KitCodes
from mdm.android.held import HeldTablets
from mdm.clock import Clock
from mdm.fleet.fleet import Fleet
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Connection, Database
from webui.access import entrance, visitor_finder
from webui.faults import fault_pages
from webui.health import HealthPages
from webui.kit_pages import KitPages
from webui.live import LiveStreams
from webui.passwords import Passwords
from webui.rendering import PushWarning, Renderer
from webui.rules import AccessRules
from webui.security import form_guard, header_signal, host_guard
from webui.sessions import Sessions
from webui.sign_in_pages import SignInPages
from webui.tablet_pages import TabletPages

_FORM_BYTES = 64 * 1024


class PeopleServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages are made of."""

    database: Database
    clock: Clock
    journal: Journal
    fleet: Fleet
    codes: KitCodes
    held: HeldTablets
    catalogs: Catalogs
    registry: CollectorRegistry
    push_status: Callable[[Connection], PushWarning]
    settings: Settings


def make_app(services: PeopleServices) -> web.Application:
    """Return the application, ready to run."""
    rules = rules_of(services.settings)
    sessions = Sessions(services.database, services.clock, services.journal, Passwords())
    renderer = Renderer(services.clock, rules)
    live = LiveStreams(services.database)
    push = _push(services)
    app = web.Application(
        client_max_size=_FORM_BYTES,
        middlewares=[
            visitor_finder(rules, services.catalogs, sessions),
            fault_pages(renderer),
            host_guard(rules),
            entrance(),
            form_guard(),
        ],
    )
    pages = (
        SignInPages(sessions, renderer, rules),
        KitPages(
            services.fleet,
            services.codes,
            services.database,
            services.held,
            sessions,
            renderer,
            live,
            push,
            ticket_hours=services.settings.enrollment.ticket_hours,
        ),
        TabletPages(services.database, sessions, renderer, live, push),
        HealthPages(services.database, services.registry, rules),
    )
    for page in pages:
        app.add_routes(page.routes())
    app.router.add_static("/static/", Path(str(resources.files("webui").joinpath("static"))))
    app.on_response_prepare.append(header_signal(rules))
    app.on_shutdown.append(live.stop)
    return app


def rules_of(settings: Settings) -> AccessRules:
    """Return how the listener protects its pages, by the configuration."""
    people = settings.people
    address = urlsplit(people.url)
    return AccessRules(
        open_to_loopback=people.demo,
        hosts=frozenset({(address.hostname or "").lower()}) - {""},
        secure_cookies=address.scheme == "https",
        metrics_token=people.metrics_token or None,
        trusted_proxies=frozenset(people.trusted_proxies),
    )


def _push(services: PeopleServices) -> Callable[[], Awaitable[PushWarning]]:
    async def status() -> PushWarning:
        return await services.database.read(services.push_status)

    return status
