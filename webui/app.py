"""The people listener's application: its rules, its pages, its API."""

from urllib.parse import urlsplit

from aiohttp import web

from mdm.settings import Settings
from profiles.charter.public_page import PublicCharter
from webui.access import visitor_finder
from webui.accessibility_page import AccessibilityPage
from webui.api.application import api_operations, api_routes
from webui.api.problems import problem_answers
from webui.charter_page import CharterPages
from webui.committee import room as committee
from webui.doors import room as doors
from webui.doors.parts import doors_of
from webui.evaluation import room as evaluation
from webui.faults import fault_pages
from webui.fleet import room as fleet
from webui.front_page import FrontPage
from webui.health import HealthPages
from webui.home import room as home
from webui.kit_pages import KitPages
from webui.labels import room as labels
from webui.live import LiveStreams
from webui.loans import room as loans
from webui.pages import from_elsewhere, upload_bytes
from webui.passwords import Passwords
from webui.privacy import room as privacy
from webui.rendering import Renderer
from webui.repairs import room as repairs
from webui.rollouts import room as rollouts
from webui.rules import AccessRules
from webui.school import room as school
from webui.security import STATIC_PREFIX, form_guard, header_signal, host_guard, pages_only
from webui.services import PeopleServices as PeopleServices
from webui.sessions import Sessions
from webui.site import Site
from webui.static_files import FOLDER
from webui.teacher import room as teacher

_FORM_BYTES = 64 * 1024


def make_app(services: PeopleServices) -> web.Application:
    """Return the application, ready to run."""
    rules = rules_of(services.settings)
    passwords = Passwords()
    sessions = Sessions(services.database, services.clock, services.journal, passwords, rules)
    site = Site(
        services=services,
        rules=rules,
        passwords=passwords,
        sessions=sessions,
        doors=doors_of(services, rules, passwords, sessions),
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
            pages_only(form_guard(upload_bytes, from_elsewhere)),
        ],
    )
    app.add_routes(page_routes(site))
    app.add_routes(api_routes(services, rules, api_operations(services, site.doors)))
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
        *AccessibilityPage(site).routes(),
        *doors.routes(site),
        *teacher.routes(site),
        *school.routes(site),
        *home.routes(site),
        *KitPages(site).routes(),
        *fleet.routes(site),
        *CharterPages(public, services.catalogs, site.renderer).routes(),
        *committee.routes(site),
        *repairs.routes(site),
        *rollouts.routes(site),
        *labels.routes(site),
        *loans.routes(site),
        *evaluation.routes(site),
        *privacy.routes(site),
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
        session_ms=people.session_hours * 3600 * 1000,
        idle_ms=people.idle_minutes * 60 * 1000,
        second_factor="nobody" if people.demo else people.second_factor,
    )
