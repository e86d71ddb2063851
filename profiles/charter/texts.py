"""What people write: cleaned at the door, so that it can be kept, hashed and read by everybody."""

import unicodedata

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.proposal_errors import WordsRefused

LONGEST = 20_000
"""Characters of a comment, a report or notes."""
_IGNORED = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff"))
"""What word processors leave behind: soft hyphens, zero-width spaces, byte order marks."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINER = "\u200d"


def one_line(text: str, *, longest: int = 200) -> str:
    """Return a short text with single spaces, in form NFC; raise `WordsRefused`."""
    return _checked(" ".join(unicodedata.normalize("NFC", text.translate(_IGNORED)).split()), longest)


def paragraphs(text: str, *, longest: int = LONGEST) -> str:
    """Return a long text with its line breaks, in form NFC; raise `WordsRefused`."""
    plain = unicodedata.normalize("NFC", text.translate(_IGNORED))
    lines = [line.expandtabs(4).rstrip() for line in plain.splitlines()]
    return _checked("\n".join(lines).strip("\n"), longest)


def _checked(text: str, longest: int) -> str:
    if len(text) > longest:
        raise WordsRefused(reason=Words(N_("it is too long")))
    if any(unicodedata.category(char) in _HIDDEN for char in text if char not in ("\n", _JOINER)):
        raise WordsRefused(reason=Words(N_("it has characters that cannot be seen")))
    return text
