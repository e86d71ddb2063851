"""An evaluation's protocol: the question, whom it concerns, what is gathered, for how long, and who answers for it."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.fleet.errors import UaiInvalid
from mdm.fleet.uai import parse_uai
from mdm.home.evaluation.errors import EvaluationInvalid, NotInThisState
from mdm.home.evaluation.variables import Variable
from mdm.home.picture.suppression import DEFAULT_THRESHOLD, LEAST_THRESHOLD
from mdm.i18n import N_
from mdm.store import Connection

FORMAT = "valise-evaluation/1"
LEAST_NOTICE_DAYS = 15
LONGEST_DAYS = 3 * 366
LONGEST_RETENTION_DAYS = 3 * 366
_SCHOOLS = 500

Text = Annotated[str, Meta(min_length=3, max_length=200)]


class Basis(StrEnum):
    """What a guardian's silence means: with ``objection`` the pupil takes part, with ``consent`` not."""

    OBJECTION = "objection"
    CONSENT = "consent"


class State(StrEnum):
    """Where an evaluation is in its life."""

    DRAFTED = "drafted"
    DECIDED = "decided"
    RUNNING = "running"
    EXPORTED = "exported"
    ENDED = "ended"


STATE_NAMES = {
    State.DRAFTED: N_("drafted and not decided yet"),
    State.DECIDED: N_("decided by the committee"),
    State.RUNNING: N_("under way"),
    State.EXPORTED: N_("exported at least once"),
    State.ENDED: N_("at its end"),
}

GATHERING = (State.RUNNING, State.EXPORTED)
"""The states in which data is gathered and exports are made."""


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is decided on. ``notice_days``: how long guardians know before anything of their child is gathered.

    ``retention_days``: how long after the last day all is erased. ``responsible``: the login of the researcher.
    """

    title: Text
    question: Annotated[str, Meta(min_length=10, max_length=4000)]
    first_day: date
    last_day: date
    schools: Annotated[tuple[str, ...], Meta(min_length=1, max_length=_SCHOOLS)]
    variables: Annotated[tuple[Variable, ...], Meta(min_length=1)]
    basis: Basis = Basis.OBJECTION
    threshold: int = DEFAULT_THRESHOLD
    notice_days: int = 30
    retention_days: int = 365
    responsible: Annotated[str, Meta(min_length=1, max_length=100)]

    def tree(self) -> dict[str, Any]:
        """Return it as plain values, with the name of its format."""
        return {"format": FORMAT, **msgspec.to_builtins(self)}

    @property
    def digest(self) -> str:
        """The SHA-256 of its canonical JSON, in hex: what the committee's decision names."""
        return hashlib.sha256(msgspec.json.encode(self.tree(), order="sorted")).hexdigest()


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation. Moments in milliseconds; ``ethics``: the proposal with which the committee adopted it.

    ``proposed``: the proposal that brought it to the committee last, whatever became of that.
    """

    evaluation_id: str
    draft: Draft
    state: State
    revision: int
    ethics: str | None
    proposed: str | None = None
    created_at: int
    created_by: str
    started_at: int | None
    ended_at: int | None


class EthicsDecisions(Protocol):
    """Knows what the committee decided."""

    def adopted(self, conn: Connection, reference: str, digest: str) -> bool:
        """Tell whether the committee adopted, with that proposal, a text that names the digest."""
        ...


def draft_of(body: bytes) -> Draft:
    """Return the protocol in a TOML file; raise `EvaluationInvalid`."""
    try:
        return require_coherent(msgspec.toml.decode(body, type=Draft))
    except msgspec.MsgspecError as error:
        raise EvaluationInvalid(where=Words(N_("the file")), reason=str(error)[:200]) from error
    except UnicodeDecodeError as error:
        raise EvaluationInvalid(where=Words(N_("the file")), reason=Words(N_("it is not in UTF-8"))) from error


def require_coherent(draft: Draft) -> Draft:
    """Return a protocol with its schools and variables in order; raise `EvaluationInvalid`."""
    days = (draft.last_day - draft.first_day).days + 1
    for wrong, where, reason in (
        (not 7 <= days <= LONGEST_DAYS, N_("Last day"), N_("it lasts a week at least, and three years at most")),
        (
            not LEAST_THRESHOLD <= draft.threshold <= 1000,
            N_("Smallest group that is told of"),
            N_("a group has 5 pupils at least"),
        ),
        (
            not LEAST_NOTICE_DAYS <= draft.notice_days <= 366,
            N_("Days for which guardians know before anything is gathered"),
            N_("guardians know 15 days before at least"),
        ),
        (
            not 0 <= draft.retention_days <= LONGEST_RETENTION_DAYS,
            N_("Days after the last day until all is erased"),
            N_("all is erased three years after the last day at most"),
        ),
    ):
        if wrong:
            raise EvaluationInvalid(where=Words(where), reason=Words(reason))
    try:
        schools = tuple(sorted({parse_uai(uai) for uai in draft.schools}))
    except UaiInvalid as error:
        raise EvaluationInvalid(where=Words(N_("Schools")), reason=Words(error.message)) from error
    variables = tuple(one for one in Variable if one in draft.variables)
    return msgspec.structs.replace(draft, schools=schools, variables=variables)


def require_state(evaluation: Evaluation, *states: State) -> None:
    """Raise `NotInThisState` where the evaluation is in none of these states."""
    if evaluation.state not in states:
        raise NotInThisState(state=Words(STATE_NAMES[evaluation.state]))
