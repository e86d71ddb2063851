"""The purge: erases what is past its time, by the declarations, in short transactions, while tablets check in."""

import asyncio
import time
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Protocol

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.privacy import statements
from mdm.privacy.files import FilePlace, named_files
from mdm.privacy.purge_plan import Task, tasks_of
from mdm.privacy.register import Register
from mdm.privacy.schema_store import SchemaReader
from mdm.privacy.subject import Subject, actor_named
from mdm.store import Connection, Database, Row

ROWS = 500
"""How many rows one transaction touches at most; those that live only as long as them go with them."""
_REST_SECONDS = 0.005
_READ = 10 * ROWS


class Eraser(Protocol):
    """Erases persons; `mdm.privacy.erasure.Erasure`."""

    async def erase_due(self, subject: Subject) -> bool:
        """Erase a person whose time is over; return False where something still needs the person."""
        ...

    async def resume(self) -> int:
        """Finish erasures that were begun, and do again those that a restored backup undid; return how many."""
        ...


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge did: rows by task, files, and the longest transaction in milliseconds."""

    rows: dict[str, int]
    files: int = 0
    transactions: int = 0
    longest_ms: int = 0

    @property
    def nothing(self) -> bool:
        """Tell whether there was nothing to do."""
        return not any(self.rows.values()) and not self.files


class Purge:
    """Carries out the declarations' retention. One server process of all on a database runs it, at its start first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        register: Register,
        *,
        eraser: Eraser | None = None,
        places: Mapping[str, FilePlace] | None = None,
        rows: int = ROWS,
        rest_seconds: float = _REST_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._register = register
        self._eraser = eraser
        self._places = places or {}
        self._rows = rows
        self._rest_seconds = rest_seconds
        self._schema = SchemaReader(database)

    async def once(self) -> Purged:
        """Erase all that is past its time now; the journal gets the numbers, and nothing else."""
        run = _Run()
        if self._eraser is not None and (again := await self._eraser.resume()):
            run.count("erasures", again)
        for task in await self._tasks():
            await self._carry_out(task, run)
        files = await self._sweep()
        done = Purged(
            rows=dict(sorted(run.rows.items())),
            files=files,
            transactions=run.transactions,
            longest_ms=round(run.longest * 1000),
        )
        if not done.nothing:
            detail: dict[str, int] = {**done.rows, **({"files": files} if files else {})}
            await self._database.write(
                lambda conn: self._journal.record(
                    conn, "personal_data_purged", actor="system", subject="retention", detail=detail
                )
            )
        return done

    async def overdue(self) -> dict[str, int]:
        """Return how many rows are past their time now, by task; changes nothing."""
        now = self._clock.ms()
        found = {}
        for task in await self._tasks():
            number = await self._database.read_long(partial(_count, task=task, now=now))
            if number:
                found[task.name] = number
        return found

    async def _tasks(self) -> list[Task]:
        return tasks_of(self._register, await self._schema.schema())

    async def _carry_out(self, task: Task, run: "_Run") -> None:
        most = task.most(self._clock.ms())
        mark: dict[str, Any] = {"least": task.least()}
        first = True
        seen: set[tuple[Any, ...]] = set()
        while True:
            found = await self._database.read_long(partial(_due, task=task, most=most, mark=mark, first=first))
            if task.table.by_erasure:
                # Who is still needed stays, and would be found again without an end.
                found = [row for row in found if tuple(row.values()) not in seen]
                seen.update(tuple(row.values()) for row in found)
            if not found:
                return
            mark = _mark_after(task, found[-1])
            first = False
            if task.table.by_erasure:
                for row in found:
                    await self._erase_owner(task, row, most, run)
                continue
            for start in range(0, len(found), self._rows):
                part = found[start : start + self._rows]
                begun = time.monotonic()
                number = await self._database.write(partial(_carry_out, task=task, most=most, rows=part))
                spent = time.monotonic() - begun
                run.spent(spent)
                run.count(task.name, number)
                # Others get their turn, and half of the disk's time at least: a slow disk is left alone for longer.
                await asyncio.sleep(max(self._rest_seconds, spent))

    async def _erase_owner(self, task: Task, row: Row, most: int | str, run: "_Run") -> None:
        kept = await self._database.read(partial(_owner_of, task=task, row=row))
        if kept is None:
            run.count(task.name, await self._database.write(partial(_carry_out, task=task, most=most, rows=[row])))
        elif self._eraser is not None and await self._eraser.erase_due(kept):
            run.count(task.name, 1)

    async def _sweep(self) -> int:
        removed = 0
        for name, place in self._places.items():

            async def known(digests: Collection[str], name: str = name) -> Collection[str]:
                return await self._database.read(lambda conn: named_files(conn, self._register, name, digests))

            removed += await place.sweep(known)
        return removed


class _Run:
    """The numbers of one purge."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.transactions = 0
        self.longest = 0.0

    def count(self, name: str, number: int) -> None:
        if number:
            self.rows[name] = self.rows.get(name, 0) + number

    def spent(self, seconds: float) -> None:
        self.transactions += 1
        self.longest = max(self.longest, seconds)


def _due(conn: Connection, *, task: Task, most: int | str, mark: Mapping[str, Any], first: bool) -> list[Row]:
    return conn.all(task.query(first=first), **_bound(most), **mark, rows=_READ)


def _count(conn: Connection, *, task: Task, now: int) -> int:
    mark: dict[str, Any] = {"least": task.least()}
    return sum(1 for _ in conn.stream(task.query(first=True), **_bound(task.most(now)), **mark, rows=2**62))


def _mark_after(task: Task, row: Row) -> dict[str, Any]:
    if task.by_index:
        # Rows of the same moment may be left: those that were seen to are found no more.
        return {"least": row["due_value"]}
    return {"least": task.least(), **_key(task, row)}


def _carry_out(conn: Connection, *, task: Task, most: int | str, rows: list[Row]) -> int:
    """Delete or clear rows that are still due; return how many."""
    condition = statements.still_due(task.real, task.rule)
    keys = [{**_key(task, row), **_bound(most)} for row in rows]
    if task.before or task.fields:
        # What changed since it was found is left alone, with all that hangs on it.
        held = conn.many_returning(statements.hold(task.real, condition), keys)
        keys = [key for key, row in zip(keys, held, strict=True) if row is not None]
        for statement in task.before:
            conn.many(statement, keys)
    if task.fields:
        conn.many(
            statements.change_row(task.real, [one.column for one in task.fields]),
            [{**key, **task.changes()} for key in keys],
        )
        return len(keys)
    if task.before:
        conn.many(statements.delete_row(task.real), keys)
        return len(keys)
    conn.many(statements.delete_row(task.real) + condition, keys)
    return len(keys)


def _owner_of(conn: Connection, *, task: Task, row: Row) -> Subject | None:
    """Return the person of a row whose time is over; None where the row alone goes and its person stays."""
    owner = task.table.owners[0]
    column = owner.column
    found = conn.one(
        f"SELECT {column} AS word FROM {task.real.name} WHERE {statements.is_row(task.real)}",  # noqa: S608
        **_key(task, row),
    )
    if found is None:
        return None
    if owner.holds == "id":
        return Subject(kind=owner.subject, key=found["word"])
    # Where an account of that name is there, it decides of its own end; only what the journal calls it goes.
    return actor_named(conn, found["word"])


def _key(task: Task, row: Row) -> dict[str, Any]:
    return {name: row[column] for name, column in zip(statements.key_names(task.real), task.real.key, strict=True)}


def _bound(most: int | str) -> dict[str, Any]:
    return {"most": most}
