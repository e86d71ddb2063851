"""``valise charter``: founded, published, exported, verified; urgent withdrawals; the edition key."""

from pathlib import Path

import click
import msgspec

from mdm.cli.charter_papers import differences, paper
from mdm.cli.context import EXIT_NOT_RIGHT, Cli, all_words, json_option, pass_cli, show, translate
from mdm.cli.founding import found
from mdm.cli.identity import Claim, as_person, signed_in
from mdm.cli.rooms import open_rooms
from mdm.clock import from_ms
from profiles.charter.canonical import canonical_json
from profiles.charter.chain import Verdict, export_of, verify_chain
from profiles.charter.edition_keys import EditionKey
from profiles.charter.editions import Published
from profiles.charter.errors import CharterError
from profiles.charter.integrity import edited_rows
from profiles.charter.proposal import Withdrawn
from profiles.charter.withdrawals import InForce
from webui.permissions import Action, require


@click.group(help=translate("Found the charter, publish editions, export and verify them."))
def charter() -> None:
    """Group the verbs about the charter."""


charter.add_command(found)
charter.add_command(paper)
charter.add_command(differences)


@charter.command(help=translate("Publish an edition of the adopted proposals that wait for one."))
@json_option
@as_person
@pass_cli
def publish(cli: Cli, claim: Claim, as_json: bool) -> None:
    """Publish an edition."""

    async def work() -> Published:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.PUBLISH_EDITION)
            return await rooms.charter.editions.publish(actor=person.actor)

    made = cli.run(work)
    shown = {"edition_id": made.record.edition_id, "number": made.record.number, "left_out": made.left_out}
    lines = [translate("Edition {number}: {edition}", number=made.record.number, edition=made.record.edition_id)]
    lines += [translate("Left out: {proposal}: {reason}", proposal=one, reason=why) for one, why in made.left_out]
    show(shown, as_json=as_json, lines=lambda: lines)


@charter.command(help=translate("Verify all editions: of an export, or of the database with what kits follow."))
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--first-key", help=translate("The fingerprint of the first key, as it was published."))
@json_option
@pass_cli
def verify(cli: Cli, file: Path | None, first_key: str | None, as_json: bool) -> None:
    """Verify the chain; ends with exit code 4 when something is not right."""

    async def look() -> tuple[Verdict, list[str]]:
        async with open_rooms(cli) as rooms:
            verdict = await rooms.charter.editions.verify()
            return verdict, await rooms.database.read_long(lambda conn: edited_rows(conn, rooms.charter.seals))

    try:
        if file is not None:
            verdict, edited = verify_chain(export_of(file.read_bytes())), list[str]()
        else:
            verdict, edited = cli.run_checked(look)
    except CharterError as error:
        click.echo(error.text(all_words()), err=True)
        raise SystemExit(EXIT_NOT_RIGHT) from error
    lines = [
        translate("{count} editions verify.", count=verdict.editions),
        translate("Ballots signed with the voters' own keys: {count}", count=verdict.by_passkey),
        translate("Ballots by the server's word alone: {count}", count=verdict.by_server),
        translate("The newest edition: {edition}", edition=verdict.newest),
        translate("The first key: {key}", key=verdict.first_key),
    ]
    lines += [translate("Edited by hand: {row}", row=row) for row in edited]
    other = first_key is not None and first_key.lower() != verdict.first_key
    if other:
        lines.append(translate("This is not the first key that was published."))
    show({**msgspec.to_builtins(verdict), "edited": edited}, as_json=as_json, lines=lambda: lines)
    if edited or other:
        raise SystemExit(EXIT_NOT_RIGHT)


@charter.command(help=translate("Write all editions and keys into a file that anybody can verify."))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@pass_cli
def export(cli: Cli, out: Path) -> None:
    """Export the charter."""

    async def work() -> bytes:
        async with open_rooms(cli) as rooms:
            return canonical_json((await rooms.charter.editions.export()).tree())

    out.write_bytes(cli.run(work))
    click.echo(str(out))


@charter.command("rotate-key", help=translate("Make a new edition key, signed by the one before."))
@as_person
@pass_cli
def rotate_key(cli: Cli, claim: Claim) -> None:
    """Rotate the edition key."""

    async def work() -> EditionKey:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.ROTATE_EDITION_KEY)
            return await rooms.charter.editions.rotate_key(actor=person.actor)

    key = cli.run(work)
    click.echo(translate("From edition {number} on: {key}", number=key.from_number, key=key.key))


@charter.command(
    help=translate("Withdraw an app, a web page, a book or a site at once, everywhere, until it is ratified.")
)
@click.option("--app", help=translate("The app's bundle identifier or package."))
@click.option("--web-page", help=translate("The web page's address."))
@click.option("--book", help=translate("The book's identifier."))
@click.option("--site", help=translate("The allowed web site's address."))
@click.option("--title", required=True, help=translate("What the register of decisions says."))
@click.option("--reason", required=True, help=translate("Why it cannot wait."))
@click.option("--seat", help=translate("For which seat, when you hold several."))
@json_option
@as_person
@pass_cli
def withdraw(
    cli: Cli,
    claim: Claim,
    app: str | None,
    web_page: str | None,
    book: str | None,
    site: str | None,
    title: str,
    reason: str,
    seat: str | None,
    as_json: bool,
) -> None:
    """Withdraw urgently."""
    what = _what(app, web_page, book, site)

    async def work() -> InForce:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.WITHDRAW_URGENTLY)
            return await rooms.charter.withdrawals.withdraw(
                what, title=title, purpose=reason, login=claim.login, seat=seat
            )

    done = cli.run(work)
    until = f"{from_ms(done.ratify_by):%Y-%m-%d}"
    lines = [
        translate("It is withdrawn everywhere, by edition {number}.", number=done.record.number),
        translate("Unless {proposal} is adopted by {day}, it comes back.", proposal=done.ratification_id, day=until),
    ]
    shown = {
        "proposal_id": done.proposal_id,
        "ratification_id": done.ratification_id,
        "edition_id": done.record.edition_id,
        "ratify_by": done.ratify_by,
    }
    show(shown, as_json=as_json, lines=lambda: lines)


def _what(app: str | None, web_page: str | None, book: str | None, site: str | None) -> Withdrawn:
    if [app, web_page, book, site].count(None) != 3:
        raise click.UsageError(translate("Name an app, a web page, a book or a site."))
    if app is not None:
        return Withdrawn(path=("apps",), match={"bundle_id": app, "package": app})
    if web_page is not None:
        return Withdrawn(path=("web_clips",), match={"url": web_page})
    if book is not None:
        return Withdrawn(path=("books",), match={"identifier": book})
    return Withdrawn(path=("web_filter", "allowed"), match=site or "")
