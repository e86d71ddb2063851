"""A charter on paper: founded, voted and signed in memory, the way the server does it, for tests of what is pure."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from profiles.charter.ballot import Ballot, RelyingParty, Statement, attest
from profiles.charter.chain import Export, ExportedEdition, convention_at
from profiles.charter.convention import Convention, convention_of, rule_for
from profiles.charter.counting import Choice, Elector, Vote, count
from profiles.charter.decision import DAY_MS, Decision
from profiles.charter.edition_keys import introduce
from profiles.charter.making import founding_record, next_record
from profiles.charter.proposal import Proposal, proposal_of
from profiles.charter.record import JournalHead, Record, Seat, SeatKey, SignedEdition, sign
from tests.charter.authenticator import Authenticator

START = 1_788_249_600_000
HOUR_MS = 3_600_000
PARTY = RelyingParty(id="valise.example", origins=("https://valise.example",))

SIMPLE = convention_of(
    {
        "name": "Convention d'essai",
        "reference": "délibération 2026-01",
        "bodies": [
            {"body": "authority", "name": "Élus"},
            {"body": "dsden", "name": "DSDEN"},
            {"body": "teachers", "name": "Enseignants"},
            {"body": "parents", "name": "Parents", "consultative": True},
        ],
        "rules": {
            "default": {"needs": [{"body": "authority"}, {"body": "dsden"}, {"body": "teachers"}]},
            "pilot": {"needs": [{"body": "dsden"}], "max_days": 90},
            "urgent_withdrawal": {
                "needs": [{"body": "authority", "threshold": "one"}, {"body": "dsden", "threshold": "one"}],
                "any_of": True,
                "quorum_percent": 0,
                "ratify_days": 30,
            },
        },
    }
)

SEATS = (
    Seat(seat="mayor", body="authority", label="Maire", since=START, reference="délibération 2026-01"),
    Seat(seat="councillor", body="authority", label="Conseillère", since=START),
    Seat(seat="inspector", body="dsden", label="Inspectrice", since=START),
    Seat(seat="teacher-1", body="teachers", label="Enseignante", since=START),
    Seat(seat="teacher-2", body="teachers", label="Enseignant", since=START),
    Seat(seat="teacher-3", body="teachers", label="Enseignante", since=START),
    Seat(seat="parent", body="parents", label="Parent", since=START),
)


class PaperCharter:
    """A charter in memory. ``now`` moves on with each vote; a seat in ``passkeys`` signs its ballots itself.

    ``devices`` are the passkeys that stand for seats from the founding on; `give_key` gives others later.
    """

    def __init__(
        self,
        convention: Convention = SIMPLE,
        seats: Sequence[Seat] = SEATS,
        devices: Mapping[str, Authenticator] | None = None,
    ) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.private_keys = [self.key]
        self.keys = [introduce(self.key, from_number=1)]
        self.seats = tuple(seats)
        self.passkeys: dict[str, Authenticator] = {}
        self.seat_keys: tuple[SeatKey, ...] = ()
        self.now = START
        for seat, device in (devices or {}).items():
            self.give_key(seat, device)
        record = founding_record(
            "MACS",
            convention,
            seats=seats,
            seat_keys=self.seat_keys,
            now=START,
            journal=self._journal(),
            party=PARTY,
            key=self.keys[0].key,
        )
        self.editions: list[SignedEdition] = [sign(record, self.key)]
        self.serial = 0

    @property
    def records(self) -> list[Record]:
        return [one.record for one in self.editions]

    @property
    def head(self) -> Record:
        return self.records[-1]

    def give_key(self, seat: str, device: Authenticator) -> None:
        """Let a seat sign its ballots with a passkey that stands for it from now on."""
        held = next(one for one in reversed(self.seats) if one.seat == seat)
        key = SeatKey(seat=seat, fingerprint=device.fingerprint, since=self.now, until=held.until)
        self.seat_keys = (*self.seat_keys, key)
        self.passkeys[seat] = device

    def proposal(self, kind: str, **fields: Any) -> Proposal:
        """A proposal with a number and a title of its own."""
        self.serial += 1
        return proposal_of(
            {"proposal_id": f"p{self.serial:04d}", "kind": kind, "title": f"Proposition {self.serial}", **fields}
        )

    def review(self, policy: dict[str, Any]) -> Proposal:
        """A proposal to adopt a whole policy."""
        return self.proposal("review", changes=[{"op": "adopt", "policy": policy}])

    def vote(
        self,
        proposal: Proposal,
        choices: dict[str, Choice] | None = None,
        *,
        meeting: str | None = None,
        recused: Sequence[str] = (),
    ) -> Decision:
        """A vote in which each seat says yes, or what ``choices`` says; ``absent`` seats are not in ``choices``.

        In a meeting it is open for an hour. Where the convention wants it, the ballots are secret.
        """
        convention = convention_at(self.records, self.now)
        rule = rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
        submitted, opened = self.now, self.now + rule.notice_days * DAY_MS
        electors = tuple(
            Elector(seat=one.seat, body=one.body)
            for one in self.seats
            if one.since <= opened and (one.until is None or opened < one.until) and one.seat not in recused
        )
        said = choices if choices is not None else {one.seat: "yes" for one in electors}
        bodies = {one.seat: one.body for one in electors}
        closes = opened + (HOUR_MS if meeting is not None else rule.voting_days * DAY_MS)
        self.now = closes
        votes = [Vote(body=bodies[seat], choice=choice) for seat, choice in said.items()]
        return Decision(
            proposal=proposal.tree(),
            round=1,
            submitted_at=submitted,
            opened_at=opened,
            closes_at=closes,
            closed_at=closes,
            electors=electors,
            recused=tuple(recused),
            **self._ballots(proposal, bodies, said, secret=rule.secret),
            tally=count(convention, rule, electors, votes),
            meeting=meeting,
        )

    def ballot(self, proposal: Proposal, seat: str, body: str, choice: Choice) -> Ballot:
        statement = Statement(proposal=proposal.digest, round=1, body=body, seat=seat, choice=choice)
        if seat in self.passkeys:
            return self.passkeys[seat].ballot(statement, PARTY)
        return self.attested(statement)

    def attested(self, statement: Statement) -> Ballot:
        """A ballot with the server's word for it."""
        return attest(statement, self.key, self.keys[-1].key)

    def _ballots(
        self, proposal: Proposal, bodies: dict[str, str], said: dict[str, Choice], *, secret: bool
    ) -> dict[str, tuple[Ballot, ...]]:
        voters = sorted(said.items())
        if not secret:
            return {"ballots": tuple(self.ballot(proposal, seat, bodies[seat], choice) for seat, choice in voters)}
        parts = [Statement(proposal=proposal.digest, round=1, body=bodies[seat], seat=seat) for seat, _ in voters]
        said_so = [
            Statement(proposal=proposal.digest, round=1, body=bodies[seat], choice=choice, serial=token_hex(16))
            for seat, choice in voters
        ]
        by_serial = sorted(said_so, key=lambda one: one.serial or "")
        return {
            "ballots": tuple(self.attested(one) for one in by_serial),
            "taken_part": tuple(self.attested(one) for one in parts),
        }

    def publish(self, *decisions: Decision) -> Record:
        """The edition that carries decisions."""
        record = next_record(
            self.records,
            decisions,
            seats=self.seats,
            seat_keys=self.seat_keys,
            now=self.now,
            journal=self._journal(),
            party=PARTY,
            key=self.keys[-1].key,
        )
        self.editions.append(sign(record, self.key))
        return record

    def adopt(self, policy: dict[str, Any]) -> Record:
        """The edition after a review that everybody agreed to."""
        return self.publish(self.vote(self.review(policy)))

    def rotate(self) -> None:
        """A new key, from the next edition on."""
        new = Ed25519PrivateKey.generate()
        before = (self.keys[-1].key, self.key)
        self.keys.append(introduce(new, from_number=self.head.number + 1, previous=before))
        self.private_keys.append(new)
        self.key = new

    def export(self) -> Export:
        return Export(
            keys=tuple(self.keys),
            editions=tuple(ExportedEdition(record=one.record.tree(), signature=one.signature) for one in self.editions),
        )

    def export_tree(self) -> dict[str, Any]:
        """The export as it is in a file."""
        tree = msgspec.json.decode(msgspec.json.encode(self.export().tree()))
        assert isinstance(tree, dict)
        return tree

    def _journal(self) -> JournalHead:
        return JournalHead(seq=len(getattr(self, "editions", ())), hash="0" * 64)
