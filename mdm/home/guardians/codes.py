"""Invitation codes: 128 bits at random, in Crockford's base 32, in groups that a person can copy; pure.

Only a code's SHA-256 is stored. Letters that look like digits are read as these (Crockford, "Base 32", 2019).
"""

import hashlib
import re
import secrets

from mdm.home.guardians.errors import CodeMalformed

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS, _LENGTH = 128, 26
_GROUPS = (5, 5, 5, 5, 6)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """Return a new code: ``7K3QD-...``."""
    number = secrets.randbits(_BITS)
    letters = "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_LENGTH)))
    return grouped(letters)


def grouped(letters: str) -> str:
    """Return a code's 26 letters in groups."""
    groups, begin = [], 0
    for size in _GROUPS:
        groups.append(letters[begin : begin + size])
        begin += size
    return "-".join(groups)


def parse_code(text: str) -> str:
    """Return a code as `new_code` writes it, whatever its case, spaces and dashes; raise `CodeMalformed`."""
    letters = re.sub(r"[\s\-–—_.]", "", text[:200]).upper().translate(_READ_AS)
    if len(letters) != _LENGTH or not set(letters) <= set(_ALPHABET):
        raise CodeMalformed
    return grouped(letters)


def code_digest(code: str) -> str:
    """Return what a code is looked up by, in hex."""
    return hashlib.sha256(code.encode()).hexdigest()
