"""Which kit goes in which wave: the named pilots first, the others in an order that a hash gives.

The order depends on the rollout and on nothing else, so that nobody is always first, and anybody can do it again.
"""

import hashlib
from collections.abc import Collection, Sequence

import msgspec

from profiles.rollouts.waves import WHOLE, Wave


class PlacedKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit in its wave (from 1) and its place in it (from 1)."""

    kit_id: str
    wave: int
    position: int


def rank(rollout_id: str, kit_id: str) -> str:
    """Return what a kit is sorted by in a rollout."""
    return hashlib.sha256(f"{rollout_id}\0{kit_id}".encode()).hexdigest()


def assign_waves(
    rollout_id: str, kits: Collection[str], pilots: Collection[str], waves: Sequence[Wave]
) -> tuple[PlacedKit, ...]:
    """Return every kit's wave and place. A share is rounded up, so that a wave of a small territory has a kit."""
    named = sorted(set(pilots) & set(kits), key=lambda kit_id: rank(rollout_id, kit_id))
    others = sorted(set(kits) - set(pilots), key=lambda kit_id: rank(rollout_id, kit_id))
    placed: list[PlacedKit] = []
    taken = 0
    for number, wave in enumerate(waves, start=1):
        if wave.pilots:
            chosen = named
        else:
            count = len(others) if wave.per_mille is None else -(-len(others) * wave.per_mille // WHOLE)
            chosen = others[taken : taken + count]
            taken += len(chosen)
        placed += [
            PlacedKit(kit_id=kit_id, wave=number, position=place) for place, kit_id in enumerate(chosen, start=1)
        ]
    return tuple(placed)
