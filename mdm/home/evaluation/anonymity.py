"""Makes groups in which nobody can be found: k-anonymity over school, level, tablet and the weeks with data; pure.

A panel is a group of pupils of whom an export tells the same school, level, kind of tablet and weeks. Each has
``threshold`` members at least: schools become communes and then one territory, levels become cycles and then none,
kinds of tablet are left out, and who is still in no panel is left out, until that holds. What an earlier export told of
a pupil counts as known, so that two exports together split no panel.

Source: Samarati, Protecting respondents' identities in microdata release, IEEE TKDE 13 (2001).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import msgspec

from mdm.home.evaluation.errors import CohortTooSmall
from mdm.home.picture.levels import cycle_of
from mdm.home.picture.suppression import LEAST_THRESHOLD

ALL = "all"
LEFT_OUT_PERCENT = 10
"""How many of the pupils may be left out before everything is told more coarsely instead."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil, by pseudonym, as far as others may know who it is. ``earlier``: what earlier exports told."""

    pseudonym: str
    uai: str
    insee: str
    level: str
    platform: str
    weeks: frozenset[str]
    earlier: str = ""


class Recoding(msgspec.Struct, frozen=True, kw_only=True):
    """How coarsely an export tells: place as school, commune, territory; level, cycle, none; kind of tablet or none."""

    place: int = 0
    level: int = 0
    platform: int = 0

    def told(self, subject: Subject) -> tuple[str, str, str]:
        """Return the place, level and platform that an export tells of a pupil."""
        return (
            (subject.uai, subject.insee, ALL)[self.place],
            (subject.level, cycle_of(subject.level), ALL)[self.level],
            (subject.platform, ALL)[self.platform],
        )

    @property
    def place_kind(self) -> str:
        """What a place is: ``school``, ``commune`` or ``territory``."""
        return ("school", "commune", "territory")[self.place]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """Pupils of whom the same is told, of the same weeks."""

    place: str
    level: str
    platform: str
    weeks: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is told of its members, as one text."""
        return "|".join((self.place, self.level, self.platform, self.weeks[0], self.weeks[-1]))


class Grouping(msgspec.Struct, frozen=True, kw_only=True):
    """The panels of an export, and the pupils who are left out of it."""

    recoding: Recoding
    panels: tuple[Panel, ...]
    left_out: tuple[str, ...]


def group(subjects: Sequence[Subject], threshold: int) -> Grouping:
    """Return the finest grouping in which every panel has ``threshold`` members and few are left out.

    The same for the same pupils in any order. Raises `CohortTooSmall` when there is none.
    """
    known = sorted((one for one in subjects if one.weeks), key=lambda one: one.pseudonym)
    coarsest: Grouping | None = None
    for recoding in _recodings():
        found = _grouped(known, recoding, threshold)
        if found.panels and len(found.left_out) * 100 <= LEFT_OUT_PERCENT * len(known):
            return found
        if found.panels and (coarsest is None or len(found.left_out) < len(coarsest.left_out)):
            coarsest = found
    if coarsest is None:
        raise CohortTooSmall(threshold=threshold, pupils=len(known), least=LEAST_THRESHOLD)
    return coarsest


def smallest(grouping: Grouping) -> int:
    """Return how many members the smallest panel has."""
    return min(len(panel.members) for panel in grouping.panels)


def diversity(grouping: Grouping, values: Mapping[str, object]) -> int:
    """Return how many different values the least diverse panel has (l-diversity, distinct); ``values`` by pseudonym.

    Where it is 1, everybody in some panel did the same, and who knows the panel knows it of each member.
    """
    return min(len({values.get(one) for one in panel.members}) for panel in grouping.panels)


def _recodings() -> Iterator[Recoding]:
    """Yield the ways of telling, from the finest to the coarsest."""
    steps = sorted(product(range(3), range(3), range(2)), key=lambda one: (2 * one[0] + 2 * one[1] + one[2], one))
    for place, level, platform in steps:
        yield Recoding(place=place, level=level, platform=platform)


def _grouped(subjects: Sequence[Subject], recoding: Recoding, threshold: int) -> Grouping:
    classes: dict[tuple[tuple[str, str, str], str], list[Subject]] = {}
    for one in subjects:
        classes.setdefault((recoding.told(one), one.earlier), []).append(one)
    panels: list[Panel] = []
    left_out: list[str] = []
    for (told, _), members in sorted(classes.items(), key=lambda one: one[0]):
        remaining = {one.pseudonym: one.weeks for one in members}
        while (found := _widest_block(remaining, threshold)) is not None:
            weeks, inside = found
            panels.append(Panel(place=told[0], level=told[1], platform=told[2], weeks=weeks, members=inside))
            gone = frozenset(inside)
            remaining = {one: theirs for one, theirs in remaining.items() if one not in gone}
        left_out += remaining
    return Grouping(recoding=recoding, panels=tuple(panels), left_out=tuple(sorted(left_out)))


def _widest_block(
    weeks_of: Mapping[str, frozenset[str]], threshold: int
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return weeks in a row and the members who have data in them all, so that the most rows are kept.

    None where no ``threshold`` members share a week.
    """
    weeks = sorted(set().union(*weeks_of.values()))
    names = sorted(weeks_of)
    # One bit for each member, so that sharing is an and.
    having = [sum(1 << place for place, one in enumerate(names) if week in weeks_of[one]) for week in weeks]
    best: tuple[int, int, int, int] | None = None
    for first in range(len(weeks)):
        shared = -1
        for last in range(first, len(weeks)):
            shared &= having[last]
            many = shared.bit_count()
            if many < threshold:
                break
            rows = many * (last - first + 1)
            if best is None or rows > best[0]:
                best = (rows, first, last, shared)
    if best is None:
        return None
    _, first, last, shared = best
    members = tuple(one for place, one in enumerate(names) if shared >> place & 1)
    return tuple(weeks[first : last + 1]), members
