"""``valise journal``: what was decided and told, and whether nobody changed it afterwards."""

import sys

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, table, translate
from mdm.clock import from_ms
from mdm.i18n import N_
from mdm.journal import Entry, Verdict, latest_entries
from mdm.journal import verify as verify_journal

_HEAD = (N_("NO."), N_("WHEN"), N_("WHAT"), N_("WHO"), N_("ABOUT"), N_("DETAIL"))


@click.group(help=translate("Read the journal and verify that nothing in it was changed."))
def journal() -> None:
    """Group the verbs about the journal."""


@journal.command("show", help=translate("Show the newest entries, of all or of a SUBJECT such as kit:<id>."))
@click.argument("subject", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_cli
def show_journal(cli: Cli, subject: str | None, limit: int, as_json: bool) -> None:
    """Print entries, the newest first."""

    async def work() -> list[Entry]:
        async with cli.database() as database:
            return await database.read(lambda conn: latest_entries(conn, subject=subject, limit=limit))

    found = cli.run(work)
    head = [
        translate("NO."),
        translate("WHEN"),
        translate("WHAT"),
        translate("WHO"),
        translate("ABOUT"),
        translate("DETAIL"),
    ]
    rows = [
        [str(one.seq), from_ms(one.at).strftime("%Y-%m-%d %H:%M:%SZ"), one.kind, one.actor, one.subject, one.detail]
        for one in found
    ]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@journal.command(help=translate("Verify every entry; exit code 4, and the first wrong entry named, when one is wrong."))
@json_option
@pass_cli
def verify(cli: Cli, as_json: bool) -> None:
    """Walk the whole journal."""

    async def work() -> Verdict:
        async with cli.database() as database:
            return await database.read_long(verify_journal)

    verdict = cli.run(work)
    line = (
        translate("The journal is whole: {count} entries.", count=verdict.entries)
        if verdict.intact
        else translate("Entry {seq} {reason}.", seq=verdict.wrong_seq or 0, reason=translate(verdict.reason))
    )
    old = translate(
        "{count} entries of an earlier version name persons by their login: docs/privacy.md says what to do.",
        count=verdict.named,
    )
    show(verdict, as_json=as_json, lines=lambda: [line, *([old] if verdict.named else [])])
    if not verdict.intact:
        sys.exit(EXIT_NOT_RIGHT)
