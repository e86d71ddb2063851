"""The client against a service that behaves like Apple's: addresses, pages, waiting, and errors told apart."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.simulator.apns import PushAuthority
from mdm.simulator.apps_and_books import AppsAndBooksServer, Mishap
from mdm.simulator.licence_library import Library
from profiles.licences.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    CountOvertaken,
    LicenceError,
    LocationTaken,
    PermissionMissing,
    ServiceBusy,
    ServiceRefused,
    ServiceUnreachable,
    TokenExpired,
    TokenRefused,
)
from profiles.licences.pace import Pace
from profiles.licences.service_client import ServiceClient
from profiles.licences.transport import Access
from tests.licences.conftest import GEOGEBRA, KIWIX, OWN, Pauses, serial

Place = tuple[Library, Access]


@pytest.fixture
def place(apple: AppsAndBooksServer) -> Place:
    library = apple.add_library("Landes")
    for store_id in (GEOGEBRA, KIWIX):
        library.own(store_id, 100)
    return library, Access(location="Landes", bearer=apple.token_for(library).decode())


async def test_addresses_and_limits_are_discovered_and_kept_for_five_minutes(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place, clock: ManualClock
) -> None:
    apple.max_assets = 7
    assert (await client.limits()).max_assets == 7
    await client.assets(place[1])
    await client.assets(place[1])
    assert apple.paths() == ["service/config", "assets", "assets"]
    clock.advance(timedelta(minutes=6))
    await client.assets(place[1])
    assert apple.paths().count("service/config") == 2


async def test_all_pages_are_turned(apple: AppsAndBooksServer, client: ServiceClient, place: Place) -> None:
    library, access = place
    apple.page_size = 3
    serials = [serial(number) for number in range(10)]
    library.products[str(GEOGEBRA)].holders.extend(serials)
    listing = await client.assignments(access)
    assert listing is not None
    assert [one.serial_number for one in listing.items] == serials
    assert apple.paths().count("assignments") == 4


async def test_a_list_that_changes_while_its_pages_are_turned_is_read_again(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place
) -> None:
    library, access = place
    apple.page_size = 3
    product = library.products[str(GEOGEBRA)]
    product.holders.extend(serial(number) for number in range(9))

    def shift(shifted: Library, page: int) -> None:
        apple.on_page = None
        shifted.take_back(GEOGEBRA, serial(0))

    apple.on_page = shift
    listing = await client.assignments(access)
    assert listing is not None
    assert [one.serial_number for one in listing.items] == [serial(number) for number in range(1, 9)]
    apple.on_page = lambda moving, page: moving.touch()
    with pytest.raises(CountOvertaken):
        await client.assignments(access)


async def test_a_list_in_the_state_that_is_known_is_not_read(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place
) -> None:
    library, access = place
    apple.page_size = 1
    first = await client.assets(access)
    assert first is not None
    assert await client.assets(access, known_version=first.version) is None
    library.touch()
    assert await client.assets(access, known_version=first.version) is not None


async def test_assignments_can_be_asked_for_by_app_and_by_device(client: ServiceClient, place: Place) -> None:
    library, access = place
    library.products[str(GEOGEBRA)].holders.extend([serial(1), serial(2)])
    library.products[str(KIWIX)].holders.append(serial(1))
    by_app = await client.assignments(access, store_id=GEOGEBRA)
    by_device = await client.assignments(access, serial=serial(1))
    assert by_app is not None
    assert by_device is not None
    assert {(one.store_id, one.serial_number) for one in by_app.items} == {(GEOGEBRA, serial(1)), (GEOGEBRA, serial(2))}
    assert {(one.store_id, one.serial_number) for one in by_device.items} == {(GEOGEBRA, serial(1)), (KIWIX, serial(1))}


async def test_a_request_is_followed_by_its_event(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place
) -> None:
    library, access = place
    apple.pending_looks = 1
    event_id = await client.associate(access, [GEOGEBRA, KIWIX], [serial(1), serial(2)])
    assert (await client.event(access, event_id)).event_status == "PENDING"
    status = await client.event(access, event_id)
    assert (status.event_status, status.num_completed, status.num_requested) == ("COMPLETE", 4, 4)
    assert library.holders(KIWIX) == {serial(1), serial(2)}
    back = await client.disassociate(access, [KIWIX], [serial(1)])
    await client.event(access, back)
    assert library.holders(KIWIX) == {serial(2)}


async def test_looking_waits_as_long_as_apple_asks_and_tries_again(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place, pauses: Pauses, clock: ManualClock
) -> None:
    in_ten = format_datetime(clock.now() + timedelta(seconds=10), usegmt=True)
    apple.mishap("assets", Mishap(number=9729, retry_after="5"), Mishap(number=9646, retry_after=in_ten), Mishap())
    assert await client.assets(place[1]) is not None
    assert pauses.seconds == [5.0, 10.0, 8.0]


async def test_a_long_wait_is_left_to_the_caller(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place, pauses: Pauses
) -> None:
    apple.mishap("assets", Mishap(number=9729, retry_after="120"))
    with pytest.raises(ServiceBusy) as raised:
        await client.assets(place[1])
    assert raised.value.after == 120
    assert pauses.seconds == []


@pytest.mark.parametrize("text", ["", "soon", "-5", "Mon, 99 Foo"])
async def test_a_retry_after_that_is_none_is_taken_for_none(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place, text: str
) -> None:
    await client.limits()
    apple.mishap("assets/associate", Mishap(number=9729, retry_after=text))
    with pytest.raises(ServiceBusy) as raised:
        await client.associate(place[1], [GEOGEBRA], [serial(1)])
    assert raised.value.after is None


async def test_a_request_that_changes_something_is_never_made_twice(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place
) -> None:
    for mishap, error in ((Mishap(number=9729), ServiceBusy), (Mishap(act="break"), AnswerLost)):
        apple.mishap("assets/associate", mishap)
        asked = apple.paths().count("assets/associate")
        with pytest.raises(error):
            await client.associate(place[1], [GEOGEBRA], [serial(1)])
        assert apple.paths().count("assets/associate") == asked + 1


@pytest.mark.parametrize(
    ("number", "status", "kind"),
    [
        (9621, None, TokenExpired),
        (9625, None, TokenRefused),
        (9601, None, TokenRefused),
        (9722, None, TokenRefused),
        (9637, None, PermissionMissing),
        (9646, None, ServiceBusy),
        (9603, None, ServiceBusy),
        (9729, None, ServiceBusy),
        (9707, None, ServiceRefused),
        (9726, 302, AnswerNotUnderstood),
    ],
)
async def test_errors_are_told_apart(
    apple: AppsAndBooksServer,
    client: ServiceClient,
    place: Place,
    number: int,
    status: int | None,
    kind: type[LicenceError],
) -> None:
    apple.mishap("assets/associate", Mishap(number=number, status=status))
    with pytest.raises(kind) as raised:
        await client.associate(place[1], [GEOGEBRA], [serial(1)])
    assert place[1].bearer not in f"{raised.value} {raised.value.params}"


async def test_tokens_that_apple_does_not_take_are_told_apart(
    apple: AppsAndBooksServer, client: ServiceClient, clock: ManualClock
) -> None:
    library = apple.add_library("Landes")
    revoked, reader = apple.token_for(library), apple.token_for(library, read_only=True)
    library.own(GEOGEBRA, 1)
    apple.revoke(revoked)
    with pytest.raises(TokenRefused):
        await client.assets(Access(location="Landes", bearer=revoked.decode()))
    with pytest.raises(TokenRefused):
        await client.assets(Access(location="Landes", bearer="bm9uZQ=="))
    with pytest.raises(PermissionMissing):
        await client.associate(Access(location="Landes", bearer=reader.decode()), [GEOGEBRA], [serial(1)])
    short = apple.token_for(library, days=1)
    clock.advance(timedelta(days=2))
    with pytest.raises(TokenExpired):
        await client.assets(Access(location="Landes", bearer=short.decode()))


async def test_an_answer_that_is_no_json_is_not_apples(
    apple: AppsAndBooksServer, client: ServiceClient, place: Place
) -> None:
    apple.mishap("assets", Mishap(act="garble"))
    with pytest.raises(AnswerNotUnderstood, match="cannot be read"):
        await client.assets(place[1])


async def test_another_service_that_writes_its_name_is_seen_in_every_answer(
    client: ServiceClient, place: Place
) -> None:
    library, access = place
    await client.claim(access)
    assert library.mdm_info == {"id": OWN.id, "name": "Valise", "metadata": "1"}
    await client.assets(access)
    library.mdm_info = {"id": "x", "name": "Another MDM", "metadata": "1"}
    for ask in (client.assets, client.assignments):
        with pytest.raises(LocationTaken, match="Another MDM"):
            await ask(access)
    event_id = await client.associate(access, [GEOGEBRA], [serial(1)])
    with pytest.raises(LocationTaken):
        await client.event(access, event_id)


async def test_nobody_there_is_told_as_such(clock: ManualClock, pauses: Pauses) -> None:
    client = ServiceClient(clock, url="http://127.0.0.1:9", own=OWN, pause=pauses)
    with pytest.raises(ServiceUnreachable, match="connection is refused"):
        await client.limits()
    assert pauses.seconds == [2.0, 4.0, 8.0]
    await client.close()


@pytest.fixture
async def secured(tmp_path: Path, clock: ManualClock) -> AsyncIterator[tuple[AppsAndBooksServer, Path]]:
    authority = PushAuthority.create()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server_files(tmp_path))
    root = tmp_path / "root.pem"
    root.write_bytes(authority.root_pem())
    server = AppsAndBooksServer(clock=clock.now)
    await server.start(tls=context)
    yield server, root
    await server.stop()


async def test_the_certificate_is_checked(
    secured: tuple[AppsAndBooksServer, Path], clock: ManualClock, pauses: Pauses
) -> None:
    server, root = secured
    trusting = ServiceClient(clock, url=server.url, own=OWN, ca_file=root, pause=pauses)
    assert (await trusting.limits()).max_assets == 25
    await trusting.close()
    doubting = ServiceClient(clock, url=server.url, own=OWN, pause=pauses)
    with pytest.raises(ServiceUnreachable, match="certificate is not trusted"):
        await doubting.limits()
    await doubting.close()


@pytest.mark.parametrize(
    "elsewhere", ["http://tokens.example/assets", "https://127.0.0.1/assets", "http://apple.com.x/"]
)
async def test_a_token_goes_to_no_other_host(clock: ManualClock, pauses: Pauses, elsewhere: str) -> None:
    heard: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(request.path)
        names = ("clientConfig", "getAssets", "getAssignments", "associateAssets", "disassociateAssets", "eventStatus")
        return web.json_response({"urls": dict.fromkeys(names, elsewhere), "limits": {}})

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = ServiceClient(clock, url=f"http://127.0.0.1:{runner.addresses[0][1]}", own=OWN, pause=pauses)
    with pytest.raises(AnswerNotUnderstood, match="not one of Apple's"):
        await client.assets(Access(location="Landes", bearer="c2VjcmV0"))
    assert heard == ["/mdm/v2/service/config"]
    await client.close()
    await runner.cleanup()


async def test_requests_go_as_fast_as_apple_allows(apple: AppsAndBooksServer, client: ServiceClient) -> None:
    apple.requests_per_second = 37
    await client.limits()
    assert client._transport.pace.per_second == 37


@given(st.integers(1, 50), st.lists(st.floats(0, 0.5), min_size=1, max_size=120))
def test_no_more_requests_begin_in_any_second_than_are_allowed(per_second: int, gaps: list[float]) -> None:
    pace, now, begun = Pace(per_second), 100.0, []
    for gap in gaps:
        now += gap
        now += pace.turn(now)
        begun.append(now)
    for place, begin in enumerate(begun):
        assert sum(begin <= one < begin + 1.0 for one in begun[place:]) <= per_second
