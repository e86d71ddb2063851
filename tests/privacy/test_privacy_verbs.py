"""``valise privacy`` on a server of its own: registers, what is stored, erasure, the purge."""

import csv
import json
import sqlite3
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from mdm.cli.main import main

PASSWORD = "un mot de passe assez long"


class Terminal:
    """A terminal on a server that was made for the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = folder / "password"
        self.password.write_text(PASSWORD, encoding="utf-8")
        self.run("init", "--data-dir", str(folder / "data"), "--password-file", str(self.password))
        self.run("account", "create", "zoe.quidam", "--role", "member", "--password-file", str(self.password))

    def run(self, *words: str, code: int = 0) -> str:
        config = ["--config", str(self.folder / "valise.toml")]
        result = CliRunner().invoke(main, [*config, *words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def sql(self, text: str) -> list[Any]:
        raw = sqlite3.connect(self.folder / "data" / "valise.db")
        try:
            found = raw.execute(text).fetchall()
            raw.commit()
            return found
        finally:
            raw.close()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    return Terminal(tmp_path)


def test_the_registers_are_written_with_the_controller_s_name(terminal: Terminal) -> None:
    terminal.run(
        "privacy", "controller", "--name", "MACS", "--contact", "1 place du Test", "--officer", "dpo@example.org"
    )
    pdf, text = terminal.folder / "r.pdf", terminal.folder / "r.csv"
    terminal.run("privacy", "register", "--pdf", str(pdf), "--csv", str(text))
    assert "MACS" in PdfReader(BytesIO(pdf.read_bytes())).pages[0].extract_text()
    with text.open(encoding="utf-8-sig", newline="") as file:
        assert {row[1] for row in csv.reader(file, delimiter=";")} == {"Controller", "MACS"}
    terminal.run("privacy", "assessment", "--csv", str(text))
    assert "account.password_hash" in text.read_text(encoding="utf-8")
    assert "Accounts and sign-in" in terminal.run("privacy", "register")


def test_what_is_stored_is_shown_and_handed_over(terminal: Terminal) -> None:
    shown = terminal.run("privacy", "stored", "account:zoe.quidam")
    assert "the login: zoe.quidam" in shown
    assert "$argon2" not in shown
    export = terminal.folder / "zoe.json"
    terminal.run("privacy", "stored", "account:zoe.quidam", "--export", str(export))
    keys = {one["key"] for one in json.loads(export.read_text(encoding="utf-8"))["data"]}
    assert {"account.login", "account_grant.role", "journal.subject"} <= keys
    assert "Nobody is known here" in terminal.run("privacy", "stored", "account:nobody", code=1)


def test_an_objection_is_noted(terminal: Terminal) -> None:
    terminal.run("privacy", "object", "account:zoe.quidam", "--about", "session.device", "--words", "Non.")
    assert terminal.sql("SELECT kind, about, words, state FROM data_request") == [
        ("objection", "session.device", "Non.", "open")
    ]
    assert "Nothing is declared" in terminal.run(
        "privacy", "object", "account:zoe.quidam", "--about", "session.shoe", code=1
    )


def test_an_account_is_ended_and_then_erased(terminal: Terminal) -> None:
    refused = terminal.run("privacy", "erase", "account:zoe.quidam", "--yes", code=1)
    assert "the account has not ended" in refused
    terminal.run("account", "disable", "zoe.quidam")
    terminal.run("privacy", "erase", "account:zoe.quidam", "--yes")
    assert terminal.sql("SELECT login FROM account WHERE login = 'zoe.quidam'") == []
    assert "zoe" not in terminal.run("journal", "show")
    assert "The journal is whole" in terminal.run("journal", "verify")
    assert "account:" in (terminal.folder / "data" / "erasures.jsonl").read_text(encoding="utf-8")


def test_the_purge_is_counted_before_it_is_done(terminal: Terminal) -> None:
    assert "Nothing is past its time." in terminal.run("privacy", "purge", "--dry-run")
    terminal.sql(
        "INSERT INTO passkey_challenge (challenge, login, purpose, expires_at) VALUES ('c', 'zoe.quidam', 'vote', 1)"
    )
    assert terminal.run("privacy", "purge", "--dry-run").strip() == "passkey_challenge: 1"
    assert terminal.sql("SELECT COUNT(*) FROM passkey_challenge") == [(1,)]
    assert terminal.run("privacy", "purge").strip() == "passkey_challenge: 1"
    assert terminal.sql("SELECT COUNT(*) FROM passkey_challenge") == [(0,)]
