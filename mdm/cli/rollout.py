"""``valise rollout``: brings the newest edition to the tablets, in waves, and stops it when something goes wrong."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rollout_sheet import dry_run_lines, list_lines, progress_line, view_lines
from mdm.cli.rooms import open_rooms
from mdm.fleet.fleet import Fleet
from profiles.charter.charter import charter_of
from profiles.compilers import compilers_of
from profiles.licences.room import licences_of
from profiles.rollouts.dry_run import DryRun
from profiles.rollouts.gates import Gates
from profiles.rollouts.rollout import Plan, Rollout, RolloutState
from profiles.rollouts.rollouts import Rollouts, RolloutView
from profiles.rollouts.room import rollout_room
from profiles.rollouts.waves import NOW, Wave, Window

_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
_USUAL = Gates()

reference_argument = click.argument("reference", metavar="[ROLLOUT]", default="")
why_option = click.option("--why", "words", required=True, help=translate("The reason, for whoever looks at it later."))


@click.group(help=translate("Bring the newest edition to the tablets in waves, watch it, pause it, roll it back."))
def rollout() -> None:
    """Group the verbs about rollouts."""


@rollout.command(
    help=translate("Plan a rollout of the newest edition: pilot kits, then shares of the others, then all.")
)
@click.option("--edition", default="", help=translate("The edition, which must be the newest one."))
@click.option("--pilot", "pilots", multiple=True, help=translate("A pilot kit; may be given several times."))
@click.option(
    "--share",
    "shares",
    type=click.IntRange(1, 999),
    multiple=True,
    help=translate("A wave of so many of the other kits, per mille; may be given several times. Usually one of 100."),
)
@click.option(
    "--window",
    "windows",
    multiple=True,
    help=translate(
        "When kits may be moved: outside-class, now, hours such as 18:00-06:00, or outside-class,18:00-06:00."
        " Once for all waves, or once for each."
    ),
)
@click.option(
    "--kits-per-minute",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help=translate("How many kits are moved in a minute at most."),
)
@click.option(
    "--converged",
    type=click.IntRange(0, 100),
    default=_USUAL.converged_percent,
    show_default=True,
    help=translate("Percent of the tablets whose time is over that must be done."),
)
@click.option(
    "--grace-hours",
    type=click.IntRange(1, 30 * 24),
    default=_USUAL.grace_minutes // 60,
    show_default=True,
    help=translate("How long a tablet may take from when it was heard, and how long a wave lasts at least."),
)
@click.option(
    "--errors",
    type=click.IntRange(0, 100),
    default=_USUAL.errors_percent,
    show_default=True,
    help=translate("Percent of tablets with errors at which the rollout pauses."),
)
@click.option(
    "--drifted",
    type=click.IntRange(0, 100),
    default=_USUAL.drifted_percent,
    show_default=True,
    help=translate("Percent of tablets that lost what they had at which the rollout pauses."),
)
@click.option(
    "--heard",
    type=click.IntRange(0, 100),
    default=_USUAL.heard_percent,
    show_default=True,
    help=translate("Percent of the moved tablets of which something must be known before the next wave."),
)
@click.option(
    "--battery",
    type=click.IntRange(0, 100),
    default=_USUAL.battery_percent,
    show_default=True,
    help=translate("Percent of battery that four fifths of a kit's tablets must have before it is moved."),
)
@json_option
@pass_cli
def plan(
    cli: Cli,
    edition: str,
    pilots: tuple[str, ...],
    shares: tuple[int, ...],
    windows: tuple[str, ...],
    kits_per_minute: int,
    converged: int,
    grace_hours: int,
    errors: int,
    drifted: int,
    heard: int,
    battery: int,
    as_json: bool,
) -> None:
    """Plan a rollout."""
    gates = Gates(
        converged_percent=converged,
        grace_minutes=grace_hours * 60,
        errors_percent=errors,
        drifted_percent=drifted,
        heard_percent=heard,
        battery_percent=battery,
    )
    count = bool(pilots) + len(shares or (100,)) + 1
    opened = _windows(windows, count)

    async def work() -> RolloutView:
        async with _rollouts(cli) as (rollouts, fleet):
            named = tuple([(await fleet.kit(pilot)).kit.kit_id for pilot in pilots])
            waves = [Wave(pilots=True)] if named else []
            waves += [Wave(per_mille=share) for share in shares or (100,)] + [Wave()]
            made = await rollouts.plan(
                Plan(
                    waves=tuple(
                        Wave(pilots=wave.pilots, per_mille=wave.per_mille, window=window)
                        for wave, window in zip(waves, opened, strict=True)
                    ),
                    pilots=named,
                    gates=gates,
                    kits_per_minute=kits_per_minute,
                ),
                edition=edition,
                actor=cli.actor,
            )
            return await rollouts.show(made.rollout_id)

    view = cli.run(work)
    show(view, as_json=as_json, lines=lambda: view_lines(cli.words, view))


@rollout.command(
    "dry-run", help=translate("Say what a rollout would do in each school, what it would carry, and what is missing.")
)
@reference_argument
@json_option
@pass_cli
def dry_run(cli: Cli, reference: str, as_json: bool) -> None:
    """Print a dry run; exit code 4 when licences are missing."""

    async def work() -> DryRun:
        async with _rollouts(cli) as (rollouts, _):
            return await rollouts.dry_run(reference)

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: dry_run_lines(cli.words, found, cli.clock.ms()))
    if found.shortages:
        sys.exit(EXIT_NOT_RIGHT)


@rollout.command(help=translate("Start the rollout that was planned."))
@reference_argument
@click.option("--why", "words", default="", help=translate("The reason, for whoever looks at it later."))
@json_option
@pass_cli
def start(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Start a rollout."""
    _change(cli, as_json, lambda rollouts: rollouts.start(reference, words=words, actor=cli.actor))


@rollout.command(help=translate("Stop moving kits; what was moved stays."))
@reference_argument
@why_option
@json_option
@pass_cli
def pause(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Pause a rollout."""
    _change(cli, as_json, lambda rollouts: rollouts.pause(reference, words=words, actor=cli.actor))


@rollout.command(help=translate("Go on; tablets that are not well now are no longer counted until they are."))
@reference_argument
@why_option
@json_option
@pass_cli
def resume(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Resume a rollout."""
    _change(cli, as_json, lambda rollouts: rollouts.resume(reference, words=words, actor=cli.actor))


@rollout.command("roll-back", help=translate("Bring every kit that was moved back to the edition before."))
@reference_argument
@why_option
@json_option
@pass_cli
def roll_back(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Roll a rollout back."""
    _change(cli, as_json, lambda rollouts: rollouts.roll_back(reference, words=words, actor=cli.actor))


@rollout.command("show", help=translate("Show how far a rollout is, what it waits for, and what happened."))
@reference_argument
@json_option
@pass_cli
def show_rollout(cli: Cli, reference: str, as_json: bool) -> None:
    """Print a rollout."""

    async def work() -> RolloutView:
        async with _rollouts(cli) as (rollouts, _):
            return await rollouts.show(reference)

    view = cli.run(work)
    show(view, as_json=as_json, lines=lambda: view_lines(cli.words, view))


@rollout.command("list", help=translate("List the rollouts, newest first."))
@json_option
@pass_cli
def list_rollouts(cli: Cli, as_json: bool) -> None:
    """Print the rollouts."""

    async def work() -> list[Rollout]:
        async with _rollouts(cli) as (rollouts, _):
            return await rollouts.list()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: table(*list_lines(cli.words, found)))


@rollout.command(help=translate("Print a line each time that a rollout gets on, until it is over or paused."))
@reference_argument
@click.option(
    "--every", type=click.IntRange(1, 3600), default=5, show_default=True, help=translate("Seconds between two looks.")
)
@pass_cli
def watch(cli: Cli, reference: str, every: int) -> None:
    """Follow a rollout; exit code 4 when it is paused."""

    async def work() -> RolloutState:
        async with _rollouts(cli) as (rollouts, _):
            last = ""
            while True:
                view = await rollouts.show(reference)
                line = progress_line(cli.words, view)
                if line != last:
                    click.echo(line)
                    last = line
                if view.rollout.is_over or view.rollout.state is RolloutState.PAUSED:
                    return view.rollout.state
                await asyncio.sleep(every)

    if cli.run(work) is RolloutState.PAUSED:
        sys.exit(EXIT_NOT_RIGHT)


def _change(cli: Cli, as_json: bool, change: Callable[[Rollouts], Awaitable[Rollout]]) -> None:
    async def work() -> RolloutView:
        async with _rollouts(cli) as (rollouts, _):
            changed = await change(rollouts)
            return await rollouts.show(changed.rollout_id)

    view = cli.run(work)
    show(view, as_json=as_json, lines=lambda: [progress_line(cli.words, view)])


def _windows(texts: tuple[str, ...], count: int) -> list[Window]:
    """Return the window of each wave; one that is given alone holds for all."""
    found = [_window(text) for text in texts or ("outside-class",)]
    if len(found) == 1:
        found *= count
    if len(found) != count:
        raise click.UsageError(translate("There are {waves} waves: give one window, or one for each.", waves=count))
    return found


def _window(text: str) -> Window:
    if text == "now":
        return NOW
    outside, begin, end = False, None, None
    for part in text.split(","):
        hours = _HOURS.fullmatch(part)
        if part == "outside-class":
            outside = True
        elif hours is not None and _is_time(hours[1]) and _is_time(hours[2]):
            begin, end = hours[1], hours[2]
        else:
            raise click.UsageError(
                translate("{window} is no window: write outside-class, now, or hours such as 18:00-06:00.", window=part)
            )
    return Window(outside_class=outside, begin=begin, end=end)


def _is_time(text: str) -> bool:
    hours, minutes = text.split(":")
    return int(hours) < 24 and int(minutes) < 60


@asynccontextmanager
async def _rollouts(cli: Cli) -> AsyncIterator[tuple[Rollouts, Fleet]]:
    async with open_rooms(cli) as rooms:
        charter = charter_of(rooms.database, cli.clock, cli.journal, cli.vault, cli.settings)
        room = rollout_room(
            rooms.database,
            cli.clock,
            cli.journal,
            charter.agreed,
            charter.following,
            compilers_of(cli.settings, cli.vault),
            licences_of(cli.clock, cli.journal, cli.settings),
        )
        yield room.rollouts, rooms.fleet
