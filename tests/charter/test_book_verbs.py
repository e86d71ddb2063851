"""A book is withdrawn from the command line by its identifier, everywhere and at once."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import open_database
from mdm.vault_key import open_vault
from profiles.charter.convention import convention_of
from profiles.charter.state import policy_for, state_of
from tests.charter.agreeing_in_store import ONE_BODY, Agreement
from tests.charter.test_committee_verbs import Terminal

BOOKS = "".join(
    f'[[books]]\nname = "{name}"\nidentifier = "{name.lower()}"\nurl = "https://x.example/{name}.pdf"\nkind = "pdf"\n'
    for name in ("Lecture", "Jeux")
)
URGENT = {"needs": [{"body": "committee", "threshold": "one"}], "quorum_percent": 0, "ratify_days": 30}
WORDS = ("--title", "Retrait : Jeux", "--reason", "Il mène à des pages de jeu.")


async def agree_on_books(config: Path) -> None:
    settings, clock = load_settings(config, {}), SystemClock()
    database = await open_database(settings.database_url, clock)
    agreement = Agreement(database, clock, Journal(clock), open_vault(settings.keys_dir), settings)
    tree = msgspec.to_builtins(ONE_BODY)
    await agreement.found(convention_of({**tree, "rules": {**tree["rules"], "urgent_withdrawal": URGENT}}))
    await agreement.agree(f'name = "A"\n{BOOKS}')
    await database.close()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Terminal(tmp_path)
    made.run("init", "--data-dir", str(tmp_path / "data"), "--password-file", str(made.password))
    made.run("account", "create", "committee-1", "--role", "dsden", "--password-file", str(made.password))
    asyncio.run(agree_on_books(made.config))
    return made


def books(terminal: Terminal, edition: str) -> list[str]:
    """The books that a kit has by an edition."""
    state = state_of(json.loads(terminal.run("edition", "show", edition))["state"])
    return [book["identifier"] for book in policy_for(state, "k", "u", SystemClock().ms()).get("books", [])]


def test_a_book_is_withdrawn_by_its_identifier(terminal: Terminal) -> None:
    assert books(terminal, "2") == ["lecture", "jeux"]
    done = terminal.json("charter", "withdraw", "--book", "jeux", *WORDS, login="committee-1")
    assert books(terminal, done["edition_id"]) == ["lecture"]


def test_a_book_that_nobody_agreed_to_cannot_be_withdrawn(terminal: Terminal) -> None:
    told = terminal.run("charter", "withdraw", "--book", "conte", *WORDS, login="committee-1", code=1)
    assert "in no policy" in told


@pytest.mark.parametrize("what", [(), ("--book", "jeux", "--app", "fr.jeux")])
def test_one_thing_is_named(terminal: Terminal, what: tuple[str, ...]) -> None:
    told = terminal.run("charter", "withdraw", *what, *WORDS, login="committee-1", code=2)
    assert "Name an app, a web page, a book or a site." in told
