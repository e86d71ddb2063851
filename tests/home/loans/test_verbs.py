"""``valise pupils`` and ``valise loan``: from a school's file to a tablet that came back."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.context import Cli
from mdm.cli.loan import loan
from mdm.cli.pupils import pupils
from mdm.clock import SystemClock
from mdm.store import Connection, open_database
from mdm.vault_key import create_vault_key
from tests.home.guardians.conftest import ROWS
from tests.home.loans.conftest import Desk
from tests.home.pupils.families import BOURG, LINA, NOE, Town, guardians_file, onde, town_hall

VERBS = {"pupils": pupils, "loan": loan}


class Terminal:
    """The command, on a database with two schools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'valise.db'}"
        self._config = folder / "valise.toml"
        self._config.write_text(f'[server]\ndata_dir = "{folder}"\n[database]\nurl = "{self.url}"\n')
        create_vault_key(folder / "keys")
        asyncio.run(self._build())

    async def _build(self) -> None:
        database = await open_database(self.url, SystemClock(), migrate=True)
        await Town(database, SystemClock()).build()  # type: ignore[arg-type]
        await database.close()

    def run(self, verb: str, *arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(VERBS[verb], arguments, obj=Cli(self._config))
        assert done.exit_code == code, done.output
        return done.output

    def json(self, verb: str, *arguments: str) -> Any:
        return json.loads(self.run(verb, *arguments, "--json"))

    def file(self, name: str, body: bytes) -> str:
        path = self.folder / name
        path.write_bytes(body)
        return str(path)

    def furnish(self) -> None:
        """Put ready tablets into a kit; the school's children are there."""

        async def work() -> None:
            database = await open_database(self.url, SystemClock())
            desk = Desk(Town(database, SystemClock()))  # type: ignore[arg-type]
            await desk.build(tablets=2)
            await database.close()

        asyncio.run(work())

    def rows(self, sql: str) -> list[dict[str, Any]]:
        async def work() -> list[dict[str, Any]]:
            database = await open_database(self.url, SystemClock())

            def read(conn: Connection) -> list[dict[str, Any]]:
                return conn.all(sql)

            found = await database.read(read)
            await database.close()
            return found

        return asyncio.run(work())


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    return Terminal(tmp_path)


def take_in(terminal: Terminal, *files: str) -> None:
    pending = terminal.json("pupils", "import", *files, "--school", BOURG)
    assert terminal.json("pupils", "apply", pending["import_id"])["state"] == "applied"


def test_pupils_come_in_are_asked_about_and_move_on(terminal: Terminal) -> None:
    first = terminal.file("onde.csv", onde(LINA, NOE))
    assert "Lina Vernaque, CE1 A" in terminal.run("pupils", "import", first, "--school", BOURG)
    (waiting,) = terminal.json("pupils", "imports")
    terminal.run("pupils", "drop", waiting["import_id"])
    take_in(terminal, first)
    listed = terminal.json("pupils", "list", BOURG)["pupils"]
    assert [one["pupil"]["last_name"] for one in listed] == ["V.", "T."]
    assert "Lina V." in terminal.run("pupils", "list", BOURG, "--class", "CE1 A")

    second = terminal.file("mairie.csv", town_hall("Vernaquer;Lina;CE1;CE1 A", titles="PATRONYME;Prénom;Niveau;Classe"))
    pending = terminal.json("pupils", "import", second, "--school", BOURG, "--map", "last_name=patronyme")
    terminal.run("pupils", "apply", pending["import_id"])
    (doubt,) = terminal.json("pupils", "doubts", BOURG)
    assert "Vernaquer" in terminal.run("pupils", "doubts", BOURG)
    terminal.run("pupils", "answer", doubt["doubt_id"], "different")
    assert len(terminal.json("pupils", "list", BOURG)["pupils"]) == 3

    terminal.run("pupils", "names", BOURG, "first")
    assert {one["pupil"]["last_name"] for one in terminal.json("pupils", "list", BOURG)["pupils"]} == {""}
    counts = terminal.json("pupils", "year", BOURG, "--move", "CE1 A=CE2 B", "--leave", "CE2 B")
    assert counts == {"moved": 2, "left": 1}


def test_a_file_that_cannot_be_read_is_answered_line_by_line(terminal: Terminal) -> None:
    wrong = terminal.file("wrong.csv", b"Nom;Classe\nVernaque;CE1\n")
    assert "“Prénom élève” is missing" in terminal.run("pupils", "import", wrong, "--school", BOURG, code=4)
    partly = terminal.file("partly.csv", town_hall("Vernaque;Lina;32/13/2018;CE1", "Tarbouche;Noé;;CE2"))
    told = terminal.run("pupils", "import", partly, "--school", BOURG)
    assert "1/2: The birth date cannot be read." in told
    (waiting,) = terminal.json("pupils", "imports")
    refused = terminal.run("pupils", "apply", waiting["import_id"], "--leavers", code=1)
    assert "could not be read" in refused
    terminal.run("pupils", "import", partly, "--school", BOURG, "--map", "shoe=Nom", code=2)


def test_a_tablet_goes_home_and_comes_back_damaged(terminal: Terminal) -> None:
    take_in(terminal, terminal.file("onde.csv", onde(LINA, NOE)), terminal.file("resp.csv", guardians_file(*ROWS)))
    sheet = terminal.folder / "codes.csv"
    terminal.run("pupils", "invite", BOURG, "CE1 A", str(sheet))
    codes = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert len(codes) == 3
    assert sheet.stat().st_mode & 0o077 == 0
    terminal.furnish()
    kit = terminal.rows("SELECT kit_id FROM kit")[0]["kit_id"]
    lina = terminal.rows("SELECT pupil_id FROM pupil WHERE first_name = 'Lina'")[0]["pupil_id"]
    mother = terminal.rows("SELECT guardian_id FROM guardian WHERE label = 'Mme V.'")[0]["guardian_id"]
    today = terminal.rows("SELECT date('now') AS day")[0]["day"]
    due = terminal.rows("SELECT date('now', '+30 days') AS day")[0]["day"]

    made = terminal.json("loan", "prepare", f"valise:{kit[-12:]}/1", lina, "--due", due)
    loan_id = made["loan_id"]
    assert "charter asks" in terminal.run("loan", "hand-over", loan_id, code=1)
    terminal.run("loan", "paper", loan_id, mother, "--on", today, "--insured")
    assert "1" in terminal.run("loan", "attended", mother, "--on", today)
    terminal.run("loan", "hand-over", loan_id, "--screen", "worn")
    assert "Mme V." in terminal.run("loan", "show", loan_id)
    out = terminal.folder / "out.csv"
    listed = terminal.json("loan", "list", BOURG, "--csv", str(out))
    assert listed["counts"]["out"] == 1
    assert "Lina V." in out.read_text(encoding="utf-8-sig")
    later = terminal.rows("SELECT date('now', '+60 days') AS day")[0]["day"]
    terminal.run("loan", "extend", loan_id, later)
    assert terminal.json("loan", "year", BOURG, due) == {"ended": 0, "called_back": 1}
    back = terminal.json("loan", "return", loan_id, "--screen", "damaged", "--missing", "charger")
    assert back["state"] == "returned"
    assert {one["kind"] for one in terminal.rows("SELECT kind FROM fault")} == {"screen", "accessory"}
    other = terminal.json("loan", "prepare", "SERIAL02", lina, "--due", due)
    assert terminal.json("loan", "end", other["loan_id"])["state"] == "ended"
    assert "given back" in terminal.run("loan", "lost", loan_id, code=1)
    terminal.run("loan", "prepare", "SERIAL02", lina, "--due", "demain", code=2)
