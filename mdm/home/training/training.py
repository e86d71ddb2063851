"""The training of guardians: read, answered and judged here, or attended in a room and noted by the school."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from mdm.clock import Clock
from mdm.home.guardians.guardian_store import Guardian, guardian_of_account, hold_guardian, require_guardian
from mdm.home.training import training_store
from mdm.home.training.course import Course, Module, in_language, shipped_course
from mdm.home.training.errors import AnswersMissing, AttendedWhen, ModuleUnknown, NotTrained, NotYetGuardian
from mdm.home.training.training_store import Completion, ModuleProgress, TrainingWay
from mdm.journal import Journal
from mdm.store import Connection, Database

_OLDEST = timedelta(days=366)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an answer; ``why`` is told in every language."""

    question: str
    right: bool
    why: dict[str, str]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a module's answers; ``completed``: the whole training is done now."""

    passed: bool
    answers: tuple[Judged, ...]
    completed: bool


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a guardian is; ``completion`` is None while parts are left."""

    modules: dict[str, ModuleProgress]
    completion: Completion | None

    def passed(self, module: str) -> bool:
        """Tell whether a module was passed."""
        held = self.modules.get(module)
        return held is not None and held.passed_at is not None


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate prints. ``current``: the course is still the one that was done."""

    guardian: Guardian
    completion: Completion
    modules: tuple[str, ...]
    minutes: int
    current: bool


class Training:
    """Judges answers and notes what was done; each is journalled. ``course``: the one that is shipped."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, course: Course | None = None) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._course = course or shipped_course()

    @property
    def course(self) -> Course:
        """The course."""
        return self._course

    def module(self, key: str) -> Module:
        """Return a module; raise `ModuleUnknown`."""
        found = self._course.module(key)
        if found is None:
            raise ModuleUnknown
        return found

    async def progress(self, account_id: str) -> Progress:
        """Return how far an account is; nothing at all where it is no guardian yet."""

        def read(conn: Connection) -> Progress:
            guardian = guardian_of_account(conn, account_id)
            if guardian is None:
                return Progress(modules={}, completion=None)
            return Progress(
                modules=training_store.progress_of(conn, guardian.guardian_id),
                completion=training_store.completion_of(conn, guardian.guardian_id),
            )

        return await self._database.read(read)

    async def answer(self, account_id: str, module_key: str, answers: Mapping[str, str], *, actor: str) -> Result:
        """Judge a module's answers, by question; it is passed when all are right, and may be tried again at once.

        Raises `ModuleUnknown`, `AnswersMissing` or `NotYetGuardian`.
        """
        module = self.module(module_key)
        judged = judge(module, answers)
        passed = all(one.right for one in judged)

        def write(conn: Connection) -> Result:
            guardian = guardian_of_account(conn, account_id)
            if guardian is None:
                raise NotYetGuardian
            it = guardian.guardian_id
            hold_guardian(conn, it)
            passed_at = self._clock.ms() if passed else None
            training_store.save_try(conn, it, module.key, module.digest, passed_at=passed_at)
            progress = Progress(modules=training_store.progress_of(conn, it), completion=None)
            completed = all(progress.passed(one.key) for one in self._course.modules)
            if completed:
                self._complete(conn, it, TrainingWay.ONLINE, self._clock.now().date(), actor)
            return Result(passed=passed, answers=judged, completed=completed)

        return await self._database.write(write)

    async def note_attended(self, guardian_ids: Sequence[str], day: date, *, actor: str) -> int:
        """Note that guardians attended the training in a room; return how many had not done it before.

        Raises `GuardianUnknown` or `AttendedWhen`.
        """
        today = self._clock.now().date()
        # It may be tomorrow already where the school is.
        if not today - _OLDEST <= day <= today + timedelta(days=1):
            raise AttendedWhen(day=day.isoformat())

        def write(conn: Connection) -> int:
            noted = 0
            for guardian_id in dict.fromkeys(guardian_ids):
                hold_guardian(conn, guardian_id)
                noted += self._complete(conn, guardian_id, TrainingWay.ROOM, day, actor)
            return noted

        return await self._database.write(write)

    async def certificate(self, guardian_id: str, *, language: str) -> Certificate:
        """Return what a guardian's certificate prints; raise `GuardianUnknown` or `NotTrained`."""

        def read(conn: Connection) -> tuple[Guardian, Completion | None]:
            return require_guardian(conn, guardian_id), training_store.completion_of(conn, guardian_id)

        guardian, completion = await self._database.read(read)
        if completion is None:
            raise NotTrained
        return Certificate(
            guardian=guardian,
            completion=completion,
            modules=tuple(in_language(one.title, language) for one in self._course.modules),
            minutes=self._course.minutes,
            current=completion.digest == self._course.digest,
        )

    def _complete(self, conn: Connection, guardian_id: str, way: TrainingWay, day: date, actor: str) -> bool:
        completion = Completion(
            guardian_id=guardian_id,
            way=way,
            done_on=day,
            digest=self._course.digest,
            noted_by=actor,
            noted_at=self._clock.ms(),
        )
        added = training_store.add_completion(conn, completion)
        if added:
            self._journal.record(
                conn,
                "training_done",
                actor=actor,
                subject=f"guardian:{guardian_id}",
                detail={"way": way.value, "day": day.isoformat(), "course": completion.digest},
            )
        return added


def judge(module: Module, answers: Mapping[str, str]) -> tuple[Judged, ...]:
    """Return what became of each question's answer, in order; raise `AnswersMissing`; pure."""
    chosen = [question.choice(answers.get(question.key, "")) for question in module.questions]
    missing = [str(number) for number, one in enumerate(chosen, start=1) if one is None]
    if missing:
        raise AnswersMissing(numbers=", ".join(missing))
    return tuple(
        Judged(question=question.key, right=one.right, why=one.why)
        for question, one in zip(module.questions, chosen, strict=True)
        if one is not None
    )
