"""The agent's signatures: SHA-1 over a secret that is in every copy of the agent. They prove nothing about who asks.

Source: the agent's ``util/CryptoUtils.java`` and ``server/ServerServiceKeeper.java``. Hex is upper-case.
"""

import hashlib
import hmac

_WHITE = b" \t\n\r\x0b\x0c"


def configuration_signature(secret: str, number: str) -> str:
    """Return what the agent sends with a request for its configuration: over its number as it is."""
    return _sha1((secret + number).encode("utf-8", "surrogatepass"))


def response_signature(secret: str, data: bytes) -> str:
    """Return what an agent that checks answers expects: over the JSON of ``data`` without white space."""
    return _sha1(secret.encode() + data.translate(None, _WHITE))


def same_signature(given: str | None, right: str) -> bool:
    """Compare in constant time and without regard to case."""
    return given is not None and hmac.compare_digest(given.upper().encode("utf-8", "replace"), right.encode())


def admin_password_digest(password: str) -> str:
    """Return the form in which the agent's configuration holds the password of its administrator's panel (MD5)."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest().upper()


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()
