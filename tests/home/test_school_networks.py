"""The networks of schools: what is taken, what is refused, and what one outlet for several schools does."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.errors import SchoolUnknown
from mdm.home.modes.errors import (
    NetworkInvalid,
    NetworkKnown,
    NetworkNowhere,
    NetworkOfProxy,
    NetworkPrivate,
    NetworkTooWide,
    NetworkUnknown,
    TooManyNetworks,
)
from mdm.home.modes.network import WIDEST, holds, network_around, parse_network
from mdm.home.modes.places import is_within
from mdm.home.modes.school_networks import LIMIT
from mdm.store import Connection
from tests.home.classroom import SCHOOL_ADDRESS, UAI, Classroom

OTHER = "0400001J"
TECHNICIAN = "account:technician"


@pytest.mark.parametrize("text", ["", "school", "203.0.113.7/40", "203.0.113", "2001:db8::/200", "fe80::1%eth0"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NetworkInvalid):
        parse_network(text)


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "90.0.0.0/8", "203.0.0.0/16", "203.0.112.0/21", "2001:db8::/32", "::ffff:0:0/96"]
)
def test_a_network_in_which_homes_lie_is_refused(text: str) -> None:
    with pytest.raises(NetworkTooWide):
        parse_network(text)


@pytest.mark.parametrize("text", ["192.168.1.0/24", "10.1.2.3", "172.20.0.1", "100.64.0.1", "fd00:1::/48"])
def test_a_private_network_is_taken_only_by_a_server_that_knows_its_proxies(text: str) -> None:
    with pytest.raises(NetworkPrivate):
        parse_network(text)
    assert str(parse_network(text, proxies=["192.0.2.9"])).startswith(text.split("/")[0])


def test_a_network_that_holds_a_proxy_is_refused() -> None:
    assert str(parse_network("10.0.0.0/24", proxies=["10.0.1.1", "fd00::1"])) == "10.0.0.0/24"
    with pytest.raises(NetworkOfProxy):
        parse_network("10.0.1.0/24", proxies=["10.0.1.1"])
    with pytest.raises(NetworkOfProxy):
        parse_network("10.0.1.0/24", proxies=["10.0.0.0/16"])


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "169.254.1.1", "224.0.0.1", "255.255.255.255", "fe80::1"])
def test_an_address_that_nothing_comes_from_is_refused(text: str) -> None:
    with pytest.raises(NetworkNowhere):
        parse_network(text, proxies=["192.0.2.9"])


@given(st.ip_addresses(), st.integers(0, 128))
def test_whatever_is_taken_is_narrow_and_written_in_one_way(address: object, prefix: int) -> None:
    try:
        found = parse_network(f"{address}/{prefix}")
    except NetworkInvalid:
        return
    assert found.prefixlen >= WIDEST[found.version]
    assert parse_network(str(found)) == found
    assert is_within(str(found.network_address), [found])


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(NetworkInvalid):
        assert str(parse_network(text)) != ""


def test_a_browsers_ipv6_address_stands_for_its_site() -> None:
    assert network_around("203.0.113.7") == "203.0.113.7/32"
    assert network_around("::ffff:203.0.113.7") == "203.0.113.7/32"
    assert network_around("2001:db8:12:3:a:b:c:d") == "2001:db8:12:3::/64"
    with pytest.raises(NetworkInvalid):
        network_around("")


def test_an_address_is_recognised_in_both_its_forms() -> None:
    networks = [parse_network("203.0.113.0/28"), parse_network("2001:db8::/48")]
    assert is_within("203.0.113.7", networks)
    assert is_within("::ffff:203.0.113.7", networks)
    assert is_within("2001:db8::1", networks)
    assert not is_within("203.0.114.7", networks)
    assert not is_within("unknown", networks)
    assert holds("203.0.113.0/28", "203.0.113.7/32")
    assert not holds("203.0.113.7/32", "203.0.113.0/28")
    assert not holds("203.0.113.0/28", "2001:db8::/48")
    assert not holds("2001:db8::/48", "203.0.113.0/28")


async def test_a_school_has_so_many_networks_and_no_more(any_room: Classroom) -> None:
    room = any_room
    await room.open()
    many = [f"203.0.113.{number}" for number in range(LIMIT + 1)]
    with pytest.raises(TooManyNetworks):
        await room.networks.set(UAI, many, actor=TECHNICIAN)
    assert await room.networks.set(UAI, many[:LIMIT], actor=TECHNICIAN) == await room.networks.show(UAI)
    with pytest.raises(TooManyNetworks):
        await room.networks.add([UAI], many[LIMIT], actor=TECHNICIAN)
    # A wider one takes the place of those that lie in it.
    await room.networks.add([UAI], "203.0.113.0/27", actor=TECHNICIAN)
    assert await room.networks.show(UAI) == ("203.0.113.0/27",)
    with pytest.raises(NetworkKnown):
        await room.networks.add([UAI], "203.0.113.3", actor=TECHNICIAN)


async def test_one_outlet_serves_several_schools(any_room: Classroom) -> None:
    room = any_room
    await room.open()
    await room.fleet.create_school(OTHER, "École d'à côté", insee="40018", actor="test")
    assert (await room.networks.add([UAI], SCHOOL_ADDRESS, actor=TECHNICIAN)).schools == 1
    # The school that has it already stays as it is.
    assert (await room.networks.add([UAI, OTHER], SCHOOL_ADDRESS, actor=TECHNICIAN)).schools == 1
    (here,), (there,) = await room.networks.list(UAI), await room.networks.list(OTHER)
    assert (here.network, here.shared, there.shared) == (f"{SCHOOL_ADDRESS}/32", 1, 1)
    ipad = await room.ipad()
    ipad.address = SCHOOL_ADDRESS
    await ipad.converse()
    assert await room.database.read(lambda conn: conn.one("SELECT at_school FROM tablet_place")) == {"at_school": 1}
    with pytest.raises(SchoolUnknown):
        await room.networks.add([UAI, "0400002K"], "203.0.113.99", actor=TECHNICIAN)
    assert len(await room.networks.show(UAI)) == 1


async def test_without_a_network_no_tablet_is_at_school_any_more(any_room: Classroom) -> None:
    room = any_room
    await room.open()
    await room.networks.set(UAI, [SCHOOL_ADDRESS], actor=TECHNICIAN)
    ipad = await room.ipad()
    ipad.address = SCHOOL_ADDRESS
    await ipad.converse()
    await room.networks.remove(UAI, f"{SCHOOL_ADDRESS}/32", actor=TECHNICIAN)
    assert await room.database.read(lambda conn: conn.all("SELECT * FROM tablet_place")) == []
    with pytest.raises(NetworkUnknown):
        await room.networks.remove(UAI, f"{SCHOOL_ADDRESS}/32", actor=TECHNICIAN)


async def test_each_change_is_in_the_journal_and_names_no_address(room: Classroom) -> None:
    await room.open()
    await room.networks.add([UAI], SCHOOL_ADDRESS, actor=TECHNICIAN)
    await room.networks.set(UAI, [SCHOOL_ADDRESS], actor=TECHNICIAN)
    await room.networks.set(UAI, [SCHOOL_ADDRESS, "203.0.113.99"], actor=TECHNICIAN)
    await room.networks.remove(UAI, "203.0.113.99/32", actor=TECHNICIAN)

    def kinds(conn: Connection) -> list[tuple[str, str]]:
        rows = conn.all("SELECT kind, subject, actor, detail FROM journal WHERE kind LIKE 'school_net%' ORDER BY seq")
        assert all(row["subject"] == f"school:{UAI}" for row in rows)
        return [(row["kind"], str(row["detail"])) for row in rows]

    told = await room.database.read(kinds)
    assert [kind for kind, _ in told] == ["school_networks_added", "school_networks_set", "school_networks_removed"]
    assert not any("203.0" in detail for _, detail in told)
