"""Papers as PDF: HTML of our own rendered by WeasyPrint, tagged for screen readers (PDF/UA-1), without network.

The same HTML and style always give the same bytes. Fonts: Liberation (Debian's fonts-liberation), and DejaVu
(fonts-dejavu-core) for other scripts.
"""

import base64
import hashlib
from io import BytesIO
from typing import Any, ClassVar

import jinja2

from mdm.errors import ValiseError
from mdm.i18n import N_

_VARIANT = "pdf/ua-1"


class PaperImpossible(ValiseError):
    """The machine lacks what papers are made with."""

    code: ClassVar[str] = "paper_impossible"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("No paper can be printed on this server: {missing}.")
    hint: ClassVar[str] = N_("Install what docs/install.md lists for papers, then try again.")


def require_printing() -> None:
    """Raise `PaperImpossible` where no paper can be made; the first call takes a second, so use a thread."""
    try:
        # Its libraries are the system's: a server without them does all else.
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        raise PaperImpossible(missing=str(error).splitlines()[0][:200]) from error


def pdf_of(html: str, style: str, *, true_size: bool = False) -> bytes:
    """Return a page of HTML with its CSS as PDF; takes a second or more, so use a thread. See `require_printing` first.

    ``true_size``: the print dialogue is asked not to scale the pages.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    # Whatever is not inside the document itself is not fetched: no network, no file.
    fetcher = URLFetcher(allowed_protocols=("data",))
    written = BytesIO()
    HTML(string=html, url_fetcher=fetcher).write_pdf(
        written,
        stylesheets=[CSS(string=style, url_fetcher=fetcher, font_config=fonts)],
        font_config=fonts,
        finisher=_without_scaling if true_size else None,
        pdf_variant=_VARIANT,
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
    )
    return written.getvalue()


def templates_of(package: str) -> jinja2.Environment:
    """Return a room's templates, which escape whatever is put into them."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def svg_address(svg: bytes) -> str:
    """Return an SVG document as a ``data:`` address, for a picture inside a paper."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _without_scaling(_: object, pdf: Any) -> None:
    """Ask viewers to print at 100 %; source: ISO 32000-1, table 150 (PrintScaling)."""
    pdf.catalog["ViewerPreferences"]["PrintScaling"] = "/None"
