"""Texts that people give, made comparable: one Unicode form, plain spaces, nothing invisible."""

import unicodedata
from typing import Any

from mdm.errors import Words
from mdm.fleet.csv_reading import fold_title
from mdm.i18n import N_
from profiles.catalogue.errors import FieldInvalid

_LONG = frozenset({"purpose", "accessibility", "evidence"})
"""Fields that keep their line breaks."""
_UNTOUCHED = frozenset({"icon"})
_IGNORED = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff"))
"""What word processors leave behind: soft hyphens, zero-width spaces, byte order marks."""
NOTHING = frozenset({"none", "nothing", "aucun", "aucune", "neant", "rien"})
"""Folded words that mean an empty list, which is an answer, where no answer is None."""


def clean_text(text: str, *, where: str, long: bool = False) -> str:
    """Return a text in form NFC, with single spaces; raise `FieldInvalid` for control and hidden characters."""
    plain = unicodedata.normalize("NFC", text.translate(_IGNORED))
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    # A long text keeps its paragraphs, with at most one empty line between them.
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    cleaned = "\n".join(kept).strip("\n") if long else " ".join(line for line in lines if line)
    if not cleaned.replace("\n", "").isprintable():
        raise FieldInvalid(where=where, reason=Words(N_("it has characters that cannot be seen")))
    return cleaned


def clean_tree(tree: Any, where: str = "") -> Any:
    """Return a tree of plain values with its texts cleaned; a list that says “none” alone becomes empty."""
    name = where.rpartition(".")[2].partition("[")[0]
    if isinstance(tree, str):
        return tree if name in _UNTOUCHED else clean_text(tree, where=where, long=name in _LONG)
    if isinstance(tree, dict):
        return {key: clean_tree(value, f"{where}.{key}" if where else str(key)) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        cleaned = [clean_tree(value, f"{where}[{place}]") for place, value in enumerate(tree)]
        kept = [value for value in cleaned if value != ""]
        return [] if len(kept) == 1 and isinstance(kept[0], str) and fold_title(kept[0]) in NOTHING else kept
    return tree
