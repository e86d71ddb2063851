"""The count of a vote as the API shows it, with its reasons in the reader's language."""

import msgspec

from mdm.i18n import Translator
from profiles.charter.counting import BodyTally, Tally


class BodyTallyShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a body voted. `seats` are held and may vote; `reason` says why a binding body is not satisfied, else null."""

    body: str
    seats: int
    yes: int
    no: int
    abstain: int
    binding: bool
    satisfied: bool
    reason: str | None


class TallyShown(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a vote."""

    adopted: bool
    bodies: tuple[BodyTallyShown, ...]


def tally_shown(tally: Tally, words: Translator) -> TallyShown:
    """Return a count for a person."""
    return TallyShown(adopted=tally.adopted, bodies=tuple(_body(one, words) for one in tally.bodies))


def _body(one: BodyTally, words: Translator) -> BodyTallyShown:
    return BodyTallyShown(
        body=one.body,
        seats=one.seats,
        yes=one.yes,
        no=one.no,
        abstain=one.abstain,
        binding=one.binding,
        satisfied=one.satisfied,
        reason=words(one.reason) if one.reason else None,
    )
