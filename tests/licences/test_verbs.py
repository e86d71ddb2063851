"""The verbs, run as a technician does, against Apple's stand-in."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from mdm.clock import SystemClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.slot_binding import Identity
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.simulator.apps_and_books import AppsAndBooksServer
from mdm.store import open_database
from mdm.vault_key import create_vault_key, open_vault
from tests.charter.agreeing_in_store import Agreement
from tests.licences.conftest import GEOGEBRA, KIWIX, serial

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Valise:
    """A configuration, and the command that uses it."""

    config: Path

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        done = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mdm.cli",
            "--config",
            str(self.config),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "LANG": "en_GB.UTF-8", "LC_ALL": "en_GB.UTF-8", "LANGUAGE": "en"},
        )
        output = (await done.communicate())[0].decode()
        assert done.returncode == code, output
        return output


@pytest.fixture
async def apple_now() -> AsyncIterator[AppsAndBooksServer]:
    server = AppsAndBooksServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def valise(tmp_path: Path, apple_now: AppsAndBooksServer) -> Valise:
    config = tmp_path / "valise.toml"
    config.write_text(
        f'[server]\ndata_dir = "{tmp_path}"\n[apps_and_books]\nenabled = true\nurl = "{apple_now.url}"\n',
        encoding="utf-8",
    )
    create_vault_key(tmp_path / "keys")
    clock = SystemClock()
    database = await open_database(f"sqlite:///{tmp_path / 'valise.db'}", clock, migrate=True)
    fleet = Fleet(database, clock, Journal(clock))
    landes = await fleet.create_territory("Landes", actor="cli:test")
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor="cli:test")
    await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor="cli:test")
    kit = await fleet.create_kit("0400377T", "Cassiopée", platform=Platform.IPAD, slots=2, actor="cli:test")
    for number in (1, 2):
        identity = Identity(platform=Platform.IPAD, serial=serial(number))
        tablet = await fleet.register_tablet(identity, actor="cli:test")
        await fleet.assign_tablet(tablet.tablet_id, kit_id=kit.kit_id, slot_number=number, actor="cli:test")
    settings = load_settings(config, {})
    agreement = Agreement(database, clock, Journal(clock), open_vault(settings.keys_dir), settings)
    await agreement.agree(
        f"""
        name = "École"
        [[apps]]
        name = "GeoGebra"
        bundle_id = "org.geogebra.Geometry"
        store_id = {GEOGEBRA}
        [[apps]]
        name = "Own"
        bundle_id = "fr.landes.own"
        manifest_url = "https://example.fr/own.plist"
        """
    )
    await database.close()
    return Valise(config)


async def test_a_token_is_imported_counted_and_listed_and_its_secret_is_never_shown(
    valise: Valise, apple_now: AppsAndBooksServer, tmp_path: Path
) -> None:
    library = apple_now.add_library("Landes")
    library.own(GEOGEBRA, 30).holders.append("STRANGER")
    library.own(KIWIX, 2_147_483_647)
    token = apple_now.token_for(library)
    file = tmp_path / "sToken.vpptoken"
    file.write_bytes(token)
    assert "No content token is here" in await valise("licence", "sync")
    shown = await valise("licence", "token", "import", str(file), "--school", "0400377t")
    assert "Landes: 2 apps, 1 licences on devices." in shown
    assert "0400377T" in shown
    listed = await valise("licence", "token", "list", "--json")
    [view] = msgspec.json.decode(listed)
    assert (view["location_id"], view["schools"]) == (library.uid, ["0400377T"])
    counted = (await valise("licence", "list")).splitlines()
    assert [line for line in counted if str(GEOGEBRA) in line and " 30 " in line and " 29 " in line]
    assert [line for line in counted if str(KIWIX) in line and "no end" in line]
    library.own(GEOGEBRA, 31)
    assert "1 devices with licences are no tablets" in await valise("licence", "sync", "Landes")
    assert " 31 " in await valise("licence", "list")
    assert token.decode() not in shown + listed


async def test_the_apps_of_a_kits_edition_are_wished_unless_licences_are_missing(
    valise: Valise, apple_now: AppsAndBooksServer, tmp_path: Path
) -> None:
    library = apple_now.add_library("Landes")
    library.own(GEOGEBRA, 1)
    file = tmp_path / "token"
    file.write_bytes(apple_now.token_for(library))
    await valise("licence", "token", "import", str(file))
    refused = await valise("licence", "assign", "--kit", "Cassiopée", code=1)
    assert "GeoGebra: 2 licences needed, 1 free: 1 more (counted less than an hour ago)" in refused
    library.own(GEOGEBRA, 2)
    await valise("licence", "sync")
    assert "2 new wishes: 1 apps for 2 iPads." in await valise("licence", "assign", "--kit", "0400377T/Cassiopée")
    assert "0 new wishes" in await valise("licence", "assign", "--kit", "Cassiopée")
    wishes = (await valise("licence", "wishes")).splitlines()
    assert len(wishes) == 3
    assert all("GeoGebra" in line and "waits to be asked for" in line for line in wishes[1:])


async def test_what_is_refused_is_told_with_what_to_do(
    valise: Valise, apple_now: AppsAndBooksServer, tmp_path: Path
) -> None:
    library = apple_now.add_library("Landes")
    library.mdm_info = {"id": "x", "name": "Another MDM", "metadata": "1"}
    file = tmp_path / "token"
    file.write_bytes(apple_now.token_for(library))
    assert "--force" in await valise("licence", "token", "import", str(file), code=1)
    file.write_text("hello")
    assert "download the location's token again" in await valise("licence", "token", "import", str(file), code=1)
    assert "no content token" in (await valise("licence", "sync", "Nowhere", code=1)).lower()
    both = ("--school", "0400377T", "--all-schools")
    await valise("licence", "token", "import", str(file), *both, code=2)
    assert "There is no kit" in await valise("licence", "assign", "--kit", "Nowhere", code=1)
    assert "TABLET" in await valise("licence", "wishes", "--all")


async def test_a_server_that_manages_no_licences_says_how_to_begin(valise: Valise, tmp_path: Path) -> None:
    valise.config.write_text(f'[server]\ndata_dir = "{tmp_path}"\n', encoding="utf-8")
    for verb in (("list",), ("sync",), ("token", "list"), ("assign", "--kit", "K")):
        assert "[apps_and_books]" in await valise("licence", *verb, code=1)
