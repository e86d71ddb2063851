"""Check-in: joining, secrets at rest, what is refused, and what a re-enrolment forgets."""

import plistlib
from datetime import timedelta
from typing import Any

import pytest

from mdm.apple.checkin import Checkin, IdentityNotPinned, NotEnrolled, TokenNotOffered, UserRefused
from mdm.apple.declarative_service import DeclarativeService
from mdm.apple.departure import Departure
from mdm.apple.identity import Identity
from mdm.apple.joining import Claim, JoiningRefused
from mdm.apple.messages import parse_checkin
from mdm.apple.push_address import AppleAddresses
from mdm.clock import ManualClock
from mdm.commands import queue
from mdm.commands.convergence import Convergence
from mdm.fleet.errors import SlotTaken
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit_store import kit_view, mark_joining
from mdm.fleet.tablet import Platform
from mdm.journal import Journal, latest_entries
from mdm.store import Connection, Database
from mdm.vault import Vault
from tests.apple.conftest import Targets, plain_command

VAULT = Vault(bytes(range(32)))
UDID, OTHER_UDID = "00008030-001A2B3C4D5E6F70", "00008030-00000000000000AA"


class IssuedFor:
    """Certificates by serial, each issued for a slot."""

    def __init__(self) -> None:
        self.slots: dict[str, Claim] = {}
        self.renewed: dict[str, str] = {}

    def claim_of(self, conn: Connection, serial: str) -> Claim | None:
        return self.slots.get(serial)

    def settle(self, conn: Connection, claim: Claim, *, serial: str, tablet_id: str) -> None:
        mark_joining(conn, claim.kit_id, claim.slot_number, None)

    def abandon(self, conn: Connection, claim: Claim) -> None:
        mark_joining(conn, claim.kit_id, claim.slot_number, None)

    def renews(self, conn: Connection, serial: str, pinned_digest: str) -> bool:
        return self.renewed.get(serial) == pinned_digest


class Room:
    """The check-in service on a database with two kits."""

    def __init__(self, database: Database, clock: ManualClock, convergence: Convergence, targets: Targets) -> None:
        self.database, self.clock = database, clock
        self.issued = IssuedFor()
        self.journal = Journal(clock)
        self.fleet = Fleet(database, clock, self.journal)
        declarative = DeclarativeService(database, clock, targets, convergence)
        departure = Departure(clock, self.journal)
        self.checkin = Checkin(database, clock, self.journal, VAULT, self.issued, convergence, declarative, departure)
        self.kits: list[str] = []

    async def prepare(self) -> None:
        territory = await self.fleet.create_territory("MACS", actor="t")
        await self.fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="t")
        await self.fleet.create_school("0400377T", "École", insee="40018", actor="t")
        for name in ("Lyre", "Orion"):
            kit = await self.fleet.create_kit("0400377T", name, platform=Platform.IPAD, slots=2, actor="t")
            self.kits.append(kit.kit_id)

    def identity(self, serial: str, kit: int = 0, slot: int = 1) -> Identity:
        self.issued.slots.setdefault(serial, Claim(kit_id=self.kits[kit], slot_number=slot, ticket_id="k"))
        return Identity((serial * 64)[:64], serial, 2**60)

    async def says(self, identity: Identity, name: str, udid: str = UDID, **keys: Any) -> Any:
        body = plistlib.dumps({"MessageType": name, "UDID": udid, **keys})
        return await self.checkin.handle(parse_checkin(body), identity)

    async def joins(self, identity: Identity, udid: str = UDID, serial: str = "DMPXK1") -> None:
        await self.says(identity, "Authenticate", udid, Topic="t", SerialNumber=serial, OSVersion="18.1")
        await self.says(
            identity, "TokenUpdate", udid, Topic="t", Token=b"push-token", PushMagic="push-magic", NotOnConsole=False,
            UnlockToken=b"unlock-token",
        )  # fmt: skip

    async def stages(self, kit: int = 0) -> list[str]:
        view = await self.database.read(lambda conn: kit_view(conn, self.kits[kit], self.clock.ms()))
        return [slot.stage.value for slot in view.slots]

    async def kinds(self) -> list[str]:
        return [entry.kind for entry in await self.database.read(latest_entries)]


@pytest.fixture
async def room(database: Database, clock: ManualClock, convergence: Convergence, targets: Targets) -> Room:
    made = Room(database, clock, convergence, targets)
    await made.prepare()
    return made


async def test_a_tablet_joins_the_slot_of_its_certificate(room: Room) -> None:
    await room.joins(room.identity("a", slot=2))
    assert await room.stages() == ["waiting", "enrolled"]
    assert "tablet_authenticated" in await room.kinds()


async def test_its_secrets_are_sealed_at_rest_and_opened_for_a_push(room: Room) -> None:
    await room.joins(room.identity("a"))
    row = await room.database.read(lambda conn: conn.one("SELECT * FROM apple_enrollment"))
    assert row is not None
    for secret in (b"push-token", b"push-magic", b"unlock-token"):
        assert all(secret not in bytes(value) for value in row.values() if isinstance(value, (bytes, memoryview)))
    tablet_id = row["tablet_id"]
    address = await room.database.read(lambda conn: AppleAddresses(VAULT).address_of(conn, tablet_id))
    assert address == ("t", b"push-token", "push-magic")


async def test_another_tablets_certificate_cannot_claim_a_udid(room: Room) -> None:
    await room.joins(room.identity("a"))
    await room.joins(room.identity("b", slot=2), OTHER_UDID, "DMPXK2")
    with pytest.raises(JoiningRefused):
        await room.says(room.identity("b"), "Authenticate", UDID, Topic="t", SerialNumber="DMPXK1")
    with pytest.raises(IdentityNotPinned):
        await room.says(room.identity("b"), "TokenUpdate", UDID, Topic="t", Token=b"x", PushMagic="y")
    kinds = await room.kinds()
    assert "joining_refused" in kinds
    assert "identity_refused" in kinds
    assert await room.stages() == ["enrolled", "enrolled"]


async def test_a_slot_that_another_tablet_holds_is_refused_and_shows_as_before(room: Room) -> None:
    await room.joins(room.identity("a"))
    await room.database.write(lambda conn: mark_joining(conn, room.kits[0], 1, room.clock.ms()))
    with pytest.raises(SlotTaken):
        await room.says(room.identity("c"), "Authenticate", OTHER_UDID, Topic="t", SerialNumber="DMPXK9")
    assert await room.stages() == ["enrolled", "waiting"]


async def test_a_wiped_tablet_takes_its_own_slot_again_and_its_old_queue_is_gone(room: Room) -> None:
    await room.joins(room.identity("a", slot=2))
    row = await room.database.read(lambda conn: conn.one("SELECT tablet_id FROM apple_enrollment"))
    assert row is not None
    tablet_id = row["tablet_id"]
    await room.database.write(
        lambda conn: queue.enqueue(conn, plain_command("old"), [tablet_id], now=1, actor="cli:test")
    )
    room.clock.advance(timedelta(days=1))
    await room.joins(room.identity("new", slot=1))
    assert await room.stages() == ["waiting", "enrolled"]
    again = await room.database.read(lambda conn: conn.all("SELECT tablet_id, identity_digest FROM apple_enrollment"))
    assert again == [{"tablet_id": tablet_id, "identity_digest": ("new" * 64)[:64]}]
    waiting = await room.database.read(lambda conn: queue.open_deliveries(conn, tablet_id))
    assert "old" not in [one.command_id for one in waiting]


async def test_a_tablet_of_another_kit_moves_only_after_it_left(room: Room) -> None:
    await room.joins(room.identity("a"))
    with pytest.raises(JoiningRefused):
        await room.joins(room.identity("other", kit=1))
    await room.says(room.identity("a"), "CheckOut")
    await room.joins(room.identity("other", kit=1))
    assert await room.stages(1) == ["enrolled", "waiting"]
    assert await room.stages(0) == ["waiting", "waiting"]


async def test_a_renewed_certificate_is_pinned_in_place_of_the_old(room: Room) -> None:
    await room.joins(room.identity("a"))
    renewed = Identity("9" * 64, "renewed", 2**60)
    room.issued.renewed["renewed"] = ("a" * 64)[:64]
    await room.says(renewed, "TokenUpdate", Topic="t", Token=b"x", PushMagic="y")
    with pytest.raises(IdentityNotPinned):
        await room.says(room.identity("a"), "TokenUpdate", Topic="t", Token=b"x", PushMagic="y")


async def test_what_is_not_offered_is_answered_as_apple_says(room: Room) -> None:
    identity = room.identity("a")
    await room.joins(identity)
    with pytest.raises(TokenNotOffered) as token:
        await room.says(identity, "GetToken", TokenServiceType="com.apple.maid")
    assert token.value.status == 404
    with pytest.raises(UserRefused) as user:
        await room.says(identity, "UserAuthenticate", UserID="u")
    assert user.value.status == 410
    with pytest.raises(NotEnrolled) as unknown:
        await room.says(identity, "TokenUpdate", OTHER_UDID, Topic="t", Token=b"x", PushMagic="y")
    assert unknown.value.status == 401


async def test_a_bootstrap_token_is_given_back_and_can_be_forgotten(room: Room) -> None:
    identity = room.identity("a")
    await room.joins(identity)
    await room.says(identity, "SetBootstrapToken", BootstrapToken=b"boot")
    answer = await room.says(identity, "GetBootstrapToken")
    assert plistlib.loads(answer.body) == {"BootstrapToken": b"boot"}
    await room.says(identity, "SetBootstrapToken", BootstrapToken=b"")
    assert plistlib.loads((await room.says(identity, "GetBootstrapToken")).body) == {}


async def test_who_checked_out_is_told_so_and_its_secrets_are_forgotten(room: Room) -> None:
    identity = room.identity("a")
    await room.joins(identity)
    await room.says(identity, "CheckOut")
    with pytest.raises(NotEnrolled):
        await room.says(identity, "TokenUpdate", Topic="t", Token=b"x", PushMagic="y")
    row = await room.database.read(
        lambda conn: conn.one("SELECT sealed_push_token, sealed_unlock_token FROM apple_enrollment")
    )
    assert row == {"sealed_push_token": None, "sealed_unlock_token": None}
    assert await room.stages() == ["waiting", "waiting"]
