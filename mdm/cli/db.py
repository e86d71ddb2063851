"""``valise db``: migrate, check, export."""

import sys
from pathlib import Path

import click
import msgspec

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, refuse, show, translate
from mdm.errors import ValiseError
from mdm.journal import Verdict
from mdm.journal import verify as verify_journal
from mdm.store.engine import engine_for
from mdm.store.maintenance import CheckReport, migration_plan
from mdm.store.maintenance import check as check_database
from mdm.store.maintenance import export as export_database
from mdm.store.migrations import apply_migrations


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What `valise db check` found."""

    database: CheckReport
    journal: Verdict | None


@click.group(help=translate("Migrate, check and export the database."))
def db() -> None:
    """Group the verbs about the database."""


@db.command(help=translate("Show the migrations that wait; carry them out with --yes."))
@click.option("--yes", is_flag=True, help=translate("Carry them out."))
@json_option
@pass_cli
def migrate(cli: Cli, yes: bool, as_json: bool) -> None:
    """Migrate the database forward."""
    url = cli.settings.database_url
    try:
        waiting = migration_plan(url)
        if yes and waiting:
            engine = engine_for(url)
            engine.open()
            apply_migrations(engine, cli.clock)
            engine.close()
    except ValiseError as error:
        refuse(error)
    names = [f"{one.number:04d} {one.name}" for one in waiting]
    lines = [*names, translate("Done.") if yes else translate("To carry them out: valise db migrate --yes")]
    if not waiting:
        lines = [translate("Nothing to do: the database is up to date.")]
    show({"waiting": names, "carried_out": yes and bool(waiting)}, as_json=as_json, lines=lambda: lines)


@db.command(help=translate("Check the database and its journal; exit code 4 when something is wrong."))
@json_option
@pass_cli
def check(cli: Cli, as_json: bool) -> None:
    """Check structure, references, migrations and journal."""
    try:
        report = check_database(cli.settings.database_url)
    except ValiseError as error:
        refuse(error)

    async def work() -> Verdict:
        async with cli.database() as database:
            return await database.read_long(verify_journal)

    verdict = cli.run(work) if report.clean else None
    lines = list(report.problems)
    if verdict is not None and not verdict.intact:
        lines.append(translate("Entry {seq} {reason}.", seq=verdict.wrong_seq or 0, reason=translate(verdict.reason)))
    if not lines:
        lines = [
            translate(
                "All is well: {tables} tables, {entries} journal entries.",
                tables=report.tables,
                entries=verdict.entries if verdict else 0,
            )
        ]
    show(Health(database=report, journal=verdict), as_json=as_json, lines=lambda: lines)
    if not report.clean or verdict is None or not verdict.intact:
        sys.exit(EXIT_NOT_RIGHT)


@db.command(help=translate("Write every table as JSON lines into a folder; secrets stay sealed."))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@pass_cli
def export(cli: Cli, folder: Path, as_json: bool) -> None:
    """Export the database from one snapshot."""
    try:
        rows = export_database(cli.settings.database_url, folder)
    except ValiseError as error:
        refuse(error)
    show(rows, as_json=as_json, lines=lambda: [f"{name}: {count}" for name, count in rows.items()])
