"""Tokens come in only when Apple takes them, are sealed, and replace the older one of their location."""

from datetime import timedelta

import pytest

from mdm.fleet.errors import SchoolUnknown
from mdm.simulator.apps_and_books import Mishap
from mdm.store import Connection
from profiles.licences.errors import LocationTaken, ServiceBusy, TokenExpired, TokenRefused, TokenUnreadable
from tests.licences.conftest import ACTOR, GEOGEBRA, OWN, VAULT, World


def everything(conn: Connection) -> str:
    tables = ("licence_location", "journal")
    return "".join(str({**row}) for table in tables for row in conn.all(f"SELECT * FROM {table}"))


async def test_a_token_that_apple_takes_is_kept_sealed_and_marks_its_location(world: World) -> None:
    library = world.server.add_library("École du Bourg", "ORG77")
    token = world.server.token_for(library, days=400)
    view = await world.tokens.import_token(token, actor=ACTOR)
    assert (view.location_id, view.name, view.organization) == (library.uid, "École du Bourg", "ORG77")
    assert (view.level, view.days_left, view.trouble, view.counted_at) == ("good", 400, "", None)
    assert library.mdm_info == {"id": OWN.id, "name": "Valise", "metadata": "1"}
    assert token.decode() not in await world.database.read(everything)
    stored = await world.location(library)
    assert VAULT.open(stored.sealed_token, "apps and books token") == token
    assert "content_token_imported" in await world.journalled()


async def test_a_newer_token_of_a_location_takes_the_place_of_the_old(world: World) -> None:
    library = await world.library({GEOGEBRA: 1}, schools=["0400377T"])
    world.clock.advance(timedelta(days=340))
    [old] = await world.tokens.list()
    assert old.level == "warning"
    await world.tokens.import_token(world.server.token_for(library, days=365), actor=ACTOR)
    [new] = await world.tokens.list()
    assert (new.level, new.schools) == ("good", ("0400377T",))
    assert new.counted_at == old.counted_at


async def test_a_location_may_be_for_some_schools_or_for_all(world: World) -> None:
    library = world.server.add_library("A")
    token = world.server.token_for(library)
    assert (await world.tokens.import_token(token, schools=["0400377T"], actor=ACTOR)).schools == ("0400377T",)
    assert (await world.tokens.import_token(token, schools=[], actor=ACTOR)).schools == ()
    asked = len(world.server.requests)
    with pytest.raises(SchoolUnknown):
        await world.tokens.import_token(token, schools=["0400378U"], actor=ACTOR)
    assert len(world.server.requests) == asked


async def test_a_location_of_another_service_is_taken_only_when_that_is_said(world: World) -> None:
    library = world.server.add_library("A")
    library.mdm_info = {"id": "other", "name": "Another MDM", "metadata": "1"}
    token = world.server.token_for(library)
    with pytest.raises(LocationTaken, match="Another MDM"):
        await world.tokens.import_token(token, actor=ACTOR)
    assert await world.tokens.list() == []
    await world.tokens.import_token(token, force=True, actor=ACTOR)
    assert library.mdm_info["id"] == OWN.id


async def test_what_apple_does_not_take_is_not_kept(world: World) -> None:
    library = world.server.add_library("A")
    revoked = world.server.token_for(library)
    world.server.revoke(revoked)
    expired = world.server.token_for(library, days=-1)
    for body, error in ((b"no token", TokenUnreadable), (revoked, TokenRefused), (expired, TokenExpired)):
        with pytest.raises(error):
            await world.tokens.import_token(body, actor=ACTOR)
    world.server.mishap("client/config", *[Mishap(number=9729)] * 4)
    with pytest.raises(ServiceBusy):
        await world.tokens.import_token(world.server.token_for(library), actor=ACTOR)
    assert await world.tokens.list() == []
