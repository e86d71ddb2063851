"""A technician tries every verb: nothing that was not agreed comes near a tablet."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mdm.apple.commands.by_name import COMMANDS
from mdm.cli.context import Cli
from mdm.cli.init import make_server
from mdm.cli.main import main
from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import Connection, open_database
from mdm.vault_key import open_vault
from profiles.compilers import compilers_of
from profiles.policy import load_policy
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement
from tests.profiles.test_policy import _one_tablet as one_tablet
from webui.account_store import insert_account
from webui.accounts import Accounts
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import Grant

UAI = "0400377T"
PASSWORD = "une valise de tablettes"
AGREED = b'name = "Convenue"\n[[apps]]\nname = "Lire"\nbundle_id = "fr.lire"\nstore_id = 7\n'
SNEAKED = 'name = "Glissée"\n[[apps]]\nname = "Jeu"\nbundle_id = "fr.jeu"\nstore_id = 66\n'
NOT_ENDING = {("serve",), ("demo",), ("simulate",), ("init",), ("rollout", "watch")}
_RESERVED = {"as_login", "as_password_file", "as_json"}


class Walk:
    """A server whose charter agreed on one policy, with one tablet, and a technician."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.config.write_text(f'[server]\ndata_dir = "{folder}"\n[push]\nenabled = false\n', encoding="utf-8")
        (folder / "secret").write_text(PASSWORD, encoding="utf-8")
        (folder / "sneaked.toml").write_text(SNEAKED, encoding="utf-8")
        (folder / "draft.toml").write_text('kind = "review"\ntitle = "Glissée"\n', encoding="utf-8")
        (folder / "files").mkdir()
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        cli = Cli(self.config)
        await make_server(load_settings(self.config, {}), cli, "admin", PASSWORD)
        settings, clock = load_settings(self.config, {}), SystemClock()
        vault, journal = open_vault(settings.keys_dir), Journal(clock)
        database = await open_database(settings.database_url, clock)
        await database.write(one_tablet)
        agreement = Agreement(database, clock, journal, vault, settings)
        await agreement.agree(load_policy(AGREED))
        accounts = Accounts(database, clock, journal, Passwords())
        await accounts.create("tech", PASSWORD, Grant(role=Role.TECHNICIAN), actor="test")
        await database.close()

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a verb as the technician does; return its exit code and what it said."""
        done = CliRunner().invoke(main, ["--config", str(self.config), *arguments], input="\n")
        assert done.exception is None or isinstance(done.exception, SystemExit), (arguments, done.exception)
        return done.exit_code, done.output

    def look(self) -> dict[str, Any]:
        """What the tablet's target is, which editions there are, and which commands wait."""

        async def work() -> dict[str, Any]:
            settings, clock = load_settings(self.config, {}), SystemClock()
            vault = open_vault(settings.keys_dir)
            database = await open_database(settings.database_url, clock)
            agreement = Agreement(database, clock, Journal(clock), vault, settings)
            targets = AgreedTargets(clock, compilers_of(settings, vault), agreement.charter.agreed)

            def read(conn: Connection) -> dict[str, Any]:
                target = targets.target_for(conn, "t1")
                return {
                    "policy": target.policy_id if target is not None else None,
                    "editions": [
                        row["edition_id"] for row in conn.all("SELECT edition_id FROM edition ORDER BY number")
                    ],
                    "seats": conn.all("SELECT holder, state FROM seat_holding ORDER BY holding_id"),
                    "votes": conn.all("SELECT proposal_id FROM vote ORDER BY proposal_id"),
                    "ballots": conn.all("SELECT seat_id FROM ballot"),
                    "commands": {row["request_type"] for row in conn.all("SELECT request_type FROM command")},
                }

            found = await database.write(read)
            await database.close()
            return found

        return asyncio.run(work())

    def arguments(self, command: click.Command) -> list[str]:
        """Something for all that a verb needs."""
        given: list[str] = []
        for parameter in command.params:
            if parameter.name in _RESERVED or not (parameter.required or isinstance(parameter, click.Argument)):
                continue
            value = self._value(parameter)
            given += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
        return given

    def _value(self, parameter: click.Parameter) -> str:
        kind = parameter.type
        if isinstance(kind, click.Choice):
            return str(next(iter(kind.choices)))
        if isinstance(kind, click.Path):
            if not kind.exists:
                return str(self.folder / "out")
            return str(self.folder / ("files" if kind.dir_okay and not kind.file_okay else "sneaked.toml"))
        if isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
            return "1"
        if isinstance(kind, click.DateTime):
            return "2030-01-01"
        names = {
            "uai": UAI,
            "insee": "40018",
            "day": "2026-09-01",
            "adopted": "2026-09-01",
            "begins": "2030-01-01T10:00",
        }
        return names.get(parameter.name or "", "committee")


def _verbs(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from _verbs(inner, (*path, name))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    before = os.environ.get("LANG")
    os.environ["LANG"] = "en_GB.UTF-8"
    yield Walk(tmp_path_factory.mktemp("walk"))
    if before is None:
        del os.environ["LANG"]
    else:
        os.environ["LANG"] = before


@pytest.mark.slow
def test_whatever_a_technician_does_tablets_hold_what_was_agreed(walk: Walk) -> None:
    before = walk.look()
    assert before["policy"] == load_policy(AGREED).policy_id
    tried = 0
    for path, command in _verbs(main):
        if path in NOT_ENDING:
            continue
        given = walk.arguments(command)
        as_technician = any(one.name == "as_login" for one in command.params)
        if as_technician:
            given += ["--as", "tech", "--password-file", str(walk.folder / "secret")]
        code, said = walk.run(*path, *given)
        assert code in (0, 1, 2, 3, 4), (path, said)
        if as_technician:
            assert code != 0, (path, said)
        tried += 1
    assert tried > 100
    after = walk.look()
    assert {name: after[name] for name in ("policy", "editions", "seats", "votes", "ballots")} == {
        name: before[name] for name in ("policy", "editions", "seats", "votes", "ballots")
    }
    assert after["commands"] <= set(COMMANDS)


COMMITTEE_VERBS = [
    ("charter", "publish"),
    ("charter", "rotate-key"),
    ("charter", "withdraw", "--app", "fr.lire", "--title", "Retrait", "--reason", "parce que"),
    ("vote", "open", "x"),
    ("vote", "cast", "x", "yes"),
    ("vote", "close", "x"),
    ("committee", "appoint", "mayor-2", "--body", "committee", "--label", "Maire", "--holder", "tech"),
    ("committee", "confirm", "x"),
    ("committee", "end", "committee"),
    ("proposal", "draft", "FILE"),
    ("proposal", "admit", "x"),
    ("meeting", "call", "Réunion", "--begins", "2030-01-01T10:00"),
]


@pytest.mark.slow
@pytest.mark.parametrize("verb", COMMITTEE_VERBS, ids=lambda verb: " ".join(verb[:2]))
def test_what_decides_is_refused_in_plain_words(walk: Walk, verb: tuple[str, ...]) -> None:
    arguments = [str(walk.folder / "draft.toml") if one == "FILE" else one for one in verb]
    code, said = walk.run(*arguments, "--as", "tech", "--password-file", str(walk.folder / "secret"))
    assert code == 1, said
    assert "You are not allowed" in said, said


@pytest.mark.slow
def test_a_technician_lets_kits_follow_what_was_agreed_and_nothing_else(walk: Walk) -> None:
    code, _ = walk.run("edition", "follow", "2", "--kit", "k1")
    assert code == 0
    for reference in (str(walk.folder / "sneaked.toml"), "0" * 64, "3", "1e1"):
        code, _ = walk.run("edition", "follow", reference, "--kit", "k1")
        assert code == 1
    assert walk.look()["policy"] == load_policy(AGREED).policy_id


@pytest.mark.slow
def test_no_command_that_is_given_by_hand_brings_content(walk: Walk) -> None:
    given = ("InstallApplication", "InstallProfile", "InstallMedia", "DeclarativeManagement", "Settings")
    for name in (*given, "install-profile"):
        code, said = walk.run("command", "send", name, "--tablet", "t1")
        assert code != 0, said
    assert not {"InstallApplication", "InstallProfile", "DeclarativeManagement"} & set(COMMANDS)


@pytest.mark.slow
def test_a_password_that_a_technician_resets_suspends_the_seat(tmp_path: Path) -> None:
    apart = Walk(tmp_path)

    async def seat_somebody() -> None:
        settings, clock = load_settings(apart.config, {}), SystemClock()
        database = await open_database(settings.database_url, clock)
        accounts = Accounts(database, clock, Journal(clock), Passwords())
        # The seats were filled before anybody had an account, which the rooms would refuse to catch up on.
        account = await accounts.prepare("committee-1", PASSWORD, Grant(role=Role.MEMBER))
        await database.write(lambda conn: insert_account(conn, account))
        await database.close()

    asyncio.run(seat_somebody())
    (tmp_path / "new").write_text("un autre mot de passe", encoding="utf-8")
    code, said = apart.run("account", "password", "committee-1", "--password-file", str(tmp_path / "new"))
    assert code == 0, said
    assert "confirm again: 1" in said
    states = sorted(row["state"] for row in apart.look()["seats"])
    assert states == ["ended", "proposed"]
