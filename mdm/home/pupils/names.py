"""Names of children and parents: as they are compared, as they are shown, and how close two of them are; pure."""

import re
import unicodedata
from enum import StrEnum

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_PREFIX_SCALE, _PREFIX_LIMIT = 0.1, 4
CLOSE = 0.9
"""From this likeness on (1.0: the same) two names may be the same one, written otherwise."""


class NameForm(StrEnum):
    """How much of a pupil's name a school keeps: ``Lina``, ``Lina M.`` or ``Lina Martin``."""

    FIRST = "first"
    INITIAL = "initial"
    FULL = "full"


STRICTEST_FIRST = (NameForm.FIRST, NameForm.INITIAL, NameForm.FULL)


def fold_name(name: str) -> str:
    """Return a name as it is compared: ``Jean-Paul d'Été`` is ``jeanpauldete``."""
    if name.isascii():
        return "".join(filter(str.isalnum, name.lower()))
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LIGATURES))
    return "".join(filter(str.isalnum, decomposed))


def readable(name: str) -> str:
    """Return a name that is written in capitals as people write it: ``JEAN-PAUL`` is ``Jean-Paul``."""
    if not name.isupper() or len(name) < 2:
        return name
    shown, begins = "", True
    for character in name:
        shown += character if begins else character.lower()
        begins = not character.isalnum()
    return shown


def kept_last_name(last_name: str, form: NameForm, *, letters: int = 1) -> str:
    """Return what is kept of a last name; ``letters``: how many an initial needs to tell two pupils apart."""
    if form is NameForm.FIRST or not last_name:
        return ""
    if form is NameForm.FULL:
        return last_name
    begun = readable(last_name)[:letters].rstrip(" -'’.")
    return f"{begun}." if begun else ""


def shortened(last_name: str, form: NameForm) -> str:
    """Return a kept last name in a form that keeps no more than it had: an initial stays an initial."""
    if last_name.endswith(".") and form is NameForm.FULL:
        return last_name
    if form is NameForm.INITIAL and last_name.endswith("."):
        return last_name
    return kept_last_name(last_name, form)


def may_be_the_name(kept: str, last_name: str) -> bool:
    """Tell whether what is kept of a last name (nothing, initials, or all) may be this last name's."""
    folded, whole = fold_name(kept), fold_name(last_name)
    if not folded or not whole:
        return True
    if kept.endswith("."):
        return whole.startswith(folded)
    return likeness(folded, whole) >= CLOSE


def close_first_names(one: str, other: str) -> bool:
    """Tell whether two first names may be the same child's: nearly alike, or one of them has more than the other."""
    folded, second = fold_name(one), fold_name(other)
    if not folded or not second:
        return False
    if likeness(folded, second) >= CLOSE:
        return True
    return second == _first_part(one) or folded == _first_part(other)


def one_letter_apart(one: str, other: str) -> bool:
    """Tell whether two folded names differ by one letter: another one, one more, or two that changed places."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    start = next(
        (at for at, (left, right) in enumerate(zip(shorter, longer, strict=False)) if left != right), len(shorter)
    )
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    swapped = shorter[start : start + 2] == longer[start : start + 2][::-1]
    return shorter[start + 1 :] == longer[start + 1 :] or (swapped and shorter[start + 2 :] == longer[start + 2 :])


def _first_part(name: str) -> str:
    return fold_name(re.split(r"[\s\-]+", name.strip(), maxsplit=1)[0])


def likeness(one: str, other: str) -> float:
    """Return how alike two folded names are, from 0 to 1 (Jaro's measure with Winkler's addition for equal beginnings).

    Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record
    Linkage" (1990).
    """
    if one == other:
        return 1.0
    jaro = _jaro(one, other)
    alike = 0
    for left, right in zip(one[:_PREFIX_LIMIT], other[:_PREFIX_LIMIT], strict=False):
        if left != right:
            break
        alike += 1
    return jaro + alike * _PREFIX_SCALE * (1 - jaro)


def _jaro(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    taken = [False] * len(other)
    first: list[str] = []
    for place, character in enumerate(one):
        for near in range(max(0, place - reach), min(len(other), place + reach + 1)):
            if not taken[near] and other[near] == character:
                taken[near] = True
                first.append(character)
                break
    if not first:
        return 0.0
    second = [character for character, used in zip(other, taken, strict=True) if used]
    swapped = sum(left != right for left, right in zip(first, second, strict=True)) / 2
    shared = len(first)
    return (shared / len(one) + shared / len(other) + (shared - swapped) / shared) / 3
