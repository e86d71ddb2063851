"""What families can be told of by e-mail; pure."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from mdm.i18n import N_


class Matter(StrEnum):
    """Something that a guardian may want letters about."""

    RETURN = "return"
    LOAN = "loan"
    RULES = "rules"
    LOST = "lost"
    EVALUATION = "evaluation"
    REQUEST = "request"


MATTER_NAMES: dict[Matter, str] = {
    Matter.RETURN: N_("The tablet is due back, or late"),
    Matter.LOAN: N_("A loan is ready, begins or ends"),
    Matter.RULES: N_("The rules of the tablet at home change, or another guardian makes them stricter"),
    Matter.LOST: N_("The tablet is lost: the search begins or ends, its position is known"),
    Matter.EVALUATION: N_("An evaluation by researchers concerns my child"),
    Matter.REQUEST: N_("My request about stored data is answered"),
}

USUAL = (Matter.RETURN,)
"""What is ticked before a guardian chose."""


def matters_of(keys: Iterable[str]) -> tuple[Matter, ...]:
    """Return the matters with these keys, each once and in their order; what is none is left out."""
    wanted = set(keys)
    return tuple(one for one in Matter if one.value in wanted)


def matters_text(matters: Iterable[Matter]) -> str:
    """Return matters in the form that the store keeps."""
    return msgspec.json.encode([one.value for one in matters_of(matters)]).decode()


def matters_in(text: str) -> tuple[Matter, ...]:
    """Read the form that the store keeps."""
    return matters_of(msgspec.json.decode(text, type=list[str]))
