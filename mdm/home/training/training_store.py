"""What guardians passed of the training, in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from mdm.store import Connection, Row


class TrainingWay(StrEnum):
    """How the training was done: by oneself, or in a room at school."""

    ONLINE = "online"
    ROOM = "room"


class ModuleProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a guardian is with a module; ``digest``: the content that was shown last."""

    module: str
    digest: str
    tries: int
    passed_at: int | None


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """A training that is done; ``digest``: the course's content. ``noted_by``: who noted it."""

    guardian_id: str
    way: TrainingWay
    done_on: date
    digest: str
    noted_by: str
    noted_at: int


def progress_of(conn: Connection, guardian_id: str) -> dict[str, ModuleProgress]:
    """Return how far a guardian is, by module."""
    rows = conn.all(
        "SELECT module, digest, tries, passed_at FROM training_progress WHERE guardian_id = :guardian_id",
        guardian_id=guardian_id,
    )
    return {row["module"]: ModuleProgress(**row) for row in rows}


def save_try(conn: Connection, guardian_id: str, module: str, digest: str, *, passed_at: int | None) -> None:
    """Note a try; a module that was passed stays passed."""
    conn.run(
        "INSERT INTO training_progress (guardian_id, module, digest, tries, passed_at)"
        " VALUES (:guardian_id, :module, :digest, 1, :passed_at)"
        " ON CONFLICT (guardian_id, module) DO UPDATE SET tries = training_progress.tries + 1,"
        " digest = excluded.digest, passed_at = COALESCE(training_progress.passed_at, excluded.passed_at)",
        guardian_id=guardian_id,
        module=module,
        digest=digest,
        passed_at=passed_at,
    )


def completion_of(conn: Connection, guardian_id: str) -> Completion | None:
    """Return a guardian's completed training, or None."""
    row = conn.one("SELECT * FROM training_completion WHERE guardian_id = :it", it=guardian_id)
    return _completion(row) if row is not None else None


def is_trained(conn: Connection, guardian_id: str) -> bool:
    """Tell whether a guardian has done the training."""
    return completion_of(conn, guardian_id) is not None


def add_completion(conn: Connection, completion: Completion) -> bool:
    """Keep a completed training; False when one is there already, which stays."""
    return bool(
        conn.run(
            "INSERT INTO training_completion (guardian_id, way, done_on, digest, noted_by, noted_at)"
            " VALUES (:guardian_id, :way, :done_on, :digest, :noted_by, :noted_at)"
            " ON CONFLICT (guardian_id) DO NOTHING",
            guardian_id=completion.guardian_id,
            way=completion.way.value,
            done_on=completion.done_on.isoformat(),
            digest=completion.digest,
            noted_by=completion.noted_by,
            noted_at=completion.noted_at,
        )
    )


def trained_of(conn: Connection, guardian_ids: Sequence[str]) -> set[str]:
    """Return those of some guardians who have done the training."""
    return {one for one in guardian_ids if is_trained(conn, one)}


def _completion(row: Row) -> Completion:
    return Completion(
        guardian_id=row["guardian_id"],
        way=TrainingWay(row["way"]),
        done_on=date.fromisoformat(row["done_on"]),
        digest=row["digest"],
        noted_by=row["noted_by"],
        noted_at=row["noted_at"],
    )
