"""The secret path segments that say who asks: ``k-`` for a kit's ticket, ``d-`` for one tablet."""

import hashlib
import re
import secrets
from typing import Literal

import msgspec

# Compared by the agent without regard to case: so no capital letters.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_TABLET_LENGTH = 26
_NUMBER_LENGTH = 8
_SEGMENT = re.compile(r"([kd])-([A-Za-z0-9_-]{8,64})")


class Path(msgspec.Struct, frozen=True):
    """A segment that has the right form: of a ``kit``'s ticket or of one ``tablet``, with its secret."""

    kind: Literal["kit", "tablet"]
    secret: str

    @property
    def digest(self) -> str:
        """What the secret is looked up by; comparing digests tells nothing by its timing."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def read_path(segment: str) -> Path | None:
    """Return what a request's first segment says; None when it has not the form of ours."""
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        return None
    # The agent keeps an address in the case in which it was given; a person may type it otherwise.
    return Path("kit", found[2]) if found[1] == "k" else Path("tablet", found[2])


def new_tablet_secret() -> str:
    """Return a secret of 130 bits for a tablet's own path, in lower case."""
    return _random(_TABLET_LENGTH)


def new_number(slot_number: int) -> str:
    """Return a device number: the slot's, for people, and a part that cannot be guessed."""
    return f"{slot_number:02d}-{_random(_NUMBER_LENGTH)}"


def new_admin_password() -> str:
    """Return a password for the agent's administrator panel, easy to type on a tablet."""
    return _random(10)


def tablet_url(device_url: str, secret: str) -> str:
    """Return the address that a tablet's agent keeps."""
    return f"{device_url.rstrip('/')}/d-{secret}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
