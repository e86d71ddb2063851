"""``valise token``: how programs say who asks."""

import click

from mdm.cli.account import ROLES
from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.clock import from_ms
from mdm.store import Database
from webui.api.token_store import ApiToken
from webui.api.tokens import LONGEST_DAYS, NewToken, Tokens
from webui.roles import Role
from webui.scopes import parse_scope

_PAGE = 500


@click.group(help=translate("Create, list and revoke the tokens with which programs use the API."))
def token() -> None:
    """Group the verbs about tokens."""


@token.command(help=translate("Create a token; NAME says what it is for. The token is shown this once."))
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help=translate("What the program may do."))
@click.option("--at", default="territory", show_default=True, help=translate("Where the program may do it."))
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=90,
    show_default=True,
    help=translate("For how long it is valid."),
)
@json_option
@pass_cli
def create(cli: Cli, name: str, role: str, at: str, days: int, as_json: bool) -> None:
    """Create a token and print it."""

    async def work() -> NewToken:
        async with cli.database() as database:
            return await _tokens(cli, database).create(
                name, Role(role), scope=parse_scope(at), days=days, actor=cli.actor
            )

    made = cli.run(work)
    shown = {"token": made.token, "secret": made.secret}
    lines = [
        made.secret,
        translate("This token is shown this once. It holds until {day}.", day=_day(made.token.expires_at)),
    ]
    show(shown, as_json=as_json, lines=lambda: lines)


@token.command("list", help=translate("List the tokens, the newest first."))
@json_option
@pass_cli
def list_tokens(cli: Cli, as_json: bool) -> None:
    """Print the tokens, without their secrets."""

    async def work() -> list[ApiToken]:
        async with cli.database() as database:
            found: list[ApiToken] = []
            while part := await _tokens(cli, database).listed(before=found[-1].token_id if found else "", limit=_PAGE):
                found += part
            return found

    found = cli.run(work)
    head = [
        translate("TOKEN"),
        translate("ROLE"),
        translate("NAME"),
        translate("BY"),
        translate("UNTIL"),
        translate("REVOKED"),
    ]
    rows = [
        [
            one.token_id,
            str(one.grant),
            one.name,
            one.created_by,
            _day(one.expires_at),
            "" if one.revoked_at is None else _day(one.revoked_at),
        ]
        for one in found
    ]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@token.command(help=translate("End a token at once; TOKEN is the identifier that the list shows."))
@click.argument("token_id", metavar="TOKEN")
@pass_cli
def revoke(cli: Cli, token_id: str) -> None:
    """Revoke a token."""

    async def work() -> None:
        async with cli.database() as database:
            await _tokens(cli, database).revoke(token_id, actor=cli.actor)

    cli.run(work)
    click.echo(translate("The token was revoked."))


def _tokens(cli: Cli, database: Database) -> Tokens:
    return Tokens(database, cli.clock, cli.journal)


def _day(at: int) -> str:
    return from_ms(at).strftime("%Y-%m-%d")
