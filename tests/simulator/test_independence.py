"""The simulator shares no code with the server that it tries."""

import ast
from pathlib import Path

import mdm.simulator


def test_the_simulator_imports_nothing_else_of_valise() -> None:
    folder = Path(mdm.simulator.__file__).parent
    ours = ("mdm", "enrollment", "profiles", "push", "webui")
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, file
                found.add(node.module or "")
    taken = {name for name in found if name.split(".")[0] in ours}
    assert all(name.startswith("mdm.simulator") for name in taken), taken
