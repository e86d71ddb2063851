"""Bulk import of schools and kits: a dry run that tells all, then all or nothing in one transaction."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Literal

from mdm.clock import Clock
from mdm.fleet.csv_reading import Table
from mdm.fleet.import_report import Change, ImportReport
from mdm.fleet.kit_import import carry_out_kits, plan_kits, read_kits
from mdm.fleet.names import clean_name
from mdm.fleet.school_import import carry_out_schools, plan_schools, read_schools
from mdm.journal import Journal
from mdm.store import Connection, Database


class Imports:
    """Imports files. Each method raises `ImportRefused` with every problem of the file, and then changes nothing."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def schools(
        self, body: bytes, *, actor: str, territory: str | None = None, dry_run: bool = True
    ) -> ImportReport:
        """Import schools with their communes and territories; see `school_import` for the titles.

        ``territory`` names the one that new communes belong to whose lines name none. Importing a file again changes
        nothing.
        """
        file = await asyncio.to_thread(read_schools, body)
        default = clean_name(territory) if territory else None

        def preview(conn: Connection) -> ImportReport:
            plan = plan_schools(conn, file, self._clock, territory=default)
            return _report(body, file.table, plan.changes, applied=False)

        def import_all(conn: Connection) -> ImportReport:
            plan = plan_schools(conn, file, self._clock, territory=default)
            carry_out_schools(conn, plan)
            report = _report(body, file.table, plan.changes, applied=True)
            self._record(conn, "schools", report, actor)
            return report

        return await (self._database.read_long(preview) if dry_run else self._database.write(import_all))

    async def kits(self, body: bytes, *, actor: str, dry_run: bool = True) -> ImportReport:
        """Import kits with their slots; see `kit_import` for the titles. Importing a file again changes nothing."""
        file = await asyncio.to_thread(read_kits, body)

        def preview(conn: Connection) -> ImportReport:
            return _report(body, file.table, plan_kits(conn, file, self._clock).changes, applied=False)

        def import_all(conn: Connection) -> ImportReport:
            plan = plan_kits(conn, file, self._clock)
            carry_out_kits(conn, plan, self._journal, actor=actor)
            report = _report(body, file.table, plan.changes, applied=True)
            self._record(conn, "kits", report, actor)
            return report

        return await (self._database.read_long(preview) if dry_run else self._database.write(import_all))

    def _record(self, conn: Connection, what: Literal["schools", "kits"], report: ImportReport, actor: str) -> None:
        if not report.created and not report.changed:
            return
        self._journal.record(
            conn,
            f"{what}_imported",
            actor=actor,
            subject=f"file:{report.digest}",
            detail={"lines": report.lines, "created": len(report.created), "changed": len(report.changed)},
        )


def _report(body: bytes, table: Table, changes: Sequence[Change], *, applied: bool) -> ImportReport:
    told = {change.line for change in changes}
    return ImportReport(
        digest=hashlib.sha256(body).hexdigest(),
        encoding=table.encoding,
        delimiter=table.delimiter,
        lines=len(table.lines),
        created=tuple(change for change in changes if not change.before),
        changed=tuple(change for change in changes if change.before),
        unchanged=len(table.lines) - len(told),
        ignored_columns=table.ignored,
        applied=applied,
    )
