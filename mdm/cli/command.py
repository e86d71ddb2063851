"""``valise command``: what a technician may tell tablets alone."""

import sys

import click

from mdm.apple.commands.by_name import CLEAR_PASSCODE, COMMANDS
from mdm.apple.orders import Ordered, Orders
from mdm.cli.context import EXIT_REFUSED, Cli, json_option, pass_cli, show, translate
from mdm.cli.rooms import Rooms, open_rooms


@click.group(
    help=translate("Send commands to tablets: restart, lock, lost mode, questions. What they hold is the edition's.")
)
def command() -> None:
    """Group the verbs about commands."""


@command.command(help=translate("Queue a command by Apple's name, such as RestartDevice, with arguments key=value."))
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

    async def work() -> Ordered:
        async with open_rooms(cli) as rooms:
            chosen = await _tablets(rooms, tablets, kit)
            orders = Orders(rooms.database, cli.clock, cli.journal, cli.vault)
            return await orders.give(name, given, chosen, actor=cli.actor)

    done = cli.run(work)
    shown = {
        "commands": list(done.command_ids),
        "queued": list(done.queued),
        "refused": [{"tablet": one.tablet_id, "reason": one.reason.text(cli.words)} for one in done.refused],
    }
    lines = [translate("Queued for {count} tablets.", count=len(done.queued))]
    lines += [f"{one.tablet_id}: {one.reason.text(cli.words)} {one.reason.advice(cli.words)}" for one in done.refused]
    show(shown, as_json=as_json, lines=lambda: lines)
    if not done.queued:
        sys.exit(EXIT_REFUSED)


@command.command("list", help=translate("List the commands that may be given, with their arguments."))
@json_option
@pass_cli
def list_commands(cli: Cli, as_json: bool) -> None:
    """Print the commands."""
    forms = {name: {key: cli.words(text) for key, text in form.arguments.items()} for name, form in COMMANDS.items()}
    forms[CLEAR_PASSCODE] = {}
    lines = []
    for name, arguments in sorted(forms.items()):
        about = cli.words(COMMANDS[name].about) if name in COMMANDS else translate("Remove the passcode.")
        lines.append(f"{name}: {about}")
        lines += [f"    {key}={words}" for key, words in arguments.items()]
    show(forms, as_json=as_json, lines=lambda: lines)


async def _tablets(rooms: Rooms, references: tuple[str, ...], kit: str | None) -> list[str]:
    found = [(await rooms.fleet.tablet(reference)).tablet.tablet_id for reference in references]
    if kit is not None:
        found += [slot.tablet_id for slot in (await rooms.fleet.kit(kit)).slots if slot.tablet_id]
    if not found:
        raise click.UsageError(translate("Name a tablet or a kit that has some."))
    return list(dict.fromkeys(found))


def _pair(argument: str) -> tuple[str, str]:
    key, equals, value = argument.partition("=")
    if not equals:
        raise click.UsageError(translate("{argument} is not key=value", argument=argument))
    return key, value
