"""Codes on paper: a page for one person, or slips for many, each with its QR code, the code and what to do."""

import asyncio
from collections.abc import Sequence
from importlib import resources

import msgspec

from enrollment.qr import qr_svg
from mdm.clock import from_ms
from mdm.i18n import Translator
from mdm.printing import pdf_of, require_printing, svg_address, templates_of
from webui.doors.invitations import Made
from webui.doors.letters import day_in_words
from webui.doors.places import NamedPlace
from webui.doors.role_words import ROLE_NAMES

_PACKAGE = "webui.doors"
_SLIPS = 3

_templates = templates_of(_PACKAGE)


class _Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A code on a sheet."""

    code: str
    label: str
    picture: str
    role: str
    until: str
    returning: bool


async def code_sheets(
    made: Sequence[Made],
    place: NamedPlace,
    address: str,
    translate: Translator,
    *,
    organization: str,
    made_at: int,
) -> bytes:
    """Return codes as PDF, three slips on a page, made in a thread; raise `PaperImpossible`.

    ``address``: of the page where codes are typed; a slip's QR code adds the code after ``#``.
    """
    return await asyncio.to_thread(_print, made, place, address, translate, organization, made_at)


def _print(
    made: Sequence[Made], place: NamedPlace, address: str, translate: Translator, organization: str, made_at: int
) -> bytes:
    require_printing()
    slips = [
        _Slip(
            code=one.code,
            label=one.invitation.label,
            picture=svg_address(qr_svg(f"{address}#{one.code}")),
            role=translate(ROLE_NAMES[one.invitation.grant.role]),
            until=day_in_words(one.invitation.expires_at, translate),
            returning=one.invitation.account_id is not None,
        )
        for one in made
    ]
    html = _templates.get_template("codes_on_paper.html").render(
        t=translate,
        lang=translate.lang,
        sheets=[slips[at : at + _SLIPS] for at in range(0, len(slips), _SLIPS)],
        place=place.words(translate),
        address=address,
        organization=organization,
        written=from_ms(made_at).isoformat(),
    )
    style = resources.files(_PACKAGE).joinpath("templates", "codes_on_paper.css").read_text(encoding="utf-8")
    return pdf_of(html, style)
