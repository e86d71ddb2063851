"""Acting as a signed-in person: ``--as LOGIN`` with a password, for verbs whose journal entry must name who decided.

A verb takes the claim, and checks it on the database that it opens::

    @as_person
    @pass_cli
    def vote(cli: Cli, claim: Claim, ...) -> None:
        ...
            person = await signed_in(cli, database, claim)
            require(person, Action.VOTE)
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from mdm.cli.context import Cli, translate
from mdm.journal import Entry, latest_entries
from mdm.store import Connection, Database
from webui.errors import TooManyAttempts
from webui.failures import wait_after
from webui.passwords import Passwords
from webui.permissions import Person
from webui.sessions import Sessions

_FREE = 5
_LOOKED_AT = 100

Verb = TypeVar("Verb", bound=Callable[..., Any])


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody at the terminal says to be, with the password that shall prove it."""

    login: str
    password: str


def as_person(verb: Verb) -> Verb:
    """Give a verb the options ``--as`` and ``--password-file``, and its function the argument ``claim``."""

    @functools.wraps(verb)
    def ask(*args: Any, as_login: str, as_password_file: Path | None, **kwargs: Any) -> Any:
        login = as_login.strip().lower()
        return verb(*args, claim=Claim(login=login, password=_password(login, as_password_file)), **kwargs)

    login = click.option(
        "--as", "as_login", required=True, envvar="VALISE_AS", metavar="LOGIN", help=translate("Who you are.")
    )
    password = click.option(
        "--password-file",
        "as_password_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=translate("A file with your password; otherwise it is asked for."),
    )
    return login(password(ask))  # type: ignore[return-value]


async def signed_in(cli: Cli, database: Database, claim: Claim) -> Person:
    """Return the person whose password this is.

    Raises `SignInRefused`, or `TooManyAttempts`: the journal remembers what was tried at terminals before, so that
    starting the command anew does not help.
    """
    subject = f"account:{claim.login}"
    tried = await database.read(lambda conn: latest_entries(conn, subject=subject, limit=_LOOKED_AT))
    wait = _wait(tried, cli.clock.ms())
    if wait > 0:
        raise TooManyAttempts(wait_ms=wait)
    sessions = Sessions(database, cli.clock, cli.journal, Passwords())
    account = await sessions.check(claim.login, claim.password, by=cli.actor)

    def note(conn: Connection) -> None:
        cli.journal.record(conn, "signed_in", actor=cli.actor, subject=subject)

    await database.write(note)
    return account.person


def _password(login: str, file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return str(click.prompt(translate("Password of {login}", login=login), hide_input=True, err=True))


def _wait(newest_first: list[Entry], now: int) -> int:
    """Return how long to wait, in milliseconds, after the refusals at terminals since the last success there."""
    count, last_at = 0, 0
    for entry in newest_first:
        if not entry.actor.startswith("cli:"):
            continue
        if entry.kind == "signed_in":
            break
        if entry.kind == "sign_in_refused":
            count, last_at = count + 1, max(last_at, entry.at)
    if count < _FREE:
        return 0
    return last_at + wait_after(count, free=_FREE) - now
