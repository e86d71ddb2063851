"""A reach as a condition on ``tablet_glance``, for queries of both engines."""

from collections.abc import Iterable

from mdm.fleet.reach import Reach

_SIZES = (1, 4, 16, 64, 256, 1024, 4096)


def reach_condition(reach: Reach) -> tuple[str, dict[str, str]]:
    """Return SQL that holds for the tablets in reach, and its parameters.

    The number of parameters is rounded up, so that a database sees few different statements.
    """
    if reach.everything:
        return "1 = 1", {}
    parts: list[str] = []
    params: dict[str, str] = {}
    for name, column, places in (
        ("commune", "tablet_glance.insee", reach.communes),
        ("school", "tablet_glance.uai", reach.schools),
        ("kit", "tablet_glance.kit_id", reach.kits),
    ):
        if places:
            parts.append(f"{column} IN ({_names(name, places, params)})")
    if reach.classes:
        names = _names("class", reach.classes, params)
        parts.append(f"tablet_glance.kit_id IN (SELECT kit_id FROM kit WHERE class_id IN ({names}))")  # noqa: S608
    return (f"({' OR '.join(parts)})" if parts else "1 = 0"), params


def _names(name: str, places: Iterable[str], params: dict[str, str]) -> str:
    wanted = sorted(places)
    size = next((size for size in _SIZES if size >= len(wanted)), len(wanted))
    for place in range(size):
        params[f"{name}_{place}"] = wanted[min(place, len(wanted) - 1)]
    return ", ".join(f":{name}_{place}" for place in range(size))
