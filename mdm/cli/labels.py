"""``valise kit labels``: a kit's labels as PDF."""

import asyncio
from datetime import timedelta
from pathlib import Path

import click
import msgspec

from enrollment.labels.formats import FORMATS
from enrollment.labels.label import enrolment_labels, inventory_labels
from enrollment.labels.sheets import label_sheets, moment_in_words
from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.cli.rooms import open_rooms
from mdm.printing import require_printing


class PrintedLabels(msgspec.Struct, frozen=True, kw_only=True):
    """What was written; ``expires_at``: until when the codes enrol a tablet, in milliseconds, None with ``--plain``."""

    file: str
    labels: int
    sheets: int
    expires_at: int | None


@click.command(help=translate("Print a kit's labels as PDF: each slot's code, name and number."))
@click.argument("reference", metavar="KIT")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    required=True,
    help=translate("Avery L7160 (21 on a sheet), Avery L7163 (14), or plain A4 with cutting lines (10)."),
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--start",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help=translate("The first label to use of a sheet begun before, counted row by row."),
)
@click.option("--plain", is_flag=True, help=translate("Codes for inventory, which enrol nothing and do not expire."))
@click.option("--hours", type=click.IntRange(1, 24 * 90), help=translate("For how long the codes are valid."))
@json_option
@pass_cli
def labels(
    cli: Cli, reference: str, form: str, out: Path, start: int, plain: bool, hours: int | None, as_json: bool
) -> None:
    """Print labels; the codes on them are secrets, except with ``--plain``."""
    sheet_format = FORMATS[form]

    async def work() -> PrintedLabels:
        async with open_rooms(cli) as rooms:
            view = await rooms.fleet.kit(reference)
            # New codes withdraw those of the labels before: not for a sheet that cannot be printed.
            sheet_format.check_start(start)
            await asyncio.to_thread(require_printing)
            if plain:
                made = inventory_labels(view)
            else:
                lifetime = timedelta(hours=hours or cli.settings.enrollment.ticket_hours)
                codes = await rooms.tickets.slot_codes(view.kit.kit_id, lifetime=lifetime, actor=cli.actor)
                made = enrolment_labels(view, codes)
            pdf = await label_sheets(
                made,
                sheet_format,
                cli.words,
                kit=view.kit.name,
                school=view.school.name,
                made_at=cli.clock.ms(),
                start=start,
            )
            await asyncio.to_thread(_write, out, pdf)
            return PrintedLabels(
                file=str(out),
                labels=len(made),
                sheets=sheet_format.sheets(len(made), start),
                expires_at=made[0].expires_at,
            )

    printed = cli.run(work)
    lines = [
        translate("{file}: labels: {labels}, sheets: {sheets}", file=printed.file, labels=printed.labels,
                  sheets=printed.sheets)
    ]  # fmt: skip
    if printed.expires_at is not None:
        moment = moment_in_words(printed.expires_at, cli.words)
        lines.append(
            translate("The codes enrol tablets until {moment}; older codes of the slots do not.", moment=moment)
        )
    show(printed, as_json=as_json, lines=lambda: lines)


def _write(file: Path, pdf: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(pdf)
