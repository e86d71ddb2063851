"""QR codes of addresses, to show on a page, to print on a label, to scan from a screen."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import groupby

import qrcode

_LONG = 300
_BORDER = 4
"""The quiet zone that ISO/IEC 18004 asks for, in modules."""


def qr_svg(address: str) -> bytes:
    """Return an SVG document with the QR code, dark on white, that scales to any size."""
    rows = _code(address).get_matrix()
    side = len(rows)
    # Neighbours in a row are drawn at once: a third of the bytes of one square for each.
    path = "".join(f"M{x} {y}h{wide}v1h-{wide}z" for y, row in enumerate(rows) for x, wide in _runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}mm" height="{side}mm" viewBox="0 0 {side} {side}">'
        f'<path d="{path}"/></svg>'
    ).encode()


def qr_png(address: str, *, module_pixels: int = 8) -> bytes:
    """Return a PNG with the QR code, black on white."""
    code = _code(address)
    code.box_size = module_pixels
    written = BytesIO()
    code.make_image().save(written, "PNG")
    return written.getvalue()


def _code(address: str) -> "qrcode.QRCode[qrcode.image.base.BaseImage]":
    # A long text is easier to scan with larger modules than with more of them.
    level = qrcode.constants.ERROR_CORRECT_M if len(address) < _LONG else qrcode.constants.ERROR_CORRECT_L
    code = qrcode.QRCode(error_correction=level, border=_BORDER)
    code.add_data(address)
    code.make(fit=True)
    return code


def _runs(row: Iterable[bool]) -> Iterator[tuple[int, int]]:
    """Yield where dark modules begin, and how many follow each other."""
    x = 0
    for dark, modules in groupby(row):
        wide = sum(1 for _ in modules)
        if dark:
            yield x, wide
        x += wide
