"""``valise edition``: what was agreed, which kits follow it, and what a policy would come to."""

from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rooms import open_rooms
from mdm.clock import from_ms
from mdm.store import Connection
from profiles.charter.canonical import canonical_json
from profiles.charter.edition_store import EditionLine
from profiles.charter.making import policies_of, policy_from
from profiles.charter.record import Record
from profiles.compilers import compilers_of
from profiles.gaps import Gaps, gaps_of
from profiles.policy import Policy, load_policy
from profiles.rollouts.by_hand import FollowingByHand


@click.group(help=translate("List editions, show them, and let kits or schools follow them."))
def edition() -> None:
    """Group the verbs about editions."""


@edition.command("list", help=translate("List the editions, newest first."))
@json_option
@pass_cli
def list_editions(cli: Cli, as_json: bool) -> None:
    """Print the editions."""

    async def work() -> list[EditionLine]:
        async with open_rooms(cli) as rooms:
            return await rooms.charter.editions.lines()

    found = cli.run(work)
    rows = [
        [
            f"{one.number}{' *' if one.current else ''}",
            one.edition_id[:12],
            f"{from_ms(one.made_at):%Y-%m-%d}",
            str(one.decisions),
            str(one.followed_by),
        ]
        for one in found
    ]
    head = [translate("NUMBER"), translate("EDITION"), translate("DATE"), translate("DECISIONS"), translate("KITS")]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@edition.command("show", help=translate("Show an edition's record as canonical JSON, after its signature is checked."))
@click.argument("reference", metavar="EDITION")
@pass_cli
def show_edition(cli: Cli, reference: str) -> None:
    """Print an edition."""
    click.echo(canonical_json(_record(cli, reference).tree()).decode())


@edition.command(help=translate("Read the policy in a file and say what is wrong with it; it is not stored."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_cli
def check(cli: Cli, file: Path, as_json: bool) -> None:
    """Check a policy, as a proposal would hold it."""

    body = file.read_bytes()

    async def work() -> tuple[Policy, Gaps]:
        policy = load_policy(body, file.name)
        async with open_rooms(cli) as rooms:
            compilers = compilers_of(cli.settings, cli.vault)
            return policy, await rooms.database.read(lambda conn: gaps_of(conn, policy, compilers))

    policy, gaps = cli.run(work)
    shown = {"policy_id": policy.policy_id, "name": policy.name, "gaps": gaps}
    show(shown, as_json=as_json, lines=lambda: [f"{policy.policy_id}  {policy.name}", *gap_lines(cli, gaps)])


@edition.command(help=translate("Say what tablets of each platform will not obey, and what it would need."))
@click.argument("reference", metavar="EDITION")
@json_option
@pass_cli
def gaps(cli: Cli, reference: str, as_json: bool) -> None:
    """Print what cannot be enforced."""

    async def work() -> list[tuple[str, Gaps]]:
        async with open_rooms(cli) as rooms:
            record = await rooms.charter.editions.show(reference)
            compilers, now = compilers_of(cli.settings, cli.vault), cli.clock.ms()
            policies = [policy_from(tree) for tree in policies_of(record.state, now)]
            names = ["", *(one.name for one in record.state.variants)]

            def look(conn: Connection) -> list[tuple[str, Gaps]]:
                return [(name, gaps_of(conn, policy, compilers)) for name, policy in zip(names, policies, strict=True)]

            return await rooms.database.read(look)

    found = cli.run(work)

    def lines() -> list[str]:
        told = []
        for name, one in found:
            some = gap_lines(cli, one)
            told += [translate("For {name}:", name=name), *some] if name and some else some
        return told or [translate("Everything is obeyed.")]

    show([{"variant": name, "gaps": one} for name, one in found], as_json=as_json, lines=lines)


@edition.command(help=translate("Let a kit or a school follow the newest edition, or the one before it."))
@click.argument("reference", metavar="EDITION")
@click.option("--kit", help=translate("The kit."))
@click.option("--school", "uai", help=translate("The school's UAI code."))
@click.option("--everybody", is_flag=True, help=translate("All kits and schools that follow none of their own."))
@pass_cli
def follow(cli: Cli, reference: str, kit: str | None, uai: str | None, everybody: bool) -> None:
    """Assign an edition."""
    if [kit is not None, uai is not None, everybody].count(True) != 1:
        raise click.UsageError(translate("Name a kit or a school, or everybody."))

    async def work() -> str:
        async with open_rooms(cli) as rooms:
            following = FollowingByHand(rooms.charter.following)
            edition_id = (await rooms.charter.editions.show(reference)).edition_id
            kit_id = (await rooms.fleet.kit(kit)).kit.kit_id if kit is not None else None
            school = uai.upper() if uai else None

            def set_followed(conn: Connection) -> None:
                if everybody:
                    following.set_current(conn, edition_id, actor=cli.actor)
                else:
                    following.follow(conn, edition_id, kit_id=kit_id, uai=school, actor=cli.actor)

            await rooms.database.write(set_followed)
            return edition_id

    click.echo(cli.run(work))


def gap_lines(cli: Cli, gaps: Gaps) -> list[str]:
    """Return what is not obeyed, for a person."""
    lines = []
    platforms = (
        (translate("Not obeyed by iPads:"), gaps.ipad),
        (translate("Not obeyed by Android tablets:"), gaps.android),
    )
    for title, found in platforms:
        if found:
            lines += [title, *[f"  {one.in_words(cli.words)}" for one in found]]
    return lines


def _record(cli: Cli, reference: str) -> Record:
    async def work() -> Record:
        async with open_rooms(cli) as rooms:
            return await rooms.charter.editions.show(reference)

    return cli.run(work)
