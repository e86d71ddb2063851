"""``valise licence``: licences of Apple's Apps and Books, and the tokens of the locations that own them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.clock import from_ms
from mdm.fleet.kit_store import find_kit
from mdm.store import Connection, Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.keyring import Keys
from profiles.charter.seals import Seals
from profiles.licences.counting import Counted
from profiles.licences.errors import LicencesOff, LocationUnknown
from profiles.licences.kit_licences import KitLicences, Wished
from profiles.licences.licence_store import Usage
from profiles.licences.room import LicenceRoom, licence_room, licences_of
from profiles.licences.shortage import age_in_words
from profiles.licences.tokens import TokenView
from profiles.licences.wish_store import WishView
from profiles.licences.wishes import reason_in_words, state_in_words

_LIMIT = 1000


@click.group(help=translate("Count the licences of Apple's Apps and Books, and assign them to iPads."))
def licence() -> None:
    """Group the verbs about licences."""


@licence.group(help=translate("Import content tokens, one for each location, and see how long they last."))
def token() -> None:
    """Group the verbs about content tokens."""


@token.command("import", help=translate("Import a location's content token, as Apple School Manager gives it."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "schools", multiple=True, help=translate("The UAI code of a school that has it alone."))
@click.option("--all-schools", is_flag=True, help=translate("The location is for every school."))
@click.option("--force", is_flag=True, help=translate("Take the location from another management service."))
@json_option
@pass_cli
def import_token(cli: Cli, file: Path, schools: tuple[str, ...], all_schools: bool, force: bool, as_json: bool) -> None:
    """Take a token in, and count what its location owns."""
    if schools and all_schools:
        raise click.UsageError(translate("Name schools, or say that all are meant."))
    body = file.read_bytes()
    wanted = tuple(uai.upper() for uai in schools) if schools or all_schools else None

    async def work() -> tuple[TokenView, Counted]:
        async with _room(cli) as (_, room):
            view = await room.tokens.import_token(body, schools=wanted, force=force, actor=cli.actor)
            return view, await room.counting.count(view.location_id)

    view, counted = cli.run(work)
    lines = [*_token_table(cli, [view]), *_counted_lines([counted])]
    show({"token": view, "counted": counted}, as_json=as_json, lines=lambda: lines)


@token.command("list", help=translate("List the locations whose content tokens are here."))
@json_option
@pass_cli
def list_tokens(cli: Cli, as_json: bool) -> None:
    """Print the tokens, never what is secret of them."""

    async def work() -> Sequence[TokenView]:
        async with _room(cli) as (_, room):
            return await room.tokens.list()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _token_table(cli, found))


@licence.command(help=translate("Count the licences of a LOCATION, or of all, and compare them with what is wished."))
@click.argument("reference", metavar="LOCATION", required=False)
@json_option
@pass_cli
def sync(cli: Cli, reference: str | None, as_json: bool) -> None:
    """Ask Apple what is owned and assigned."""

    async def work() -> list[Counted]:
        async with _room(cli) as (_, room):
            known = await room.tokens.list()
            meant = [one for one in known if reference in (None, one.location_id, one.name)]
            if reference is not None and not meant:
                raise LocationUnknown(location=reference)
            return [await room.counting.count(one.location_id, anew=True) for one in meant]

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _counted_lines(found))


@licence.command("list", help=translate("List what each location owns, as counted last."))
@json_option
@pass_cli
def list_licences(cli: Cli, as_json: bool) -> None:
    """Print the counts."""

    async def work() -> tuple[Sequence[Usage], Sequence[TokenView]]:
        async with _room(cli) as (database, room):
            return await database.read(room.licences.usages), await room.tokens.list()

    found, tokens = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _usage_table(cli, found, tokens))


@licence.command(help=translate("Wish a licence of each App Store app of its edition for each iPad of a kit."))
@click.option("--kit", "reference", required=True, help=translate("The kit."))
@json_option
@pass_cli
def assign(cli: Cli, reference: str, as_json: bool) -> None:
    """Write wishes, or refuse them all where licences are missing."""
    licences = licences_of(cli.clock, cli.journal, cli.settings)
    kits = KitLicences(cli.clock, AgreedEditions(Keys(cli.vault), Seals(cli.vault)), licences)

    def write(conn: Connection) -> Wished:
        return kits.wish(conn, find_kit(conn, reference), actor=cli.actor)

    async def work() -> Wished:
        if not cli.settings.apps_and_books.enabled:
            raise LicencesOff
        async with cli.database() as database:
            return await database.write(write)

    done = cli.run(work)
    lines = [
        translate(
            "{new} new wishes: {apps} apps for {tablets} iPads.",
            new=done.new,
            apps=len(done.apps),
            tablets=done.tablets,
        ),
        translate("The server carries them out; see how far it is: valise licence wishes"),
    ]
    show(done, as_json=as_json, lines=lambda: lines)


@licence.command(help=translate("List what is wished for which tablet, how far it is, and why it is not done."))
@click.option("--all", "everything", is_flag=True, help=translate("Those that are done too."))
@click.option("--limit", type=click.IntRange(1, 100_000), default=_LIMIT, show_default=True)
@json_option
@pass_cli
def wishes(cli: Cli, everything: bool, limit: int, as_json: bool) -> None:
    """Print wishes, the newest first."""
    licences = licences_of(cli.clock, cli.journal, cli.settings)

    async def work() -> Sequence[WishView]:
        async with cli.database() as database:
            return await database.read(lambda conn: licences.wishes(conn, undone=not everything, limit=limit))

    found = cli.run(work)
    head = [translate("TABLET"), translate("SERIAL"), translate("APP"), translate("STATE"), translate("REASON")]
    rows = [
        [
            one.tablet_name,
            one.serial or "",
            one.app_name or str(one.store_id),
            state_in_words(cli.words, one),
            reason_in_words(cli.words, one.reason),
        ]
        for one in found
    ]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@asynccontextmanager
async def _room(cli: Cli) -> AsyncIterator[tuple[Database, LicenceRoom]]:
    async with cli.database() as database:
        room = licence_room(database, cli.clock, cli.journal, cli.vault, cli.settings)
        try:
            yield database, room
        finally:
            await room.client.close()
            # The connections' transports end with the next turns of the loop.
            await asyncio.sleep(0)


def _token_table(cli: Cli, found: Sequence[TokenView]) -> list[str]:
    head = [
        translate("LOCATION"),
        translate("NAME"),
        translate("ORGANISATION"),
        translate("VALID UNTIL"),
        translate("DAYS"),
        translate("SCHOOLS"),
        translate("COUNT"),
        translate("TROUBLE"),
    ]
    rows = [
        [
            one.location_id,
            one.name,
            one.organization,
            from_ms(one.expires_at).date().isoformat(),
            str(one.days_left),
            " ".join(one.schools) or translate("all"),
            age_in_words(cli.words, one.counted_at, cli.clock.ms()),
            one.trouble,
        ]
        for one in found
    ]
    return table(head, rows)


def _usage_table(cli: Cli, found: Sequence[Usage], tokens: Sequence[TokenView]) -> list[str]:
    names = {one.location_id: one for one in tokens}
    head = [
        translate("LOCATION"),
        translate("APP"),
        translate("NAME"),
        translate("OWNED"),
        translate("ASSIGNED"),
        translate("FREE"),
        translate("WAITING"),
        translate("COUNT"),
    ]
    rows = [
        [
            names[one.count.location_id].name,
            str(one.count.store_id),
            one.name,
            translate("no end") if one.count.unlimited else str(one.count.total),
            str(one.count.assigned),
            translate("no end") if one.count.unlimited else str(one.count.available),
            str(one.waiting),
            age_in_words(cli.words, names[one.count.location_id].counted_at, cli.clock.ms()),
        ]
        for one in found
    ]
    return table(head, rows)


def _counted_lines(found: Sequence[Counted]) -> list[str]:
    lines = []
    for one in found:
        lines.append(
            translate(
                "{name}: {apps} apps, {assigned} licences on devices.",
                name=one.name,
                apps=one.apps,
                assigned=one.assigned,
            )
        )
        if one.lost:
            lines.append(translate("  {lost} were taken away elsewhere, and are asked for again.", lost=one.lost))
        if one.strangers:
            lines.append(
                translate("  {strangers} devices with licences are no tablets of this server.", strangers=one.strangers)
            )
    return lines or [translate("No content token is here: valise licence token import")]
