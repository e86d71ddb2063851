"""The charter's papers: our own templates with the words of what is agreed, as PDF.

The same values always give the same bytes: every date comes from the record, and nothing from the clock.
"""

import asyncio
from importlib import resources
from typing import Any

import qrcode
from qrcode.image.svg import SvgPathImage

from mdm.clock import from_ms
from mdm.i18n import Translator
from mdm.printing import pdf_of, require_printing, svg_address, templates_of
from profiles.charter.sentence import Day, Hour, Money, Param, in_words

_PACKAGE = "profiles.charter"

_templates = templates_of(_PACKAGE)


async def printed(template: str, translate: Translator, *, made_at: int, **values: Any) -> bytes:
    """Return a template as PDF, made in a thread. ``made_at``: the moment that the paper bears, in milliseconds."""
    return await asyncio.to_thread(print_paper, template, translate, made_at=made_at, **values)


def print_paper(template: str, translate: Translator, *, made_at: int, **values: Any) -> bytes:
    """Return a template as PDF; takes a second or more. Raises `PaperImpossible`."""
    require_printing()
    html = paper_html(template, translate, made_at=made_at, **values)
    style = resources.files(_PACKAGE).joinpath("templates", "paper.css").read_text(encoding="utf-8")
    return pdf_of(html, style)


def paper_html(template: str, translate: Translator, *, made_at: int, **values: Any) -> str:
    """Return a template as HTML, in the translator's language."""

    def say(value: Param) -> str:
        return in_words(value, translate)

    return _templates.get_template(template).render(
        t=translate,
        lang=translate.lang,
        say=say,
        day=lambda moment: Day(moment).text(translate),
        hour=lambda moment: Hour(moment).text(translate),
        money=lambda cents: Money(cents).text(translate),
        written=from_ms(made_at).isoformat(),
        **values,
    )


def qr_picture(text: str) -> str:
    """Return a QR code as a ``data:`` address, dark on white, with the quiet zone that ISO/IEC 18004 asks for."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, image_factory=SvgPathImage)
    code.add_data(text)
    code.make(fit=True)
    return svg_address(code.make_image().to_string(encoding="utf-8", xml_declaration=True))
