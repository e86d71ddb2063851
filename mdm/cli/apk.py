"""``valise apk``: the files that Android tablets install."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from profiles.apks.apk import Apk
from profiles.apks.apks import Apks, Taken


@click.group(help=translate("Take in, list and remove the files that Android tablets install."))
def apk() -> None:
    """Group the verbs about APKs."""


@apk.command(help=translate("Take in APK or XAPK files; the agent itself is one of them."))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_cli
def add(cli: Cli, files: tuple[Path, ...], as_json: bool) -> None:
    """Take files in."""

    async def work() -> list[Apk]:
        async with _apks(cli) as apks:
            return [await apks.add(file, actor=cli.actor) for file in files]

    taken = cli.run(work)
    show(taken, as_json=as_json, lines=lambda: _table(taken))


@apk.command("import", help=translate("Take in every APK of a folder; what is refused does not stop the others."))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@pass_cli
def import_folder(cli: Cli, folder: Path, as_json: bool) -> None:
    """Take a folder in."""

    async def work() -> list[Taken]:
        async with _apks(cli) as apks:
            return await apks.add_folder(folder, actor=cli.actor)

    taken = cli.run(work)
    rows = [
        [one.file, one.refused.text(cli.words) if one.refused is not None else translate("taken in")] for one in taken
    ]
    shown = [
        {"file": one.file, "apk": one.apk, "refused": one.refused.text(cli.words) if one.refused else None}
        for one in taken
    ]
    show(shown, as_json=as_json, lines=lambda: table([translate("FILE"), translate("OUTCOME")], rows))


@apk.command("list", help=translate("List the files, by app, the newest version first."))
@json_option
@pass_cli
def list_apks(cli: Cli, as_json: bool) -> None:
    """Print the files."""

    async def work() -> Sequence[Apk]:
        async with _apks(cli) as apks:
            return await apks.list()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _table(found))


@apk.command("show", help=translate("Show what is known of an app's files; by package, or the beginning of a hash."))
@click.argument("reference", metavar="APK")
@json_option
@pass_cli
def show_apk(cli: Cli, reference: str, as_json: bool) -> None:
    """Print files in full."""

    async def work() -> Sequence[Apk]:
        async with _apks(cli) as apks:
            return await apks.show(reference)

    found = cli.run(work)
    lines = [line for one in found for line in _full(one)]
    show(found, as_json=as_json, lines=lambda: lines)


@apk.command(help=translate("Remove a file, by the beginning of its hash; tablets that have the app keep it."))
@click.argument("reference", metavar="HASH")
@json_option
@pass_cli
def remove(cli: Cli, reference: str, as_json: bool) -> None:
    """Remove a file."""

    async def work() -> Apk:
        async with _apks(cli) as apks:
            return await apks.remove(reference, actor=cli.actor)

    gone = cli.run(work)
    show(gone, as_json=as_json, lines=lambda: _table([gone]))


def _table(found: Sequence[Apk]) -> list[str]:
    head = [translate("HASH"), translate("PACKAGE"), translate("VERSION"), translate("NAME"), translate("SIZE")]
    rows = [
        [one.hash[:12], one.package, f"{one.version_name} ({one.version_code})", one.label, f"{one.size / 1e6:.1f} MB"]
        for one in found
    ]
    return table(head, rows)


def _full(one: Apk) -> list[str]:
    return [
        f"{one.package} {one.version_name} ({one.version_code}) {one.label}",
        f"  SHA-256 {one.hash}",
        translate("  signed by {signer}", signer=one.signer),
        translate("  from Android API {sdk}, machine codes: {abis}", sdk=one.min_sdk, abis=", ".join(one.abis) or "–"),
        *[f"  {permission}" for permission in one.permissions],
    ]


@asynccontextmanager
async def _apks(cli: Cli) -> AsyncIterator[Apks]:
    async with cli.database() as database:
        yield Apks(database, cli.clock, cli.journal, cli.settings.apks_dir)
