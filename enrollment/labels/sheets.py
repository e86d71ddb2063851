"""Sheets of labels as PDF, right to the millimetre: each label where the sheet's format says."""

import asyncio
from collections.abc import Sequence
from importlib import resources
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime

from enrollment.labels.formats import SheetFormat
from enrollment.labels.label import Label
from enrollment.qr import qr_svg
from mdm.clock import from_ms
from mdm.i18n import N_, Translator
from mdm.printing import pdf_of, require_printing, svg_address, templates_of

_PACKAGE = "enrollment"
_ZONE = ZoneInfo("Europe/Paris")
_CAPITAL = 1409 / 2048
"""Height of a digit in Liberation Sans Bold, in its size."""
_SHORT_NAME = 20

_templates = templates_of(_PACKAGE)


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A label on a sheet; ``picture``: its QR code's address; ``until``: when it expires, in words."""

    label: Label
    x: float
    y: float
    picture: str
    until: str
    long: bool


async def label_sheets(
    labels: Sequence[Label],
    sheet_format: SheetFormat,
    translate: Translator,
    *,
    kit: str,
    school: str,
    made_at: int,
    start: int = 1,
) -> bytes:
    """Return labels as PDF, made in a thread. ``start``: the first label that is used on the first sheet, from 1.

    ``kit`` and ``school`` are said in the margin. Raises `StartOutside` or `PaperImpossible`.
    """
    sheet_format.check_start(start)
    return await asyncio.to_thread(_print, labels, sheet_format, translate, kit, school, made_at, start)


def _print(
    labels: Sequence[Label],
    sheet_format: SheetFormat,
    translate: Translator,
    kit: str,
    school: str,
    made_at: int,
    start: int,
) -> bytes:
    require_printing()
    sheets: list[list[_Placed]] = [[] for _ in range(sheet_format.sheets(len(labels), start))]
    for position, label in enumerate(labels, start - 1):
        place = sheet_format.place(position)
        sheets[place.sheet].append(
            _Placed(
                label=label,
                x=place.x,
                y=place.y,
                picture=svg_address(qr_svg(label.code)),
                until="" if label.expires_at is None else moment_in_words(label.expires_at, translate),
                long=len(label.slot) > _SHORT_NAME,
            )
        )
    ends = [label.expires_at for label in labels if label.expires_at is not None]
    html = _templates.get_template("labels.html").render(
        t=translate,
        lang=translate.lang,
        form=sheet_format,
        cuts=sheet_format.cuts(),
        digit_size=sheet_format.digits / _CAPITAL,
        sheets=sheets,
        kit=kit,
        school=school,
        until=moment_in_words(min(ends), translate) if ends else "",
        written=from_ms(made_at).isoformat(),
    )
    style = resources.files(_PACKAGE).joinpath("templates", "labels.css").read_text(encoding="utf-8")
    return pdf_of(html, style, true_size=True)


def moment_in_words(at: int, translate: Translator) -> str:
    """Return a moment in milliseconds such as ``1er sept. 2026 à 22:00``, which no line breaks."""
    moment = from_ms(at).astimezone(_ZONE)
    text = str(format_datetime(moment, translate(N_("MMM d, y, h:mm a")), locale=translate.lang))
    if translate.lang == "fr" and moment.day == 1:
        text = f"1er {text[2:]}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")
