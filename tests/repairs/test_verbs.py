"""``valise fault`` on a real server's folder, from a report to the spreadsheet."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mdm.cli.context import Cli
from mdm.cli.fault import fault
from mdm.clock import SystemClock
from mdm.store import open_database
from tests.repairs.world import World, picture


class Terminal:
    """A terminal on a server's folder; these verbs need no key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.config.write_text(f'[server]\ndata_dir = "{folder}"\n', encoding="utf-8")
        asyncio.run(self._settle())

    async def _settle(self) -> None:
        clock = SystemClock()
        database = await open_database(f"sqlite:///{self.folder / 'valise.db'}", clock, migrate=True)
        await World(database, clock, self.folder).settle()  # type: ignore[arg-type]
        await database.close()

    def run(self, *words: str) -> Result:
        context = click.Context(fault, obj=Cli(self.config))
        return CliRunner().invoke(fault, [*words], obj=context.obj, catch_exceptions=False)

    def done(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 1, result.output
        return result.output


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_fault_is_led_from_its_report_to_its_end(terminal: Terminal) -> None:
    photo = terminal.folder / "photo.png"
    photo.write_bytes(picture(kind="PNG"))
    made = terminal.json("report", "A1", "--kind", "screen", "--words", "Cracked", "--unusable", "--photo", str(photo))
    short = made["fault_id"][-8:]
    assert terminal.json("report", "A1", "--kind", "screen")["reports"] == 2
    assert [one["serial"] for one in terminal.json("list")["faults"]] == ["A1"]
    assert short in terminal.done("list", "--kind", "screen", "--school", "0400377T")
    assert terminal.refused("close", short)
    assert terminal.json("take", short)["state"] == "taken"
    assert terminal.json("send", short, "--workshop", "Atelier", "--ref", "R1", "--on", "2026-09-02")["sent_on"]
    assert terminal.json("claim", short)["state"] == "under_warranty"
    assert terminal.json("quote", short, "--amount", "89,90")["quote_cents"] == 8990
    assert terminal.json("replace", short, "S1")["state"] == "replaced"
    assert terminal.json("repair", short, "--wiped")["state"] == "repaired"
    assert terminal.json("close", short)["state"] == "closed"
    view = terminal.json("show", short)
    assert [one["event"] for one in view["changes"]][-3:] == ["replace", "repair", "close"]
    assert len(view["photos"]) == 1
    assert "Atelier" in terminal.done("show", short)
    assert terminal.json("list")["faults"] == []
    assert len(terminal.json("list", "--all")["faults"]) == 1


def test_the_other_ends_and_the_spreadsheet(terminal: Terminal) -> None:
    first = terminal.json("report", "A1", "--kind", "sound")["fault_id"]
    assert terminal.json("dismiss", first)["state"] == "not_a_fault"
    assert terminal.json("reopen", first, "--unusable")["unusable"] is True
    assert terminal.json("write-off", first, "--words", "Too old")["state"] == "written_off"
    out = terminal.folder / "faults.csv"
    terminal.done("export", "--out", str(out))
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2
    for wrong in ("ab", "%%%%%%", "0" * 32):
        assert wrong in terminal.refused("show", wrong)
    assert "teapot" in terminal.refused("report", "A2", "--kind", "teapot")


def test_warranties_are_entered_and_listed(terminal: Terminal) -> None:
    assert terminal.json("warranty", "--model", "iPad13,18", "--months", "24")["models"] == {"iPad13,18": 24}
    assert "iPad13,18" in terminal.done("warranty")
    assert terminal.run("warranty", "--months", "24").exit_code == 2
    assert terminal.run("warranty", "--months", "24", "--model", "a", "--purchase", "b").exit_code == 2
    assert "500" in terminal.refused("warranty", "--model", "a", "--months", "500")
