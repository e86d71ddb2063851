"""What msgspec refuses, told to a person: where, why, in their language.

msgspec says it in English only. The test of this file holds its sentences against the table.
"""

import re

import msgspec

from mdm.errors import Param
from mdm.i18n import N_
from webui.api.errors import Wrong

_PLACE = re.compile(r" - at `(?:key in )?(\$[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_SHOWN = 80

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Object missing required field `(?P<field>[^`]*)`", N_("“{field}” is missing.")),
    (r"Object contains unknown field `(?P<field>.*)`", N_("“{field}” is not known here.")),
    (r"Invalid (?:enum )?value .*", N_("It is not one of the values that are possible.")),
    (r"Expected `(?:str|array|object|bytes)` of length <= (?P<limit>\d+)", N_("It is longer than {limit}.")),
    (r"Expected `(?:str|array|object|bytes)` of length >= (?P<limit>\d+)", N_("It is shorter than {limit}.")),
    (r"Expected `(?:int|float)` <= (?P<limit>[\d.e+-]+)", N_("It is more than {limit}.")),
    (r"Expected `(?:int|float)` >= (?P<limit>[\d.e+-]+)", N_("It is less than {limit}.")),
    (r"Expected `str` matching regex .*", N_("It has not the right form.")),
    (r"Invalid RFC3339 encoded datetime", N_("It is not a date and time such as 2026-09-01T08:00:00Z.")),
    (r"Invalid RFC3339 encoded date", N_("It is not a date such as 2026-09-01.")),
    (r"Expected `(?P<wanted>[^`]*)`, got `(?P<found>[^`]*)`", N_("It is of the type {found}, not {wanted}.")),
)
NOT_EXPECTED = N_("It is not what is expected here.")
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), reason) for pattern, reason in _SENTENCES)


def wrong_from(error: msgspec.ValidationError, place: str | None = None) -> Wrong:
    """Return what a refusal of msgspec says; ``place`` names it where msgspec's own path would not help."""
    text = str(error)
    found = _PLACE.search(text)
    pointer = _pointer(found[1]) if found else ""
    sentence = text[: found.start()] if found else text
    for pattern, reason in _PATTERNS:
        if match := pattern.fullmatch(sentence):
            params: dict[str, Param] = {name: _printable(value) for name, value in match.groupdict().items()}
            return Wrong(place=pointer if place is None else place, reason=reason, params=params)
    return Wrong(place=pointer if place is None else place, reason=NOT_EXPECTED, params={})


def _pointer(path: str) -> str:
    """Return msgspec's path, ``$.apps[2].name``, as a JSON Pointer; a key that msgspec does not name is ``*``."""
    steps = [name or ("*" if index == "..." else index) for name, index in _STEP.findall(path)]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _printable(text: str) -> str:
    return "".join(one for one in text if one.isprintable())[:_SHOWN]
