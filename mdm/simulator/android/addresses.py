"""How the agent makes its addresses (Retrofit's rules) and the signatures that go with them (SHA-1 over a secret)."""

import hashlib
import re
from urllib.parse import quote, quote_plus

import msgspec

from mdm.simulator.android.errors import AddressRefused

_CONFIGURATION = "rest/public/sync/configuration/"
_POLLING = "rest/notification/polling/"
_ENCODED = frozenset(' "<>^`{}|\\?#/%')
_TYPED = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)", re.IGNORECASE)
_BASE = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#\\:@\[\]]+)(?::\d{1,5})?(?P<path>[^?#]*)", re.IGNORECASE)
_TRAVERSAL = re.compile(r"(.*/)?(\.|%2e|%2E){1,2}(/.*)?", re.DOTALL)
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_WHITE = re.compile(r"[ \t\n\x0b\f\r]")
_FILES = "/files/"
_DATA = '"data":'


class TypedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address in the agent's two parts: ``base`` is scheme, host and port; ``project`` the path between slashes."""

    base: str
    project: str


def split_address(text: str) -> TypedAddress:
    """Split an address that a person typed, or a ``newServerUrl``; raise `AddressRefused`.

    The query is dropped, a user's name too, and one slash at each end of the path (the agent's ``ServerUrl``).
    """
    found = _TYPED.match(text.strip())
    if found is None:
        raise AddressRefused("the address does not begin with http:// or https://")
    authority = found["authority"].rpartition("@")[2]
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    if port and not (port.isascii() and port.isdigit()):
        raise AddressRefused("the port of the address is no number")
    if host.count(":") and not host.startswith("["):
        raise AddressRefused("the host of the address is not right")
    base = f"{found['scheme'].lower()}://{host}" + (f":{int(port)}" if port else "")
    return TypedAddress(base=base, project=found["path"].removeprefix("/").removesuffix("/"))


def same_place(one: TypedAddress, other: TypedAddress) -> bool:
    """Tell whether two addresses are one for the agent, to which capital and small letters are the same."""
    return one.base.lower() == other.base.lower() and one.project.lower() == other.project.lower()


def usable_base(base: str) -> bool:
    """Tell whether the agent's HTTP library takes this base: a path must end in a slash.

    From any other the agent turns in silence to the address that it was compiled with.
    """
    found = _BASE.fullmatch(base.strip())
    return found is not None and (not found["path"] or found["path"].endswith("/"))


def path_segment(value: str) -> str:
    """Return ``value`` as one segment of a path: a slash or a percent sign in it is encoded."""
    return "".join(
        sign if " " <= sign < "\x7f" and sign not in _ENCODED else quote(sign, safe="", errors="replace")
        for sign in value
    )


def api_url(base: str, project: str, path: str, number: str | None = None) -> str:
    """Return where a call goes; ``path`` as ``rest/public/sync/info``, ``number`` its last segment.

    Raises `AddressRefused`. An empty project makes the path absolute, so that a path in ``base`` is lost.
    """
    if not usable_base(base):
        raise AddressRefused("the base of the address has a path without a slash at its end")
    relative = f"{path_segment(project)}/{path}" + (path_segment(number) if number is not None else "")
    if _TRAVERSAL.fullmatch(relative):
        raise AddressRefused("a part of the address is . or ..")
    if _OTHER_SCHEME.match(relative):
        raise AddressRefused("the project reads like another address")
    found = re.match(r"[^/]+//[^/]+", base.strip())
    assert found is not None  # noqa: S101  usable_base has seen it
    root = found[0]
    folder = base.strip()[len(root) :] or "/"
    return root + (relative if relative.startswith("/") else folder + relative)


def configuration_url(base: str, project: str, number: str) -> str:
    """Return where a tablet asks for its configuration; raise `AddressRefused`."""
    return api_url(base, project, _CONFIGURATION, number)


def poll_url(base: str, project: str, number: str) -> str:
    """Return where a tablet waits for messages; raise `AddressRefused`."""
    return api_url(base, project, _POLLING, number)


def digest(text: str) -> str:
    """Return the SHA-1 of a text in upper-case hexadecimals, the agent's only signature."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()


def configuration_signature(secret: str, number: str) -> str:
    """Return the X-Request-Signature of a configuration request: over the number as it is, not encoded."""
    return digest(secret + number)


def poll_signature(secret: str, project: str, number: str) -> str:
    """Return the X-Request-Signature of a poll: over project and path, with the number as a form encodes it."""
    return digest(f"{secret}{project}/{_POLLING}{form_encoded(number)}")


def file_signature(secret: str, url: str) -> str | None:
    """Return the X-Request-Signature of a download: over what follows ``/files/``; None where that is not in it."""
    _, found, rest = url.partition(_FILES)
    return digest(secret + rest) if found else None


def data_signature(secret: str, data: str) -> str:
    """Return the X-Response-Signature over the text of ``data``, without its white space."""
    return digest(secret + _WHITE.sub("", data))


def is_signed(secret: str, body: str, signature: str | None) -> bool:
    """Tell whether an answer bears the right X-Response-Signature.

    Only agents built to check look. They take what follows the first ``"data":`` up to the last sign but one.
    """
    _, found, rest = body.partition(_DATA)
    return bool(found) and signature is not None and data_signature(secret, rest[:-1]) == signature.upper()


def mqtt_password(secret: str) -> str:
    """Return the password that all agents of one build share at the broker."""
    return digest("hmdm" + secret)


def form_encoded(text: str) -> str:
    """Return ``text`` as Java's URLEncoder writes it: a space is a plus sign, ``*`` stays and ``~`` does not."""
    return quote_plus(text, safe="*", errors="replace").replace("~", "%7E")
