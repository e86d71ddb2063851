"""Seats by the pages: appointed by one person, confirmed by another, changed, left and refused."""

from tests.webui.committee.conftest import Hall

SEATS = "/committee/seats"
WANTED = {
    "body": "teachers",
    "seat": "teacher-4",
    "label": "Enseignante à Doazit",
    "holder": "newcomer",
    "reference": "arrêté 2026-9",
    "term": "2027-07-05",
}


async def waiting(hall: Hall, label: str) -> str:
    """The appointment that waits for a seat with this label."""
    seats = await hall.site.services.committee.seats()
    return next(one.holding_id for one in seats if one.state == "proposed" and one.label == label)


async def test_an_appointment_needs_four_eyes(hall: Hall) -> None:
    secretary = hall.reader("secretary")
    for wrong, reason in (
        ({"holder": "nobody"}, "Nobody can sign in here as “nobody”."),
        ({"seat": "Teacher 4"}, "a short name has 2 to 40 small letters"),
        ({"term": "2020-01-01"}, "The term of this seat would be over already."),
        ({"deputy": "newcomer"}, "nobody is his own deputy"),
    ):
        page = await secretary.send(SEATS, SEATS, **{**WANTED, **wrong})
        assert (page.status, reason in page.text) == (422, True), reason
        assert page.form(SEATS)["label"] == "Enseignante à Doazit"
    page = await secretary.done(SEATS, SEATS, **WANTED)
    assert "The appointment waits for somebody else to confirm it." in page.text
    holding = await waiting(hall, "Enseignante à Doazit")
    confirmation = f"{SEATS}/{holding}/confirmation"
    # Whoever proposed it, whom it concerns, and those of other bodies do not confirm it.
    for login, reason in (
        ("secretary", "you proposed it"),
        ("newcomer", "it concerns you"),
        ("mayor", "the others of the same body decide it"),
    ):
        seen = await hall.reader(login).get(SEATS)
        assert not seen.offers(confirmation), login
        assert f"You may not confirm it: {reason}." in seen.text
        refused = await hall.reader(login).post(confirmation, {})
        assert (refused.status, reason in refused.text) == (403, True), login
    done = await hall.reader("teacher-1").done(SEATS, confirmation)
    assert "It is confirmed, and holds from now on." in done.text
    assert "arrêté 2026-9" in done.text
    assert "July 5, 2027" in done.text
    late = await hall.reader("teacher-2").post(confirmation, {})
    assert (late.status, "does not wait any more" in late.text) == (409, True)
    french = await hall.reader("parent").get(SEATS, language="fr")
    assert "Titulaire" in french.text


async def test_seats_are_left_emptied_and_given_other_deputies(hall: Hall) -> None:
    secretary = hall.reader("secretary")
    await secretary.done(SEATS, f"{SEATS}/inspector/deputy", deputy="newcomer")
    deputy = await waiting(hall, "Inspector")
    refusal = f"{SEATS}/{deputy}/refusal"
    declined = await hall.reader("newcomer").done(SEATS, refusal)
    assert "It is refused, and waits no more." in declined.text

    await secretary.done(SEATS, f"{SEATS}/teacher-3/end")
    page = await hall.reader("teacher-1").get(SEATS)
    assert "The seat would be empty." in page.text
    await hall.reader("teacher-1").done(SEATS, f"{SEATS}/{await waiting(hall, 'Teacher-3')}/confirmation")
    held = {one.seat_id for one in await hall.site.services.committee.seats() if one.state == "confirmed"}
    assert "teacher-3" not in held

    assert (await hall.reader("teacher-2").get(SEATS)).offers(f"{SEATS}/teacher-2/resignation")
    assert not (await hall.reader("teacher-2").get(SEATS)).offers(f"{SEATS}/teacher-1/resignation")
    foreign = await hall.reader("teacher-2").post(f"{SEATS}/teacher-1/resignation", {})
    assert (foreign.status, "You neither hold the seat" in foreign.text) == (403, True)
    gone = await hall.reader("teacher-2").done(SEATS, f"{SEATS}/teacher-2/resignation")
    assert "You gave up the seat." in gone.text
    unknown = await secretary.post(f"{SEATS}/teacher-2/end", {})
    assert (unknown.status, "Nobody holds a seat “teacher-2” now." in unknown.text) == (404, True)
