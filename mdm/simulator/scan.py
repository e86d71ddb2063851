"""A person scans a QR code: the camera reads the picture, Safari opens the page, a tap downloads the profile."""

import asyncio
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mdm.simulator.errors import ScanError
from mdm.simulator.models import OsRelease
from mdm.simulator.profile import CONTENT_TYPE
from mdm.simulator.transport import Line

_PROFILE_SUFFIX = ".mobileconfig"
_WEBKIT = "605.1.15"


async def decode_qr(png: bytes) -> str:
    """Return the text of the QR code in a picture (PNG, JPEG), read by zbar.

    Raises `ScanError` when there is none, or when the program ``zbarimg`` (Debian: zbar-tools) is not installed.
    """
    try:
        camera = await asyncio.create_subprocess_exec(
            "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError as cause:
        raise ScanError("no QR code can be read: the program zbarimg (zbar-tools) is not installed") from cause
    read, _ = await camera.communicate(png)
    codes = read.decode("utf-8", "replace").split("\n")
    if camera.returncode or not codes[0]:
        raise ScanError("there is no QR code in the picture")
    return codes[0]


async def scan(source: str | bytes | Path) -> str:
    """Return the address behind a QR code: read from a picture, or given as it is when ``source`` is text."""
    if isinstance(source, str):
        return source
    picture = source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)
    return await decode_qr(picture)


def safari(release: OsRelease) -> dict[str, str]:
    """Return the headers that Safari on such an iPad sends, in French as schools set it."""
    version = release.version
    return {
        "User-Agent": (
            f"Mozilla/5.0 (iPad; CPU OS {version.replace('.', '_')} like Mac OS X) AppleWebKit/{_WEBKIT} "
            f"(KHTML, like Gecko) Version/{'.'.join(version.split('.')[:2])} Mobile/15E148 Safari/604.1"
        ),
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "fr-FR,fr;q=0.9",
    }


async def download_profile(line: Line, url: str, release: OsRelease) -> bytes:
    """Open the page at ``url``, follow its link to a profile, and return the profile's bytes.

    An address that gives a profile at once is right too. Raises `ScanError` when there is no page or no link.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ScanError("the QR code holds no web address")
    page = await line.get(url, safari(release))
    if page.status != 200:
        raise ScanError(f"the page behind the QR code answers {page.status}")
    if page.content_type == CONTENT_TYPE:
        return page.body
    finder = _LinkFinder()
    finder.feed(page.body.decode("utf-8", "replace"))
    if finder.link is None:
        raise ScanError("the page has no link to a profile")
    answer = await line.get(urljoin(page.url, finder.link), {**safari(release), "Referer": page.url})
    if answer.status != 200:
        raise ScanError(f"the profile's address answers {answer.status}")
    if answer.content_type != CONTENT_TYPE:
        raise ScanError(f"Safari shows {answer.content_type or 'this'} instead of offering it as a profile")
    return answer.body


class _LinkFinder(HTMLParser):
    """Finds the first link to a profile."""

    def __init__(self) -> None:
        super().__init__()
        self.link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a link's address and type."""
        given = dict(attrs)
        address = given.get("href")
        if tag != "a" or not address or self.link is not None:
            return
        if urlsplit(address).path.endswith(_PROFILE_SUFFIX) or given.get("type") == CONTENT_TYPE:
            self.link = address
