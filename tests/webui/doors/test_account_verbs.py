"""``valise init`` and ``valise account`` at a terminal: the first administrator, invitations, and a way back."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.main import main
from tests.webui.doors.test_invitations import code_in
from webui.doors.codes import code_digest


class Terminal:
    """A terminal on a server that was made without a password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = self.run("init", "--data-dir", str(folder), "--people-url", "https://valise.example")

    def run(self, *words: str, code: int = 0) -> str:
        config = ["--config", str(self.folder / "valise.toml")]
        result = CliRunner().invoke(main, [*config, *words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def sql(self, text: str) -> list[Any]:
        raw = sqlite3.connect(self.folder / "valise.db")
        try:
            return raw.execute(text).fetchall()
        finally:
            raw.close()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    return Terminal(tmp_path)


def test_a_new_server_invites_its_first_administrator(terminal: Terminal) -> None:
    code = code_in(terminal.made)
    assert f"https://valise.example/invitation#{code}" in terminal.made
    assert terminal.sql("SELECT * FROM account") == []
    row = terminal.sql("SELECT code_digest, role, extent FROM invitation")
    assert row == [(code_digest(code), "administrator", "territory")]


def test_invitations_are_made_listed_and_withdrawn(terminal: Terminal) -> None:
    made = terminal.json("account", "invite", "--role", "dpo")
    assert made["address"].endswith(f"/invitation#{made['code']}")
    assert "Say where the role" in terminal.run("account", "invite", "--role", "teacher", code=1)
    assert "does not exist any more" in terminal.run(
        "account", "invite", "--role", "teacher", "--at", "school:0400377T", code=1
    )
    assert "sends no e-mail" in terminal.run("account", "invite", "--role", "dpo", "--mail", "denis@example.fr", code=1)
    terminal.run("account", "uninvite", made["invitation_id"])
    assert "used or withdrawn" in terminal.run("account", "uninvite", made["invitation_id"], code=1)
    listed = terminal.json("account", "invitations")
    assert [(one["grant"], one["state"], one["code"]) for one in listed] == [
        ("dpo@territory", "withdrawn", ""),
        ("administrator@territory", "open", ""),
    ]


def test_a_reset_prints_a_code_that_leads_back(terminal: Terminal) -> None:
    password = terminal.folder / "password"
    password.write_text("un mot de passe assez long", encoding="utf-8")
    terminal.run("account", "create", "zoe", "--role", "member", "--password-file", str(password))
    made = terminal.json("account", "reset", "zoe")
    assert terminal.sql("SELECT password_hash FROM account") == [("",)]
    rows = terminal.sql("SELECT code_digest FROM invitation WHERE account_id IS NOT NULL")
    assert rows == [(code_digest(made["code"]),)]
    assert "There is no account" in terminal.run("account", "reset", "nobody", code=1)


def test_a_letter_is_kept_until_the_server_runs(terminal: Terminal) -> None:
    config = terminal.folder / "valise.toml"
    text = config.read_text(encoding="utf-8").replace(
        "[mail]\n", '[mail]\nhost = "smtp.example"\nsender = "valise@example.fr"\n'
    )
    config.write_text(text, encoding="utf-8")
    said = terminal.run("account", "invite", "--role", "dpo", "--mail", "denis@example.fr")
    assert "on its way" in said
    rows = terminal.sql("SELECT state, about FROM letter")
    assert [state for state, _ in rows] == ["waiting"]
    assert "denis" not in str(terminal.sql("SELECT * FROM letter"))
