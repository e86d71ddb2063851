"""docs/modes.md says what the code does: its modes, its stages, its numbers, its journal."""

import re
from datetime import timedelta
from pathlib import Path

from mdm.home.class_mode.capability import Does
from mdm.home.class_mode.finding import SHOWN_FOR_MS
from mdm.home.class_mode.focus import USUAL
from mdm.home.class_mode.view import Stage
from mdm.home.modes.mode import Mode
from mdm.home.modes.spread import FOCUS_MS, HOME_MS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "modes.md").read_text(encoding="utf-8")


def test_every_mode_is_there_in_the_order_in_which_it_is_taken() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == ["lost", "focus", "school", "holiday", "home"]
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {mode.value for mode in Mode}


def test_every_stage_and_every_way_to_do_it_is_there() -> None:
    assert {stage.value for stage in Stage} <= set(re.findall(r"`(\w+)`", PAGE))
    assert {does.value.replace("_", " ") for does in Does} <= set(re.findall(r"\*\*([\w ]+)\*\*", PAGE))


def test_the_numbers_are_those_of_the_code() -> None:
    assert timedelta(milliseconds=HOME_MS) == timedelta(minutes=5)
    assert "within five minutes after" in PAGE
    assert timedelta(milliseconds=FOCUS_MS) == timedelta(seconds=20)
    assert "within twenty seconds" in PAGE
    assert timedelta(hours=1) == USUAL
    assert timedelta(milliseconds=SHOWN_FOR_MS) == timedelta(minutes=10)
    assert "After ten minutes the order is\nwithdrawn" in PAGE


def test_the_journals_kinds_are_all_named_and_all_written() -> None:
    told = PAGE.split("## In the journal")[1]
    named = set(re.findall(r"`(\w+)`", told))
    written = set()
    for room in ("calendar", "modes", "class_mode"):
        for file in (ROOT / "mdm" / "home" / room).glob("*.py"):
            written |= set(
                re.findall(
                    r'"((?:class_mode|tablet_asked|stricter_rules|school_networks|school_hours|school_day|school_calendar)_\w+)"',
                    file.read_text(),
                )
            )
    codes = {one for one in written if one.endswith(("_refused", "_invalid", "_many", "_edition", "_agreed"))}
    codes |= {"class_mode_impossible", "class_mode_end_passed", "class_mode_end_too_late"}
    ours = {"class_mode_id", "class_mode_ends", "class_mode_kit"}
    assert named == written - codes - ours
