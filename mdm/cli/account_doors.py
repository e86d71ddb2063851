"""``valise account invite`` and the like: invitations by code or e-mail, and a way back into an account."""

import click
import msgspec

from mdm.cli.committee_desk import open_desk
from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.clock import from_ms
from mdm.store import Database
from webui.doors.invitations import Invitations, ListedInvitation, Made
from webui.doors.parts import invitations_of
from webui.doors.resets import Resets
from webui.errors import PlaceNeeded
from webui.roles import PLACED_ROLES, Role
from webui.scopes import Grant, parse_scope


class ShownInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed of an invitation; ``code`` and ``address`` this once. Times in milliseconds."""

    invitation_id: str
    grant: str
    state: str
    made_at: int
    made_by: str
    expires_at: int
    letter: str = ""
    code: str = ""
    address: str = ""


@click.command(help=translate("Invite somebody: print a code that opens an account once, or send it by e-mail."))
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role is not Role.PARENT]),
    required=True,
    help=translate("What the person is."),
)
@click.option(
    "--at", default="", help=translate("Where: territory, commune:40018, school:0400377T, class:…, kit:…, seat:…")
)
@click.option("--mail", default="", metavar="ADDRESS", help=translate("Send it to this address, which is not kept."))
@json_option
@pass_cli
def invite(cli: Cli, role: str, at: str, mail: str, as_json: bool) -> None:
    """Make an invitation."""

    async def work() -> ShownInvitation:
        if not at and Role(role) in PLACED_ROLES:
            raise PlaceNeeded(role=role)
        grant = Grant(role=Role(role), scope=parse_scope(at or "territory"))
        async with cli.database() as database:
            invitations = _invitations(cli, database)
            made = await invitations.make_at_terminal(
                grant, to=mail, language=cli.settings.server.language, actor=cli.actor
            )
            return _made(made, invitations, told=not mail)

    made = cli.run(work)
    lines = (
        [translate("The letter is on its way as soon as the server runs.")]
        if mail
        else [made.code, translate("Open {address}", address=made.address)]
    )
    show(made, as_json=as_json, lines=lambda: lines)


@click.command(help=translate("List the invitations of two weeks and before, the newest first."))
@json_option
@pass_cli
def invitations(cli: Cli, as_json: bool) -> None:
    """Print invitations."""

    async def work() -> list[ShownInvitation]:
        async with cli.database() as database:
            return [_listed(one) for one in await _invitations(cli, database).at_terminal()]

    found = cli.run(work)
    head = [translate("IDENTIFIER"), translate("ROLE"), translate("STATE"), translate("CREATED"), translate("BY")]
    rows = [[one.invitation_id, one.grant, one.state, _day(one.made_at), one.made_by] for one in found]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@click.command(help=translate("Withdraw an invitation: its code opens nothing any more."))
@click.argument("invitation_id", metavar="INVITATION")
@pass_cli
def uninvite(cli: Cli, invitation_id: str) -> None:
    """Withdraw an invitation."""

    async def work() -> None:
        async with cli.database() as database:
            await _invitations(cli, database).withdraw_at_terminal(invitation_id, actor=cli.actor)

    cli.run(work)
    click.echo(translate("The invitation was withdrawn."))


@click.command(
    help=translate(
        "Take password, passkeys, codes and sessions from an account, and print a code by which its person comes back."
    )
)
@click.argument("login")
@json_option
@pass_cli
def reset(cli: Cli, login: str, as_json: bool) -> None:
    """Reset how somebody signs in."""

    async def work() -> ShownInvitation:
        async with open_desk(cli) as desk:
            rooms = desk.rooms
            made_by = _invitations(cli, rooms.database)
            charter = rooms.charter
            resets = Resets(rooms.database, cli.journal, desk.committee, charter.passkeys, charter.seals, made_by)
            return _made(await resets.reset(login, actor=cli.actor), made_by, told=True)

    made = cli.run(work)
    lines = [made.code, translate("Open {address}", address=made.address)]
    show(made, as_json=as_json, lines=lambda: lines)


def _invitations(cli: Cli, database: Database) -> Invitations:
    return invitations_of(database, cli.clock, cli.journal, cli.vault, cli.settings, cli.catalogs)


def _made(made: Made, invitations: Invitations, *, told: bool) -> ShownInvitation:
    one = made.invitation
    return ShownInvitation(
        invitation_id=one.invitation_id,
        grant=str(one.grant),
        state="open",
        made_at=one.made_at,
        made_by=one.made_by,
        expires_at=one.expires_at,
        code=made.code if told else "",
        address=invitations.address_of(made.code) if told else "",
    )


def _listed(listed: ListedInvitation) -> ShownInvitation:
    one = listed.invitation
    return ShownInvitation(
        invitation_id=one.invitation_id,
        grant=str(one.grant),
        state=listed.state,
        made_at=one.made_at,
        made_by=one.made_by,
        expires_at=one.expires_at,
        letter=listed.delivery.state if listed.delivery else "",
    )


def _day(at: int) -> str:
    return from_ms(at).strftime("%Y-%m-%d")
