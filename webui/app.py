"""The people listener's application: its rules, its pages, its API."""

from urllib.parse import urlsplit

from aiohttp import web

from mdm.settings import Settings
from profiles.charter.public_page import PublicCharter
from webui.access import visitor_finder
from webui.api.application import api_operations, api_routes
from webui.api.problems import problem_answers
from webui.charter_page import CharterPages
from webui.faults import fault_pages
from webui.front_page import FrontPage
from webui.health import HealthPages
from webui.kit_pages import KitPages
from webui.live import LiveStreams
from webui.pages import upload_bytes
from webui.passwords import Passwords
from webui.rendering import Renderer
from webui.rules import AccessRules
from webui.security import STATIC_PREFIX, form_guard, header_signal, host_guard, pages_only
from webui.services import PeopleServices as PeopleServices
from webui.sessions import Sessions
from webui.sign_in_pages import SignInPages
from webui.site import Site
from webui.static_files import FOLDER
from webui.tablet_pages import TabletPages

_FORM_BYTES = 64 * 1024


def make_app(services: PeopleServices) -> web.Application:
    """Return the application, ready to run."""
    rules = rules_of(services.settings)
    passwords = Passwords()
    sessions = Sessions(services.database, services.clock, services.journal, passwords)
    site = Site(
        services=services,
        rules=rules,
        passwords=passwords,
        sessions=sessions,
        renderer=Renderer(services.clock, rules),
        live=LiveStreams(services.database),
    )
    app = web.Application(
        client_max_size=_FORM_BYTES,
        middlewares=[
            problem_answers(services.catalogs, services.clock),
            visitor_finder(rules, services.catalogs, sessions),
            pages_only(fault_pages(site.renderer)),
            host_guard(rules),
            pages_only(form_guard(upload_bytes)),
        ],
    )
    app.add_routes(page_routes(site))
    app.add_routes(api_routes(services, rules, api_operations(services, passwords)))
    app.router.add_static(STATIC_PREFIX, FOLDER)
    app.on_response_prepare.append(header_signal(rules))
    app.on_shutdown.append(site.live.stop)
    return app


def page_routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of every page, room by room."""
    services = site.services
    public = PublicCharter(
        services.database, services.charter.editions, services.charter.agreed, address=services.settings.people.url
    )
    return [
        *FrontPage(site).routes(),
        *SignInPages(site.sessions, site.renderer, site.rules).routes(),
        *KitPages(site).routes(),
        *TabletPages(site).routes(),
        *CharterPages(public, services.catalogs, site.renderer).routes(),
        *HealthPages(services.database, services.registry, site.rules).routes(),
    ]


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
