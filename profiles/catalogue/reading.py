"""From trees of plain values, as files and requests bring them, to values; every reason is in plain words."""

import re
from typing import Any

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.catalogue.errors import FieldInvalid
from profiles.catalogue.texts import clean_tree

_WHERE = re.compile(r" - at `(?:key in )?\$?\.?(.*?)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_REASONS = (
    ("Invalid enum value", N_("it is not one of the words or numbers that are known here")),
    ("matching regex", N_("it is not in the form that is expected here")),
    ("of length >=", N_("nothing is written here")),
    ("of length <=", N_("it is too long")),
    ("`int` >", N_("the number is too small")),
    ("`int` <", N_("the number is too large")),
    ("Expected `int", N_("it must be a whole number")),
    ("Expected `bool", N_("it must be yes or no")),
    ("Expected `array", N_("it must be a list")),
    ("Expected `object", N_("it must hold fields")),
    ("base64", N_("it must be a PNG picture of at most 64 KiB, in base64")),
)
"""What the library's messages say, by a part that tells them apart; the first that is found counts."""


def converted(tree: Any, kind: Any) -> Any:
    """Return a tree as a value of ``kind``, its texts cleaned; raise `FieldInvalid` naming the field."""
    try:
        return msgspec.convert(clean_tree(tree), kind, strict=True)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except RecursionError as error:
        raise FieldInvalid(where="item", reason=Words(N_("it is nested too deeply"))) from error


def _explained(text: str) -> FieldInvalid:
    found = _WHERE.search(text)
    where = found[1] if found else ""
    for pattern, reason in (
        (_UNKNOWN, N_("there is no such field")),
        (_MISSING, N_("it is missing")),
    ):
        if named := pattern.search(text):
            return FieldInvalid(where=f"{where}.{named[1]}" if where else named[1], reason=Words(reason))
    words = next((reason for part, reason in _REASONS if part in text), N_("it must be a text"))
    return FieldInvalid(where=where or "item", reason=Words(words))
