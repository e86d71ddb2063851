"""Who a purchase is for: its schools and kits, and how many pupils or tablets each commune has among them; pure."""

from collections.abc import Iterable, Mapping

import msgspec

from profiles.costs.purchase import Coverage
from profiles.costs.words import Basis, Extent


class PlacedSchool(msgspec.Struct, frozen=True, kw_only=True):
    """A school with its commune."""

    uai: str
    name: str
    insee: str


class PlacedCommune(msgspec.Struct, frozen=True, kw_only=True):
    """A commune with its territory."""

    insee: str
    name: str
    territory_id: str


class PlacedKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit with its school, and how many tablets are in it that are not retired."""

    kit_id: str
    name: str
    uai: str
    tablets: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """All the places, by their identifiers; ``pupils``: the numbers of one year, by UAI, where they are known."""

    communes: Mapping[str, PlacedCommune]
    schools: Mapping[str, PlacedSchool]
    kits: Mapping[str, PlacedKit]
    pupils: Mapping[str, int]


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How many pupils or tablets each commune has, by INSEE code, and the schools whose number is not known."""

    by_commune: Mapping[str, int]
    unknown: tuple[PlacedSchool, ...] = ()


def weigh(coverage: Coverage, basis: Basis, places: Places) -> Weights:
    """Return what each commune counts for in a purchase; a commune with no school among its places is not there."""
    if basis is Basis.TABLETS:
        covered_kits = kits_of(coverage, places)
        return Weights(by_commune=_summed((places.schools[kit.uai].insee, kit.tablets) for kit in covered_kits))
    covered = schools_of(coverage, places)
    known = ((school.insee, places.pupils[school.uai]) for school in covered if school.uai in places.pupils)
    unknown = tuple(school for school in covered if school.uai not in places.pupils)
    return Weights(by_commune=_summed(known), unknown=unknown)


def schools_of(coverage: Coverage, places: Places) -> list[PlacedSchool]:
    """Return the schools that a purchase is for, by UAI."""
    covered = frozenset(coverage.places)
    if coverage.extent is Extent.KITS:
        covered = frozenset(places.kits[kit_id].uai for kit_id in covered if kit_id in places.kits)
    return [school for _, school in sorted(places.schools.items()) if _school_in(school, coverage, covered, places)]


def kits_of(coverage: Coverage, places: Places) -> list[PlacedKit]:
    """Return the kits that a purchase is for, by identifier."""
    if coverage.extent is Extent.KITS:
        return [kit for kit_id, kit in sorted(places.kits.items()) if kit_id in coverage.places]
    schools = {school.uai for school in schools_of(coverage, places)}
    return [kit for _, kit in sorted(places.kits.items()) if kit.uai in schools]


def _school_in(school: PlacedSchool, coverage: Coverage, covered: frozenset[str], places: Places) -> bool:
    if coverage.extent is Extent.TERRITORY:
        return places.communes[school.insee].territory_id in covered
    return (school.insee if coverage.extent is Extent.COMMUNES else school.uai) in covered


def _summed(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for insee, count in parts:
        sums[insee] = sums.get(insee, 0) + count
    return dict(sorted(sums.items()))
