"""Writes the reference of the command line from its own help: ``python -m tests.cli.reference > docs/cli.md``."""

import os
import subprocess
import sys

import click

from mdm.cli.main import main

HEAD = """# The `valise` command

This page is made from the command's own help (`python -m tests.cli.reference > docs/cli.md`); a test holds it so. In a
French locale the help is in French.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused or failed; the reason is on standard error |
| 2 | the command line is not right |
| 3 | the configuration is not right, one line for each mistake |
| 4 | something was checked and is not as it should be |
"""


def verbs() -> list[tuple[str, ...]]:
    """Return every verb, groups before their members."""
    found: list[tuple[str, ...]] = [()]
    context = click.Context(main)
    for name in main.list_commands(context):
        verb = main.get_command(context, name)
        found.append((name,))
        if isinstance(verb, click.Group):
            found += [(name, member) for member in sorted(verb.commands)]
    return found


def help_of(verb: tuple[str, ...], language: str = "en_GB.UTF-8") -> str:
    """Return a verb's help as a terminal shows it."""
    done = subprocess.run(
        [sys.executable, "-m", "mdm.cli", *verb, "--help"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "LANG": language, "LC_ALL": language, "COLUMNS": "100", "TERMINAL_WIDTH": "100"},
    )  # fmt: skip
    return done.stdout.replace("python -m mdm.cli", "valise").replace("__main__.py", "valise")


def reference() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for verb in verbs():
        parts.append(f"## `{' '.join(('valise', *verb))}`\n\n```\n{help_of(verb).rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
