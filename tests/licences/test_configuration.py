"""The section [apps_and_books]: off unless wanted, and content tokens never in clear over a network."""

from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.settings import AppsAndBooks, Settings, SettingsError, load_settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.licences.errors import LicencesOff
from profiles.licences.room import licence_room, own_id
from tests.licences.conftest import VAULT


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "valise.toml"
    path.write_text(f"[apps_and_books]\n{text}\n", encoding="utf-8")
    return load_settings(path, {})


@pytest.mark.parametrize(
    "url", ["https://vpp.itunes.apple.com", "https://example.fr:8443/", "http://127.0.0.1:9", "http://localhost:9"]
)
def test_addresses_that_serve(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, f'enabled = true\nurl = "{url}"').apps_and_books.url == url


@pytest.mark.parametrize(
    "line",
    [
        'url = "http://vpp.itunes.apple.com"',
        'url = "ftp://127.0.0.1"',
        'url = "https://"',
        'url = "https://a/b"',
        "count_hours = 0",
        "count_hours = 200",
        'enabled = "yes"',
    ],
)
def test_settings_that_do_not_serve_are_told(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError, match=r"apps_and_books\." + line.split(" ", 1)[0]):
        loaded(tmp_path, line)


async def test_a_server_that_was_not_told_to_manages_no_licences(database: Database, clock: ManualClock) -> None:
    with pytest.raises(LicencesOff):
        licence_room(database, clock, Journal(clock), VAULT, Settings())
    room = licence_room(database, clock, Journal(clock), VAULT, Settings(apps_and_books=AppsAndBooks(enabled=True)))
    assert await room.tokens.list() == []
    await room.client.close()


def test_a_server_calls_itself_the_same_as_long_as_its_key_is() -> None:
    assert own_id(VAULT) == own_id(Vault(bytes(range(32))))
    assert own_id(VAULT) != own_id(Vault(bytes(32)))
