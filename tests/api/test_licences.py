"""Licences over HTTP: tokens that come in and never go out, counts, wishes, and what is missing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.slot_binding import Identity
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.simulator.apps_and_books import AppsAndBooksServer
from mdm.simulator.licence_library import Library
from mdm.store import Connection, Database
from profiles.licences.carrying import Carrier
from profiles.licences.counting import Counting
from profiles.licences.keys import Keys
from profiles.licences.licences import Licences
from profiles.licences.room import LicenceRoom
from profiles.licences.service_client import ServiceClient
from profiles.licences.settling import Settlement
from profiles.licences.tokens import ContentTokens
from profiles.licences.worker import LicenceWorker
from tests.api.conftest import Api, Reply, tokens_for_all
from tests.charter.agreeing_in_store import Agreement
from tests.licences.conftest import GEOGEBRA, KIWIX, OWN, VAULT, Pauses, serial
from tests.webui.conftest import Site
from webui.roles import Role

SCHOOL = "0400377T"
ENGLISH = {"Accept-Language": "en"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
POLICY = """
name = "École"

[[apps]]
name = "{name}"
bundle_id = "org.example.{name}"
store_id = {store_id}
"""
READERS = (Role.TECHNICIAN, Role.MANAGER, Role.DSDEN, Role.MEMBER, Role.HEAD)


@pytest.fixture
async def apple(clock: ManualClock) -> AsyncIterator[AppsAndBooksServer]:
    server = AppsAndBooksServer(clock=clock.now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def room(site: Site, apple: AppsAndBooksServer, clock: ManualClock) -> AsyncIterator[LicenceRoom]:
    """The parts about licences of a server that manages them, which waits for nothing."""
    database, journal = site.services.database, site.services.journal
    client = ServiceClient(clock, url=apple.url, own=OWN, pause=Pauses())
    keys = Keys(database, clock, VAULT)
    counting = Counting(database, clock, client, keys)
    carrier = Carrier(database, clock, client, keys, Settlement(clock, journal))
    yield LicenceRoom(
        licences=Licences(clock, journal, enabled=True),
        tokens=ContentTokens(database, clock, VAULT, journal, client),
        counting=counting,
        worker=LicenceWorker(database, clock, client, counting, carrier, count_hours=6),
        client=client,
    )
    await client.close()


@pytest.fixture
async def managing(site: Site, room: LicenceRoom, database: Database, clock: ManualClock) -> AsyncIterator[Api]:
    """The API of a server that manages licences."""
    other = Site(msgspec.structs.replace(site.services, licences=room), site.kit_id, site.joining)
    await other.start()
    yield Api(other.url, await tokens_for_all(database, clock))
    await other.stop()


@pytest.fixture
async def tablets(site: Site, database: Database, clock: ManualClock) -> list[str]:
    """Three iPads in the kit, which follows an edition with GeoGebra."""
    fleet = site.services.fleet
    found = []
    for number in (1, 2, 3):
        tablet = await fleet.register_tablet(Identity(platform=Platform.IPAD, serial=serial(number)), actor="test")
        await fleet.assign_tablet(tablet.tablet_id, kit_id=site.kit_id, slot_number=number, actor="test")
        found.append(tablet.tablet_id)
    await agree(site, database, clock, "GeoGebra", GEOGEBRA)
    return found


async def agree(site: Site, database: Database, clock: ManualClock, name: str, store_id: int) -> int:
    """Have an edition agreed that asks for one app; return its number."""
    agreement = Agreement(database, clock, Journal(clock), VAULT, site.services.settings)
    return (await agreement.agree(POLICY.format(name=name, store_id=store_id))).number


async def give(
    api: Api, token: bytes, role: Role = Role.TECHNICIAN, headers: dict[str, str] | None = None, **more: object
) -> Reply:
    body = {"token": token.decode(), **more}
    return await api.ask("POST", "/licences/locations", role=role, json=body, headers=headers or ENGLISH)


async def counted(api: Api, apple: AppsAndBooksServer, owned: dict[int, int], name: str = "Landes") -> Library:
    """A location that owns these apps, with its token taken in and its licences counted."""
    library = apple.add_library(name)
    for store_id, total in owned.items():
        library.own(store_id, total)
    assert (await give(api, apple.token_for(library))).status == 201
    done = await api.ask("POST", f"/licences/locations/{library.uid}/count", role=Role.MANAGER)
    assert (done.status, done.json["apps"]) == (200, len(owned))
    return library


def everything(conn: Connection) -> str:
    tables = [row["name"] for row in conn.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return "\n".join(str(conn.all(f"SELECT * FROM {name}")) for name in tables)


async def test_a_content_token_comes_in_and_never_goes_out(
    managing: Api, apple: AppsAndBooksServer, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    library = apple.add_library("École d'Audignon", "ORG77")
    token = apple.token_for(library, days=400)
    made = await give(managing, token, headers=KEY, schools=[SCHOOL])
    assert (made.status, made.headers["Location"]) == (201, f"/api/v1/licences/locations/{library.uid}")
    assert made.json == {
        "location_id": library.uid, "name": "École d'Audignon", "organization": "ORG77", "level": "good",
        "days_left": 400, "expires_at": "2027-10-06T08:00:00Z", "counted_at": None, "schools": [SCHOOL], "trouble": "",
    }  # fmt: skip
    again = await give(managing, token, headers=KEY, schools=[SCHOOL])
    assert (again.body, again.headers["Idempotency-Replayed"]) == (made.body, "true")
    assert apple.paths().count("client/config") == 2
    shown = await managing.ask("GET", made.headers["Location"], role=Role.HEAD)
    listed = await managing.ask("GET", "/licences/locations", role=Role.HEAD)
    assert (shown.json, listed.json["items"]) == (made.json, [made.json])
    secret = token.decode()
    for reply in (made, again, shown, listed):
        assert secret not in reply.body.decode()
        assert secret not in str(reply.headers)
    assert secret not in await database.read(everything)
    told = capsys.readouterr()
    assert secret not in told.out + told.err


async def test_only_who_manages_licences_takes_tokens_in(managing: Api, apple: AppsAndBooksServer) -> None:
    library = apple.add_library("Landes")
    token = apple.token_for(library)
    for role in Role:
        reply = await give(managing, token, role)
        assert reply.status == (201 if role in (Role.TECHNICIAN, Role.MANAGER) else 403), role
        seen = await managing.ask("GET", "/licences/locations", role=role)
        assert seen.status == (200 if role in READERS else 403), role


async def test_a_token_that_cannot_be_used_is_refused_without_being_told(
    managing: Api, apple: AppsAndBooksServer
) -> None:
    library = apple.add_library("Landes")
    token = apple.token_for(library)
    expired = apple.token_for(library, days=-1)
    taken = apple.add_library("Gers")
    taken.mdm_info = {"id": "other", "name": "Another MDM", "metadata": "1"}
    other = apple.token_for(taken)
    for body, status, code in (
        ({"token": "hello"}, 422, "content_token_unreadable"),
        ({"token": "é" * 50}, 422, "content_token_unreadable"),
        ({"token": "x" * 16_385}, 422, "body_wrong"),
        ({"token": token.decode(), "colour": "red"}, 422, "body_wrong"),
        ({"token": expired.decode()}, 409, "content_token_expired"),
        ({"token": token.decode(), "schools": ["0400378U"]}, 404, "school_unknown"),
        ({"token": other.decode()}, 409, "licence_location_taken"),
    ):
        refused = await managing.ask("POST", "/licences/locations", role=Role.TECHNICIAN, json=body)
        assert (refused.status, refused.code) == (status, code)
        assert str(body["token"]) not in refused.body.decode()
    assert (await managing.ask("GET", "/licences/locations", role=Role.TECHNICIAN)).json["items"] == []
    forced = await give(managing, other, force=True)
    assert (forced.status, forced.json["name"]) == (201, "Gers")
    apple.revoke(token)
    revoked = await give(managing, token)
    assert (revoked.status, revoked.code) == (409, "content_token_refused")
    assert token.decode() not in revoked.body.decode()


async def test_what_apple_does_not_answer_is_told_as_such(managing: Api, apple: AppsAndBooksServer) -> None:
    library = await counted(managing, apple, {GEOGEBRA: 3})
    await apple.stop()
    path = f"/licences/locations/{library.uid}/count"
    reply = await managing.ask("POST", path, role=Role.TECHNICIAN)
    assert (reply.status, reply.code) == (503, "apps_and_books_unreachable")
    shown = (await managing.ask("GET", f"/licences/locations/{library.uid}", role=Role.TECHNICIAN)).json
    assert shown["trouble"] == "apps_and_books_unreachable"
    unknown = await managing.ask("POST", "/licences/locations/nowhere/count", role=Role.TECHNICIAN)
    assert (unknown.status, unknown.code) == (404, "licence_location_unknown")
    assert (await managing.ask("GET", "/licences/locations/nowhere", role=Role.HEAD)).code == "licence_location_unknown"


async def test_counts_are_listed_by_location_in_parts(managing: Api, apple: AppsAndBooksServer) -> None:
    landes = await counted(managing, apple, {GEOGEBRA: 30, KIWIX: 2_147_483_647})
    await counted(managing, apple, {GEOGEBRA: 5}, "Gers")
    found = []
    path = "/licences/counts?limit=1"
    while path:
        part = (await managing.ask("GET", path, role=Role.HEAD)).json
        found += part["items"]
        path = f"/licences/counts?limit=1&cursor={part['next']}" if part["next"] else ""
    keys = [(one["location_id"], one["store_id"]) for one in found]
    assert keys == sorted(keys)
    assert len(keys) == 3
    of_landes = await managing.ask("GET", f"/licences/counts?location={landes.uid}", role=Role.HEAD)
    assert [(one["store_id"], one["total"], one["available"]) for one in of_landes.json["items"]] == [
        (KIWIX, None, None), (GEOGEBRA, 30, 30),
    ]  # fmt: skip
    assert (await managing.ask("GET", "/licences/counts", role=Role.PARENT)).status == 403


async def test_too_few_licences_are_told_before_anything_is_wished(
    managing: Api, apple: AppsAndBooksServer, site: Site, tablets: list[str], database: Database, clock: ManualClock
) -> None:
    of_kit = f"/licences/kits/{site.kit_id}/shortage"
    for path in (of_kit, f"/licences/schools/{SCHOOL}/shortage"):
        shown = await managing.ask("GET", path, role=Role.HEAD, headers=ENGLISH)
        (app,) = shown.json["apps"]
        assert (app["name"], app["needed"], app["free"], app["more"]) == ("GeoGebra", 3, 0, 3), path
        assert app["counted_at"] is None
        assert app["words"] == "GeoGebra: 3 licences needed, 0 free: 3 more (never counted)"
    await counted(managing, apple, {GEOGEBRA: 2})
    (app,) = (await managing.ask("GET", of_kit, role=Role.HEAD)).json["apps"]
    assert (app["free"], app["more"], app["counted_at"]) == (2, 1, "2026-09-01T08:00:00Z")
    path = f"/licences/kits/{site.kit_id}/wishes"
    refused = await managing.ask("POST", path, role=Role.TECHNICIAN, headers=ENGLISH)
    assert (refused.status, refused.code) == (409, "licences_missing")
    assert "GeoGebra: 3 licences needed, 2 free: 1 more" in refused.json["detail"]
    assert (await managing.ask("GET", "/licences/wishes", role=Role.HEAD)).json["items"] == []
    number = await agree(site, database, clock, "Kiwix", KIWIX)
    for edition, name in ((number, "Kiwix"), (number - 1, "GeoGebra"), ("head", "Kiwix")):
        found = (await managing.ask("GET", f"{of_kit}?edition={edition}", role=Role.HEAD)).json["apps"]
        assert [one["name"] for one in found] == [name], edition


async def test_wishes_of_a_kit_are_made_once_and_listed_until_they_are_done(
    managing: Api,
    apple: AppsAndBooksServer,
    site: Site,
    tablets: list[str],
    room: LicenceRoom,
    clock: ManualClock,
) -> None:
    await counted(managing, apple, {GEOGEBRA: 3})
    path = f"/licences/kits/{site.kit_id}/wishes"
    done = await managing.ask("POST", path, role=Role.TECHNICIAN)
    assert (done.status, done.json) == (
        200,
        {"kit_id": site.kit_id, "tablets": 3, "apps": [{"store_id": GEOGEBRA, "name": "GeoGebra"}], "new": 3},
    )
    assert (await managing.ask("POST", path, role=Role.TECHNICIAN)).json["new"] == 0
    of_kit = f"/licences/kits/{site.kit_id}/shortage"
    assert (await managing.ask("GET", of_kit, role=Role.HEAD)).json == {"kits": 1, "apps": []}
    found = []
    at = f"/licences/wishes?limit=2&kit={site.kit_id}"
    while at:
        part = (await managing.ask("GET", at, role=Role.HEAD, headers=ENGLISH)).json
        found += part["items"]
        at = f"/licences/wishes?limit=2&kit={site.kit_id}&cursor={part['next']}" if part["next"] else ""
    assert sorted(one["tablet_id"] for one in found) == sorted(tablets)
    assert {(one["state"], one["words"], one["wanted"]) for one in found} == {("open", "waits to be asked for", True)}
    (owned,) = (await managing.ask("GET", "/licences/counts", role=Role.HEAD)).json["items"]
    assert (owned["name"], owned["waiting"]) == ("GeoGebra", 3)
    await room.worker.once()
    clock.advance(timedelta(minutes=5))
    await room.worker.once()
    assert (await managing.ask("GET", "/licences/wishes", role=Role.HEAD)).json["items"] == []
    done_ones = (await managing.ask("GET", "/licences/wishes?undone=false", role=Role.HEAD)).json["items"]
    assert [one["state"] for one in done_ones] == ["done"] * 3
    for role in (Role.HEAD, Role.DSDEN, Role.ADMINISTRATOR):
        assert (await managing.ask("POST", path, role=role)).status == 403
    nobody = await managing.ask("GET", "/licences/wishes?kit=" + "0" * 32, role=Role.HEAD)
    assert nobody.json["items"] == []


async def test_what_cannot_be_asked_is_refused(managing: Api, site: Site, tablets: list[str]) -> None:
    for path, status, code in (
        (f"kits/{'0' * 32}/shortage", 404, "kit_unknown"),
        ("kits/nonsense/shortage", 404, "path_unknown"),
        ("schools/0400001A/shortage", 404, "school_unknown"),
        (f"kits/{site.kit_id}/shortage?edition=99", 404, "edition_unknown"),
        (f"kits/{site.kit_id}/shortage?edition=newest", 400, "parameter_wrong"),
    ):
        reply = await managing.ask("GET", f"/licences/{path}", role=Role.TECHNICIAN)
        assert (reply.status, reply.code) == (status, code), path
    kit = await managing.ask("POST", f"/licences/kits/{'0' * 32}/wishes", role=Role.TECHNICIAN)
    assert (kit.status, kit.code) == (404, "kit_unknown")
    android = await site.android_kit(slots=2)
    none = await managing.ask("POST", f"/licences/kits/{android}/wishes", role=Role.TECHNICIAN)
    assert (none.status, none.code) == (409, "licence_not_needed")


async def test_a_server_that_manages_no_licences_says_so(api: Api, site: Site) -> None:
    for method, path, body in (
        ("POST", "/licences/locations", {"token": "x"}),
        ("POST", "/licences/locations/x/count", None),
        ("GET", f"/licences/kits/{site.kit_id}/shortage", None),
        ("GET", f"/licences/schools/{SCHOOL}/shortage", None),
        ("POST", f"/licences/kits/{site.kit_id}/wishes", None),
    ):
        reply = await api.ask(method, path, role=Role.TECHNICIAN, json=body)
        assert (reply.status, reply.code) == (409, "licences_off"), path
    for path in ("/licences/locations", "/licences/counts", "/licences/wishes"):
        assert (await api.ask("GET", path, role=Role.TECHNICIAN)).json == {"items": [], "next": None}
