"""Texts as they are looked for: without case, accents and punctuation; pure."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_TERMS = 8
_LENGTH = 200


def fold(text: str) -> str:
    """Return a text's words in lower case and without accents, one space between them: ``École`` is ``ecole``."""
    # Decomposed before too: a letter such as 𝐀 has no lower case until it is a plain one.
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain))


def key_of(text: str) -> str:
    """Return a text's letters and digits alone: ``Cassiopée 07`` is ``cassiopee07``."""
    return fold(text).replace(" ", "")


def terms_of(text: str) -> tuple[str, ...]:
    """Return the words that are looked for; of a text that is too long, its beginning."""
    return tuple(fold(text[:_LENGTH]).split()[:_TERMS])
