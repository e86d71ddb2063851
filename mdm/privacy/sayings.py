"""How stored values are said to people: choices by their names, yes and no, lists, amounts. Pure.

Used by the rooms' declarations; a saying takes what the column holds and returns it in the translator's language.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mdm.clock import from_ms
from mdm.i18n import N_, Translator

Saying = Callable[[Any, Translator], str]
_HOUR_MS = 3_600_000
_GIGABYTE = 10**9


def one_of(names: Mapping[Any, str]) -> Saying:
    """Say a choice by its name; what is not among the names is said as it is."""
    known = {str(getattr(key, "value", key)): name for key, name in names.items()}

    def say(value: Any, translate: Translator) -> str:
        return translate(known[str(value)]) if str(value) in known else str(value)

    return say


def some_of(names: Mapping[Any, str]) -> Saying:
    """Say a JSON list of choices by their names."""
    single = one_of(names)

    def say(value: Any, translate: Translator) -> str:
        return ", ".join(single(one, translate) for one in msgspec.json.decode(value, type=list[str]))

    return say


def always(text: str) -> Saying:
    """Say the same of every value: that there is one, in place of an identifier."""

    def say(value: Any, translate: Translator) -> str:
        del value
        return translate(text)

    return say


def yes_or_no(value: Any, translate: Translator) -> str:
    """Say a truth that is kept as 1 or 0."""
    return translate(N_("yes")) if value else translate(N_("no"))


def percent(value: Any, translate: Translator) -> str:
    """Say a part of a hundred."""
    return translate(N_("{n} %"), n=int(value))


def gigabytes(value: Any, translate: Translator) -> str:
    """Say a number of bytes."""
    return translate(N_("{n} GB"), n=round(int(value) / _GIGABYTE))


def hour_since_1970(value: Any, translate: Translator) -> str:
    """Say an hour that is counted from 1970, as a moment in ISO 8601."""
    del translate
    return from_ms(int(value) * _HOUR_MS).strftime("%Y-%m-%dT%H:%M:%SZ")


def who(value: Any, translate: Translator) -> str:
    """Say who acted, such as ``account:anne``, by the login alone."""
    del translate
    return str(value).removeprefix("account:")
