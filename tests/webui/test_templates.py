"""What holds for every template, wherever its page is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCROLLING = re.compile(r'<div class="scroll"([^>]*)>')


def test_what_scrolls_sideways_is_reached_by_the_keyboard_and_has_a_name() -> None:
    found = [
        (template.name, rest)
        for template in ROOT.glob("webui/**/templates/**/*.html")
        for rest in SCROLLING.findall(template.read_text(encoding="utf-8"))
    ]
    assert len(found) > 20
    assert [name for name, rest in found if 'tabindex="0"' not in rest or "aria-label=" not in rest] == []
