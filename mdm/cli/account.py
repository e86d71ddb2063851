"""``valise account``: who may sign in, and with which role."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec

from mdm.cli.account_doors import invitations, invite, reset, uninvite
from mdm.cli.committee_desk import open_desk
from mdm.cli.context import Cli, json_option, pass_cli, refuse, show, table, translate
from mdm.clock import from_ms
from mdm.store import Connection, Database
from profiles.charter.seat_store import Holding
from webui.account_store import Account
from webui.accounts import Accounts
from webui.errors import AccountChanged, PlaceNeeded, ScopeMalformed
from webui.passwords import Passwords
from webui.roles import PLACED_ROLES, Role
from webui.scopes import Grant, parse_scope

ROLES = [role.value for role in Role]
_PAGE = 500


class ShownAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed of an account; times in milliseconds."""

    login: str
    grants: tuple[str, ...]
    created_at: int
    disabled_at: int | None


@click.group(help=translate("Invite people, create accounts with their roles, list them, end them."))
def account() -> None:
    """Group the verbs about accounts."""


for _verb in (invite, invitations, uninvite, reset):
    account.add_command(_verb)

_role_option = click.option("--role", type=click.Choice(ROLES), required=True, help=translate("What the person is."))
_place_option = click.option(
    "--at",
    default="",
    help=translate("Where: territory, commune:40018, school:0400377T, class:…, kit:…, seat:…"),
)
_password_option = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("A file with the password; otherwise it is asked for."),
)


@account.command(help=translate("Create an account."))
@click.argument("login")
@_role_option
@_place_option
@_password_option
@json_option
@pass_cli
def create(cli: Cli, login: str, role: str, at: str, password_file: Path | None, as_json: bool) -> None:
    """Create an account."""
    grant = _grant(Role(role), at)
    password = _password(password_file)

    async def work() -> Account:
        async with cli.database() as database:
            return await _accounts(cli, database).create(login, password, grant, actor=cli.actor)

    made = cli.run(work)
    lines = [translate("Account {login} created: {role}.", login=made.login, role=str(made.grants[0]))]
    show(_shown(made), as_json=as_json, lines=lambda: lines)


@account.command("list", help=translate("List the accounts."))
@json_option
@pass_cli
def list_accounts(cli: Cli, as_json: bool) -> None:
    """Print the accounts."""

    async def work() -> list[Account]:
        async with cli.database() as database:
            found: list[Account] = []
            while part := await _accounts(cli, database).listed(after=found[-1].login if found else "", limit=_PAGE):
                found += part
            return found

    found = [_shown(one) for one in cli.run(work)]
    head = [translate("LOGIN"), translate("ROLE"), translate("CREATED"), translate("ENDED")]
    rows = [[one.login, ", ".join(one.grants), _day(one.created_at), _day(one.disabled_at)] for one in found]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@account.command(help=translate("Give an account another password; its sessions end."))
@click.argument("login")
@_password_option
@pass_cli
def password(cli: Cli, login: str, password_file: Path | None) -> None:
    """Change a password."""
    wanted = _password(password_file)

    async def work() -> int:
        async with open_desk(cli) as desk:
            waiting: list[Holding] = []

            def suspend(conn: Connection) -> None:
                waiting[:] = desk.committee.suspend_in(conn, login, actor=cli.actor)

            accounts = _accounts(cli, desk.rooms.database)
            await accounts.set_password(login, wanted, actor=cli.actor, also=suspend)
            return len(waiting)

    suspended = cli.run(work)
    click.echo(translate("The password of {login} was changed.", login=login))
    if suspended:
        click.echo(
            translate(
                "Seats of {login} that a member of the committee must confirm again: {count}",
                login=login,
                count=suspended,
            )
        )


@account.command(help=translate("Give an account a role in a place, beside those that it has."))
@click.argument("login")
@_role_option
@_place_option
@pass_cli
def grant(cli: Cli, login: str, role: str, at: str) -> None:
    """Add a grant."""
    given = _grant(Role(role), at)
    _regrant(cli, login, lambda held: [*held, given])
    click.echo(translate("{login} has this role now: {role}.", login=login, role=str(given)))


@account.command(help=translate("Take a role in a place from an account."))
@click.argument("login")
@_role_option
@_place_option
@pass_cli
def withdraw(cli: Cli, login: str, role: str, at: str) -> None:
    """Remove a grant."""
    taken = _grant(Role(role), at)
    _regrant(cli, login, lambda held: [one for one in held if one != taken])
    click.echo(translate("{login} has this role no more: {role}.", login=login, role=str(taken)))


@account.command(help=translate("End an account: it cannot sign in any more. Its history stays."))
@click.argument("login")
@pass_cli
def disable(cli: Cli, login: str) -> None:
    """End an account."""
    _change(cli, login, disabled=True)
    click.echo(translate("Account {login} was ended.", login=login))


@account.command(help=translate("Reopen an account that was ended."))
@click.argument("login")
@pass_cli
def enable(cli: Cli, login: str) -> None:
    """Reopen an account."""
    _change(cli, login, disabled=False)
    click.echo(translate("Account {login} was reopened.", login=login))


def _change(cli: Cli, login: str, *, disabled: bool) -> None:
    async def work() -> None:
        async with cli.database() as database:
            await _accounts(cli, database).change(login, disabled=disabled, actor=cli.actor)

    cli.run(work)


def _regrant(cli: Cli, login: str, change: Callable[[Sequence[Grant]], Sequence[Grant]]) -> None:
    async def work() -> None:
        async with cli.database() as database:
            accounts = _accounts(cli, database)
            found = await accounts.find(login)

            def same(revision: int) -> None:
                if revision != found.revision:
                    raise AccountChanged(login=login)

            await accounts.change(login, grants=change(found.grants), actor=cli.actor, check=same)

    cli.run(work)


def _grant(role: Role, at: str) -> Grant:
    if not at and role in PLACED_ROLES:
        refuse(PlaceNeeded(role=role.value))
    try:
        return Grant(role=role, scope=parse_scope(at or "territory"))
    except ScopeMalformed as malformed:
        refuse(malformed)


def _accounts(cli: Cli, database: Database) -> Accounts:
    return Accounts(database, cli.clock, cli.journal, Passwords())


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return str(click.prompt(translate("Password"), hide_input=True, confirmation_prompt=True, err=True))


def _shown(one: Account) -> ShownAccount:
    return ShownAccount(
        login=one.login,
        grants=tuple(str(grant) for grant in one.grants),
        created_at=one.created_at,
        disabled_at=one.disabled_at,
    )


def _day(at: int | None) -> str:
    return "" if at is None else from_ms(at).strftime("%Y-%m-%d")
