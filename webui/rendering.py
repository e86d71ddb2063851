"""Turns templates into pages and fragments, in the visitor's language."""

from collections.abc import Callable
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from babel.core import Locale

from mdm.apple.state_words import app_state_in_words, book_state_in_words
from mdm.clock import Clock
from mdm.fleet.kit import SlotStage
from mdm.fleet.states import STATE_NAMES
from mdm.i18n import N_, Translator
from mdm.version import VERSION
from webui.access import give_form_cookie
from webui.formats import Formats
from webui.navigation import entries_for
from webui.notices import forget_notice, notice_in
from webui.permissions import Action, Person, may
from webui.rules import AccessRules
from webui.scopes import Place
from webui.static_files import ROOT, StaticFiles
from webui.visitor import visitor_of

ZONE = ZoneInfo("Europe/Paris")

STAGE_NAMES: dict[SlotStage, str] = {
    SlotStage.WAITING: N_("Waiting"),
    SlotStage.JOINING: N_("Joining"),
    SlotStage.ENROLLED: N_("Being set up"),
    SlotStage.READY: N_("Ready"),
    SlotStage.LOANED: N_("On loan"),
    SlotStage.LOST: N_("Lost"),
    SlotStage.BROKEN: N_("Broken"),
    SlotStage.RETIRED: N_("Retired"),
}

DELIVERY_NAMES: dict[str, str] = {
    "queued": N_("waits"),
    "sent": N_("sent"),
    "not_now": N_("put off by the tablet"),
    "acknowledged": N_("done"),
    "error": N_("refused"),
    "cancelled": N_("cancelled"),
}


class PushWarning(Protocol):
    """How the push certificate stands."""

    @property
    def level(self) -> str:
        """``missing``, ``expired``, ``urgent``, ``warning``, ``notice`` or ``good``."""
        ...

    @property
    def days_left(self) -> int | None:
        """Days until it expires."""
        ...


class Renderer:
    """Renders with autoescaping; a template that names a value that is not there is an error."""

    def __init__(self, clock: Clock, rules: AccessRules) -> None:
        self._clock = clock
        self._rules = rules
        self._static = StaticFiles()
        self._environment = jinja2.Environment(
            loader=_templates(),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return a whole page."""
        visitor = visitor_of(request)
        notice = notice_in(request)
        body = self._environment.get_template(template).render(
            **self._shared(visitor.translate),
            visitor=visitor,
            csrf=visitor.csrf,
            path=request.path_qs,
            entries=entries_for(visitor.person),
            may=_asking(visitor.person),
            notice=notice,
            demo=self._rules.open_to_loopback,
            version=VERSION,
            **values,
        )
        response = web.Response(text=body, status=status, content_type="text/html")
        response.headers["Content-Language"] = visitor.translate.lang
        response.headers["Vary"] = "Accept-Language, Cookie"
        give_form_cookie(response, visitor, self._rules)
        if notice:
            forget_notice(response)
        return response

    def part(self, request: web.Request, template: str, **values: Any) -> web.Response:
        """Return a part of a page that htmx or a form asked for, with all that a whole page's template knows."""
        visitor = visitor_of(request)
        body = self.fragment(
            visitor.translate, template, csrf=visitor.csrf, may=_asking(visitor.person), path=request.path_qs, **values
        )
        return web.Response(text=body, content_type="text/html")

    def fragment(self, translate: Translator, template: str, **values: Any) -> str:
        """Return a part of a page."""
        return self._environment.get_template(template).render(**self._shared(translate), **values)

    def _shared(self, translate: Translator) -> dict[str, Any]:
        formats = Formats(translate=translate, zone=ZONE, now=self._clock.now())
        return {
            "t": translate,
            "lang": translate.lang,
            "direction": direction_of(translate.lang),
            "static": self._static.address,
            "formats": formats,
            "stage_name": lambda stage: translate(STAGE_NAMES[stage]),
            "state_name": lambda state: translate(STATE_NAMES[state]),
            "app_state": lambda state: app_state_in_words(state, translate),
            "book_state": lambda state: book_state_in_words(state, translate),
            "short": lambda name: name.removeprefix("org.valise.").removeprefix("declared."),
            "delivery_name": lambda state: translate(DELIVERY_NAMES[state]),
        }


def direction_of(language: str) -> str:
    """Return how a language is written, as HTML's ``dir`` attribute says it: ``ltr`` or ``rtl``."""
    written: str = Locale.parse(language).text_direction
    return written


def _asking(person: Person | None) -> Callable[..., bool]:
    """Return what templates ask: ``may("run_class")``, or with the place of what is shown."""

    def ask(action: str, place: Place | None = None) -> bool:
        return person is not None and may(person, Action(action), place)

    return ask


def _templates() -> jinja2.BaseLoader:
    """Load ``kit.html`` from ``webui/templates``, and ``teacher/class.html`` from ``webui/teacher/templates``."""
    rooms = sorted(path.parent for path in ROOT.glob("*/templates"))
    of_rooms = {room.name: jinja2.FileSystemLoader(room / "templates") for room in rooms}
    return jinja2.ChoiceLoader([jinja2.PackageLoader("webui"), jinja2.PrefixLoader(of_rooms)])
