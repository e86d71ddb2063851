"""Objections: what one can stop, what it cannot and why, and what happens when one is accepted or taken back.

Source: Regulation (EU) 2016/679, article 21: one may object to what rests on a public task or on legitimate interests,
not to what rests on the law, a contract or a consent, which is taken back instead.
"""

from collections.abc import Callable, Mapping

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.privacy import objection_store
from mdm.privacy.declaration import Activity
from mdm.privacy.errors import NoSuchObjection, NothingToObject, NothingWouldStop
from mdm.privacy.objection_store import Objection
from mdm.privacy.register import Register
from mdm.privacy.request_store import DataRequest
from mdm.privacy.subject import Subject
from mdm.privacy.vocabulary import Basis
from mdm.store import Connection, Database

Stop = Callable[[Connection, str], None]
"""Erases what an activity keeps of a pupil, by identifier, and ends what is under way; inside the caller's transaction.

That nothing is gathered from then on is asked of `objection_store` by whoever gathers.
"""

OPEN_TO_OBJECTION = frozenset({Basis.PUBLIC_TASK, Basis.LEGITIMATE_INTERESTS})

CLOSED: Mapping[Basis, str] = {
    Basis.CONSENT: N_("it rests on a consent, which is taken back where it was given"),
    Basis.CONTRACT: N_("it is needed for a contract with the person"),
    Basis.LEGAL_OBLIGATION: N_("the law orders it"),
    Basis.VITAL_INTERESTS: N_("somebody's life may depend on it"),
}
"""Why nobody can object to what rests on these bases."""

NEEDED = N_(
    "it is needed as long as the person takes part; it ends with the loan, the account or the office, and is erased"
    " when the register says"
)
"""Why most of what rests on a public task goes on (article 21(1): compelling grounds)."""


class Objections:
    """Says what an objection would stop, carries it out, and takes it back. ``stops``: by the activity's key."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, register: Register, stops: Mapping[str, Stop]
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._register = register
        self._stops = stops

    def require_open(self, about: str) -> None:
        """Raise `NothingToObject` where the law lets nobody object to a field; empty is all, which is open."""
        if about and (reason := CLOSED.get(self._register.field(about).basis)):
            raise NothingToObject(reason=Words(reason))

    def would_stop(self, subject: Subject, about: str) -> tuple[Activity, ...]:
        """Return what would end for a person: the field's activity, or all that can end where ``about`` is empty."""
        if subject.kind != "pupil":
            return ()
        found = (self._register.field(about).activity,) if about else self._register.activities
        return tuple(one for one in found if one.stops)

    def why_not(self, subject: Subject, about: str) -> str:
        """Return why nothing would end, an English gettext text; empty where something would."""
        if self.would_stop(subject, about):
            return ""
        if not about:
            return NEEDED
        field = self._register.field(about)
        return CLOSED.get(field.basis) or field.activity.grounds or NEEDED

    def carry_out(self, conn: Connection, request: DataRequest, *, actor: str) -> None:
        """End what a granted objection is about, and erase what is kept; raise `NothingWouldStop`."""
        kind, _, key = request.subject.partition(":")
        subject = Subject(kind=kind, key=key)
        ends = self.would_stop(subject, request.about)
        if not ends:
            raise NothingWouldStop(reason=Words(self.why_not(subject, request.about)))
        for activity in ends:
            objection_store.begin_objection(
                conn, key, activity.key, request_id=request.request_id, now=self._clock.ms()
            )
            if activity.key in self._stops:
                self._stops[activity.key](conn, key)
            self._record(conn, "objection_carried_out", key, activity.key, actor)

    async def take_back(self, pupil_id: str, activity: str, *, actor: str) -> None:
        """Let an activity begin again for a pupil, at the family's wish; raise `NoSuchObjection`."""

        def end(conn: Connection) -> None:
            if not objection_store.end_objection(conn, pupil_id, activity, now=self._clock.ms()):
                raise NoSuchObjection
            self._record(conn, "objection_taken_back", pupil_id, activity, actor)

        await self._database.write(end)

    async def of_pupil(self, pupil_id: str) -> list[Objection]:
        """Return the objections that hold for a pupil."""
        return await self._database.read(lambda conn: objection_store.objections_of(conn, pupil_id))

    async def holding(self, *, after: Objection | None = None, limit: int = 50) -> list[Objection]:
        """Return objections that hold, the oldest first, from the one after another."""
        since, pupil_id = (after.since, after.pupil_id) if after is not None else (-1, "")
        return await self._database.read(
            lambda conn: objection_store.objections_after(conn, since=since, pupil_id=pupil_id, limit=limit)
        )

    def name_of(self, activity: str) -> str:
        """Return an activity's name, an English gettext text."""
        return next((one.name for one in self._register.activities if one.key == activity), activity)

    def _record(self, conn: Connection, kind: str, pupil_id: str, activity: str, actor: str) -> None:
        self._journal.record(conn, kind, actor=actor, subject=f"pupil:{pupil_id}", detail={"activity": activity})
        conn.publish("data_requests", pupil_id)
        conn.publish("objections", pupil_id)
