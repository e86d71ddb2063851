"""What is done by the clock."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from enrollment.upkeep import Upkeep
from mdm.apple import enrollment_store
from mdm.clock import ManualClock
from mdm.fleet.kit import Kit


async def in_use(room, kit: Kit, certificate: x509.Certificate, state: str = "enrolled") -> None:
    await room.fill(kit, 1, "t1")
    digest = certificate.fingerprint(hashes.SHA256()).hex()

    def write(conn) -> None:
        enrollment_store.begin(
            conn, udid="U1", tablet_id="t1", digest=digest, topic="t", os_version="", product_name="", now=0
        )
        conn.run("UPDATE apple_enrollment SET state = :state", state=state)

    await room.database.write(write)


async def test_an_identity_in_use_is_due_before_it_ends(room, kit: Kit, tablet, clock: ManualClock) -> None:
    upkeep = Upkeep(room.database, room.lists, clock)
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit))))
    await in_use(room, kit, answer.certificate)
    clock.advance(timedelta(days=319))
    assert await upkeep.due_renewals() == []
    clock.advance(timedelta(days=2))
    (due,) = await upkeep.due_renewals()
    assert (due.tablet_id, due.serial) == ("t1", f"{answer.certificate.serial_number:x}")
    clock.advance(timedelta(days=50))
    assert await upkeep.due_renewals() == []


async def test_tidying_forgets_unused_challenges_and_keeps_used_ones(room, kit: Kit, tablet, clock) -> None:
    upkeep = Upkeep(room.database, room.lists, clock)
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit))))
    await room.challenge(kit)
    clock.advance(timedelta(days=1))
    await upkeep.tidy()
    left = await room.database.read(lambda conn: conn.all("SELECT used_at FROM scep_challenge"))
    assert len(left) == 1
    serial = f"{answer.certificate.serial_number:x}"
    assert (await room.database.read(lambda conn: room.claims.claim_of(conn, serial))).slot_number == 1
    assert (await room.database.read(lambda conn: conn.one("SELECT number FROM certificate_list")))["number"] == 1
