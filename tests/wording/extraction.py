"""Finds every text that a room shows: ``N_(...)`` and translators' calls in Python, ``t(...)`` in templates."""

import ast
import re
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CALLERS = frozenset({"N_", "translate", "words", "t"})
_TEMPLATE = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_PLURAL = re.compile(r"""\bt\.plural\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)\"""")


def texts_of(folder: str, *, without: Collection[Path] = ()) -> set[str]:
    """Return the message identifiers under a folder of the project; plural forms by their first."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*"):
        if any(path.is_relative_to(other) for other in without):
            continue
        if path.suffix == ".py":
            found |= _in_python(path)
        elif path.suffix == ".html":
            text = path.read_text(encoding="utf-8")
            found |= {_plain(one[0] or one[1]) for one in _TEMPLATE.findall(text)}
            found |= {_plain(one[0]) for one in _PLURAL.findall(text)}
    return found - {""}


def texts_of_room(room: str) -> set[str]:
    """Return the texts of a folder that has a catalogue, without those of the rooms below it that have their own."""
    base = ROOT / room
    inner = [locale.parent for locale in base.rglob("locale") if locale.is_dir() and locale.parent != base]
    return texts_of(room, without=inner)


def _in_python(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if name in _CALLERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.add(first.value)
    return found


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\'", "'")
