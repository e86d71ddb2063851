"""What holds for every template, wherever its page is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"{%-? *block (\w+)")
SCROLLING = re.compile(r'<div class="scroll"([^>]*)>')


def test_what_scrolls_sideways_is_reached_by_the_keyboard_and_has_a_name() -> None:
    found = [
        (template.name, rest)
        for template in ROOT.glob("webui/**/templates/**/*.html")
        for rest in SCROLLING.findall(template.read_text(encoding="utf-8"))
    ]
    assert len(found) > 20
    assert [name for name, rest in found if 'tabindex="0"' not in rest or "aria-label=" not in rest] == []


def test_a_block_of_the_frame_is_not_put_again_into_another() -> None:
    """What a page writes into such a block would be there twice: a script that runs twice sends all forms twice."""
    frame = BLOCK.findall((ROOT / "webui/templates/base.html").read_text(encoding="utf-8"))
    assert {"head", "scripts", "main"} <= set(frame)
    for template in ROOT.glob("webui/**/templates/**/*.html"):
        inside: list[str] = []
        for word, name in re.findall(r"{%-? *(block|endblock)(?: (\w+))?", template.read_text(encoding="utf-8")):
            if word == "endblock":
                inside.pop()
                continue
            assert not (inside and name in frame and template.name != "base.html"), (template.name, name)
            inside.append(name)
