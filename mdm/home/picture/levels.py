"""School levels: the ones that figures are told by, and the cycles that they belong to.

Source: code de l'éducation, article D. 311-10, for the cycles.
"""

import re
from collections.abc import Mapping

OTHER = "other"
LEVELS = ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", OTHER)
"""Every pupil is in one of these and in one alone, so that no two groups overlap."""

CYCLES: Mapping[str, str] = {
    "PS": "C1",
    "MS": "C1",
    "GS": "C1",
    "CP": "C2",
    "CE1": "C2",
    "CE2": "C2",
    "CM1": "C3",
    "CM2": "C3",
    OTHER: OTHER,
}

_WORDS = re.compile(r"([A-Z]+)\s?(\d?)")
_SAME = {"TPS": "PS", "PETITE": "PS", "MOYENNE": "MS", "GRANDE": "GS"}


def level_of(text: str) -> str:
    """Return the level that a text names; ``other`` where it names none, or more than one, such as CE1-CE2."""
    found = set()
    for word, digit in _WORDS.findall(text.upper()):
        # The number after CP or GS is a class's, not a level's.
        found.add(word + digit if word + digit in LEVELS else _SAME.get(word, word))
    known = found & set(LEVELS)
    return known.pop() if len(known) == 1 else OTHER


def cycle_of(level: str) -> str:
    """Return a level's cycle."""
    return CYCLES.get(level, OTHER)
