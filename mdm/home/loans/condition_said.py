"""A tablet's state as two people saw it, in one sentence for whoever reads what is stored."""

from typing import Any

import msgspec

from mdm.home.loans.loan import PART_NAMES, WEAR_NAMES, Condition
from mdm.i18n import N_, Translator


def condition_in_words(value: Any, translate: Translator) -> str:
    """Say a stored state: screen, case, whether it works, what is missing, and the note."""
    seen = msgspec.json.decode(value, type=Condition)
    said = [
        translate(N_("screen: {wear}"), wear=translate(WEAR_NAMES[seen.screen])),
        translate(N_("case and back: {wear}"), wear=translate(WEAR_NAMES[seen.body])),
        translate(N_("it works")) if seen.works else translate(N_("it does not work")),
    ]
    if seen.missing:
        parts = ", ".join(translate(PART_NAMES[one]) for one in seen.missing)
        said.append(translate(N_("missing: {parts}"), parts=parts))
    return " · ".join([*said, seen.note] if seen.note else said)
