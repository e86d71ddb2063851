"""``valise command``: what a technician may tell tablets alone."""

import sys
from collections.abc import Mapping, Sequence

import click
import msgspec

from mdm.android.orders import ORDERS, AgentOrders
from mdm.apple.commands.by_name import CLEAR_PASSCODE, COMMANDS
from mdm.apple.orders import Orders
from mdm.cli.context import EXIT_REFUSED, Cli, json_option, pass_cli, show, translate
from mdm.cli.rooms import Rooms, open_rooms
from mdm.fleet.tablet import Platform, Tablet


@click.group(
    help=translate("Send commands to tablets: restart, lock, lost mode, questions. What they hold is the edition's.")
)
def command() -> None:
    """Group the verbs about commands."""


@command.command(
    help=translate("Queue a command by its platform's name, such as RestartDevice or reboot, with arguments key=value.")
)
@click.argument("name")
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--tablet", "tablets", multiple=True, help=translate("A tablet; may be given several times."))
@click.option("--kit", help=translate("All the tablets of a kit."))
@json_option
@pass_cli
def send(
    cli: Cli, name: str, arguments: tuple[str, ...], tablets: tuple[str, ...], kit: str | None, as_json: bool
) -> None:
    """Queue a command."""
    given = dict(_pair(argument) for argument in arguments)

    async def work() -> list[Given]:
        async with open_rooms(cli) as rooms:
            chosen = await _tablets(rooms, tablets, kit)
            return await _give(cli, rooms, name, given, chosen)

    done = cli.run(work)
    queued = [tablet for one in done for tablet in one.queued]
    refused = [pair for one in done for pair in one.refused]
    shown = {
        "commands": [command for one in done for command in one.commands],
        "queued": queued,
        "refused": [{"tablet": tablet, "reason": reason} for tablet, reason in refused],
    }
    lines = [translate("Queued for {count} tablets.", count=len(queued))]
    lines += [f"{tablet}: {reason}" for tablet, reason in refused]
    show(shown, as_json=as_json, lines=lambda: lines)
    if not queued:
        sys.exit(EXIT_REFUSED)


@command.command("list", help=translate("List the commands that may be given, with their arguments."))
@json_option
@pass_cli
def list_commands(cli: Cli, as_json: bool) -> None:
    """Print the commands."""
    apple: dict[str, tuple[str, Mapping[str, str]]] = {
        name: (cli.words(form.about), form.arguments) for name, form in COMMANDS.items()
    }
    apple[CLEAR_PASSCODE] = (translate("Remove the passcode."), {})
    android = {name: (cli.words(form.about), {**form.needs, **form.takes}) for name, form in ORDERS.items()}
    lines = []
    for title, orders in ((translate("iPads"), apple), (translate("Android tablets"), android)):
        lines.append(f"{title}:")
        for name, (about, arguments) in sorted(orders.items()):
            lines.append(f"  {name}: {about}")
            lines += [f"      {key}={cli.words(words)}" for key, words in arguments.items()]
    forms = {
        platform: {
            name: {key: cli.words(text) for key, text in arguments.items()} for name, (_, arguments) in orders.items()
        }
        for platform, orders in (("ipad", apple), ("android", android))
    }
    show(forms, as_json=as_json, lines=lambda: lines)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order on the tablets of one platform; ``refused``: tablets with the reason in words."""

    commands: tuple[str, ...]
    queued: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


async def _give(cli: Cli, rooms: Rooms, name: str, given: dict[str, str], chosen: Sequence[Tablet]) -> list[Given]:
    """Give an order to the tablets of each platform in that platform's way."""
    done: list[Given] = []
    ipads = [one.tablet_id for one in chosen if one.platform is Platform.IPAD]
    androids = [one.tablet_id for one in chosen if one.platform is Platform.ANDROID]
    if ipads:
        orders = Orders(rooms.database, cli.clock, cli.journal, cli.vault)
        told = await orders.give(name, given, ipads, actor=cli.actor)
        refused = [
            (one.tablet_id, f"{one.reason.text(cli.words)} {one.reason.advice(cli.words)}") for one in told.refused
        ]
        done.append(Given(commands=told.command_ids, queued=told.queued, refused=tuple(refused)))
    if androids:
        push = cli.settings.android.push
        agents = AgentOrders(rooms.database, cli.clock, cli.journal, cli.vault, push=push)
        said = await agents.give(name, given, androids, actor=cli.actor)
        absent = tuple((one, translate("It is not enrolled.")) for one in said.absent)
        done.append(Given(commands=(said.command_id,), queued=said.queued, refused=absent))
    return done


async def _tablets(rooms: Rooms, references: tuple[str, ...], kit: str | None) -> list[Tablet]:
    found = [(await rooms.fleet.tablet(reference)).tablet for reference in references]
    if kit is not None:
        filled = [slot.tablet_id for slot in (await rooms.fleet.kit(kit)).slots if slot.tablet_id]
        found += [(await rooms.fleet.tablet(tablet_id)).tablet for tablet_id in filled]
    if not found:
        raise click.UsageError(translate("Name a tablet or a kit that has some."))
    return list({one.tablet_id: one for one in found}.values())


def _pair(argument: str) -> tuple[str, str]:
    key, equals, value = argument.partition("=")
    if not equals:
        raise click.UsageError(translate("{argument} is not key=value", argument=argument))
    return key, value
