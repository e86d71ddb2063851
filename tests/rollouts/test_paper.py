"""docs/rollouts.md says what the code does: its commands exist, its usual numbers and its zones are the real ones."""

import json
import re
from pathlib import Path

from mdm.cli.main import main
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, in_words
from mdm.home.calendar.places import ZONES
from mdm.home.calendar.school_years import parse_school_years, shipped
from profiles.rollouts.gates import Gates
from profiles.rollouts.rollout import Plan
from profiles.rollouts.waves import Wave, Window

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rollouts.md").read_text(encoding="utf-8")


def test_every_command_of_the_page_exists() -> None:
    found = set(re.findall(r"valise (rollout|calendar) ([a-z-]+)", PAGE))
    for group, verb in found:
        command = main.get_command(None, group)  # type: ignore[arg-type]
        assert verb in command.commands, (group, verb)  # type: ignore[union-attr]
    assert {verb for _, verb in found} >= {"plan", "dry-run", "start", "resume", "roll-back", "show", "watch", "import"}


def test_the_usual_numbers_are_those_of_the_page() -> None:
    gates, plan = Gates(), Plan(waves=(Wave(),))
    assert f"more than {gates.errors_percent} % refused" in PAGE
    assert f"more than {gates.drifted_percent} % lost" in PAGE
    assert f"less than {gates.converged_percent} % of those whose {gates.grace_minutes // 60} hours" in PAGE
    assert f"known of less than {gates.heard_percent} %" in PAGE
    assert f"have {gates.battery_percent} % |" in PAGE
    assert (gates.battery_hours, gates.patience_days, plan.kits_per_minute) == (72, 14, 20)
    assert Window().margin_minutes == 30
    assert in_words(FOUR_AND_A_HALF_DAYS.monday) == "08:30-11:45 13:45-15:45"


def test_the_zones_and_the_form_of_the_page_are_read() -> None:
    listed = re.search(r"Zones: (.*?)\. A year", PAGE, re.DOTALL)
    assert listed is not None
    assert re.findall(r"`([^`]+)`", listed[1]) == list(ZONES)
    form = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert form is not None
    assert parse_school_years(json.dumps(json.loads(form[1])).encode())[0].zone == "guyane"
    assert {year.zone for year in shipped()} == {"A", "B", "C", "corse", "reunion"}
