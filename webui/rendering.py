"""Turns templates into pages and fragments, in the visitor's language."""

from typing import Any, Protocol
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web

from mdm.apple.state_words import app_state_in_words, book_state_in_words
from mdm.clock import Clock
from mdm.fleet.kit import SlotStage
from mdm.fleet.states import STATE_NAMES
from mdm.i18n import N_, Translator
from mdm.version import VERSION
from webui.access import give_form_cookie
from webui.formats import Formats
from webui.rules import AccessRules
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
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("webui"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return a whole page."""
        visitor = visitor_of(request)
        body = self._environment.get_template(template).render(
            **self._shared(visitor.translate),
            visitor=visitor,
            csrf=visitor.csrf,
            path=request.path_qs,
            demo=self._rules.open_to_loopback,
            version=VERSION,
            **values,
        )
        response = web.Response(text=body, status=status, content_type="text/html")
        response.headers["Content-Language"] = visitor.translate.lang
        response.headers["Vary"] = "Accept-Language, Cookie"
        give_form_cookie(response, visitor, self._rules)
        return response

    def fragment(self, translate: Translator, template: str, **values: Any) -> str:
        """Return a part of a page."""
        return self._environment.get_template(template).render(**self._shared(translate), **values)

    def _shared(self, translate: Translator) -> dict[str, Any]:
        formats = Formats(translate=translate, zone=ZONE, now=self._clock.now())
        return {
            "t": translate,
            "lang": translate.lang,
            "formats": formats,
            "stage_name": lambda stage: translate(STAGE_NAMES[stage]),
            "state_name": lambda state: translate(STATE_NAMES[state]),
            "app_state": lambda state: app_state_in_words(state, translate),
            "book_state": lambda state: book_state_in_words(state, translate),
            "short": lambda name: name.removeprefix("org.valise.").removeprefix("declared."),
            "delivery_name": lambda state: translate(DELIVERY_NAMES[state]),
        }
