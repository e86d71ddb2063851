"""Papers for families: codes to cut out, and a loan's agreement to sign; made in a thread."""

import asyncio
from collections.abc import Sequence
from importlib import resources

import msgspec
from aiohttp import web

from enrollment.qr import qr_svg
from mdm.clock import from_ms
from mdm.home.guardians.guardians import InvitedGuardian
from mdm.home.loans.loan import LoanDetail
from mdm.i18n import Translator
from mdm.printing import pdf_of, require_printing, svg_address, templates_of
from webui.doors.letters import day_in_words
from webui.loans.speech import Speech

_PACKAGE = "webui.loans"
_SLIPS = 3
_templates = templates_of(_PACKAGE)


class _Slip(msgspec.Struct, frozen=True, kw_only=True):
    pupil: str
    class_name: str
    guardian: str
    code: str
    picture: str
    until: str


async def require_paper() -> None:
    """Raise `PaperImpossible` before a code is made that could not be printed."""
    await asyncio.to_thread(require_printing)


async def code_slips(
    invited: Sequence[InvitedGuardian], address: str, translate: Translator, *, organization: str, made_at: int
) -> bytes:
    """Return guardians' codes as PDF, three on a page; ``address``: of the page where they are typed."""
    return await asyncio.to_thread(_slips, invited, address, translate, organization, made_at)


async def agreement_paper(
    detail: LoanDetail,
    school: str,
    signers: Sequence[str],
    translate: Translator,
    *,
    organization: str,
    made_at: int,
) -> bytes:
    """Return a loan's agreement as PDF, with a line for each of ``signers``: what the school calls them, or nothing."""
    return await asyncio.to_thread(_agreement, detail, school, signers, translate, organization, made_at)


def pdf_answer(body: bytes, name: str) -> web.Response:
    """Return a PDF to be shown or saved; ``name`` names no person."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)


def _slips(
    invited: Sequence[InvitedGuardian], address: str, translate: Translator, organization: str, made_at: int
) -> bytes:
    slips = [
        _Slip(
            pupil=one.pupil.pupil.shown_name,
            class_name=one.pupil.class_name,
            guardian=one.guardian.label,
            code=one.code,
            picture=svg_address(qr_svg(f"{address}#{one.code}")),
            until=day_in_words(one.expires_at, translate),
        )
        for one in invited
    ]
    sheets = [slips[at : at + _SLIPS] for at in range(0, len(slips), _SLIPS)]
    return _printed("code_slips", translate, organization, made_at, sheets=sheets, address=address)


def _agreement(
    detail: LoanDetail, school: str, signers: Sequence[str], translate: Translator, organization: str, made_at: int
) -> bytes:
    return _printed(
        "agreement",
        translate,
        organization,
        made_at,
        view=detail.view,
        terms=detail.terms,
        paragraphs=[one.strip() for one in detail.terms.text.split("\n\n") if one.strip()],
        school=school,
        signers=signers,
        speech=Speech(translate=translate),
    )


def _printed(name: str, translate: Translator, organization: str, made_at: int, **values: object) -> bytes:
    require_printing()
    html = _templates.get_template(f"{name}_paper.html").render(
        t=translate, lang=translate.lang, organization=organization, written=from_ms(made_at).isoformat(), **values
    )
    style = resources.files(_PACKAGE).joinpath("templates", f"{name}_paper.css").read_text(encoding="utf-8")
    return pdf_of(html, style)
