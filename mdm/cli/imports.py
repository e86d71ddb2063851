"""``valise import``: schools and kits from CSV files."""

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, translate
from mdm.cli.rooms import Rooms, open_rooms
from mdm.fleet.import_report import ImportRefused, ImportReport

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_apply = click.option("--apply", "applied", is_flag=True, help=translate("Import; without it only what would be done."))


@click.group("import", help=translate("Import schools or kits from a CSV file; a dry run unless --apply is given."))
def imports() -> None:
    """Group the verbs that import."""


@imports.command(help=translate("Import schools with their communes."))
@_file
@_apply
@click.option("--territory", help=translate("The territory of communes whose lines name none."))
@json_option
@pass_cli
def schools(cli: Cli, file: Path, applied: bool, territory: str | None, as_json: bool) -> None:
    """Import schools."""
    _import(
        cli,
        lambda rooms: rooms.imports.schools(
            file.read_bytes(), actor=cli.actor, territory=territory, dry_run=not applied
        ),
        as_json=as_json,
    )


@imports.command(help=translate("Import kits with their slots."))
@_file
@_apply
@json_option
@pass_cli
def kits(cli: Cli, file: Path, applied: bool, as_json: bool) -> None:
    """Import kits."""
    _import(
        cli,
        lambda rooms: rooms.imports.kits(file.read_bytes(), actor=cli.actor, dry_run=not applied),
        as_json=as_json,
    )


def _import(cli: Cli, begin: Callable[[Rooms], Coroutine[Any, Any, ImportReport]], *, as_json: bool) -> None:
    async def work() -> ImportReport | ImportRefused:
        async with open_rooms(cli) as rooms:
            try:
                return await begin(rooms)
            except ImportRefused as refused:
                return refused

    report = cli.run(work)
    if isinstance(report, ImportRefused):
        for problem in report.problems:
            place = translate(
                "line {line}, {column}: {value}", line=problem.line, column=problem.column or "-", value=problem.value
            )
            click.echo(f"{place}\n    {problem.text(cli.words)} {problem.advice(cli.words)}", err=True)
        click.echo(report.text(cli.words), err=True)
        sys.exit(EXIT_NOT_RIGHT)
    show(report, as_json=as_json, lines=lambda: _lines(report))


def _lines(report: ImportReport) -> list[str]:
    lines = [
        translate("line {line}: new {kind} {key}, {after}", line=one.line, kind=one.kind, key=one.key, after=one.after)
        for one in report.created
    ]
    lines += [
        translate(
            "line {line}: {key} was {before}, now {after}",
            line=one.line,
            key=one.key,
            before=one.before,
            after=one.after,
        )
        for one in report.changed
    ]
    lines.append(translate("{count} lines say what is known already.", count=report.unchanged))
    lines.append(translate("Imported.") if report.applied else translate("Nothing was changed: add --apply to import."))
    return lines
