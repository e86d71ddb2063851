"""The purge: erases what is past its time, by the declarations, in short transactions, while tablets check in."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Protocol

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.privacy import statements
from mdm.privacy.files import FilePlace, named_files
from mdm.privacy.pace import MOST_ROWS, REST_SECONDS, Pace
from mdm.privacy.purge_plan import Task, tasks_of
from mdm.privacy.register import Register
from mdm.privacy.retention import Timed
from mdm.privacy.schema_store import SchemaReader
from mdm.privacy.subject import Subject, actor_named
from mdm.store import Connection, Database, Row

_READ = 5000


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
        rows: int = MOST_ROWS,
        rest_seconds: float = REST_SECONDS,
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
        run = _Run(Pace(self._database, most=self._rows, rest_seconds=self._rest_seconds))
        if self._eraser is not None and (again := await self._eraser.resume()):
            run.count("erasures", again)
        for task in await self._tasks():
            await self._carry_out(task, run)
        files = await self._sweep()
        done = Purged(
            rows=dict(sorted(run.rows.items())),
            files=files,
            transactions=run.pace.transactions,
            longest_ms=round(run.pace.longest * 1000),
        )
        if not done.nothing:
            detail: dict[str, int] = {**done.rows, **({"files": files} if files else {})}
            await self._database.write(
                lambda conn: self._journal.record(
                    conn, "personal_data_purged", actor="system", subject="retention", detail=detail
                )
            )
        await self._database.scrub({name.partition(".")[0] for name in run.rows})
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
        if task.in_order is not None:
            await self._delete_in_order(task, task.in_order, most, run)
            return
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
            start = 0
            while part := found[start : start + run.pace.rows]:
                start += len(part)
                run.pace.begin()
                run.count(task.name, await self._database.write(partial(_carry_out, task=task, most=most, rows=part)))
                await run.pace.rest(len(part))

    async def _delete_in_order(self, task: Task, rule: Timed, most: int | str, run: "_Run") -> None:
        """Delete what is due in the order of its time, by one statement a transaction."""
        newest, delete = statements.newest_due(task.real, rule), statements.delete_due(task.real, rule)
        least = task.least()
        while True:
            bounds = {"least": least, "rows": run.pace.rows}
            upto = await self._database.read(partial(_newest, query=newest, bounds={**bounds, "most": most}))
            if upto is None:
                return
            run.pace.begin()
            number = await self._database.write(partial(_delete, statement=delete, bounds={**bounds, "upto": upto}))
            run.count(task.name, number)
            # PostgreSQL's index still has what was deleted: it need not be walked over again.
            least = upto
            await run.pace.rest(number)

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
    """The numbers of one purge, and its pace."""

    def __init__(self, pace: Pace) -> None:
        self.rows: dict[str, int] = {}
        self.pace = pace

    def count(self, name: str, number: int) -> None:
        if number:
            self.rows[name] = self.rows.get(name, 0) + number


def _due(conn: Connection, *, task: Task, most: int | str, mark: Mapping[str, Any], first: bool) -> list[Row]:
    return conn.all(task.query(first=first), **_bound(most), **mark, rows=_READ)


def _count(conn: Connection, *, task: Task, now: int) -> int:
    query = f"SELECT COUNT(*) AS number FROM ({task.query(first=True)}) found"  # noqa: S608
    row = conn.one(query, **_bound(task.most(now)), least=task.least(), rows=2**62)
    return 0 if row is None else int(row["number"])


def _newest(conn: Connection, *, query: str, bounds: Mapping[str, Any]) -> int | str | None:
    row = conn.one(query, **bounds)
    found: int | str | None = None if row is None else row["newest"]
    return found


def _delete(conn: Connection, *, statement: str, bounds: Mapping[str, Any]) -> int:
    return conn.run(statement, **bounds)


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
