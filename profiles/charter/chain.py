"""The whole chain of editions, checked from the founding one: nothing needs to be believed but the first key.

`docs/verify-charter.py` does the same without any of this code.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.charter.ballot import Base64Url, Passkey
from profiles.charter.canonical import Tree, is_same
from profiles.charter.convention import Convention, convention_of
from profiles.charter.decision import Decision, verify_decision
from profiles.charter.edition_keys import EditionKey, key_for, verify_keys
from profiles.charter.errors import EditionNotVerified, RecordMalformed, malformed
from profiles.charter.proposal import Part
from profiles.charter.record import Record, Seat, SignedEdition, record_of, verify_signature
from profiles.charter.seat_keys import verify_ballot_keys, verify_seat_keys
from profiles.charter.state import apply_decision, tidy

FORMAT = "valise-charter/1"


class ExportedEdition(Part, frozen=True, kw_only=True):
    """An edition in an export."""

    record: dict[str, Any]
    signature: Base64Url


class Export(Part, frozen=True, kw_only=True):
    """All editions and keys of a charter, for anybody to check."""

    keys: Annotated[tuple[EditionKey, ...], Meta(max_length=1000)]
    editions: Annotated[tuple[ExportedEdition, ...], Meta(max_length=100_000)]

    def tree(self) -> Tree:
        """Return the export as plain values, with the name of its format."""
        return {"format": FORMAT, **msgspec.to_builtins(self)}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was checked: how many editions, ballots by their kind, the newest edition and the first key."""

    editions: int
    by_passkey: int
    by_server: int
    newest: str
    first_key: str


def export_of(body: bytes) -> Export:
    """Read an export; raise `RecordMalformed`."""
    try:
        tree = msgspec.json.decode(body)
        fields = dict(tree) if isinstance(tree, dict) else {}
        if fields.pop("format", None) != FORMAT:
            raise malformed(N_("it is of another format"))
        return msgspec.convert(fields, Export, strict=True)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise RecordMalformed(reason=str(error)[:200]) from error


def verify_chain(export: Export) -> Verdict:
    """Check everything from the first key to the newest edition; raise `EditionNotVerified` naming the first wrong one.

    Checked: that keys follow from each other; each edition's form, signature, number and link; its seats and their
    keys; each decision's electors, times, ballots and count under the convention then in force; that the state is what
    the decisions make of the one before; and that each convention which comes into force holds together.
    """
    if not export.editions:
        raise malformed(N_("there is no edition"))
    keys = verify_keys(export.keys)
    earlier: list[Record] = []
    kinds = {"passkey": 0, "server": 0}
    for number, given in enumerate(export.editions, start=1):
        try:
            record = record_of(given.record)
            verify_edition(SignedEdition(record=record, signature=given.signature), earlier, export.keys, keys)
        except ValiseError as error:
            reason = error.params.get("reason", str(error))
            raise EditionNotVerified(number=number, reason=reason) from error
        for decision in record.decisions:
            for ballot in (*decision.ballots, *decision.taken_part):
                kinds["passkey" if isinstance(ballot.evidence, Passkey) else "server"] += 1
        earlier.append(record)
    return Verdict(
        editions=len(export.editions),
        by_passkey=kinds["passkey"],
        by_server=kinds["server"],
        newest=earlier[-1].edition_id,
        first_key=export.keys[0].key,
    )


def verify_edition(
    edition: SignedEdition, earlier: Sequence[Record], keys: Sequence[EditionKey], known: dict[str, Ed25519PublicKey]
) -> None:
    """Check one edition against those before it, in order; raise a `CharterError`."""
    record = edition.record
    if record.key != key_for(keys, record.number).key:
        raise malformed(N_("it was signed with another key than the one in force"))
    verify_signature(edition, known[record.key])
    convention_of(record.state.convention.tree())
    if not earlier:
        _verify_founding(record)
        verify_seat_keys(record, None)
        return
    before = earlier[-1]
    if record.number != before.number + 1 or record.previous != before.edition_id:
        raise malformed(N_("it does not follow the edition before"))
    if record.made_at < before.made_at or record.journal.seq < before.journal.seq:
        raise malformed(N_("it is older than the edition before"))
    if record.territory != before.territory:
        raise malformed(N_("it is another territory's"))
    _verify_seats(record, before)
    verify_seat_keys(record, before)
    state = tidy(before.state, record.made_at)
    _verify_once(record, earlier)
    for decision in record.decisions:
        under = convention_at(earlier, decision.opened_at)
        proposal = verify_decision(decision, under, record.party, known)
        _verify_electors(decision, record.seats)
        verify_ballot_keys(decision, record.seat_keys)
        if decision.closed_at > record.made_at:
            raise malformed(N_("a decision is younger than the edition"))
        state = apply_decision(state, proposal, decision.closed_at, under)
    if not is_same(state.tree(), record.state.tree()):
        raise malformed(N_("its state is not what the decisions make of the one before"))


def _verify_once(record: Record, earlier: Sequence[Record]) -> None:
    """A decision is carried out once: what was removed since does not come back by showing old ballots."""
    known = {one.proposal["proposal_id"] for edition in earlier for one in edition.decisions}
    for decision in record.decisions:
        if decision.proposal["proposal_id"] in known:
            raise malformed(N_("one decision is carried out twice"))
        known.add(decision.proposal["proposal_id"])


def convention_at(editions: Sequence[Record], moment: int) -> Convention:
    """Return the convention that was in force at a moment; raise `RecordMalformed` when there was none."""
    found = [one.state.convention for one in editions if one.made_at <= moment]
    if not found:
        raise malformed(N_("a vote is older than the charter"))
    return found[-1]


def _verify_founding(record: Record) -> None:
    if record.number != 1 or record.previous is not None or record.decisions:
        raise malformed(N_("the first edition is not a founding one"))
    state = record.state
    if state.variants or state.withdrawn or set(state.policy) != {"name"}:
        raise malformed(N_("the founding edition holds more than the convention"))


def _verify_seats(record: Record, before: Record) -> None:
    """Seats are only added, or ended earlier than was planned: what an earlier edition says of the past stays."""
    if len(record.seats) < len(before.seats):
        raise malformed(N_("a seat of an earlier edition was changed"))
    for now, then in zip(record.seats, before.seats, strict=False):
        if now == then:
            continue
        if now.until is None or msgspec.structs.replace(now, until=then.until) != then:
            raise malformed(N_("a seat of an earlier edition was changed"))
        if now.until < before.made_at or (then.until is not None and then.until <= now.until):
            raise malformed(N_("a seat was ended before an earlier edition"))
    for seat in record.seats[len(before.seats) :]:
        if seat.since < before.made_at:
            raise malformed(N_("a seat was filled before an earlier edition"))


def _verify_electors(decision: Decision, seats: Sequence[Seat]) -> None:
    """Every seat that was held when the vote was opened could vote, but for those that stood aside."""
    held = {
        (one.seat, one.body)
        for one in seats
        if one.since <= decision.opened_at and (one.until is None or decision.opened_at < one.until)
    }
    could = {(one.seat, one.body) for one in decision.electors}
    recused = {one for one in held if one[0] in decision.recused}
    if could != held - recused or len(recused) != len(decision.recused):
        raise malformed(N_("a vote was not open to the seats that were held"))
