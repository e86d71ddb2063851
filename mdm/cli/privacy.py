"""``valise privacy``: the register, the purge, and what is stored about a person."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.privacy.composition import PrivacyParts
from mdm.privacy.controller import Controller
from mdm.privacy.erasure import Erased
from mdm.privacy.exports import as_csv, as_json
from mdm.privacy.purge import Purged
from mdm.privacy.register import whole_register
from mdm.privacy.reports import (
    assessment_csv,
    assessment_pdf,
    field_entries,
    register_csv,
    register_entries,
    register_pdf,
)
from mdm.privacy.stored import Told, stored_about, told
from mdm.privacy.subject import subject_named
from mdm.privacy.vocabulary import SELF
from mdm.privacy_parts import privacy_of
from mdm.store import Connection


@click.group(
    help=translate("Print the registers of personal data, erase what is past its time, answer what persons ask.")
)
def privacy() -> None:
    """Group the verbs about personal data."""


_pdf = click.option(
    "--pdf", type=click.Path(dir_okay=False, path_type=Path), help=translate("Write a PDF to this file.")
)
_csv = click.option(
    "--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help=translate("Write a CSV to this file.")
)


@privacy.command(help=translate("Print the register of processing activities (article 30)."))
@_pdf
@_csv
@json_option
@pass_cli
def register(cli: Cli, pdf: Path | None, csv_file: Path | None, as_json: bool) -> None:
    """Print or write the register."""
    known = whole_register()

    async def paper(controller: Controller) -> bytes:
        return await register_pdf(known, controller, cli.words, now=cli.clock.ms())

    if pdf is not None or csv_file is not None:
        _write(cli, pdf, csv_file, paper, lambda controller: register_csv(known, controller, cli.words))
        return
    entries = register_entries(known, cli.words)
    lines = [line for one in entries for line in (one.name, *(f"  {rule}" for rule, _ in one.kept))]
    show(entries, as_json=as_json, lines=lambda: lines)


@privacy.command(help=translate("Print the data section of the impact assessment (article 35): every field."))
@_pdf
@_csv
@json_option
@pass_cli
def assessment(cli: Cli, pdf: Path | None, csv_file: Path | None, as_json: bool) -> None:
    """Print or write the assessment's data section."""
    known = whole_register()

    async def paper(controller: Controller) -> bytes:
        return await assessment_pdf(known, controller, cli.words, now=cli.clock.ms())

    if pdf is not None or csv_file is not None:
        _write(cli, pdf, csv_file, paper, lambda _: assessment_csv(known, cli.words))
        return
    entries = field_entries(known, cli.words)
    head = [translate("FIELD"), translate("DATA"), translate("KEPT UNTIL")]
    rows = [[one.key, one.field, one.kept] for one in entries]
    show(entries, as_json=as_json, lines=lambda: table(head, rows))


@privacy.command(help=translate("Say who answers for the processing; without options, show it."))
@click.option("--name", help=translate("The authority."))
@click.option("--contact", help=translate("How to write to it."))
@click.option("--officer", help=translate("How to write to the data protection officer."))
@json_option
@pass_cli
def controller(cli: Cli, name: str | None, contact: str | None, officer: str | None, as_json: bool) -> None:
    """Show or change the controller."""

    async def work(parts: PrivacyParts) -> Controller:
        now = await parts.controllers.current()
        if name is None and contact is None and officer is None:
            return now
        wanted = Controller(
            name=now.name if name is None else name,
            contact=now.contact if contact is None else contact,
            officer=now.officer if officer is None else officer,
        )
        return await parts.controllers.set(wanted, actor=cli.actor)

    found = _with_parts(cli, work)
    lines = [
        translate("Controller: {text}", text=found.name or "–"),
        translate("Contact: {text}", text=found.contact or "–"),
        translate("Data protection officer: {text}", text=found.officer or "–"),
    ]
    show(found, as_json=as_json, lines=lambda: lines)


@privacy.command(help=translate("Erase what is past its time now; the server does so by itself every six hours."))
@click.option("--dry-run", is_flag=True, help=translate("Count what is past its time, and erase nothing."))
@json_option
@pass_cli
def purge(cli: Cli, dry_run: bool, as_json: bool) -> None:
    """Run the purge, or count what it would do."""
    if dry_run:
        due = _with_parts(cli, lambda parts: parts.purge.overdue())
        show(due, as_json=as_json, lines=lambda: _counts(due) or [translate("Nothing is past its time.")])
        return

    async def work(parts: PrivacyParts) -> Purged:
        return await parts.purge.once()

    done = _with_parts(cli, work)
    lines = _counts(done.rows) or [translate("Nothing is past its time.")]
    show(done, as_json=as_json, lines=lambda: lines)


@privacy.command(
    help=translate(
        "Show all that is stored about a person: account:LOGIN, pupil:IDENTIFIER, guardian:IDENTIFIER or cli:NAME."
    )
)
@click.argument("subject")
@click.option(
    "--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help=translate("Write a CSV to this file.")
)
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), help=translate("Write a JSON document to this file.")
)
@json_option
@pass_cli
def stored(cli: Cli, subject: str, csv_file: Path | None, export: Path | None, as_json: bool) -> None:
    """Show what is stored about a person, as the person may see it."""

    def read(conn: Connection, parts: PrivacyParts) -> list[Told]:
        about = subject_named(conn, subject)
        return told(stored_about(conn, about, viewers=(SELF,), openers=parts.openers), cli.words)

    found = _with_parts(cli, lambda parts: parts.database.read_long(lambda conn: read(conn, parts)))
    if csv_file is not None or export is not None:
        if csv_file is not None:
            _put(csv_file, as_csv(found, cli.words).encode())
        if export is not None:
            _put(export, as_json_file(cli, found))
        return
    lines: list[str] = []
    before = ("", 0)
    for one in found:
        if (one.record, one.row) != before:
            lines.append(f"{one.record} ({one.row})")
            before = (one.record, one.row)
        lines.append(f"  {one.field}: {one.value}  [{one.erased}]")
    show(found, as_json=as_json, lines=lambda: lines)


@privacy.command(
    help=translate(
        "Erase a person's data: account:LOGIN (ended before), pupil:IDENTIFIER, guardian:IDENTIFIER or cli:NAME."
        " It cannot be undone."
    )
)
@click.argument("subject")
@click.confirmation_option("--yes", prompt=translate("Erase all that is stored about this person?"))
@json_option
@pass_cli
def erase(cli: Cli, subject: str, as_json: bool) -> None:
    """Erase a person."""

    async def work(parts: PrivacyParts) -> Erased:
        found = await parts.database.read(lambda conn: subject_named(conn, subject))
        return await parts.erasure.erase(found, actor=cli.actor)

    done = _with_parts(cli, work)
    lines = [*_counts(done.rows), translate("The data of this person are erased.")]
    show(done, as_json=as_json, lines=lambda: lines)


@privacy.command(
    "object", help=translate("Note that a person objects to the processing of their data, or of one field.")
)
@click.argument("subject")
@click.option("--about", default="", help=translate("A field of the register, such as home_use_day.minutes."))
@click.option("--words", default="", help=translate("The person's reasons."))
@pass_cli
def object_(cli: Cli, subject: str, about: str, words: str) -> None:
    """Note an objection."""

    async def work(parts: PrivacyParts) -> str:
        found = await parts.database.read(lambda conn: subject_named(conn, subject))
        return await parts.requests.make(found, "objection", about=about, words=words, actor=cli.actor)

    click.echo(translate("The objection is noted: {request_id}", request_id=_with_parts(cli, work)))


def as_json_file(cli: Cli, found: list[Told]) -> bytes:
    """Return the JSON document that is handed to a person."""
    return as_json(found, cli.words, cli.clock)


def _with_parts(cli: Cli, work: Callable[[PrivacyParts], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with _parts(cli) as parts:
            return await work(parts)

    return cli.run(run)


@asynccontextmanager
async def _parts(cli: Cli) -> AsyncIterator[PrivacyParts]:
    async with cli.database() as database:
        yield privacy_of(database, cli.clock, cli.journal, cli.vault, cli.settings)


def _write(
    cli: Cli,
    pdf: Path | None,
    csv_file: Path | None,
    paper: Callable[[Controller], Coroutine[Any, Any, bytes]],
    text: Callable[[Controller], str],
) -> None:
    async def work(parts: PrivacyParts) -> tuple[bytes | None, str]:
        now = await parts.controllers.current()
        return (await paper(now) if pdf is not None else None), text(now)

    printed, written = _with_parts(cli, work)
    if pdf is not None:
        _put(pdf, printed)
    if csv_file is not None:
        _put(csv_file, written.encode())


def _put(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    click.echo(translate("Written: {file}", file=str(file)))


def _counts(rows: dict[str, int]) -> list[str]:
    return [f"{name}: {number}" for name, number in sorted(rows.items())]
