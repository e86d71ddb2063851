"""The places: a territory has communes, a commune has schools, a school has classes."""

import msgspec


class Territory(msgspec.Struct, frozen=True, kw_only=True):
    """What one Valise serves: a department, a group of communes. ``name`` is unique."""

    territory_id: str
    name: str


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """A commune, by its INSEE code."""

    insee: str
    territory_id: str
    name: str


class School(msgspec.Struct, frozen=True, kw_only=True):
    """A school, by its UAI. ``edition_id``: the edition of the charter that its kits follow, if one is set."""

    uai: str
    insee: str
    name: str
    edition_id: str | None = None


class SchoolClass(msgspec.Struct, frozen=True, kw_only=True):
    """A class of a school; ``name`` is unique in the school, ``level`` free text such as ``CE1-CE2``."""

    class_id: str
    uai: str
    name: str
    level: str = ""
