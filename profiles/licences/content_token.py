"""A content token: what lets a management service count and assign the licences of one location.

Source: Apple, "Getting started with the management API": JSON with ``token``, ``expDate`` and ``orgName``, in base64.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Literal

import msgspec

from mdm.clock import DAY_MS, to_ms
from mdm.errors import Words
from mdm.i18n import N_
from profiles.licences.errors import TokenUnreadable

TOKEN_PURPOSE = "apps and books token"  # noqa: S105

_BYTES = 16 * 1024
_NAME_LIMIT = 200
_WHITE = b" \t\r\n\0"

Level = Literal["expired", "urgent", "warning", "good"]
_LEVELS: tuple[tuple[int, Level], ...] = ((7, "urgent"), (30, "warning"))


class ContentToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was read; ``bearer`` is the secret, ``expires_at`` in milliseconds."""

    bearer: str
    organization: str
    expires_at: int

    def __repr__(self) -> str:
        return f"ContentToken(organization={self.organization!r}, expires_at={self.expires_at})"


class _Content(msgspec.Struct):
    token: str
    expDate: str
    orgName: str = ""


def read_token(body: bytes) -> ContentToken:
    """Return the token in a file as Apple gives it, with or without line ends; raise `TokenUnreadable`."""
    if len(body) > _BYTES:
        raise TokenUnreadable(reason=Words(N_("it is too large")))
    text = body.removeprefix(b"\xef\xbb\xbf").translate(None, _WHITE)
    try:
        content = msgspec.json.decode(base64.b64decode(text, validate=True), type=_Content)
    except (binascii.Error, ValueError) as error:
        raise TokenUnreadable(reason=Words(N_("it is not JSON with token and expDate, in base64"))) from error
    if not text or not content.token:
        raise TokenUnreadable(reason=Words(N_("it is empty")))
    return ContentToken(
        bearer=text.decode("ascii"),
        organization="".join(one for one in content.orgName if one.isprintable())[:_NAME_LIMIT],
        expires_at=to_ms(moment_of(content.expDate)),
    )


def moment_of(text: str) -> datetime:
    """Return a time as Apple writes it, such as ``2030-11-08T22:33:22+0000``; raise `TokenUnreadable`.

    A time without its offset is UTC, as Apple's documents say of all of them.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TokenUnreadable(reason=Words(N_("expDate is not a date"))) from error


def days_left(expires_at: int, now: int) -> int:
    """Return how many whole days a token lasts yet; negative once it has expired."""
    return (expires_at - now) // DAY_MS


def level_of(expires_at: int, now: int) -> Level:
    """Return how urgent a new token is: a warning from 30 days on, urgent from 7."""
    if expires_at <= now:
        return "expired"
    return next((name for limit, name in _LEVELS if days_left(expires_at, now) < limit), "good")
