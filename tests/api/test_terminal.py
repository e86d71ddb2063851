"""Accounts, tokens and acting as a person, at the terminal."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mdm.cli.account import account
from mdm.cli.context import Cli, pass_cli
from mdm.cli.identity import Claim, as_person, signed_in
from mdm.cli.token import token
from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Database
from mdm.vault_key import create_vault_key
from tests.webui.conftest import PASSWORD
from webui.api.tokens import Tokens, digest_of
from webui.permissions import Action, require
from webui.roles import Role
from webui.sessions import create_account, create_administrator

Run = Callable[..., Any]


@click.group()
def verbs() -> None:
    """Stands for the whole command."""


@verbs.command()
@as_person
@click.option("--loud", is_flag=True)
@pass_cli
def vote(cli: Cli, claim: Claim, loud: bool) -> None:
    """A verb that only a person may carry out."""

    async def work() -> str:
        async with cli.database() as database:
            person = await signed_in(cli, database, claim)
            require(person, Action.VOTE)
            return f"{person.actor} {person.roles[0]}"

    click.echo(cli.run(work) + ("!" if loud else ""))


verbs.add_command(account)
verbs.add_command(token)


@pytest.fixture
def run(database: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb on the test's database, by the test's clock, as a terminal does: on a loop of its own."""
    monkeypatch.setenv("VALISE_DATABASE_URL", f"sqlite:///{tmp_path / 'valise.db'}")
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("VALISE_KEYS_FOLDER", str(tmp_path / "keys"))
    create_vault_key(tmp_path / "keys")
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n", encoding="utf-8")
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong wrong wrong", encoding="utf-8")

    async def invoke(*arguments: str, code: int = 0, typed: str | None = None) -> str:
        cli = Cli(None)
        cli.clock = clock
        cli.journal._clock = clock
        words = [{"PASSWORD": str(password), "WRONG": str(wrong)}.get(word, word) for word in arguments]
        result: Result = await asyncio.to_thread(lambda: CliRunner().invoke(verbs, words, obj=cli, input=typed))
        assert result.exit_code == code, result.output
        return result.output

    return invoke


async def test_an_account_lives_at_the_terminal(run: Run, database: Database) -> None:
    berthe = ("account", "create", "berthe", "--role", "teacher", "--password-file", "PASSWORD")
    assert "Say where" in await run(*berthe, code=1)
    made = await run(*berthe, "--at", "school:0400377T", "--json")
    assert json.loads(made)["grants"] == ["teacher@school:0400377T"]
    assert "already an account" in await run(*berthe, "--at", "territory", code=1)
    await run("account", "create", "paul", "--role", "parent", typed=f"{PASSWORD}\n{PASSWORD}\n")
    await run("account", "create", "paul", "--role", "king", "--password-file", "PASSWORD", code=2)
    await run("account", "disable", "paul")
    shown = json.loads(await run("account", "list", "--json"))
    assert [(one["login"], one["grants"], one["disabled_at"] is None) for one in shown] == [
        ("berthe", ["teacher@school:0400377T"], True),
        ("paul", ["parent@territory"], False),
    ]
    assert "password_hash" not in shown[0]
    await run("account", "enable", "paul")
    await run("account", "grant", "paul", "--role", "teacher", "--at", "kit:" + "0" * 32)
    assert "does not say where" in await run("account", "grant", "paul", "--role", "teacher", "--at", "mars", code=1)
    await run("account", "withdraw", "paul", "--role", "parent")
    await run("account", "password", "paul", "--password-file", "PASSWORD")
    assert "There is no account" in await run("account", "disable", "nobody", code=1)
    kinds = [one.kind for one in await database.read(lambda conn: latest_entries(conn, subject="account:paul"))]
    assert kinds == [
        "password_changed",
        "account_grants_changed",
        "account_grants_changed",
        "account_enabled",
        "account_disabled",
        "account_created",
    ]


async def test_the_last_administrator_stays(run: Run, database: Database, clock: ManualClock) -> None:
    await create_administrator(database, clock, Journal(clock), "anne", PASSWORD)
    assert "last account of an administrator" in await run("account", "disable", "anne", code=1)


async def test_a_token_is_shown_once_and_revoked(run: Run, database: Database, clock: ManualClock) -> None:
    made = json.loads(await run("token", "create", "inventory", "--role", "technician", "--days", "3", "--json"))
    tokens = Tokens(database, clock, Journal(clock))
    person = await tokens.person(digest_of(made["secret"]))
    assert person is not None
    assert person.roles == [Role.TECHNICIAN]
    listed = await run("token", "list")
    assert made["token"]["token_id"] in listed
    assert made["secret"] not in listed
    await run("token", "revoke", made["token"]["token_id"])
    assert await tokens.person(digest_of(made["secret"])) is None
    assert "no such token" in await run("token", "revoke", "0" * 32, code=1)


async def test_a_person_acts_with_their_password_and_role(run: Run, database: Database, clock: ManualClock) -> None:
    await create_account(database, clock, Journal(clock), "paul", PASSWORD, Role.PARENT)
    await create_account(database, clock, Journal(clock), "tim", PASSWORD, Role.TECHNICIAN)
    assert "account:paul parent!" in await run("vote", "--as", "paul", "--password-file", "PASSWORD", "--loud")
    assert "account:paul parent" in await run("vote", "--as", " PAUL ", typed=f"{PASSWORD}\n")
    assert "not allowed" in await run("vote", "--as", "tim", "--password-file", "PASSWORD", code=1)
    assert "is not right" in await run("vote", "--as", "paul", "--password-file", "WRONG", code=1)
    assert "is not right" in await run("vote", "--as", "nobody", "--password-file", "PASSWORD", code=1)
    await run("vote", code=2)
    entries = await database.read(lambda conn: latest_entries(conn, subject="account:paul"))
    assert [one.kind for one in entries] == ["sign_in_refused", "signed_in", "signed_in", "account_created"]
    assert entries[0].actor.startswith("cli:")


async def test_guessing_at_the_terminal_must_wait_although_each_try_is_a_new_process(
    run: Run, database: Database, clock: ManualClock
) -> None:
    await create_account(database, clock, Journal(clock), "paul", PASSWORD, Role.PARENT)
    for _ in range(5):
        assert "is not right" in await run("vote", "--as", "paul", "--password-file", "WRONG", code=1)
    assert "Too many attempts" in await run("vote", "--as", "paul", "--password-file", "PASSWORD", code=1)
    clock.advance(timedelta(minutes=2))
    await run("vote", "--as", "paul", "--password-file", "PASSWORD")
    assert "is not right" in await run("vote", "--as", "paul", "--password-file", "WRONG", code=1)


async def test_an_account_that_ended_acts_no_more(run: Run, database: Database, clock: ManualClock) -> None:
    await create_account(database, clock, Journal(clock), "paul", PASSWORD, Role.PARENT)
    await run("account", "disable", "paul")
    assert "is not right" in await run("vote", "--as", "paul", "--password-file", "PASSWORD", code=1)
