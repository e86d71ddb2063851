"""Lost in two taps, searched, shown to the family first, found; and two others may look, which the family reads."""

import plistlib

import pytest

from mdm.apple.cycle import Turn
from mdm.fleet.tablet_store import require_tablet
from mdm.home.loans.loan import Condition
from mdm.home.lost import search_store
from mdm.store import Connection
from tests.webui.home.conftest import DIRECTOR, Families
from tests.webui.signed_in import browser_of
from webui.roles import Role

LATITUDE, LONGITUDE = 43.894271, -0.502188


async def state_of(families: Families, tablet_id: str) -> str:
    """A tablet's state in the fleet."""
    return (await families.database.read(lambda conn: require_tablet(conn, tablet_id))).state.value


async def enrol(families: Families, tablet_id: str) -> None:
    """Let an iPad be managed."""
    await families.database.write(
        lambda conn: conn.run(
            "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
            " VALUES (:it, :it, 'd', 'com.apple.mgmt.External.x', 'enrolled', 1)",
            it=tablet_id,
        )
    )


async def answers(families: Families, tablet_id: str, command: str | None, kind: str, **keys: object) -> None:
    """Let the iPad answer what its search asked."""
    body = plistlib.dumps({"Status": "Acknowledged", "CommandUUID": command, **keys})

    def write(conn: Connection) -> None:
        conn.run("UPDATE delivery SET state = 'acknowledged' WHERE command_id = :it", it=command)
        turn = Turn(
            udid=tablet_id,
            digest="d",
            status="Acknowledged",
            command_id=command,
            error_chain=None,
            body=body,
            now=families.clock.ms(),
        )
        families.home.lost.answers.answered(conn, tablet_id, kind, turn)

    await families.database.write(write)


async def connects(families: Families, tablet_id: str) -> None:
    """Let the iPad lock itself and say where it is."""
    search = await families.database.read(lambda conn: search_store.open_search(conn, tablet_id))
    assert search is not None
    if search.screen_command is not None:
        await answers(families, tablet_id, search.screen_command, "EnableLostMode")
        search = await families.database.read(lambda conn: search_store.open_search(conn, tablet_id))
        assert search is not None
    if search.place_command is not None:
        place = {"Latitude": LATITUDE, "Longitude": LONGITUDE, "HorizontalAccuracy": 35.0}
        await answers(families, tablet_id, search.place_command, "DeviceLocation", **place)


async def test_a_tablet_is_declared_lost_with_a_second_tap(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    address = f"/home/loans/{loan.loan_id}/lost"
    assert address in (await ilse.get("/home")).text
    asked = await ilse.get(address)
    assert "Oui, la déclarer perdue" in asked.text
    assert await state_of(families, loan.tablet_id) == "loaned"

    told = await ilse.post(address, {})
    assert told.path == address
    assert "déclarée perdue" in told.text
    assert "un responsable de l&#39;enfant" in told.text
    assert await families.state(loan) == "lost"
    assert await state_of(families, loan.tablet_id) == "lost"
    assert "Elle a été déclarée perdue." in (await ilse.get("/home")).text

    again = await ilse.post(address, {})
    assert again.status == 409
    assert "déjà recherchée" in again.text
    await families.home.loans.take_back(loan.loan_id, Condition(), actor=DIRECTOR)
    assert (await ilse.get(address)).status == 409


async def test_the_family_is_shown_where_it_is_and_says_that_it_is_found(families: Families) -> None:
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    loan = await families.lend()
    await enrol(families, loan.tablet_id)
    address = f"/home/loans/{loan.loan_id}/lost"
    told = await ilse.post(address, {})
    assert "elle n&#39;a pas répondu" in told.text
    assert f'data-live="{address}/events"' in told.text
    await connects(families, loan.tablet_id)
    for parent in (ilse, odon):
        shown = (await parent.get(address)).text
        assert "43.89427, -0.50219" in shown
        assert "À 35 mètres près." in shown
        assert 'href="geo:43.894271,-0.502188"' in shown
        assert "Personne d&#39;autre que votre famille." in shown
        assert "Son écran dit" in shown
    soon = await ilse.post(f"{address}/ask", {})
    assert soon.status == 429
    assert "Réessayez dans 3 minutes" in soon.text
    rings = await odon.post(f"{address}/ring", {})
    assert "Elle sonne dès" in rings.text
    found = await odon.post(f"{address}/found", {})
    assert found.path == "/home"
    assert "Quelle bonne nouvelle" in found.text
    assert await state_of(families, loan.tablet_id) == "loaned"
    assert "43.89427" not in (await ilse.get(address)).text
    assert (await ilse.post(f"{address}/found", {})).status == 409


async def test_another_family_is_shown_nothing(families: Families) -> None:
    ilse, zoe = await families.parent("ilse"), await families.parent("zoe")
    loan = await families.lend()
    address = f"/home/loans/{loan.loan_id}/lost"
    await ilse.post(address, {})
    assert (await zoe.get(address)).status == 404
    assert (await zoe.get(f"{address}/events")).status == 404
    for act in ("ask", "ring", "found"):
        assert (await zoe.post(f"{address}/{act}", {})).status == 404


async def test_two_persons_may_look_and_the_family_reads_it(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    await enrol(families, loan.tablet_id)
    first = await browser_of(families.site, "elue", Role.MANAGER)
    second = await browser_of(families.site, "technicien", Role.TECHNICIAN)
    other = await browser_of(families.site, "autre", Role.TECHNICIAN)
    search = f"/tablets/{loan.tablet_id}/search"
    assert search in (await first.get(f"/tablets/{loan.tablet_id}")).text
    assert "Elle n&#39;est pas déclarée perdue" in (await first.get(search)).text
    declared = await first.post(f"{search}/declare", {})
    assert "Une autre personne doit confirmer." in declared.text
    assert await families.state(loan) == "lost"
    for act in ("declare", "confirm"):
        alone = await first.post(f"{search}/{act}", {})
        assert alone.status == 409
        assert "une autre personne" in alone.text
    assert (await first.post(f"{search}/look", {})).status == 403
    assert f"{search}/confirm" not in (await first.get(search)).text
    assert f"{search}/confirm" in (await second.get(search)).text
    await second.post(f"{search}/confirm", {})
    await connects(families, loan.tablet_id)
    assert "43.89427" not in (await first.get(search)).text
    looked = await first.post(f"{search}/look", {})
    assert "43.89427, -0.50219" in looked.text
    refused = await other.post(f"{search}/look", {})
    assert refused.status == 403
    assert "43.89427" not in refused.text + (await other.get(search)).text
    shown = (await ilse.get(f"/home/loans/{loan.loan_id}/lost")).text
    assert "43.89427" in shown
    assert "la collectivité <span" in shown
    assert "elue" not in shown
    journal = await families.journal()
    assert "lost_position_seen" in journal
    assert "43.89" not in journal


@pytest.mark.parametrize("role", [Role.PARENT, Role.MEMBER])
async def test_who_may_not_declare_a_tablet_lost_may_not_look(families: Families, role: Role) -> None:
    loan = await families.lend()
    somebody = await browser_of(families.site, "quelqu", role)
    for act in ("declare", "confirm", "look", "ask", "ring"):
        assert (await somebody.post(f"/tablets/{loan.tablet_id}/search/{act}", {})).status == 403


async def test_an_android_tablet_says_plainly_that_it_tells_no_place(families: Families) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    await families.database.write(lambda conn: conn.run("UPDATE tablet SET platform = 'android'"))
    address = f"/home/loans/{loan.loan_id}/lost"
    assert "Elle ne peut pas dire où elle est." in (await ilse.get(address)).text
    told = await ilse.post(address, {})
    assert "son agent libre ne le fait pas" in told.text
    assert f"{address}/ask" not in told.text
    assert f"{address}/ring" not in told.text
