"""The people listener's application: its rules, its pages, its API."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from mdm.settings import Settings
from profiles.charter.public_page import PublicCharter
from webui.access import entrance, visitor_finder
from webui.api.application import api_operations, api_routes
from webui.api.problems import problem_answers
from webui.charter_page import CharterPages
from webui.faults import fault_pages
from webui.health import HealthPages
from webui.kit_pages import KitPages
from webui.live import LiveStreams
from webui.passwords import Passwords
from webui.rendering import PushWarning, Renderer
from webui.rules import AccessRules
from webui.security import form_guard, header_signal, host_guard, pages_only
from webui.services import PeopleServices as PeopleServices
from webui.sessions import Sessions
from webui.sign_in_pages import SignInPages
from webui.tablet_pages import TabletPages

_FORM_BYTES = 64 * 1024


def make_app(services: PeopleServices) -> web.Application:
    """Return the application, ready to run."""
    rules = rules_of(services.settings)
    passwords = Passwords()
    sessions = Sessions(services.database, services.clock, services.journal, passwords)
    renderer = Renderer(services.clock, rules)
    live = LiveStreams(services.database)
    push = _push(services)
    public = PublicCharter(
        services.database, services.charter.editions, services.charter.agreed, address=services.settings.people.url
    )
    app = web.Application(
        client_max_size=_FORM_BYTES,
        middlewares=[
            problem_answers(services.catalogs, services.clock),
            visitor_finder(rules, services.catalogs, sessions),
            pages_only(fault_pages(renderer)),
            host_guard(rules),
            pages_only(entrance()),
            pages_only(form_guard()),
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
        CharterPages(public, services.catalogs, renderer),
        HealthPages(services.database, services.registry, rules),
    )
    for page in pages:
        app.add_routes(page.routes())
    app.add_routes(api_routes(services, rules, api_operations(services, passwords)))
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
