"""Long work as values: what is to be done, its parts, and how far it is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum

import msgspec

from mdm.errors import Param, ValiseError, Words
from mdm.i18n import Translator
from mdm.store import Connection


class WorkState(StrEnum):
    """Where work is in its life; a draft was shown to a person and not begun."""

    DRAFT = "draft"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (WorkState.WAITING, WorkState.RUNNING)


class LongWork(msgspec.Struct, frozen=True, kw_only=True):
    """Work and its progress. Times in milliseconds; ``expires_at``: until when a draft can be begun.

    ``spec`` is what the kind was told, JSON; ``result`` what it leaves, JSON or empty. ``problem`` is a gettext text
    that tells why the whole failed. ``done`` and ``failed`` count parts, of ``total``.
    """

    work_id: str
    kind: str
    subject: str
    state: WorkState
    spec: str
    total: int
    done: int
    failed: int
    result: str
    problem: str
    attempts: int
    started_by: str
    made_at: int
    expires_at: int | None
    started_at: int | None
    ended_at: int | None

    @property
    def is_open(self) -> bool:
        """Tell whether it is still being carried out."""
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """How much of it is over, in percent, rounded down."""
        return 100 if not self.total else (self.done + self.failed) * 100 // self.total


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the work, such as a tablet; ``key`` is its identifier."""

    position: int
    key: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a part. Without a message it is done; with one it failed, for that reason (a gettext text)."""

    position: int
    message: str = ""
    params: Mapping[str, Param] = {}

    @classmethod
    def refused(cls, part: Part, error: ValiseError) -> "Outcome":
        """Return the outcome of a part that was refused."""
        return cls(position=part.position, message=type(error).message, params=error.params)

    @classmethod
    def done(cls, part: Part) -> "Outcome":
        """Return the outcome of a part that is done."""
        return cls(position=part.position)


class FailedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part that failed, and why."""

    key: str
    message: str
    params: Mapping[str, Param]

    def text(self, translate: Translator) -> str:
        """Return the reason in the translator's language."""
        return reason_in_words(self.message, self.params, translate)


Carried = Callable[[Connection], Sequence[Outcome]]
"""What writes a few parts: it runs inside the transaction that notes them as over, and may be run again."""

Step = Callable[[LongWork, Sequence[Part]], Awaitable[Carried]]
"""What a kind does with a few parts: first what takes time and is no harm when it is done twice, then a `Carried`."""


class WorkKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of long work: its step, how many parts a step takes, and what is left in the end (JSON, may be empty)."""

    name: str
    step: Step
    parts_a_step: int = 100
    finish: Callable[[Connection, LongWork], str] = lambda _conn, _work: ""


def reason_in_words(message: str, params: Mapping[str, Param], translate: Translator) -> str:
    """Return a gettext text with its parameters, in the translator's language."""
    spoken = {name: translate(value) if isinstance(value, Words) else value for name, value in params.items()}
    return translate(message, **spoken)


def write_params(params: Mapping[str, Param]) -> str:
    """Return parameters as JSON; a parameter that is itself a text to translate is kept as such."""
    kept = {name: {"words": str(value)} if isinstance(value, Words) else value for name, value in params.items()}
    return msgspec.json.encode(kept).decode()


def read_params(text: str) -> dict[str, Param]:
    """Return the parameters in a JSON that `write_params` wrote."""
    kept = msgspec.json.decode(text, type=dict[str, str | int | dict[str, str]])
    return {name: Words(value["words"]) if isinstance(value, dict) else value for name, value in kept.items()}
