"""``valise kit labels``: from the terminal to codes that are the slots' own."""

import asyncio
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.context import Cli
from mdm.cli.kit import kit
from mdm.cli.rooms import open_rooms
from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.store import open_database
from mdm.vault_key import create_vault_key
from tests.enrollment.printed_labels import PUBLISHED, Pages


class Terminal:
    """The command on a database with one kit of iPads and one of Android tablets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.config.write_text(f'[server]\ndata_dir = "{folder}"\n[device]\nurl = "https://tablets.example.fr"\n')
        asyncio.run(self._fill(Cli(self.config)))

    async def _fill(self, cli: Cli) -> None:
        cli.settings.keys_dir.mkdir(parents=True, exist_ok=True)
        create_vault_key(cli.settings.keys_dir)
        clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
        database = await open_database(cli.settings.database_url, clock, migrate=True)
        fleet = Fleet(database, clock, Journal(clock))
        landes = await fleet.create_territory("Landes", actor="test")
        await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor="test")
        await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor="test")
        await fleet.create_kit("0400377T", "Cassiopée", platform=Platform.IPAD, slots=3, actor="test")
        await fleet.create_kit("0400377T", "Pégase", platform=Platform.ANDROID, slots=2, actor="test")
        await database.close()

    def run(self, *arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(kit, arguments, obj=Cli(self.config))
        assert done.exit_code == code, done.output
        return done.output

    def addresses(self, name: str) -> list[str]:
        """The valid codes of a kit's slots, as the server shows them."""

        async def work() -> list[str]:
            async with open_rooms(Cli(self.config)) as rooms:
                view = await rooms.fleet.kit(name)
                shown = await rooms.tickets.shown_all(view.kit.kit_id)
                return [code.address for code in shown if code.slot_number is not None]

        return asyncio.run(work())


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.external
def test_the_labels_hold_the_slots_codes_which_nobody_else_reads(terminal: Terminal, program: Any) -> None:
    out = terminal.folder / "new" / "labels.pdf"
    said = terminal.run("labels", "Cassiopée", "--format", "l7160", "--out", str(out), "--start", "20")
    pages = Pages(out.read_bytes(), terminal.folder, program)
    sheet = PUBLISHED["l7160"]
    read = pages.codes([(0, sheet.label(19)), (0, sheet.label(20)), (1, sheet.label(0))])
    addresses = terminal.addresses("Cassiopée")
    assert [one for (one,) in read] == addresses
    assert all(address.startswith("https://tablets.example.fr/e/") for address in addresses)
    assert not any(address in said for address in addresses)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_json_tells_what_was_printed(terminal: Terminal) -> None:
    out = terminal.folder / "labels.pdf"
    told = json.loads(
        terminal.run("labels", "Cassiopée", "--format", "a4", "--out", str(out), "--hours", "48", "--json")
    )
    assert (told["labels"], told["sheets"], told["file"]) == (3, 1, str(out))
    assert told["expires_at"] > 0


def test_plain_labels_make_no_code(terminal: Terminal) -> None:
    out = terminal.folder / "labels.pdf"
    for name in ("Cassiopée", "Pégase"):
        told = json.loads(terminal.run("labels", name, "--format", "l7163", "--out", str(out), "--plain", "--json"))
        assert told["expires_at"] is None
        assert terminal.addresses(name) == []


def test_what_cannot_be_printed_withdraws_nothing(terminal: Terminal) -> None:
    out = terminal.folder / "labels.pdf"
    terminal.run("labels", "Cassiopée", "--format", "l7160", "--out", str(out))
    before = terminal.addresses("Cassiopée")
    out.unlink()
    said = terminal.run("labels", "Cassiopée", "--format", "a4", "--out", str(out), "--start", "11", code=1)
    assert "10" in said
    assert "apk add" in terminal.run("labels", "Pégase", "--format", "a4", "--out", str(out), code=1)
    assert terminal.addresses("Cassiopée") == before
    assert not out.exists()
