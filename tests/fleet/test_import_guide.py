"""The technician's guide to importing says what is so."""

import re
from pathlib import Path

from mdm.fleet.imports import Imports

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "import.md"


async def test_the_files_in_the_guide_can_be_imported(imports: Imports) -> None:
    schools, kits = re.findall(r"```csv\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    made = await imports.schools(schools.encode(), actor="cli:test", territory="Landes", dry_run=False)
    assert [change.kind for change in made.created] == ["territory", "commune", "school"]
    made = await imports.kits(kits.encode(), actor="cli:test", dry_run=False)
    assert [(change.kind, change.after) for change in made.created] == [("kit", "ipad, 12")]
