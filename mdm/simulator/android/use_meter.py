"""An app that measures use and hands it to the agent: whole days by category, under a number that grows with time.

The agent carries the text in a free field of its report (``IMdmApi.setCustom``); what it means is the app's affair.
"""

import json
import random
from datetime import date, datetime, timedelta

_DAYS = 7
_EVENING, _NIGHT = 17, 20
_SHARES = {"learning": 40, "reading": 25, "creation": 15, "web": 12, "other": 8}
_LONGEST_MINUTES = 90


def use_field(seed: int, now: datetime) -> str:
    """Return what the app tells at a moment of the tablet's clock: a week, today as far as it has come."""
    days = {}
    for step in reversed(range(_DAYS)):
        day = now.date() - timedelta(days=step)
        minutes = _minutes(seed, day, so_far=_part(now) if step == 0 else 1.0)
        if minutes:
            days[day.isoformat()] = minutes
    return json.dumps({"use": 1, "n": int(now.timestamp()) // 60, "days": days}, separators=(",", ":"))


def _part(now: datetime) -> float:
    """Return how much of an evening's use is over."""
    return min(max((now.hour + now.minute / 60 - _EVENING) / (_NIGHT - _EVENING), 0.0), 1.0)


def _minutes(seed: int, day: date, *, so_far: float) -> dict[str, int]:
    rng = random.Random(f"use/{seed}/{day.isoformat()}")
    whole = rng.randint(0, _LONGEST_MINUTES) * so_far
    told = {category: int(whole * share / 100 * rng.uniform(0.5, 1.5)) for category, share in _SHARES.items()}
    return {category: minutes for category, minutes in told.items() if minutes}
