"""docs/costs.md says what is so: its commands exist, its file can be imported, its example is what is computed."""

import re
import shlex
from pathlib import Path

from mdm.cli.cost import cost
from profiles.costs.money import parse_amount, parse_percent
from profiles.costs.pupil_import import read_pupils
from profiles.costs.sharing import AUTHORITY, Rule, share
from profiles.costs.words import Basis

PAPER = (Path(__file__).resolve().parents[2] / "docs" / "costs.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAPER, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ valise cost ")) for line in lines]


def test_every_command_and_option_of_the_paper_is_there() -> None:
    assert len(commands()) >= 10
    for words in commands():
        verb = cost.commands[words[0]]
        # The paper's files are not there; every other argument is read as the terminal would.
        given = ["/dev/null" if word.endswith(".csv") and words[0] == "pupils" else word for word in words[1:]]
        assert verb.make_context(words[0], given).command is verb


def test_every_verb_is_in_the_paper() -> None:
    in_sentences = set(re.findall(r"`valise cost ([a-z-]+)", PAPER))
    assert {words[0] for words in commands()} | in_sentences == set(cost.commands)


def test_the_papers_file_can_be_imported() -> None:
    (text,) = re.findall(r"```csv\n(.*?)```", PAPER, re.DOTALL)
    assert [(line.uai, line.pupils) for line in read_pupils(text.encode()).lines] == [("0400377T", 52)]


def test_the_papers_example_is_what_is_computed() -> None:
    amount, common = re.findall(r"a purchase of ([\d ,]+ €) with (\d+) %", PAPER)[0]
    rows = re.findall(r"^\| ([\w-]+) \| (\d*) ?\| ([\d ,]+ €) \|$", PAPER, re.MULTILINE)
    assert len(rows) == 4
    weights = {name: int(pupils) for name, pupils, _ in rows if pupils}
    expected = {AUTHORITY if not pupils else name: parse_amount(cents) for name, pupils, cents in rows}
    rule = Rule(common_per_mille=parse_percent(common), basis=Basis.PUPILS)
    assert share(parse_amount(amount), rule, weights) == expected
