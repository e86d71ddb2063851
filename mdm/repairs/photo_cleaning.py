"""A photo as it is kept: a JPEG of moderate size with nothing in it but the picture; pure, and heavy.

Position, date, camera, thumbnails, comments and colour profiles are gone, since the pixels alone are written anew.
"""

import hashlib
import io
import warnings

import msgspec
from PIL import Image, ImageOps

from mdm.repairs.fault import Photo
from mdm.repairs.photo_errors import PhotoHeic, PhotoTooHeavy, PhotoTooLarge, PhotoUnreadable

LARGEST_BYTES = 8_000_000
LARGEST_PIXELS = 50_000_000
LONGEST_SIDE = 1600

_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class CleanPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """A photo's description and the bytes of its file."""

    photo: Photo
    body: bytes


def clean_photo(body: bytes) -> CleanPhoto:
    """Return a photo made anew from its pixels, turned upright.

    Raises `PhotoTooHeavy`, `PhotoTooLarge` before anything is decoded, `PhotoHeic` or `PhotoUnreadable`. Takes up to a
    second of processor time, and four bytes of memory a pixel.
    """
    if len(body) > LARGEST_BYTES:
        raise PhotoTooHeavy(limit=LARGEST_BYTES // 1_000_000)
    if body[4:8] == b"ftyp" and body[8:12] in _HEIC_BRANDS:
        raise PhotoHeic
    picture = _decoded(body)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    made = out.getvalue()
    return CleanPhoto(
        photo=Photo(hash=hashlib.sha256(made).hexdigest(), size=len(made), width=picture.width, height=picture.height),
        body=made,
    )


def _decoded(body: bytes) -> Image.Image:
    try:
        # What the library only warns of is refused here by our own, lower limit.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=_FORMATS) as source:
                if source.width * source.height > LARGEST_PIXELS:
                    raise PhotoTooLarge(limit=LARGEST_PIXELS // 1_000_000)
                # A JPEG is decoded at a half, a quarter or an eighth where that is still large enough.
                source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                return _on_white(ImageOps.exif_transpose(source))
    except PhotoTooLarge:
        raise
    except Image.DecompressionBombError as bomb:
        raise PhotoTooLarge(limit=LARGEST_PIXELS // 1_000_000) from bomb
    except Exception as broken:
        # Whatever a decoder falls over, the file is no photo that can be read.
        raise PhotoUnreadable from broken


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a new picture of the pixels alone: what the file said of itself stays behind."""
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    coloured = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    made = Image.new("RGB", coloured.size, "white")
    made.paste(coloured, mask=coloured.getchannel("A") if coloured.mode == "RGBA" else None)
    return made
