"""Tickets and reservations: who gets which slot, and who gets none."""

import asyncio
import re
from datetime import timedelta

import pytest

from enrollment.errors import OtherTabletsOnly, SlotsJoining, TicketExpired, TicketRevoked, TicketUnknown, TicketUsed
from enrollment.reservation import new_visit
from enrollment.tickets import ticket_url
from mdm.clock import ManualClock
from mdm.fleet.errors import KitUnknown, SlotUnknown
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit, SlotStage
from mdm.fleet.kit_store import kit_view
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.store import Database

ACTOR = "account:test"
HOURS = timedelta(hours=12)


async def take(room, secret: str, visit: str = ""):
    return await room.database.write(lambda conn: room.reservations.take(conn, secret, visit or new_visit()))


async def look(room, secret: str):
    return await room.database.read(lambda conn: room.tickets.look(conn, secret))


async def stages(room, kit: Kit) -> list[SlotStage]:
    view = await room.database.read(lambda conn: kit_view(conn, kit.kit_id, room.clock.ms()))
    return [slot.stage for slot in view.slots]


async def test_a_secret_has_128_bits_and_is_not_stored_in_clear(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", shown.secret)
    rows = await room.database.read(lambda conn: conn.all("SELECT * FROM ticket"))
    assert shown.secret.encode() not in b"".join(repr(row).encode() for row in rows)
    journal = await room.database.read(lambda conn: conn.all("SELECT * FROM journal"))
    assert shown.secret not in repr(journal)


async def test_a_ticket_can_be_shown_again(room, kit: Kit) -> None:
    codes = await room.codes.codes(kit.kit_id, slots=True, lifetime=HOURS, actor=ACTOR)
    assert [code.slot_number for code in codes] == [None, 1, 2, 3]
    assert await room.codes.shown_all(kit.kit_id) == codes
    assert await room.codes.shown(kit.kit_id, 2) == codes[2]
    assert ticket_url("https://a.example/", "s") == "https://a.example/e/s"
    assert codes[0].address.startswith("https://tablets.example.fr/e/")


async def test_tablets_get_the_lowest_free_slots_in_turn(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    await room.fill(kit, 2, "t2")
    assert [(await take(room, shown.secret)).slot_number for _ in range(2)] == [1, 3]
    assert await stages(room, kit) == [SlotStage.JOINING, SlotStage.ENROLLED, SlotStage.JOINING]
    with pytest.raises(SlotsJoining, match="Cassiopée"):
        await take(room, shown.secret)


async def test_many_tablets_at_once_get_different_slots(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    taken = await asyncio.gather(*(take(room, shown.secret) for _ in range(5)), return_exceptions=True)
    assert sorted(one.slot_number for one in taken if not isinstance(one, SlotsJoining)) == [1, 2, 3]


async def test_the_same_page_keeps_its_slot_and_its_challenge(room, kit: Kit) -> None:
    shown, visit = await room.ticket(kit), new_visit()
    first, other, again = (
        await take(room, shown.secret, visit),
        await take(room, shown.secret),
        await take(room, shown.secret, visit),
    )
    assert (first.slot_number, first.challenge) == (again.slot_number, again.challenge) == (1, first.challenge)
    assert other.slot_number == 2


async def test_a_visit_alone_tells_no_challenge(room, kit: Kit) -> None:
    visit = new_visit()
    one = await take(room, (await room.ticket(kit)).secret, visit)
    other = await take(room, (await room.ticket(kit)).secret, visit)
    assert one.challenge != other.challenge


async def test_a_reservation_lapses_after_a_quarter_of_an_hour(room, kit: Kit, clock: ManualClock) -> None:
    shown = await room.ticket(kit)
    for _ in range(3):
        await take(room, shown.secret)
    clock.advance(timedelta(minutes=14, seconds=59))
    with pytest.raises(SlotsJoining):
        await look(room, shown.secret)
    clock.advance(timedelta(seconds=1))
    assert (await look(room, shown.secret)).slot_name == "Cassiopée 01"
    assert (await take(room, shown.secret)).slot_number == 1


async def test_a_page_left_open_does_not_push_a_later_tablet_out(room, kit: Kit, clock: ManualClock) -> None:
    shown, visit = await room.ticket(kit), new_visit()
    assert (await take(room, shown.secret, visit)).slot_number == 1
    clock.advance(timedelta(minutes=16))
    assert (await take(room, shown.secret)).slot_number == 1
    assert (await take(room, shown.secret, visit)).slot_number == 2


async def test_a_tablet_whose_first_try_failed_keeps_its_slot_with_a_new_challenge(room, kit: Kit, tablet) -> None:
    shown, visit = await room.ticket(kit), new_visit()
    first = await take(room, shown.secret, visit)
    await room.scep.operate(tablet.first_request(first.challenge))
    again = await take(room, shown.secret, visit)
    assert again.slot_number == first.slot_number
    assert again.challenge != first.challenge


async def test_a_used_ticket_enrols_nobody(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    for number in (1, 2, 3):
        await room.fill(kit, number, f"t{number}")
    for ask in (look, take):
        with pytest.raises(TicketUsed, match="Cassiopée"):
            await ask(room, shown.secret)


async def test_an_expired_ticket_enrols_nobody(room, kit: Kit, clock: ManualClock) -> None:
    shown = await room.ticket(kit)
    clock.advance(HOURS)
    for ask in (look, take):
        with pytest.raises(TicketExpired):
            await ask(room, shown.secret)
    assert await room.codes.shown(kit.kit_id) is None


async def test_a_revoked_ticket_enrols_nobody(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    await room.codes.revoke(shown.ticket.ticket_id, actor=ACTOR)
    await room.codes.revoke(shown.ticket.ticket_id, actor=ACTOR)
    for ask in (look, take):
        with pytest.raises(TicketRevoked):
            await ask(room, shown.secret)


async def test_an_unknown_ticket_enrols_nobody(room, kit: Kit) -> None:
    for secret in ("", "A" * 22, "\ud800", "é" * 400):
        with pytest.raises(TicketUnknown):
            await look(room, secret)
    with pytest.raises(TicketUnknown):
        await room.codes.revoke("no-such-ticket", actor=ACTOR)


async def test_a_new_ticket_takes_the_place_of_the_old_one_for_the_same(room, kit: Kit) -> None:
    old_kit, old_slot = await room.ticket(kit), await room.ticket(kit, 2)
    new_kit = await room.ticket(kit)
    with pytest.raises(TicketRevoked):
        await look(room, old_kit.secret)
    assert (await look(room, new_kit.secret)).slot_name == "Cassiopée 01"
    assert (await look(room, old_slot.secret)).slot_name == "Cassiopée 02"


async def test_a_slots_ticket_brings_a_wiped_tablet_back_to_its_slot(room, kit: Kit, tablet) -> None:
    await room.fill(kit, 2, "t2")
    shown = await room.ticket(kit, 2)
    invitation = await look(room, shown.secret)
    assert (invitation.slot_name, invitation.occupied) == ("Cassiopée 02", True)
    taken = await take(room, shown.secret)
    answer = tablet.read(await room.scep.operate(tablet.first_request(taken.challenge)))
    claim = await room.database.read(lambda conn: room.claims.claim_of(conn, f"{answer.certificate.serial_number:x}"))
    assert (claim.slot_number, claim.ticket_id) == (2, shown.ticket.ticket_id)


async def test_a_second_profile_for_a_slot_ends_the_first(room, kit: Kit, tablet) -> None:
    shown = await room.ticket(kit, 2)
    first = await take(room, shown.secret)
    await take(room, shown.secret)
    assert tablet.read(await room.scep.operate(tablet.first_request(first.challenge))).status == "2"


async def test_settling_a_claim_ends_the_reservation(room, kit: Kit, tablet) -> None:
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit))))
    serial = f"{answer.certificate.serial_number:x}"
    claim = await room.database.read(lambda conn: room.claims.claim_of(conn, serial))
    await room.fill(kit, 1, "t1")
    await room.database.write(lambda conn: room.claims.settle(conn, claim, serial=serial, tablet_id="t1"))
    assert await stages(room, kit) == [SlotStage.ENROLLED, SlotStage.WAITING, SlotStage.WAITING]


async def test_a_ticket_of_android_tablets_is_not_for_ipads(
    room, kit: Kit, database: Database, clock: ManualClock, journal: Journal
) -> None:
    other = await Fleet(database, clock, journal).create_kit(
        kit.uai, "Orion", platform=Platform.ANDROID, slots=2, actor=ACTOR
    )
    with pytest.raises(OtherTabletsOnly):
        await look(room, (await room.ticket(other)).secret)


async def test_tickets_are_made_for_kits_and_slots_that_exist(room, kit: Kit) -> None:
    with pytest.raises(KitUnknown):
        await room.codes.codes("nothing", slots=True, lifetime=HOURS, actor=ACTOR)
    with pytest.raises(SlotUnknown):
        await room.codes.slot_code(kit.kit_id, 9, lifetime=HOURS, actor=ACTOR)


async def test_the_kits_page_hears_of_reservations(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    async with room.database.events.subscribe("kit") as events:
        await take(room, shown.secret)
        event = await asyncio.wait_for(anext(events), 5)
    assert event.key == kit.kit_id


async def test_the_journal_tells_and_verifies(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    await take(room, shown.secret)
    await room.codes.revoke(shown.ticket.ticket_id, actor=ACTOR)
    rows = await room.database.read(lambda conn: conn.all("SELECT kind, actor FROM journal ORDER BY seq DESC LIMIT 3"))
    assert [row["kind"] for row in rows] == ["ticket_revoked", "enrollment_profile_taken", "ticket_created"]
    assert rows[1]["actor"] == f"ticket:{shown.ticket.ticket_id}"
