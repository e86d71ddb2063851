"""The code that confirms an address: 40 random bits, typed by somebody who is signed in, with few tries; pure."""

import hashlib
import hmac
import secrets

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8
_READ_AS = str.maketrans("ILO", "110")


def new_code() -> str:
    """Return a code such as ``7K3M-Q9TX``, in Crockford's base 32."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return f"{signs[:4]}-{signs[4:]}"


def as_typed(text: str) -> str:
    """Return the signs of a code that a person typed, whatever its case, blanks and dashes."""
    return "".join(sign for sign in text[:100].upper() if sign.isalnum()).translate(_READ_AS)


def code_digest(key: bytes, account_id: str, code: str) -> str:
    """Return what is stored of a code: an HMAC for one account, in hex."""
    return hmac.new(key, f"{account_id} {as_typed(code)}".encode(), hashlib.sha256).hexdigest()
