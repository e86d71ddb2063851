"""``valise device``: tablets and what they said last."""

import sys

import click
import msgspec

from mdm.android.configuration import admin_password
from mdm.android.reports import StoredLine, log_of
from mdm.cli.context import EXIT_REFUSED, Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rooms import open_rooms
from mdm.clock import from_ms
from mdm.commands.queue import Delivery, answered_deliveries, open_deliveries
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Page, Platform, TabletView
from mdm.store import Connection


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


@device.command("log", help=translate("Show the warnings that an Android tablet's agent sent, newest last."))
@click.argument("reference", metavar="TABLET")
@json_option
@pass_cli
def show_log(cli: Cli, reference: str, as_json: bool) -> None:
    """Print the lines of the last 14 days; what is older is erased."""

    async def work() -> list[StoredLine]:
        async with open_rooms(cli) as rooms:
            tablet_id = (await rooms.fleet.tablet(reference)).tablet.tablet_id
            return await rooms.database.read(lambda conn: log_of(conn, tablet_id))

    found = cli.run(work)
    lines = [f"{from_ms(one.at).isoformat(timespec='seconds')}  {one.level}  {one.message}" for one in found]
    show(found, as_json=as_json, lines=lambda: lines)


@device.command(
    "agent-password",
    help=translate("Show the agent's administrator password; the journal notes who asked."),
)
@click.argument("reference", metavar="TABLET")
@pass_cli
def agent_password(cli: Cli, reference: str) -> None:
    """Print the password of one Android tablet's agent."""

    async def work() -> str | None:
        async with open_rooms(cli) as rooms:
            tablet_id = (await rooms.fleet.tablet(reference)).tablet.tablet_id

            def tell(conn: Connection) -> str | None:
                cli.journal.record(conn, "agent_password_shown", actor=cli.actor, subject=f"tablet:{tablet_id}")
                return admin_password(conn, cli.vault, tablet_id)

            return await rooms.database.write(tell)

    found = cli.run(work)
    if found is None:
        click.echo(translate("It is not enrolled."), err=True)
        sys.exit(EXIT_REFUSED)
    click.echo(found)


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
            translate(
                "{system} {version}, battery {battery}",
                system="Android" if view.tablet.platform is Platform.ANDROID else "iPadOS",
                version=report.os_version or "?",
                battery=battery,
            )
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
