"""Voting by the pages without script: by the server's word, secretly, for several seats, and what is refused."""

import hashlib
import html
import re
from datetime import timedelta

from mdm.clock import ManualClock
from mdm.store import Connection
from profiles.charter import vote_store
from profiles.charter.ballot import encode
from profiles.charter.canonical import canonical_json
from profiles.charter.committee import Appointment
from profiles.charter.passkey_store import MemberPasskey, insert_passkey
from tests.api.chamber import ADD_LIRE
from tests.charter.authenticator import Authenticator
from tests.charter.committee import convention_with
from tests.webui.committee.conftest import Hall, MakeHall

SECRET = convention_with(
    add_app={"needs": [{"body": "authority"}, {"body": "teachers"}], "secret": True},
    setting={"needs": [{"body": "authority"}], "passkey_only": True},
)


async def test_the_ballot_shows_exactly_what_is_signed_and_can_be_cast_again(hall: Hall) -> None:
    proposal_id = await hall.chamber.opened()
    ballot, mayor = f"/proposals/{proposal_id}/vote", hall.reader("mayor")
    page = await mayor.get(ballot)
    services = hall.site.services
    shown = {name: html.unescape(text) for name, text in re.findall(r'data-statement="([^"]+)">([^<]+)<', page.text)}
    assert set(shown) == {"mayor:yes", "mayor:no", "mayor:abstain"}
    for choice in ("yes", "no", "abstain"):
        said = await services.charter.casting.statement(proposal_id, "mayor", choice)  # type: ignore[arg-type]
        assert shown[f"mayor:{choice}"] == canonical_json(said.tree()).decode()
        assert hashlib.sha256(shown[f"mayor:{choice}"].encode()).hexdigest() in page.text
    nothing = await mayor.send(ballot, ballot)
    assert (nothing.status, "Nothing is chosen yet." in nothing.text) == (422, True)
    voted = await mayor.done(ballot, ballot, choice="no", reason="Trop cher pour nous.")
    assert "Your ballot is counted. Thank you." in voted.text
    assert "The seat “Mayor” has said: No." in voted.text
    assert "by the server&#39;s word" in voted.text
    assert "Trop cher pour nous." in (await mayor.get(f"/proposals/{proposal_id}")).text
    again = await mayor.done(ballot, ballot, choice="yes")
    assert "The seat “Mayor” has said: Yes." in again.text
    deputy = await hall.reader("mayor-deputy").get(ballot)
    assert "Its holder has voted: as the deputy you cannot change that." in deputy.text
    assert not deputy.offers(ballot)
    late = await hall.reader("mayor-deputy").post(ballot, {"choice": "no", "seat": "mayor"})
    assert (late.status, "The holder of this seat has voted." in late.text) == (409, True)


async def test_while_a_vote_is_open_nobody_sees_how_others_voted(hall: Hall, clock: ManualClock) -> None:
    proposal_id = await hall.chamber.opened()
    proposal = f"/proposals/{proposal_id}"
    await hall.chamber.say(proposal_id, "no", "teacher-1", "teacher-2")
    page = await hall.reader("inspector").get(proposal)
    assert re.search(r"Enseignants</th><td class=\"n\"><strong>2</strong> / 3</td><td>decides</td>", page.text)
    assert "Seats that voted:</p>" not in page.text
    assert "No</th>" not in page.text
    assert (
        "It can be closed once everybody who decides has voted" in (await hall.reader("secretary").get(proposal)).text
    )
    early = await hall.reader("secretary").post(f"{proposal}/closing", {})
    assert (early.status, "and not everybody has voted" in early.text) == (409, True)
    clock.advance(timedelta(days=14))
    await hall.chamber.sign_in_again()
    await hall.confirm_everybody()
    closed = await hall.reader("mayor").get(f"{proposal}/vote")
    assert (closed.status, "No vote is open on this proposal." in closed.text) == (200, True)
    done = await hall.reader("secretary").done(proposal, f"{proposal}/closing")
    assert "Rejected" in done.text
    assert "does not agree: nobody" not in done.text
    counts = r"<td class=\"n\">3</td><td class=\"n\">0</td><td class=\"n\">2</td>"
    assert re.search(rf"Enseignants(?:(?!</th>).)*</th>{counts}", done.text, re.DOTALL)


async def test_who_has_no_seat_gets_no_ballot_paper(hall: Hall) -> None:
    proposal_id = await hall.chamber.opened()
    for login in ("newcomer", "secretary"):
        page = await hall.reader(login).get(f"/proposals/{proposal_id}/vote")
        assert (page.status, "You hold no seat that may vote on this proposal." in page.text) == (403, True)
        refused = await hall.reader(login).post(f"/proposals/{proposal_id}/vote", {"choice": "yes", "seat": "mayor"})
        assert refused.status == 403
        assert (
            f'href="/proposals/{proposal_id}/vote"'
            not in (await hall.reader(login).get(f"/proposals/{proposal_id}")).text
        )


async def test_a_secret_ballot_gives_its_voter_a_number_once(make_hall: MakeHall) -> None:
    hall = await make_hall(SECRET)
    proposal_id = await hall.chamber.opened(ADD_LIRE)
    ballot, mayor = f"/proposals/{proposal_id}/vote", hall.reader("mayor")
    page = await mayor.get(ballot)
    assert "This is a secret ballot." in page.text
    assert 'name="reason"' not in page.text
    receipt = await mayor.done(ballot, ballot, choice="no", reason="Ne doit pas paraître.")
    serial = re.search(r"<code>([0-9a-f]{32})</code>", receipt.text)
    assert serial is not None
    kept = await hall.chamber.database.read(lambda conn: vote_store.secret_ballots_of(conn, proposal_id, 1))
    assert [(one.statement.serial, one.statement.choice) for one in kept] == [(serial[1], "no")]
    after = await mayor.get(ballot)
    assert "The seat “Mayor” has voted." in after.text
    assert serial[1] not in after.text
    assert not after.offers(ballot)
    assert "Ne doit pas paraître." not in (await mayor.get(f"/proposals/{proposal_id}")).text
    twice = await mayor.post(ballot, {"choice": "yes", "seat": "mayor"})
    assert (twice.status, "A secret ballot cannot be changed." in twice.text) == (409, True)


async def test_who_has_a_passkey_or_needs_one_is_told_so_in_words(make_hall: MakeHall) -> None:
    hall = await make_hall(SECRET)
    inspector_key = Authenticator()
    passkey = MemberPasskey(
        credential_id=encode(inspector_key.credential),
        login="inspector",
        public_key=encode(inspector_key.public_key),
        sign_count=0,
        label="Téléphone",
        created_at=hall.chamber.clock.ms(),
    )

    def keep(conn: Connection) -> None:
        insert_passkey(conn, passkey, hall.site.services.charter.seals)

    await hall.chamber.database.write(keep)
    own = await hall.reader("inspector").get("/committee/passkeys")
    groups = re.search(r"<code>([0-9a-f ]{71})</code>", own.text)
    assert groups is not None
    assert groups[1].replace(" ", "") == inspector_key.fingerprint

    review = {"kind": "review", "title": "La charte", "changes": [{"op": "adopt", "policy": {"name": "Cycle 3"}}]}
    ballot = f"/proposals/{await hall.chamber.opened(review)}/vote"
    page = await hall.reader("inspector").get(ballot)
    assert "Sign with my passkey and vote" in page.text
    assert f'data-passkeys="{passkey.credential_id}"' in page.text
    assert "which needs this page&#39;s script" in page.text
    without = await hall.reader("inspector").send(ballot, ballot, choice="yes")
    assert (without.status, "This ballot must be signed with your passkey." in without.text) == (422, True)
    odd = await hall.reader("inspector").send(ballot, ballot, choice="yes", assertion="{}")
    assert (odd.status, "what the browser signed is not readable" in odd.text) == (422, True)

    await hall.reader("inspector").done("/committee/passkeys", f"/committee/passkeys/{passkey.credential_id}/end")
    gone = await hall.reader("inspector").post(f"/committee/passkeys/{passkey.credential_id}/end", {})
    assert (gone.status, "This passkey is not registered for you" in gone.text) == (422, True)
    await hall.reader("inspector").done(ballot, ballot, choice="yes")

    only = f"/proposals/{await hall.chamber.opened({'kind': 'setting', 'title': 'Réglage', 'changes': CAMERA})}/vote"
    needs = await hall.reader("mayor").get(only)
    assert "The convention asks for a passkey here, and you have none." in needs.text
    refused = await hall.reader("mayor").post(only, {"choice": "yes", "seat": "mayor"})
    assert refused.status == 422
    empty = await hall.reader("mayor").send("/committee/passkeys", "/committee/passkeys", label="Sans script")
    assert empty.status == 422


CAMERA = [{"op": "set", "path": ["restrictions", "camera"], "value": False}]


async def test_who_holds_several_seats_says_for_which_one(hall: Hall) -> None:
    services = hall.site.services
    wanted = Appointment(seat_id="teacher-4", body="teachers", label="Enseignant à Doazit", holder="mayor")
    holding = await services.committee.appoint(wanted, login="secretary")
    await services.committee.confirm(holding.holding_id, login="teacher-1")
    hall.chamber.clock.advance(timedelta(seconds=1))
    proposal_id = await hall.chamber.opened()
    ballot, mayor = f"/proposals/{proposal_id}/vote", hall.reader("mayor")
    page = await mayor.get(ballot)
    assert page.text.count('name="seat" value="') == 2
    unsaid = await mayor.post(ballot, {"choice": "yes"})
    assert (unsaid.status, "You hold several seats" in unsaid.text) == (422, True)
    await mayor.done(ballot, ballot, seat="teacher-4", choice="yes")
    await mayor.done(ballot, ballot, seat="mayor", choice="no")
    rows = await hall.chamber.database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert {one.seat_id: one.ballot.statement.choice for one in rows} == {"teacher-4": "yes", "mayor": "no"}
