"""Which voters' keys stood for which seats: editions publish it with dates, so that none is invented for a ballot."""

from collections.abc import Iterable

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.ballot import Ballot, Passkey
from profiles.charter.decision import Decision
from profiles.charter.errors import BallotRefused, malformed
from profiles.charter.record import Record, Seat, SeatKey


def first_stood(keys: Iterable[SeatKey], ballot: Ballot, opened_at: int) -> int | None:
    """Return since when the key of a ballot stands for its seat; None when it never did, or no more at the opening.

    A ballot by the server's word needs no key: 0.
    """
    evidence, seat = ballot.evidence, ballot.statement.seat
    if not isinstance(evidence, Passkey):
        return 0
    fingerprint = evidence.fingerprint
    stood = [
        one.since
        for one in keys
        if one.seat == seat and one.fingerprint == fingerprint and (one.until is None or opened_at < one.until)
    ]
    return min(stood, default=None)


def verify_ballot_keys(decision: Decision, keys: Iterable[SeatKey]) -> None:
    """Check that each key that signed a ballot stood for its seat while the vote was open; raise `BallotRefused`."""
    known = tuple(keys)
    for ballot in (*decision.ballots, *decision.taken_part):
        since = first_stood(known, ballot, decision.opened_at)
        if since is None or decision.closed_at < since:
            raise BallotRefused(reason=Words(N_("the key that signed it did not stand for its seat")))


def verify_seat_keys(record: Record, before: Record | None) -> None:
    """Check an edition's keys against those of the one before; raise `RecordMalformed`.

    They are only added, or ended earlier than was planned, and none outlasts the time that its seat was held.
    """
    then, earliest = ((), 0) if before is None else (before.seat_keys, before.made_at)
    if not all(any(is_within(one, seat) for seat in record.seats) for one in record.seat_keys):
        raise malformed(N_("a key stands for a seat that was not held"))
    kept = [_is_kept(now, was, earliest) for now, was in zip(record.seat_keys, then, strict=False)]
    if len(kept) < len(then) or not all(kept):
        raise malformed(N_("a key of an earlier edition was changed"))
    if any(one.since < earliest for one in record.seat_keys[len(then) :]):
        raise malformed(N_("a key was given to a seat before an earlier edition"))


def told_after(before: Record, keys: Iterable[SeatKey]) -> tuple[SeatKey, ...]:
    """Return keys as the next edition tells them: those of the edition before with their ends, then the others.

    One that the edition before should have told, and did not, stands from that edition on.
    """
    kept, left = [], list(keys)
    for was in before.seat_keys:
        found = [one for one in left if _goes_on(was, one)]
        kept += [msgspec.structs.replace(was, until=one.until) for one in found]
        left = [one for one in left if one not in found]
    earliest = before.made_at
    late = [one if earliest <= one.since else msgspec.structs.replace(one, since=earliest) for one in left]
    return (*kept, *(one for one in late if one.until is None or one.since < one.until))


def is_within(key: SeatKey, seat: Seat) -> bool:
    """Tell whether a key stands for a seat only while that is held in this way."""
    if key.seat != seat.seat or key.since < seat.since:
        return False
    return seat.until is None or (key.until is not None and key.until <= seat.until)


def _goes_on(was: SeatKey, now: SeatKey) -> bool:
    """Tell whether a key that an edition told is the one that is known now, told from a later moment on perhaps."""
    same = (was.seat, was.fingerprint) == (now.seat, now.fingerprint)
    return same and now.since <= was.since and (now.until is None or was.since < now.until)


def _is_kept(now: SeatKey, was: SeatKey, earliest: int) -> bool:
    """Tell whether a key is as it was, or was ended since, earlier than was planned."""
    if msgspec.structs.replace(now, until=was.until) != was:
        return False
    ended = now.until is not None and earliest <= now.until and (was.until is None or now.until < was.until)
    return ended or now.until == was.until
