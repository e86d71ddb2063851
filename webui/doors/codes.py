"""Codes that are read from paper and typed: 80 random bits, in letters and digits that cannot be mistaken."""

import hashlib
import secrets

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U."""

_LENGTH = 16
_GROUP = 4
_READ_AS = str.maketrans("ILO", "110")


def new_code() -> str:
    """Return a code of four groups of four, such as ``7K3M-Q9TX-2HVB-D0ZE``."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def as_typed(text: str) -> str | None:
    """Return a code as `new_code` writes it, from what a person typed; None when it cannot be one."""
    signs = "".join(sign for sign in text[:100].upper() if sign.isalnum()).translate(_READ_AS)
    if len(signs) != _LENGTH or any(sign not in _SIGNS for sign in signs):
        return None
    return "-".join(signs[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def code_digest(code: str) -> str:
    """Return what a code is looked up by: the SHA-256 of its form as typed, in hex."""
    return hashlib.sha256(code.encode()).hexdigest()
