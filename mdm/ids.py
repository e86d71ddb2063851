"""Identifiers that sort by the time they were made."""

import secrets

from mdm.clock import Clock


def new_id(clock: Clock) -> str:
    """Return a UUID version 7 as 32 lower-case hex digits."""
    return id_at(clock.ms())


def id_at(now: int) -> str:
    """Return a UUID version 7 of a moment in milliseconds.

    Source: RFC 9562 section 5.7. Ordered by millisecond, so that neighbours in time are neighbours in an index.
    """
    random = secrets.randbits(74)
    high = random >> 62
    low = random & ((1 << 62) - 1)
    return f"{now & 0xFFFFFFFFFFFF:012x}7{high:03x}{(0b10 << 62) | low:016x}"
