"""An evaluation from the command line: drafted, decided, run, and an export that two persons make; each signs in."""

import asyncio
import hashlib
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.context import Cli
from mdm.cli.evaluation import evaluation
from mdm.cli.main import main
from mdm.clock import SystemClock, to_ms
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import Connection, Database, open_database
from mdm.vault_key import open_vault
from tests.charter.agreeing_in_store import Agreement

PASSWORD = "un mot de passe assez long"
UAI = "0400377T"
PROTOCOL = """
title = "Lire à la maison"
question = "Les tablettes à la maison font-elles lire davantage au CP ?"
first_day = {first}
last_day = {last}
schools = ["0400377T"]
variables = ["days_on_loan", "days_seen", "minutes_reading"]
threshold = 5
notice_days = 15
responsible = "rita"
"""


class Terminal:
    """A terminal on a server that was made for the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.password = folder / "password"
        self.password.write_text(PASSWORD, encoding="utf-8")

    def main(self, *words: str) -> str:
        return self._run(main, ["--config", str(self.config), *words], 0)

    def run(self, *words: str, login: str = "", code: int = 0) -> str:
        signed = ["--as", login, "--password-file", str(self.password)] if login else []
        return self._run(evaluation, [*words, *signed], code)

    def json(self, *words: str, login: str = "") -> Any:
        return json.loads(self.run(*words, "--json", login=login))

    def _run(self, verbs: Any, words: list[str], code: int) -> str:
        result = CliRunner().invoke(verbs, words, obj=Cli(self.config), catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def on_database(self, work: Any) -> Any:
        async def run() -> Any:
            settings, clock = load_settings(self.config, {}), SystemClock()
            database = await open_database(settings.database_url, clock)
            try:
                return await work(database, settings, clock)
            finally:
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    made = Terminal(tmp_path)
    made.main("init", "--data-dir", str(tmp_path / "data"), "--password-file", str(made.password))
    for login, role in (("rita", "evaluator"), ("max", "manager"), ("tom", "technician")):
        made.main("account", "create", login, "--role", role, "--password-file", str(made.password))
    places = ["--insee", "40192", "--commune", "Mont-de-Marsan", "--territory", "Landes"]
    made.main("school", "create", UAI, "École", *places)
    return made


@pytest.mark.slow
def test_an_evaluation_goes_from_its_draft_to_its_file_and_its_end(terminal: Terminal) -> None:
    today = SystemClock().now().date()
    monday = today - timedelta(days=today.weekday() + 14)
    file = terminal.folder / "protocol.toml"
    file.write_text(PROTOCOL.format(first=monday, last=monday + timedelta(days=6)), encoding="utf-8")
    terminal.run("draft", str(file), login="tom", code=1)
    made = terminal.json("draft", str(file), login="rita")
    it = made["evaluation_id"]
    assert "drafted and not decided yet" in terminal.run("list")
    assert "has not adopted" in terminal.run("decide", it, "some-proposal", login="max", code=1)
    proposal = terminal.on_database(lambda *of: _adopted(*of, digest=made["digest"]))
    terminal.run("decide", it, proposal, login="rita", code=1)
    terminal.run("decide", it, proposal, login="max")
    terminal.run("start", it, login="max")
    terminal.on_database(lambda database, *_: database.write(lambda conn: _lend(conn, it, monday)))
    assert "0 more pupils" in terminal.run("inform", it, "--way", "letter", login="max")
    assert "1 weeks" in terminal.run("gather")
    assert "does not take part" in terminal.run("choose", it, "p6", "g6", "objected", login="max")
    asked = terminal.json("ask", it, login="rita")
    assert (asked["state"], asked["summary"]["pupils"]) == ("asked", 6)
    assert "6 pupils" in terminal.run("preview", asked["export_id"])
    terminal.run("release", asked["export_id"], login="rita", code=1)
    released = terminal.json("release", asked["export_id"], login="max")
    target = terminal.folder / "export.zip"
    terminal.run("fetch", asked["export_id"], str(target), login="rita")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == released["digest"]
    assert target.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(target) as zipped:
        assert {"data.csv", "data.parquet", "manifest.json", "codebook.fr.md"} <= set(zipped.namelist())
    assert terminal.json("to-erase", it, login="rita") == []
    shown = terminal.json("show", it)
    assert (shown["state"], [one["state"] for one in shown["exports"]]) == ("exported", ["released"])
    other = terminal.json("ask", it, login="rita")
    terminal.run("refuse", other["export_id"], login="max")
    assert "at its end" in terminal.run("end", it, login="max")
    terminal.run("fetch", asked["export_id"], str(target), login="rita", code=1)


def test_a_draft_is_changed_and_a_wrong_one_is_refused_with_its_place(terminal: Terminal) -> None:
    file = terminal.folder / "protocol.toml"
    file.write_text(PROTOCOL.format(first="2026-11-02", last="2027-01-31"), encoding="utf-8")
    made = terminal.json("draft", str(file), login="rita")
    file.write_text(file.read_text(encoding="utf-8").replace("notice_days = 15", "notice_days = 20"), encoding="utf-8")
    changed = terminal.json("change", made["evaluation_id"], str(file), login="rita")
    assert (changed["draft"]["notice_days"], changed["revision"]) == (20, 2)
    file.write_text(file.read_text(encoding="utf-8").replace('"rita"', '"nobody"'), encoding="utf-8")
    refused = terminal.run("change", made["evaluation_id"], str(file), login="rita", code=1)
    assert "“Login of the researcher who answers for it”" in refused


async def _adopted(database: Database, settings: Any, clock: SystemClock, *, digest: str) -> str:
    agreement = Agreement(database, clock, Journal(clock), open_vault(settings.keys_dir), settings)
    await agreement.agree({"name": "MACS"})
    purpose = f"Avis éthique : {digest}"
    change = {"op": "set", "path": ["restrictions", "camera"], "value": False}
    decided = await agreement.decide("setting", purpose=purpose, changes=[change])
    return decided.proposal_id


def _lend(conn: Connection, evaluation_id: str, monday: date) -> None:
    """Seven pupils who have had a tablet for long, and whose guardians have known for long."""
    long_ago = to_ms(SystemClock().now()) - 80 * 24 * 3600 * 1000
    conn.run("INSERT INTO loan_terms (digest, terms, kept_at) VALUES ('d', '{}', 1)")
    for number in range(7):
        conn.run(
            "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
            " VALUES (:it, 'android', :it, 'loaned', 1, 1)",
            it=f"t{number}",
        )
        conn.run(
            "INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES (:it, 'X', '', 1)", it=f"p{number}"
        )
        conn.run(
            "INSERT INTO inscription (pupil_id, uai, level, source, since) VALUES (:it, :uai, 'CP', 'hand', 1)",
            it=f"p{number}",
            uai=UAI,
        )
        conn.run(
            "INSERT INTO loan (loan_id, tablet_id, kit_id, slot_number, uai, pupil_id, state, terms_digest, due_on,"
            " parts, prepared_at, prepared_by, handed_at) VALUES (:it, :tablet, 'k', 1, :uai, :pupil, 'handed_over',"
            " 'd', '2099-07-02', '[]', :at, 'account:test', :at)",
            it=f"l{number}",
            tablet=f"t{number}",
            pupil=f"p{number}",
            uai=UAI,
            at=long_ago,
        )
        conn.run(
            "INSERT INTO evaluation_notice (evaluation_id, pupil_id, informed_at, way)"
            " VALUES (:it, :pupil, :at, 'page')",
            it=evaluation_id,
            pupil=f"p{number}",
            at=long_ago,
        )
