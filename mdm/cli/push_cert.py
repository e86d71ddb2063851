"""``valise push-cert``: the certificate that Apple's push service wants."""

import sys
from pathlib import Path

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, translate
from mdm.clock import from_ms
from push.certificate import PushCertificates, PushStatus


@click.group("push-cert", help=translate("Ask for Apple's push certificate, import it, and see how long it lasts."))
def push_cert() -> None:
    """Group the verbs about the push certificate."""


@push_cert.command(help=translate("Make a key and a certificate request; the key stays in the database, sealed."))
@click.option("--email", required=True, help=translate("An address of the IT service, not of one person."))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@pass_cli
def csr(cli: Cli, email: str, out: Path) -> None:
    """Write a certificate request."""

    async def work() -> bytes:
        async with cli.database() as database:
            room = PushCertificates(database, cli.clock, cli.vault, cli.journal)
            return await room.request(cli.settings.enrollment.organization, email, actor=cli.actor)

    out.write_bytes(cli.run(work))
    click.echo(
        translate("The request is in {file}. See docs/apple-push-certificate.md for what to do now.", file=str(out))
    )


@push_cert.command("import", help=translate("Import the certificate that Apple gave, for a request made here."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("Its key, where another tool made the request."),
)
@click.option("--force", is_flag=True, help=translate("Take another topic: every tablet must be enrolled again."))
@json_option
@pass_cli
def import_certificate(cli: Cli, file: Path, key: Path | None, force: bool, as_json: bool) -> None:
    """Import a certificate."""
    body, key_body = file.read_bytes(), key.read_bytes() if key else None

    async def work() -> PushStatus:
        async with cli.database() as database:
            room = PushCertificates(database, cli.clock, cli.vault, cli.journal)
            return await room.import_certificate(body, key=key_body, force=force, actor=cli.actor)

    status = cli.run(work)
    show(status, as_json=as_json, lines=lambda: _lines(status))


@push_cert.command(
    help=translate("Show how long the certificate lasts; exit code 4 when it is missing, expired or urgent.")
)
@json_option
@pass_cli
def status(cli: Cli, as_json: bool) -> None:
    """Print how the certificate stands."""

    async def work() -> PushStatus:
        async with cli.database() as database:
            return await PushCertificates(database, cli.clock, cli.vault, cli.journal).status()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _lines(found))
    if found.level in ("missing", "expired", "urgent"):
        sys.exit(EXIT_NOT_RIGHT)


def _lines(status: PushStatus) -> list[str]:
    if status.not_after is None or status.days_left is None:
        return [translate("There is no push certificate: begin with valise push-cert csr.")]
    until = from_ms(status.not_after).date().isoformat()
    return [
        translate("Topic: {topic}", topic=status.topic),
        translate(
            "Valid until {date}: {days} days left ({level}).", date=until, days=status.days_left, level=status.level
        ),
    ]
