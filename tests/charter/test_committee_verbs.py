"""The committee from the command line: founded, seated, proposed, discussed, met; each act by one who signs in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mdm.cli.main import main
from mdm.clock import SystemClock, from_ms

PASSWORD = "un mot de passe assez long"
FOUNDING = """
territory = "MACS"
convention = "default"
reference = "délibération 2026-41"
[[seats]]
seat = "mayor"
body = "authority"
label = "Maire"
holder = "anne"
[[seats]]
seat = "inspector"
body = "dsden"
label = "Inspectrice"
holder = "ines"
deputy = "jean"
[[seats]]
seat = "teacher-1"
body = "teachers"
label = "Directrice"
holder = "denise"
"""
PROPOSAL = """
kind = "setting"
title = "Sans appareil photo"
purpose = "Trop de photos."
[[changes]]
op = "set"
path = ["restrictions", "camera"]
value = false
"""
PEOPLE = {
    "anne": "member",
    "ines": "dsden",
    "jean": "dsden",
    "denise": "teacher",
    "rose": "manager",
    "tom": "technician",
    "nina": "teacher",
}


class Terminal:
    """A terminal on a server that was made for the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.password = folder / "password"
        self.password.write_text(PASSWORD, encoding="utf-8")

    def run(self, *words: str, login: str = "", code: int = 0) -> str:
        signed = ["--as", login, "--password-file", str(self.password)] if login else []
        result = CliRunner().invoke(main, ["--config", str(self.config), *words, *signed], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def json(self, *words: str, login: str = "") -> Any:
        return json.loads(self.run(*words, "--json", login=login))

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A server with the accounts of a small committee and its charter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANG", "en_GB.UTF-8")
        patch.delenv("LANGUAGE", raising=False)
        patch.delenv("LC_ALL", raising=False)
        made = Terminal(tmp_path_factory.mktemp("valise"))
        folder = str(made.folder / "data")
        made.run("init", "--data-dir", folder, "--password-file", str(made.password))
        for login, role in PEOPLE.items():
            made.run(
                "account", "create", login, "--role", role, "--at", "territory", "--password-file", str(made.password)
            )
        founding = made.file("founding.toml", FOUNDING)
        assert "tom2" in made.run(
            "charter", "found", made.file("wrong.toml", FOUNDING.replace("denise", "tom2")), login="rose", code=1
        )
        made.run("charter", "found", founding, login="tom", code=1)
        shown = made.json("charter", "found", founding, login="rose")
        assert [one["seat"] for one in shown["seats"]] == ["mayor", "inspector", "teacher-1"]
        yield made


def test_a_seat_is_filled_by_one_who_proposes_and_another_who_confirms(terminal: Terminal) -> None:
    words = ("committee", "appoint", "teacher-2", "--body", "teachers", "--label", "Enseignante", "--holder", "nina")
    terminal.run(*words, login="tom", code=1)
    assert "2029-06-31" in terminal.run(*words, "--term-ends", "2029-06-31", login="rose", code=2)
    proposed = terminal.json(*words, "--term-ends", "2029-06-30", login="rose")
    term_ends = from_ms(proposed["term_ends_at"])
    assert (proposed["state"], f"{term_ends:%Y-%m-%d %H:%M}") == ("proposed", "2029-06-30 22:00")
    assert proposed["holding_id"] in terminal.run("committee", "seats")
    assert "you proposed it" in terminal.run("committee", "confirm", proposed["holding_id"], login="rose", code=1)
    assert "nina holds the seat" in terminal.run("committee", "confirm", proposed["holding_id"], login="denise")
    vacancy = terminal.json("committee", "end", "teacher-2", login="rose")
    terminal.run("committee", "refuse", vacancy["holding_id"], login="nina", code=1)
    terminal.run("committee", "refuse", vacancy["holding_id"], login="denise")
    deputy = terminal.json("committee", "deputy", "teacher-2", "jean", login="rose")
    terminal.run("committee", "refuse", deputy["holding_id"], login="jean")
    terminal.run("committee", "resign", "teacher-2", login="denise", code=1)
    terminal.run("committee", "resign", "teacher-2", login="nina")
    held = terminal.json("committee", "seats")["seats"]
    assert [one["seat_id"] for one in held] == ["mayor", "inspector", "teacher-1"]
    assert len(terminal.json("committee", "seats", "--history")["seats"]) == 6


def test_a_proposal_is_written_examined_and_discussed(terminal: Terminal) -> None:
    file = terminal.file("proposal.toml", PROPOSAL)
    terminal.run("proposal", "draft", file, login="tom", code=1)
    made = terminal.json("proposal", "draft", file, login="denise")
    key = made["proposal_id"]
    assert (made["state"], made["author"], made["proposal"]["changes"][0]["op"]) == ("draft", "denise", "set")
    again = terminal.file("again.toml", PROPOSAL.replace("Trop", "Beaucoup trop"))
    terminal.run("proposal", "change", key, again, "--revision", "9", login="denise", code=1)
    terminal.run("proposal", "change", key, again, "--revision", "1", login="denise")
    terminal.run("proposal", "submit", key, login="denise")
    terminal.run("proposal", "admit", key, login="denise", code=1)
    terminal.run("proposal", "send-back", key, "--words", "Pour qui ?", login="rose")
    terminal.run("proposal", "submit", key, login="denise")
    terminal.run("proposal", "admit", key[-8:], login="rose")
    terminal.run("proposal", "comment", key, "--words", "Bonne idée.", login="ines")
    asked = terminal.json("proposal", "ask", key, "--words", "Pour quels niveaux ?", login="anne")
    number = asked["events"][-1]["position"]
    terminal.run("proposal", "answer", key, str(number), "--words", "Tous.", login="denise")
    terminal.run("proposal", "stand-aside", key, "inspector", "--words", "Ma sœur l'édite.", login="jean")
    terminal.run("proposal", "examine", key, "--words", "Vu par le DAN.", login="rose")
    sheet = terminal.run("proposal", "show", key)
    for words in (
        "Beaucoup trop de photos.",
        "examined",
        "Pour quels niveaux ?",
        f"> {number}]",
        "Stands aside: inspector",
    ):
        assert words in sheet
    assert [one["proposal_id"] for one in terminal.json("proposal", "list", "photo", "--state", "examined")] == [key]
    assert key in terminal.run("proposal", "list")
    assert "camera" in terminal.run("proposal", "effect", key).lower()
    assert "restrictions.camera" in terminal.run("proposal", "gaps", key)
    terminal.run("proposal", "withdraw", key, "--words", "Plus utile.", login="denise")
    assert terminal.json("proposal", "show", key)["steps"] == []


def test_a_pilot_is_examined_by_the_dsden(terminal: Terminal) -> None:
    terminal.run("school", "create", "0400377T", "École", "--insee", "40018", "--commune", "A", "--territory", "MACS")
    ends = SystemClock().ms() + 30 * 86_400_000
    pilot = PROPOSAL.replace('"setting"', '"pilot"').replace(
        "[[changes]]", f'scope = {{ name = "essai", schools = ["0400377T"], until = {ends} }}\n[[changes]]'
    )
    key = terminal.json("proposal", "draft", terminal.file("pilot.toml", pilot), login="denise")["proposal_id"]
    terminal.run("proposal", "submit", key, login="denise")
    terminal.run("proposal", "admit", key, login="rose")
    terminal.run("proposal", "examine", key, login="rose", code=1)
    assert terminal.json("proposal", "examine", key, login="ines")["state"] == "examined"


def test_a_meeting_is_called_held_and_closed(terminal: Terminal) -> None:
    file = terminal.file("proposal.toml", PROPOSAL)
    key = terminal.json("proposal", "draft", file, login="denise")["proposal_id"]
    terminal.run("proposal", "submit", key, login="denise")
    words = ("meeting", "call", "Comité", "--begins", "2099-09-15 18:00", "--place", "Mairie")
    terminal.run(*words, login="denise", code=1)
    assert "tomorrow" in terminal.run(
        "meeting", "call", "Comité", "--begins", "tomorrow", "--place", "Mairie", login="rose", code=2
    )
    called = terminal.json(*words, "--subject", "Ouverture", "--proposal", key, "--last", "Divers", login="rose")
    meeting = called["meeting_id"]
    assert from_ms(called["begins_at"]).isoformat() == "2099-09-15T16:00:00+00:00"
    assert [one["title"] for one in called["items"]] == ["Ouverture", "Sans appareil photo", "Divers"]
    terminal.run("meeting", "move", meeting, "--place", "École", "--revision", "1", login="rose")
    terminal.run("meeting", "agenda", meeting, "--proposal", key, "--revision", "2", login="rose")
    terminal.run("meeting", "open", meeting, "--revision", "3", login="rose")
    terminal.run("meeting", "attendance", meeting, "mayor=asleep", "--revision", "4", login="rose", code=2)
    terminal.run("meeting", "attendance", meeting, "mayor=holder", "inspector=deputy", "--revision", "4", login="rose")
    terminal.run("meeting", "note", meeting, "Débat.", "--item", "1", "--revision", "5", login="rose")
    terminal.run("meeting", "close", meeting, "--revision", "5", login="rose", code=1)
    terminal.run("meeting", "close", meeting, "--revision", "6", login="rose")
    sheet = terminal.run("meeting", "show", meeting[-8:])
    for line in (
        "École",
        "Débat.",
        "Maire: holder present",
        "Élus de l'autorité: 1 of 1 present",
        "(no quorum: 1 needed)",
    ):
        assert line in sheet
    assert meeting in terminal.run("meeting", "list", "--state", "closed")


def test_the_journal_names_who_acted_and_holds_together(terminal: Terminal) -> None:
    assert "account:rose" in terminal.run("journal", "show", "--limit", "200")
    terminal.run("journal", "verify")
    terminal.run("charter", "verify")
