"""Spreads what is due at one moment: each tablet has a little time of its own after it, the same each day.

Without it all the tablets of a territory would be woken at 16:30:00, and all would ask for what changed at once.
"""

import hashlib

HOME_MS = 5 * 60_000
"""Changes of the day: over five minutes."""
FOCUS_MS = 20_000
"""The end of a class mode: a kit's tablets together, kits over twenty seconds."""


def after(key: str, within_ms: int) -> int:
    """Return the time of a tablet's or kit's own, in milliseconds, at least 0 and less than ``within_ms``."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % within_ms
