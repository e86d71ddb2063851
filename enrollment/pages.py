"""The pages that a tablet shows after it scanned a code: what to do now, or why it cannot join."""

import base64
import hashlib
from importlib import resources

import jinja2
import msgspec

from enrollment.errors import SlotsJoining, TicketUsed
from enrollment.tickets import Invitation
from mdm.errors import ValiseError
from mdm.i18n import Catalogs, Translator

_PACKAGE = "enrollment"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered page: its status, its HTML in UTF-8, and its language."""

    status: int
    body: bytes
    language: str


class EnrollmentPages:
    """Renders the pages in the language that the tablet asks for."""

    def __init__(self, catalogs: Catalogs, organization: str) -> None:
        self._catalogs = catalogs
        self._organization = organization
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader(_PACKAGE),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = resources.files(_PACKAGE).joinpath("templates", "page.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.content_security_policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        )
        """The policy that the pages need: their one style, and nothing else."""

    def translator(self, accept_language: str | None) -> Translator:
        """Return the translator for an ``Accept-Language`` header."""
        return self._catalogs.negotiate(accept_language)

    def invitation(self, invitation: Invitation, profile_address: str, t: Translator) -> Page:
        """Return the page with the button that takes the profile."""
        return self._page(
            "invitation.html", 200, t, kit=invitation.kit.name, slot=invitation.slot_name,
            occupied=invitation.occupied, profile_address=profile_address,
        )  # fmt: skip

    def refusal(self, error: ValiseError, t: Translator) -> Page:
        """Return the page that says what is wrong, and what to do."""
        waiting = isinstance(error, SlotsJoining) or error.status in (429, 503)
        return self._page(
            "refusal.html", error.status, t, text=error.text(t), advice=error.advice(t),
            mark="…" if waiting else "✓" if isinstance(error, TicketUsed) else "!",
        )  # fmt: skip

    def _page(self, template: str, status: int, t: Translator, **values: object) -> Page:
        html = self._environment.get_template(template).render(
            t=t, language=t.lang, style=self._style, organization=self._organization, **values
        )
        return Page(status=status, body=html.encode(), language=t.lang)
