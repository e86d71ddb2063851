"""How one value stands in one cell of a CSV file: its words in French and English, amounts, lists; pure.

Reading gives plain values, for the same door that JSON goes through; writing gives what is read again as the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

from babel.core import Locale

from mdm.fleet.csv_reading import fold_title
from mdm.i18n import N_
from profiles.catalogue.item import NEWEST, Kind
from profiles.catalogue.subjects import FRENCH_NAMES, SUBJECTS
from profiles.catalogue.texts import NOTHING

Language = Literal["fr", "en"]

_SEPARATORS = re.compile(r"[,;|\n]")
_AMOUNT = re.compile(r"(\d{1,8})(?:[.,](\d{1,2}))?(?:€|eur)?")
_LEVEL = re.compile(r"(?:c(?:ycle)?\s*)?([1-4])", re.IGNORECASE | re.ASCII)
_NEWEST = frozenset({"newest", "latest", "derniere", "la plus recente"})
_SPACES = re.compile(r"\s+")
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


class CellWrong(ValueError):
    """A cell holds something else; ``expected`` is a gettext text."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


class Form(NamedTuple):
    """How a kind of value is read from a cell that is not empty, and written."""

    read: Callable[[str], Any]
    write: Callable[[Any, Language], str]


def disarmed(text: str) -> str:
    """Return a cell's text that no spreadsheet takes for a formula; `rearmed` undoes it.

    A text that begins as a formula does gets an apostrophe before it (CWE-1236).
    """
    return f"'{text}" if _FORMULA.match(text) else text


def rearmed(text: str) -> str:
    """Return the text that `disarmed` was given."""
    return text[1:] if _ESCAPED.match(text) else text


def _whole(text: str) -> int:
    digits = _SPACES.sub("", text)
    if not re.fullmatch(r"\d{1,16}", digits, re.ASCII):
        raise CellWrong(N_("a whole number"))
    return int(digits)


def _cents(text: str) -> int:
    found = _AMOUNT.fullmatch(_SPACES.sub("", text).casefold())
    if found is None:
        raise CellWrong(N_("an amount in euros, such as 12,50"))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _euros(cents: int, language: Language) -> str:
    mark = "," if language == "fr" else "."
    return f"{cents // 100}{mark}{cents % 100:02d}"


def _words(known: Mapping[str, tuple[str, ...]]) -> Form:
    """Return the form of a word out of a few; ``known``: for each value its French words, the first to be written."""
    values = {fold_title(word): value for value, words in known.items() for word in (value, *words)}

    def read(text: str) -> str:
        if (value := values.get(fold_title(text))) is None:
            raise CellWrong(N_("one of the words that docs/catalogue.md lists for this column"))
        return value

    return Form(read, lambda value, language: known[value][0] if language == "fr" else value)


def _listed(one: Form) -> Form:
    """Return the form of a list whose entries hold no separator."""

    def read(text: str) -> list[Any]:
        entries = [entry.strip() for entry in _SEPARATORS.split(text)]
        if len(entries) == 1 and fold_title(entries[0]) in NOTHING:
            return []
        return [one.read(entry) for entry in entries if entry]

    def write(values: Sequence[Any], language: Language) -> str:
        return ", ".join(one.write(value, language) for value in values) or _nothing(language)

    return Form(read, write)


def _level(text: str) -> int:
    found = _LEVEL.fullmatch(text)
    if found is None:
        raise CellWrong(N_("cycles from 1 to 4, such as 2, 3"))
    return int(found[1])


def _version(text: str) -> str:
    return NEWEST if fold_title(text) in _NEWEST else text


def _nothing(language: Language) -> str:
    return "aucun" if language == "fr" else "none"


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("fr", "en"):
        names = Locale.parse(language).territories
        found |= {fold_title(name): code for code, name in names.items() if re.fullmatch("[A-Z]{2}", code)}
    return found


def _country(text: str) -> str:
    code = text.upper()
    if code in _countries().values():
        return code
    if (named := _countries().get(fold_title(text))) is None:
        raise CellWrong(N_("a country, or its code of two letters, such as FR"))
    return named


_KINDS: dict[Kind, tuple[str, ...]] = {
    "app": ("application", "appli"),
    "web_clip": ("page web", "raccourci web"),
    "book": ("livre",),
    "web_site": ("site web", "site"),
}
_UNITS = {
    "tablet": ("tablette", "appareil"),
    "pupil": ("élève",),
    "class": ("classe",),
    "school": ("école",),
    "territory": ("territoire",),
}

TEXT = Form(str, lambda value, _: str(value))
WHOLE = Form(_whole, lambda value, _: str(value))
EUROS = Form(_cents, _euros)
KIND = _words({kind: _KINDS[kind] for kind in get_args(Kind)})
UNIT = _words(_UNITS)
PERIOD = _words({"once": ("une fois", "achat"), "month": ("mois", "par mois"), "year": ("an", "année", "par an")})
OFFLINE = _words({"yes": ("oui", "o"), "partly": ("en partie", "partiel"), "no": ("non", "n")})
_FLAG = _words({"yes": ("oui", "vrai", "true", "1", "o"), "no": ("non", "faux", "false", "0", "n")})
FLAG = Form(
    lambda text: _FLAG.read(text) == "yes",
    lambda value, language: _FLAG.write("yes" if value else "no", language),
)
LEVELS = _listed(Form(_level, lambda value, _: str(value)))
VERSION = Form(_version, lambda value, _: str(value))
SUBJECTS_FORM = _listed(_words({subject: FRENCH_NAMES[subject] for subject in SUBJECTS}))
CODES = _listed(TEXT)
COUNTRIES = _listed(Form(_country, lambda value, _: str(value)))
LINES = Form(
    lambda text: text.split("\n"),
    lambda values, language: "\n".join(values) or _nothing(language),
)
"""One entry a line: the entries may hold commas."""
