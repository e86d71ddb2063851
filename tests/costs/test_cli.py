"""``valise cost``: a manager's year, from the first purchase to the accountant's file."""

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.context import Cli
from mdm.cli.cost import cost
from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import open_database
from tests.costs.conftest import BOURG, DAX, LAC, MARSAN, PINS, SOURCES, World


class Terminal:
    """The command, on a database with the places in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._config = folder / "valise.toml"
        url = f"sqlite:///{folder / 'valise.db'}"
        self._config.write_text(
            f'[server]\ndata_dir = "{folder}"\n[database]\nurl = "{url}"\n[enrollment]\norganization = "MACS"\n'
        )
        asyncio.run(self._fill(url))

    async def _fill(self, url: str) -> None:
        clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
        database = await open_database(url, clock, migrate=True)
        world = World(database, clock, Journal(clock))
        await world.build()
        await world.add_kit(LAC, 2)
        await database.close()

    def run(self, *arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(cost, arguments, obj=Cli(self._config))
        assert done.exit_code == code, done.output
        return done.output

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_year_goes_from_purchases_to_the_accountants_file(terminal: Terminal) -> None:
    bought = terminal.json(
        "add", "iPad 2026", "--kind", "hardware", "--amount", "12 000,00", "--date", "2026-03-02",
        "--territory", "Landes", "--units", "24", "--life", "5", "--group", "--lot", "A=8000", "--lot", "B=4000,00",
    )  # fmt: skip
    name = bought["purchase_id"][-8:]
    assert (bought["amount_cents"], bought["vat_per_mille"], len(bought["lots"])) == (1_200_000, 200, 2)
    terminal.run("add", "Support", "--kind", "service", "--amount", "99", "--date", "01/02/2026", "--commune", DAX,
                 "--yearly", "--until", "2028")  # fmt: skip
    assert "iPad 2026" in terminal.run("list")
    assert "iPad 2026" in terminal.run("show", name)

    terminal.run("key", "2026-14", "--adopted", "2026-03-12", "--from", "2026", "--common", "40", "--by", "pupils",
                 "--rule", "service=0,tablets")  # fmt: skip
    assert "2026-14" in terminal.run("keys")

    file = terminal.folder / "pupils.csv"
    file.write_text(f"UAI;Effectif\n{BOURG};120\n{PINS};80\n{LAC};150\n", encoding="cp1252")
    terminal.run("pupils", "2026", "--file", str(file))
    missing = terminal.run("share", "2026", code=1)
    assert all(place in missing for place in (MARSAN, DAX, SOURCES))
    terminal.run("pupils", "2026", "--file", str(file), "--apply")
    terminal.run("pupils", "2026", "--school", SOURCES, "--count", "50")

    asked = terminal.json("subsidy", "FEDER", "--rate", "30", "--purchase", name, "--ceiling", "5000")
    reference = asked["subsidy_id"][-8:]
    terminal.run("subsidy-change", reference, "--version", "1", "--ceiling", "3000")
    terminal.run("subsidy-state", reference, "granted", "--version", "2")
    assert terminal.json("subsidies", "--year", "2026")[0]["cents"] == 300_000

    statement = terminal.json("share", "2026", "--key", "2026-14")
    assert [item["gross_cents"] for item in statement["items"]] == [9900, 1_200_000]
    assert "MACS" in terminal.run("share", "2026")
    out = terminal.folder / "2026.csv"
    terminal.run("export", "2026", "--out", str(out))
    read = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert [row[-2] for row in read[1:]] == ["0,00", "99,00", "3600,00", "675,00", "2025,00", "2700,00"]


def test_two_people_at_two_terminals_do_not_overwrite_each_other(terminal: Terminal) -> None:
    bought = terminal.json(
        "add", "iPad", "--kind", "hardware", "--amount", "10", "--date", "2026-03-02", "--school", LAC
    )
    name = bought["purchase_id"]
    kept = terminal.json("change", name, "--version", "1", "--amount", "20", "--commune", DAX)
    assert (kept["amount_cents"], kept["revision"], kept["label"]) == (2000, 2, "iPad")
    assert kept["coverage"] == {"extent": "communes", "places": [DAX]}
    refused = terminal.run("change", name, "--version", "1", "--amount", "30", code=1)
    assert "2" in refused
    assert terminal.json("show", name) == kept
    terminal.run("withdraw", name, "--version", "2")
    assert terminal.json("list") == []


def test_a_purchase_that_no_longer_recurs_has_no_last_year(terminal: Terminal) -> None:
    bought = terminal.json("add", "Support", "--kind", "service", "--amount", "9", "--date", "2026-01-01",
                           "--school", LAC, "--yearly", "--until", "2030")  # fmt: skip
    kept = terminal.json("change", bought["purchase_id"], "--version", "1", "--once")
    assert (kept["recurrence"], kept["last_year"]) == ("once", None)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--amount", "-5", "--school", LAC),
        ("--amount", "beaucoup", "--school", LAC),
        ("--amount", "5",),
        ("--amount", "5", "--school", LAC, "--commune", DAX),
        ("--amount", "5", "--school", "0400377T"),
        ("--amount", "5", "--school", LAC, "--life", "9", "--units", "1"),
        ("--amount", "5", "--school", LAC, "--lot", "A=4"),
        ("--amount", "5", "--school", LAC, "--vat", "2000"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_words_and_enters_nothing(terminal: Terminal, wrong: tuple[str, ...]) -> None:
    said = terminal.run("add", "iPad", "--kind", "hardware", "--date", "2026-03-02", *wrong, code=1)
    assert len(said.splitlines()) >= 1
    assert "Traceback" not in said
    assert terminal.json("list") == []


def test_a_file_with_a_mistake_ends_with_its_own_exit_code(terminal: Terminal) -> None:
    file = terminal.folder / "pupils.csv"
    file.write_text(f"UAI;Effectif\n{BOURG};trop\n", encoding="utf-8")
    assert "trop" in terminal.run("pupils", "2026", "--file", str(file), "--apply", code=4)


def test_the_renewal_is_told_and_drawn(terminal: Terminal) -> None:
    terminal.run("life", "iPad (10th generation)", "--years", "4", "--price", "450")
    assert "450" in terminal.run("life")
    terminal.run("in-service", "--kit", "Cassiopée", "--since", "2024-09-05")
    (due,) = terminal.json("renewal")["renewals"]
    assert (due["uai"], due["school_year"], due["tablets"], due["amount_cents"]) == (LAC, 2028, 2, 90_000)
    for name, begins in (("plan.svg", "<svg"), ("plan.html", "<!doctype html>")):
        path = terminal.folder / name
        terminal.run("renewal", "--school", LAC, "--plot", str(path))
        assert path.read_text(encoding="utf-8").startswith(begins)
        assert "École du Lac" in path.read_text(encoding="utf-8")
    terminal.run("renewal", "--plot", str(terminal.folder / "plan.png"), code=2)
