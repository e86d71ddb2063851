"""Papers as PDF: rendered by WeasyPrint from our own templates, tagged for screen readers (PDF/UA-1), without network.

The same values always give the same bytes: every date comes from the record, and nothing from the clock.
Fonts: Liberation (Debian's fonts-liberation), and DejaVu (fonts-dejavu-core) for other scripts.
"""

import asyncio
import base64
import hashlib
from importlib import resources
from io import BytesIO
from typing import Any, ClassVar

import jinja2
import qrcode
from qrcode.image.svg import SvgPathImage

from mdm.clock import from_ms
from mdm.errors import ValiseError
from mdm.i18n import N_, Translator
from profiles.charter.sentence import Day, Hour, Money, Param, in_words

_VARIANT = "pdf/ua-1"

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("profiles.charter"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PaperImpossible(ValiseError):
    """The machine lacks what papers are made with."""

    code: ClassVar[str] = "paper_impossible"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("No paper can be printed on this server: {missing}.")
    hint: ClassVar[str] = N_("Install what docs/install.md lists for papers, then try again.")


async def printed(template: str, translate: Translator, *, made_at: int, **values: Any) -> bytes:
    """Return a template as PDF, made in a thread. ``made_at``: the moment that the paper bears, in milliseconds."""
    return await asyncio.to_thread(print_paper, template, translate, made_at=made_at, **values)


def print_paper(template: str, translate: Translator, *, made_at: int, **values: Any) -> bytes:
    """Return a template as PDF; takes a second or more. Raises `PaperImpossible`."""
    try:
        # Its libraries are the system's: a server without them does all else.
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise PaperImpossible(missing=str(error).splitlines()[0][:200]) from error
    html = paper_html(template, translate, made_at=made_at, **values)
    style = resources.files("profiles.charter").joinpath("templates", "paper.css").read_text(encoding="utf-8")
    fonts = FontConfiguration()
    # Whatever is not inside the document itself is not fetched: no network, no file.
    fetcher = URLFetcher(allowed_protocols=("data",))
    written = BytesIO()
    HTML(string=html, url_fetcher=fetcher).write_pdf(
        written,
        stylesheets=[CSS(string=style, url_fetcher=fetcher, font_config=fonts)],
        font_config=fonts,
        pdf_variant=_VARIANT,
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
    )
    return written.getvalue()


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
    svg = code.make_image().to_string(encoding="utf-8", xml_declaration=True)
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
