"""``valise catalogue``: what may be proposed to the committee, with its dossiers."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from mdm.cli.catalogue_sheet import revision_lines, sheet_lines, summary_lines, undone_lines
from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, translate
from mdm.fleet.import_report import ImportRefused
from mdm.store import Database
from profiles.apks.apks import Apks
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.entry import Content, Entry, Page, Revision
from profiles.catalogue.exchange import CatalogueReport, Exchange, Format
from profiles.catalogue.item import Kind, item_of
from profiles.catalogue.subjects import SUBJECTS

_KINDS = click.Choice(get_args(Kind))
_LEVELS = click.Choice(["1", "2", "3", "4"])
_SUBJECTS = click.Choice(SUBJECTS)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_item = click.argument("reference", metavar="ITEM")


@click.group(
    help=translate("Keep the catalogue: apps, web pages, books and sites that may be proposed, with dossiers.")
)
def catalogue() -> None:
    """Group the verbs about the catalogue."""


@catalogue.command(help=translate("Add an item; its dossier is filled in by import, or on the console."))
@click.argument("name")
@click.option("--kind", type=_KINDS, default="app", show_default=True, help=translate("What it is."))
@click.option("--publisher", default="", help=translate("Who publishes it."))
@click.option("--bundle-id", help=translate("The app's bundle identifier on iPads."))
@click.option("--store-id", type=int, help=translate("Its number in Apple's store."))
@click.option("--package", help=translate("The app's package on Android tablets."))
@click.option("--url", help=translate("The address of a page, a book or a site."))
@click.option("--level", "levels", type=_LEVELS, multiple=True, help=translate("A cycle; may be given several times."))
@click.option(
    "--subject", "subjects", type=_SUBJECTS, multiple=True, help=translate("A subject; may be given several times.")
)
@json_option
@pass_cli
def add(cli: Cli, /, name: str, levels: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Add an item."""
    tree = {key: value for key, value in given.items() if value not in (None, "", ())}

    async def work() -> Entry:
        item = item_of({"name": name, "levels": [int(level) for level in levels], **tree})
        async with _catalogue(cli) as (items, _):
            return await items.add(item, actor=cli.actor)

    _show_entry(cli, cli.run(work), as_json=as_json)


@catalogue.command(
    "list", help=translate("List the items, or those with TEXT in their name, publisher or identifiers.")
)
@click.argument("text", default="")
@click.option("--kind", type=_KINDS, help=translate("Only items of this kind."))
@click.option("--platform", type=click.Choice(["ipad", "android"]), help=translate("Only items for these tablets."))
@click.option("--level", type=_LEVELS, help=translate("Only items for this cycle."))
@click.option("--subject", type=_SUBJECTS, help=translate("Only items for this subject."))
@json_option
@pass_cli
def list_items(cli: Cli, /, text: str, level: str | None, as_json: bool, **given: Any) -> None:
    """Print the items by name."""

    async def work() -> Page:
        async with _catalogue(cli) as (items, _):
            wanted = {**given, "platform": given["platform"] or "", "level": int(level) if level else None}
            page = await items.search(text=text, limit=1000, **wanted)
            found = page.items
            while page.next:
                page = await items.search(text=text, limit=1000, after=page.next, **wanted)
                found += page.items
            return Page(items=found, next="")

    found = cli.run(work).items
    show(found, as_json=as_json, lines=lambda: summary_lines(found, translate, cli.words))


@catalogue.command("show", help=translate("Show an item with its dossier; by name, identifier, package or address."))
@_item
@click.option("--revision", type=int, help=translate("As it was at this revision."))
@json_option
@pass_cli
def show_item(cli: Cli, reference: str, revision: int | None, as_json: bool) -> None:
    """Print an item in full."""

    async def work() -> Entry:
        async with _catalogue(cli) as (items, _):
            entry = await items.find(reference)
            if revision is None or revision == entry.revision:
                return entry
            content: Content = await items.as_it_was(entry.item_id, revision)
            told = {one.revision: one for one in await items.history(entry.item_id)}[revision]
            return Entry(revision=revision, digest=told.digest, changed_at=told.at, changed_by=told.by, content=content)

    _show_entry(cli, cli.run(work), as_json=as_json)


@catalogue.command(help=translate("List the changes of an item, the newest first."))
@_item
@json_option
@pass_cli
def history(cli: Cli, reference: str, as_json: bool) -> None:
    """Print an item's revisions."""

    async def work() -> list[Revision]:
        async with _catalogue(cli) as (items, _):
            return await items.history((await items.find(reference)).item_id)

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: revision_lines(found, translate))


@catalogue.command("import", help=translate("Import items with dossiers from a CSV or JSON file; a dry run first."))
@click.argument("file", type=_file)
@click.option("--apply", "applied", is_flag=True, help=translate("Import; without it only what would be done."))
@json_option
@pass_cli
def import_items(cli: Cli, file: Path, applied: bool, as_json: bool) -> None:
    """Import a file."""
    form, body = _form_of(file), file.read_bytes()

    async def work() -> CatalogueReport | ImportRefused:
        async with _catalogue(cli) as (_, database):
            exchange = Exchange(database, cli.clock, cli.journal)
            try:
                return await exchange.import_file(body, form, actor=cli.actor, dry_run=not applied)
            except ImportRefused as refused:
                return refused

    report = cli.run(work)
    if isinstance(report, ImportRefused):
        for line in undone_lines(report, translate, cli.words):
            click.echo(line, err=True)
        sys.exit(EXIT_NOT_RIGHT)
    show(report, as_json=as_json, lines=lambda: _report_lines(report))


@catalogue.command(help=translate("Export all items with their dossiers to a CSV or JSON file."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help=translate("Of CSV."))
@pass_cli
def export(cli: Cli, file: Path, language: Any) -> None:
    """Export to a file."""
    form = _form_of(file)

    async def work() -> bytes:
        async with _catalogue(cli) as (_, database):
            return await Exchange(database, cli.clock, cli.journal).export(form, language=language)

    file.write_bytes(cli.run(work))
    click.echo(str(file))


@catalogue.command(help=translate("Attach a PDF document of at most 20 MB to an item's dossier."))
@_item
@click.argument("file", type=_file)
@click.option("--title", default="", help=translate("The document's title; otherwise the file's name."))
@json_option
@pass_cli
def attach(cli: Cli, reference: str, file: Path, title: str, as_json: bool) -> None:
    """Attach a document."""

    async def work() -> Entry:
        async with _catalogue(cli) as (items, _):
            item_id = (await items.find(reference)).item_id
            return await items.attach(item_id, file, title=title, actor=cli.actor)

    _show_entry(cli, cli.run(work), as_json=as_json)


@catalogue.command(help=translate("Take a document out of a dossier, by its hash; earlier revisions keep it."))
@_item
@click.argument("digest", metavar="HASH")
@json_option
@pass_cli
def detach(cli: Cli, reference: str, digest: str, as_json: bool) -> None:
    """Take a document out."""

    async def work() -> Entry:
        async with _catalogue(cli) as (items, _):
            entry = await items.find(reference)
            begun = [one.hash for one in entry.content.attachments if one.hash.startswith(digest.lower())]
            return await items.detach(entry.item_id, begun[0] if len(begun) == 1 else digest, actor=cli.actor)

    _show_entry(cli, cli.run(work), as_json=as_json)


@catalogue.command("find-trackers", help=translate("Note an app's permissions and known trackers, from its APK."))
@_item
@click.option("--apk", type=_file, help=translate("The file; otherwise the newest in the APK store."))
@json_option
@pass_cli
def find_trackers(cli: Cli, reference: str, apk: Path | None, as_json: bool) -> None:
    """Let the machine look at an APK."""

    async def work() -> Entry:
        async with _catalogue(cli) as (items, database):
            item_id = (await items.find(reference)).item_id
            if apk is not None:
                return await items.note_findings(item_id, apk, actor=cli.actor)
            stored = await items.newest_apk(item_id)
            path = Apks(database, cli.clock, cli.journal, cli.settings.apks_dir).path_of(stored.hash)
            return await items.note_findings(item_id, path, stored=stored, actor=cli.actor)

    _show_entry(cli, cli.run(work), as_json=as_json)


@catalogue.command(help=translate("Check that every document is there, and unchanged."))
@json_option
@pass_cli
def check(cli: Cli, as_json: bool) -> None:
    """Check the documents' files."""

    async def work() -> list[str]:
        async with _catalogue(cli) as (items, _):
            return await items.damaged_attachments()

    damaged = cli.run(work)
    lines = [translate("missing or altered: {digest}", digest=digest) for digest in damaged]
    show(damaged, as_json=as_json, lines=lambda: lines or [translate("Every document is as it was given.")])
    if damaged:
        sys.exit(EXIT_NOT_RIGHT)


def _form_of(file: Path) -> Format:
    form = file.suffix.lower().removeprefix(".")
    if form not in get_args(Format):
        raise click.UsageError(translate("The file's name must end in .csv or .json."))
    return "json" if form == "json" else "csv"


def _show_entry(cli: Cli, entry: Entry, *, as_json: bool) -> None:
    plain = {
        "revision": entry.revision,
        "digest": entry.digest,
        "changed_at": entry.changed_at,
        "changed_by": entry.changed_by,
        **msgspec.to_builtins(entry.content),
    }
    show(plain, as_json=as_json, lines=lambda: sheet_lines(entry, translate, cli.words))


def _report_lines(report: CatalogueReport) -> list[str]:
    lines = [translate("line {line}: new: {name}", line=one.line, name=one.name) for one in report.created]
    lines += [
        translate("line {line}: {name}: {fields}", line=one.line, name=one.name, fields=", ".join(one.fields))
        for one in report.changed
    ]
    if report.ignored_columns:
        lines.append(translate("Columns that were left aside: {columns}", columns=", ".join(report.ignored_columns)))
    lines.append(translate("{count} lines say what is known already.", count=report.unchanged))
    lines.append(translate("Imported.") if report.applied else translate("Nothing was changed: add --apply to import."))
    return lines


@asynccontextmanager
async def _catalogue(cli: Cli) -> AsyncIterator[tuple[Catalogue, Database]]:
    async with cli.database() as database:
        attachments = Attachments(cli.settings.data_dir / "attachments")
        yield Catalogue(database, cli.clock, cli.journal, attachments), database
