"""QR codes of addresses, to show on a page, to print on a label, to scan from a screen."""

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage

_LONG = 300
_BORDER = 4
"""The quiet zone that ISO/IEC 18004 asks for, in modules."""


def qr_svg(address: str) -> bytes:
    """Return an SVG document with the QR code, dark on white, that scales to any size."""
    image = _code(address).make_image(image_factory=SvgPathImage)
    return bytes(image.to_string(encoding="utf-8", xml_declaration=True))


def qr_png(address: str, *, module_pixels: int = 8) -> bytes:
    """Return a PNG with the QR code, black on white."""
    code = _code(address)
    code.box_size = module_pixels
    written = BytesIO()
    code.make_image().save(written, "PNG")
    return written.getvalue()


def _code(address: str) -> "qrcode.QRCode[SvgPathImage]":
    # A long text is easier to scan with larger modules than with more of them.
    level = qrcode.constants.ERROR_CORRECT_M if len(address) < _LONG else qrcode.constants.ERROR_CORRECT_L
    code = qrcode.QRCode(error_correction=level, border=_BORDER)
    code.add_data(address)
    code.make(fit=True)
    return code
