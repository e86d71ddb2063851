"""Dividing whole cents in proportion, so that the parts always make the whole; pure.

The largest-remainder method (Hamilton's): everyone first gets the whole cents of the exact part, then the cents that
are left go one each to the largest remainders. Two equal remainders are told apart by their keys, the smaller first,
so that the order in which parts are given never matters. Every part is within one cent of the exact one, and who
weighs more never gets less. As with every such method, one cent more in the whole can take one cent from a part.
"""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key", str, tuple[str, str])


def apportion(total: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Return each key's part of ``total`` cents, in proportion to its weight.

    Raises ValueError for a negative total or weight, and when there is something to divide and no weight at all.
    """
    whole = sum(weights.values())
    if total < 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("totals and weights are not negative")
    if whole == 0:
        if total:
            raise ValueError("nobody to divide among")
        return dict.fromkeys(weights, 0)
    parts = {key: total * weight // whole for key, weight in weights.items()}
    left = total - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return parts


def apportion_within(total: int, weights: Mapping[Key, int], limits: Mapping[Key, int]) -> dict[Key, int]:
    """Like `apportion`, but nobody gets more than their limit; what has no room then is divided among the others.

    The parts make ``total``, or all that the limits of those who have a weight leave room for.
    """
    parts = dict.fromkeys(weights, 0)
    left = total
    while left:
        open_keys = {key: weight for key, weight in weights.items() if weight and parts[key] < limits[key]}
        if not open_keys:
            break
        given = apportion(left, open_keys)
        for key, cents in given.items():
            taken = min(cents, limits[key] - parts[key])
            parts[key] += taken
            left -= taken
    return parts
