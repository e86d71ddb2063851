"""What persons ask about their data: noted with the reasons, answered, and kept as long as it proves something."""

from collections.abc import Callable, Iterable

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.privacy import request_store
from mdm.privacy.errors import RequestAnswered, RequestUnknown, WordsWrong
from mdm.privacy.objections import Objections
from mdm.privacy.register import Register
from mdm.privacy.request_store import DataRequest, Kind, State
from mdm.privacy.subject import Subject, person_of
from mdm.store import Connection, Database

ANSWER_DAYS = 30
"""How long an answer may take (article 12(3))."""
_WORDS = 2000


class ShownRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as somebody may see it; what this person may not see is None. ``due_at``: when it must be answered."""

    request_id: str
    subject: str | None
    kind: str | None
    about: str | None
    words: str | None
    state: str | None
    made_at: int | None
    made_by: str | None
    answer: str | None
    answered_at: int | None
    answered_by: str | None
    due_at: int


class DataRequests:
    """Takes requests and answers. Who may is decided by the caller; the journal gets identifiers only.

    A granted objection is carried out with its answer. ``answered`` is told of a request that is answered, in the
    transaction of the answer.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        register: Register,
        *,
        objections: Objections | None = None,
        answered: Callable[[Connection, DataRequest], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._register = register
        self._objections = objections or Objections(database, clock, journal, register, {})
        self._answered = answered

    async def make(self, subject: Subject, kind: Kind, *, about: str = "", words: str = "", actor: str) -> str:
        """Note what a person asks, and return its identifier.

        ``about``: a key of the register that an objection or a correction is about; empty for all. Raises
        `SubjectUnknown`, `FieldUnknown`, `WordsWrong`, or `NothingToObject` where the law lets nobody object.
        """
        request_id = new_id(self._clock)
        if about:
            self._register.field(about)
        if kind == "objection":
            self._objections.require_open(about)
        said = _cleaned(Words(N_("What you ask")), words, needed=False)

        def note(conn: Connection) -> None:
            person_of(conn, subject)
            now = self._clock.ms()
            request_store.insert_request(conn, request_id, subject, kind, about=about, words=said, actor=actor, now=now)
            self._record(conn, "data_request_made", request_id, kind, actor)

        await self._database.write(note)
        return request_id

    async def answer(self, request_id: str, *, granted: bool, answer: str, actor: str) -> None:
        """Answer a request. A granted objection is carried out at once; the rest is, by whoever answers.

        Raises `RequestUnknown`, `RequestAnswered`, `NothingWouldStop`, or `WordsWrong`: an answer says why.
        """
        said = _cleaned(Words(N_("The answer")), answer, needed=True)

        def keep(conn: Connection) -> None:
            found = request_store.request_by_id(conn, request_id)
            if found is None:
                raise RequestUnknown
            now = self._clock.ms()
            if not request_store.answer_request(conn, request_id, granted=granted, answer=said, actor=actor, now=now):
                raise RequestAnswered
            kind = "data_request_granted" if granted else "data_request_refused"
            self._record(conn, kind, request_id, found.kind, actor)
            if granted and found.kind == "objection":
                self._objections.carry_out(conn, found, actor=actor)
            if self._answered is not None:
                self._answered(conn, found)

        await self._database.write(keep)

    async def of_person(self, subject: Subject, viewers: Iterable[str]) -> list[ShownRequest]:
        """Return a person's requests, the newest first, as somebody with these viewer keys may see them."""
        found = await self._database.read(lambda conn: request_store.requests_of(conn, subject))
        return [self._shown(one, viewers) for one in found]

    async def listed(
        self, state: State, viewers: Iterable[str], *, after: ShownRequest | None = None, limit: int = 50
    ) -> list[ShownRequest]:
        """Return requests in a state, the oldest first, from the one after another."""
        keys = (after.made_at or 0, after.request_id) if after is not None else (-1, "")
        found = await self._database.read(
            lambda conn: request_store.requests_after(conn, state, made_at=keys[0], request_id=keys[1], limit=limit)
        )
        return [self._shown(one, viewers) for one in found]

    def _shown(self, one: DataRequest, viewers: Iterable[str]) -> ShownRequest:
        keys = frozenset(viewers)
        fields = msgspec.structs.asdict(one)
        for name in fields:
            if name != "request_id" and not self._register.visible(f"data_request.{name}", keys):
                fields[name] = None
        return ShownRequest(**fields, due_at=one.made_at + ANSWER_DAYS * DAY_MS)

    def _record(self, conn: Connection, kind: str, request_id: str, asked: str, actor: str) -> None:
        self._journal.record(conn, kind, actor=actor, subject=f"data_request:{request_id}", detail={"kind": asked})
        conn.publish("data_requests", request_id)


def _cleaned(field: Words, text: str, *, needed: bool) -> str:
    cleaned = text.strip()
    if len(cleaned) > _WORDS or (needed and not cleaned):
        raise WordsWrong(field=field, most=_WORDS)
    return cleaned
