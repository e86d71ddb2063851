"""The paper on Apple's protocol names what the code does."""

from pathlib import Path

import pytest

from mdm.apple import messages
from mdm.apple.commands import books, content, orders, queries
from mdm.apple.commands.base import Command
from mdm.apple.commands.queries import DEVICE_QUERIES
from mdm.apple.declarative_status import KEPT_ITEMS

PAPER = (Path(__file__).resolve().parents[2] / "docs" / "protocols" / "apple.md").read_text("utf-8")

COMMANDS = [
    one
    for module in (books, content, orders, queries)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, Command) and one is not Command
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.__name__)
def test_each_command_is_in_the_paper_with_its_needs(command: type[Command]) -> None:
    rows = [line for line in PAPER.splitlines() if line.startswith(f"| {command.request_type} ")]
    assert rows
    if command.request_type == "Settings":
        return
    assert ("supervision" in rows[0]) == command.needs_supervision
    assert ("lost mode" in rows[0]) == command.needs_lost_mode
    assert ("setup assistant" in rows[0]) == command.needs_setup_assistant


@pytest.mark.parametrize("name", sorted(messages._MESSAGES))
def test_each_message_is_in_the_paper(name: str) -> None:
    assert any(name in line.split("|")[1] for line in PAPER.splitlines() if line.startswith("|"))


def test_what_is_asked_and_kept_is_in_the_paper() -> None:
    for query in DEVICE_QUERIES:
        assert query in PAPER
    for item in KEPT_ITEMS:
        assert f"`{item}`" in PAPER
