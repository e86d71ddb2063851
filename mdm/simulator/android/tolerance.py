"""How the agent's JSON library (Jackson) reads: what it forgives, converts and refuses."""

import codecs
import json
from typing import Any, NoReturn

from mdm.simulator.android.errors import BadAnswer

_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)


def read_json(body: bytes) -> Any:
    """Return the first value in ``body``; what follows it is not read. Raise `BadAnswer`."""
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8").lstrip(" \t\r\n")
        value, _ = json.JSONDecoder(parse_constant=_refuse).raw_decode(text)
    except (ValueError, RecursionError) as cause:
        raise BadAnswer(f"the answer is no JSON: {cause}") from cause
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number in JSON")


class Fields:
    """One JSON object, whose unknown keys are ignored and whose values are turned into what the agent declares.

    ``where`` says in errors which object it is. Every method raises `BadAnswer` for what Jackson does not convert.
    """

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise BadAnswer(f"{where} is no object")
        self._values = value
        self._where = where

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def value(self, key: str) -> Any:
        """Return what is there, as it is."""
        return self._values.get(key)

    def text(self, key: str) -> str | None:
        """Return a string; numbers and booleans become their text."""
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return json.dumps(value)
        raise self._wrong(key, "a string")

    def choice(self, key: str) -> bool | None:
        """Return a Boolean that may be null; ``"true"`` and numbers are taken, an empty string is null."""
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value != 0
        if isinstance(value, str):
            word = value.strip()
            if not word:
                return None
            if word in _TRUE or word in _FALSE:
                return word in _TRUE
        raise self._wrong(key, "a boolean")

    def flag(self, key: str) -> bool:
        """Return a plain boolean: absent and null are false."""
        return bool(self.choice(key))

    def number(self, key: str, *, long: bool = False) -> int | None:
        """Return an integer (32 bits; 64 with ``long``) that may be null; digits in a string and 1.5 are taken."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            word = value.strip()
            if not word:
                return None
            if not word.lstrip("+-").isascii() or not word.lstrip("+-").isdigit() or len(word) > 20:
                raise self._wrong(key, "a number")
            value = int(word)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        if isinstance(value, float) and not -1e19 < value < 1e19:
            raise self._wrong(key, "a number of that size")
        if int(value) not in (_LONG if long else _INT):
            raise self._wrong(key, "a number of that size")
        return int(value)

    def items(self, key: str) -> tuple[Any, ...] | None:
        """Return a list's members; none where the key is absent, None for an explicit null, or one in the list."""
        value = self._values.get(key, [])
        if value is None:
            return None
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return None if None in value else tuple(value)

    def _wrong(self, key: str, wanted: str) -> BadAnswer:
        return BadAnswer(f"{key} of {self._where} is not {wanted}")


def require_list(data: Any, what: str) -> list[Any]:
    """Return ``data`` if it is a list; raise `BadAnswer`."""
    if not isinstance(data, list):
        raise BadAnswer(f"{what} are no list")
    return data
