"""``valise device``: tablets and what they said last."""

import click
import msgspec

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rooms import open_rooms
from mdm.clock import from_ms
from mdm.commands.queue import Delivery, answered_deliveries, open_deliveries
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Page, TabletView


class DeviceDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet with what waits for it and what it answered."""

    tablet: TabletView
    waiting: list[Delivery]
    answered: list[Delivery]


@click.group(help=translate("List tablets, and show one with its queue and its history."))
def device() -> None:
    """Group the verbs about tablets."""


@device.command("list", help=translate("List tablets by name, a page at a time."))
@click.argument("text", default="")
@click.option("--state", type=click.Choice([one.value for one in TabletState]), help=translate("Only in this state."))
@click.option("--school", "uai", default="", help=translate("Only of the school with this UAI code."))
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", default="", help=translate("Go on after the page whose `next` this is."))
@json_option
@pass_cli
def list_devices(cli: Cli, text: str, state: str | None, uai: str, limit: int, after: str, as_json: bool) -> None:
    """Print tablets; TEXT is the beginning of a serial number or a name."""

    async def work() -> Page:
        async with open_rooms(cli) as rooms:
            return await rooms.fleet.tablets(
                text=text, state=TabletState(state) if state else None, uai=uai.upper(), after=after, limit=limit
            )

    page = cli.run(work)
    head = [translate("TABLET"), translate("NAME"), translate("STATE"), translate("SERIAL"), translate("LAST SEEN")]
    rows = [
        [one.tablet.tablet_id, one.tablet.name, one.tablet.state.value, one.tablet.serial or "", _seen(one)]
        for one in page.tablets
    ]
    lines = table(head, rows)
    if page.next:
        lines.append(translate("More: --after {next}", next=page.next))
    show(page, as_json=as_json, lines=lambda: lines)


@device.command("show", help=translate("Show a tablet; TABLET is its identifier, its serial number or its name."))
@click.argument("reference", metavar="TABLET")
@json_option
@pass_cli
def show_device(cli: Cli, reference: str, as_json: bool) -> None:
    """Print a tablet, its queue and its history."""

    async def work() -> DeviceDetails:
        async with open_rooms(cli) as rooms:
            view = await rooms.fleet.tablet(reference)
            tablet_id = view.tablet.tablet_id
            return await rooms.database.read(
                lambda conn: DeviceDetails(
                    tablet=view,
                    waiting=open_deliveries(conn, tablet_id),
                    answered=answered_deliveries(conn, tablet_id, limit=20),
                )
            )

    details = cli.run(work)
    show(details, as_json=as_json, lines=lambda: _lines(details))


def _lines(details: DeviceDetails) -> list[str]:
    view = details.tablet
    report = view.report
    lines = [
        f"{view.tablet.name}  {view.tablet.tablet_id}",
        translate("State: {state}", state=view.tablet.state.value),
        translate("Serial number: {serial}", serial=view.tablet.serial or "?"),
        translate("Last seen: {when}", when=_seen(view) or "?"),
    ]
    if report is not None:
        battery = "?" if report.battery is None else f"{report.battery} %"
        lines.append(
            translate("iPadOS {version}, battery {battery}", version=report.os_version or "?", battery=battery)
        )
    head = [translate("COMMAND"), translate("TYPE"), translate("STATE"), translate("SENT"), translate("ANSWERED")]
    for title, deliveries in ((translate("Waiting:"), details.waiting), (translate("Answered:"), details.answered)):
        if deliveries:
            rows = [
                [one.command_id, one.request_type, one.state, _time(one.sent_at), _time(one.answered_at)]
                for one in deliveries
            ]
            lines += ["", title, *table(head, rows)]
    return lines


def _seen(view: TabletView) -> str:
    return _time(view.report.seen_at if view.report else None)


def _time(milliseconds: int | None) -> str:
    return from_ms(milliseconds).strftime("%Y-%m-%d %H:%M:%SZ") if milliseconds else ""
