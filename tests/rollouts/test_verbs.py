"""The verbs of the command line on a real server's folder: the calendar, then a rollout from plan to roll back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mdm.cli.main import main
from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import open_database
from mdm.vault_key import open_vault
from tests.charter.agreeing_in_store import Agreement

UAI = "0400377T"


class Terminal:
    """A terminal on a server that was made for the test."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "valise.toml"
        self._runner = CliRunner()

    def run(self, *words: str) -> Result:
        return self._runner.invoke(main, ["--config", str(self.config), *words], catch_exceptions=False)

    def done(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str, code: int = 1) -> str:
        result = self.run(*words)
        assert result.exit_code == code, result.output
        return result.output

    def publish(self, *volumes: int) -> None:
        """Agree on editions: the first is in force, the others are only published."""
        asyncio.run(self._publish(volumes))

    async def _publish(self, volumes: tuple[int, ...]) -> None:
        settings, clock = load_settings(self.config, {}), SystemClock()
        database = await open_database(settings.database_url, clock)
        agreement = Agreement(database, clock, Journal(clock), open_vault(settings.keys_dir), settings)
        await agreement.agree({"name": "MACS", "android": {"volume": volumes[0]}})
        for volume in volumes[1:]:
            tree = {"name": "MACS", "android": {"volume": volume}}
            await agreement.decide("review", changes=[{"op": "adopt", "policy": tree}])
            await agreement.charter.editions.publish(actor="test")
        await database.close()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    made = Terminal(tmp_path)
    password = tmp_path / "password"
    password.write_text("correct horse battery staple\n", encoding="utf-8")
    made.done("init", "--data-dir", str(tmp_path / "data"), "--password-file", str(password))
    places = ["--insee", "40192", "--commune", "Mont-de-Marsan", "--territory", "Landes"]
    made.done("school", "create", UAI, "École du Bourg", *places)
    return made


def test_a_schools_calendar_is_shown_and_its_hours_are_set(terminal: Terminal, tmp_path: Path) -> None:
    shown = terminal.json("calendar", "show", UAI)
    assert (shown["zone"], shown["time_zone"], shown["own_hours"]) == ("A", "Europe/Paris", False)
    assert "Vacances d'hiver" in terminal.done("calendar", "show", UAI)
    set_ = ["calendar", "hours", UAI, "--week", "4-days", "--monday", "08:00-12:00", "--closed", "2026-12-24"]
    changed = terminal.json(*set_)
    assert changed["hours"]["monday"] == [{"begin": "08:00:00", "end": "12:00:00"}]
    assert (changed["hours"]["wednesday"], changed["hours"]["closed"]) == ([], ["2026-12-24"])
    kept = terminal.json("calendar", "hours", UAI, "--tuesday", "", "--reopened", "2026-12-24")
    assert (kept["hours"]["tuesday"], kept["hours"]["closed"]) == ([], [])
    assert kept["hours"]["monday"] == changed["hours"]["monday"]
    assert "08:30-11:45" in terminal.refused("calendar", "hours", UAI, "--monday", "8-12")
    assert "2027-05-07" in terminal.refused("calendar", "hours", UAI, "--closed", "tomorrow")
    terminal.refused("calendar", "hours", UAI, "--usual", "--monday", "08:00-12:00", code=2)
    assert terminal.json("calendar", "hours", UAI, "--usual")["own_hours"] is False
    assert terminal.run("journal", "verify").exit_code == 0

    file = tmp_path / "dates.json"
    file.write_text('[{"description": "x"}]', encoding="utf-8")
    assert "Nothing was changed" in terminal.refused("calendar", "import", str(file))
    line = {
        "description": "Vacances de Noël",
        "start_date": "2028-12-22T23:00:00+00:00",
        "end_date": "2029-01-07T23:00:00+00:00",
        "zones": "Zone A",
        "annee_scolaire": "2028-2029",
        "population": "-",
    }
    file.write_text(json.dumps([line]), encoding="utf-8")
    assert "Zone A 2028-2029" in terminal.done("calendar", "import", str(file))
    assert terminal.json("calendar", "show", UAI)["known_until"] == "2029-07-31"
    assert any(year["year"] == 2028 for year in terminal.json("calendar", "show"))


def test_a_rollout_is_planned_tried_started_paused_resumed_and_rolled_back(terminal: Terminal) -> None:
    assert "charter" in terminal.refused("rollout", "plan")
    terminal.done("kit", "create", UAI, "Cassiopée", "--slots", "4", "--platform", "android")
    terminal.done("kit", "create", UAI, "Orion", "--slots", "4", "--platform", "android")
    terminal.publish(10, 20)
    terminal.refused("rollout", "plan", "--window", "25:00-26:00", code=2)
    terminal.refused("rollout", "plan", "--window", "now", "--window", "now", "--window", "now", code=2)
    assert "newest" in terminal.refused("rollout", "plan", "--edition", "2")
    terminal.refused("rollout", "plan", "--share", "600", "--share", "500")
    tried = terminal.json("rollout", "dry-run")
    assert (tried["number"], tried["silent_kits"]) == (3, 2)
    window = ["--window", "outside-class,18:00-06:00"]
    planned = terminal.json("rollout", "plan", "--pilot", "Cassiopée", *window, "--errors", "5")
    plan = planned["rollout"]["plan"]
    assert (planned["number"], planned["previous_number"], len(plan["waves"])) == (3, 2, 3)
    assert plan["gates"]["errors_percent"] == 5
    assert plan["waves"][2]["window"]["begin"] == "18:00"
    assert "2 kits" not in terminal.done("rollout", "dry-run")

    assert "running" in terminal.done("rollout", "start", "--why", "Voted in November.")
    terminal.refused("rollout", "pause", code=2)
    assert "paused" in terminal.done("rollout", "pause", "--why", "Tests this week.")
    assert terminal.run("rollout", "watch").exit_code == 4
    assert "running" in terminal.done("rollout", "resume", "--why", "They are over.")
    assert "it is not possible" in terminal.refused("rollout", "resume", "--why", "again")
    assert "being rolled back" in terminal.done("rollout", "roll-back", "--why", "Another plan.")
    shown = terminal.done("rollout", "show")
    for words in ("Voted in November.", "Tests this week.", "Another plan.", "cli:"):
        assert words in shown
    assert planned["rollout"]["rollout_id"] in terminal.done("rollout", "list")
    assert terminal.json("rollout", "show", planned["rollout"]["rollout_id"][:10])["rollout"]["state"] == "rolling_back"
    assert "There is no rollout" in terminal.refused("rollout", "show", "ffffffff")
