"""The technician's page about the fleet says what is so."""

import re
from pathlib import Path

from mdm.fleet_view.bulk import LIMIT as BULK_LIMIT
from mdm.fleet_view.bulk_actions import ACTIONS
from mdm.fleet_view.saved_filters import LIMIT as FILTER_LIMIT
from mdm.fleet_view.tablet_import import TabletImports
from tests.fleet_view.conftest import ACTOR, World

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")


def test_the_table_has_every_action_and_its_commands() -> None:
    rows = re.findall(r"^\| [a-z].* \| (\S+) \| (\S+) \|$", PAGE, re.MULTILINE)
    told = {pair for pair in rows if pair != ("---", "---")}
    assert told == {
        (action.apple or "–", action.android or "–") if action.is_command else ("yes", "yes")
        for action in ACTIONS.values()
    }
    assert len(rows) == len(ACTIONS)


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At most {BULK_LIMIT:,} tablets" in PAGE
    assert f"keep {FILTER_LIMIT} filters" in PAGE


async def test_the_file_in_the_page_can_be_imported(world: World) -> None:
    (body,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    imports = TabletImports(world.database, world.clock, world.journal)
    done = await imports.tablets(body.encode(), actor=ACTOR, dry_run=False)
    assert [change.after for change in done.created] == ["0400377T/Cassiopée 07", "android"]
