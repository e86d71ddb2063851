"""The record of a meeting with everything that minutes can say."""

from typing import Any

from profiles.charter.counting import Elector, Tally, Vote, count
from profiles.charter.meeting_record import (
    AgendaItem,
    BodyPresence,
    ItemProposal,
    ItemVote,
    MeetingRecord,
    SeatPresence,
)
from profiles.charter.proposal import Proposal, proposal_of
from tests.charter.agreeing import START
from tests.charter.every_kind import CONVENTION, LIRE

HOUR = 3_600_000


def proposal(kind: str, title: str, **fields: Any) -> Proposal:
    return proposal_of({"proposal_id": "p1", "kind": kind, "title": title, **fields})


def tally(*choices: tuple[str, str]) -> Tally:
    """The count of votes by seats of two authority members, one inspector and three teachers."""
    seats = [("a1", "authority"), ("a2", "authority"), ("d1", "dsden")] + [(f"t{n}", "teachers") for n in (1, 2, 3)]
    electors = [Elector(seat=seat, body=body) for seat, body in seats]
    votes = [Vote(body=body, choice=choice) for body, choice in choices]  # type: ignore[arg-type]
    return count(CONVENTION, CONVENTION.rules["default"], electors, votes)


ADDING = proposal(
    "add_app",
    "Acheter « Lire à la volée »",
    purpose="Entraîner la fluence en lecture, du CM1 à la 6e.\nSix classes l'ont essayée pendant un trimestre.",
    changes=[{"op": "add", "path": ["apps"], "value": LIRE}],
    price_cents=125_000,
)
CAMERA = proposal(
    "setting",
    "Interdire l'appareil photo",
    changes=[{"op": "set", "path": ["restrictions", "camera"], "value": False}],
)


def vote(counted: Tally | None, **fields: Any) -> ItemVote:
    return ItemVote(
        **{
            "round": 1,
            "digest": ADDING.digest,
            "secret": False,
            "opened_at": START + 6 * HOUR,
            "closes_at": START + 8 * HOUR,
            "closed_at": None if counted is None else START + 7 * HOUR,
            "tally": counted,
            "by_passkey": 4,
            "by_server": 1,
            **fields,
        }
    )


def of(what: Proposal, state: str = "in_edition") -> ItemProposal:
    return ItemProposal(proposal_id="p1", kind=what.kind, state=state, author="c.dupont", proposal=what)  # type: ignore[arg-type]


YES = [("authority", "yes"), ("authority", "yes"), ("dsden", "yes"), ("teachers", "yes"), ("teachers", "abstain")]
NO = [("authority", "yes"), ("authority", "no"), ("dsden", "no"), ("teachers", "yes"), ("teachers", "abstain")]


def meeting(**fields: Any) -> MeetingRecord:
    """A meeting in a room, closed, in which one proposal was adopted and another was not."""
    return MeetingRecord(
        **{
            "meeting_id": "0" * 32,
            "territory": "MACS",
            "convention": CONVENTION.name,
            "reference": CONVENTION.reference,
            "kind": "room",
            "title": "Comité de la charte, rentrée 2026",
            "place": "Salle du conseil, Saint-Vincent-de-Tyrosse",
            "begins_at": START + 5 * HOUR,
            "state": "closed",
            "revision": 9,
            "called_at": START - 15 * 24 * HOUR,
            "called_by": "secretariat",
            "opened_at": START + 5 * HOUR,
            "closed_at": START + 8 * HOUR,
            "notes": "La présidente ouvre la séance.\nElle rappelle que l'éthique prime sur l'équipement.",
            "bodies": BODIES,
            "items": (
                AgendaItem(position=1, title="Bilan de l'année", notes="L'inspectrice présente le bilan."),
                AgendaItem(
                    position=2,
                    title="Acheter « Lire à la volée »",
                    notes="M. Dupont demande où vont les données : elles restent en France.",
                    proposal=of(ADDING),
                    vote=vote(tally(*YES), stood_aside=("Enseignante à Horsarrieu",), edition_id="ab" * 32),
                ),
                AgendaItem(
                    position=3,
                    title="Interdire l'appareil photo",
                    proposal=of(CAMERA, "rejected"),
                    vote=vote(tally(*NO), secret=True, digest=CAMERA.digest, by_passkey=0, by_server=5),
                ),
                AgendaItem(position=4, title="Calendrier des prêts", proposal=of(CAMERA, "examined")),
            ),
            **fields,
        }
    )


BODIES = (
    BodyPresence(
        body="authority",
        name="Élus de l'autorité",
        consultative=False,
        quorum=1,
        seats=(
            SeatPresence(seat_id="a1", label="Présidente", holder="f.lartigue", deputy="p.dubos", presence="holder"),
            SeatPresence(seat_id="a2", label="Maire d'Audignon", holder="j.lafitte", presence="excused"),
        ),
    ),
    BodyPresence(
        body="dsden",
        name="DSDEN et inspecteurs",
        consultative=False,
        quorum=1,
        seats=(SeatPresence(seat_id="d1", label="Inspectrice", holder="m.robert", deputy="a.noel", presence="deputy"),),
    ),
    BodyPresence(
        body="teachers",
        name="Enseignants",
        consultative=False,
        quorum=2,
        seats=(
            SeatPresence(seat_id="t1", label="Enseignante à Audignon", holder="c.dupont", presence="holder"),
            SeatPresence(seat_id="t2", label="Enseignant à Doazit", holder="h.gracia", presence="absent"),
            SeatPresence(seat_id="t3", label="Enseignante à Horsarrieu", holder="e.cazaux"),
        ),
    ),
    BodyPresence(body="parents", name="Représentants des parents", consultative=True, quorum=0, seats=()),
)
