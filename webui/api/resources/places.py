"""The places: territories, communes, schools and their classes."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import CommuneUnknown, SchoolUnknown
from mdm.fleet.territory import Commune, School, Territory
from mdm.fleet.territory_store import list_classes, require_commune, require_school
from mdm.store import Connection, Database
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.place_lists_store import communes_after, schools_after, territories_after
from webui.api.results import Nothing
from webui.permissions import Action

Uai = Annotated[str, Meta(pattern="^[0-9]{7}[A-Z]$", description="The school's national code, such as 0400377T.")]
Insee = Annotated[str, Meta(pattern="^[0-9][0-9AB][0-9]{3}$", description="The commune's INSEE code.")]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class TerritoryItem(msgspec.Struct, frozen=True, kw_only=True):
    """A territory: a department, a group of communes."""

    territory_id: str
    name: str


class CommuneItem(msgspec.Struct, frozen=True, kw_only=True):
    """A commune."""

    insee: str
    territory_id: str
    name: str


class SchoolItem(msgspec.Struct, frozen=True, kw_only=True):
    """A school."""

    uai: str
    insee: str
    name: str


class ClassItem(msgspec.Struct, frozen=True, kw_only=True):
    """A class of a school; `level` is free text such as CE1-CE2."""

    class_id: str
    name: str
    level: str


class SchoolShown(SchoolItem, frozen=True, kw_only=True):
    """A school with its classes."""

    classes: tuple[ClassItem, ...]


class CommunePath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a commune."""

    insee: Insee


class SchoolPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a school."""

    uai: Uai


class CommuneQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses communes."""

    territory: Id | None = None


class SchoolQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses schools."""

    commune: Insee | None = None


class PlaceOperations:
    """Reads the places."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def operations(self) -> list[Operation]:
        """Return the operations."""
        read = Action.READ_PLACES
        return [
            operation(
                "GET", "/territories", self.territories, name="list_territories", summary="The territories.", needs=read
            ),
            operation("GET", "/communes", self.communes, name="list_communes", summary="The communes.", needs=read),
            operation(
                "GET",
                "/communes/{insee}",
                self.commune,
                name="show_commune",
                summary="A commune.",
                needs=read,
                errors=(CommuneUnknown,),
            ),
            operation("GET", "/schools", self.schools, name="list_schools", summary="The schools.", needs=read),
            operation(
                "GET",
                "/schools/{uai}",
                self.school,
                name="show_school",
                summary="A school with its classes.",
                needs=read,
                errors=(SchoolUnknown,),
            ),
        ]

    async def territories(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[TerritoryItem]:
        """Return territories by name."""
        (name,) = after(call.query, tuple[str]) or ("",)
        limit = call.query.limit + 1
        rows = await self._database.read(lambda conn: territories_after(conn, name, limit=limit))
        return page_of(call.query, rows, _territory, lambda row: (row.name,))

    async def communes(self, call: Call[Nothing, CommuneQuery, Nothing]) -> Page[CommuneItem]:
        """Return communes by INSEE code."""
        (insee,) = after(call.query, tuple[str]) or ("",)
        territory, limit = call.query.territory or "", call.query.limit + 1
        rows = await self._database.read(lambda conn: communes_after(conn, insee, territory_id=territory, limit=limit))
        return page_of(call.query, rows, _commune, lambda row: (row.insee,))

    async def commune(self, call: Call[CommunePath, Nothing, Nothing]) -> CommuneItem:
        """Return a commune."""
        return _commune(await self._database.read(lambda conn: require_commune(conn, call.path.insee)))

    async def schools(self, call: Call[Nothing, SchoolQuery, Nothing]) -> Page[SchoolItem]:
        """Return schools by UAI."""
        (uai,) = after(call.query, tuple[str]) or ("",)
        commune, limit = call.query.commune or "", call.query.limit + 1
        rows = await self._database.read(lambda conn: schools_after(conn, uai, insee=commune, limit=limit))
        return page_of(call.query, rows, _school, lambda row: (row.uai,))

    async def school(self, call: Call[SchoolPath, Nothing, Nothing]) -> SchoolShown:
        """Return a school with its classes."""
        return await self._database.read(lambda conn: _shown(conn, call.path.uai))


def _territory(territory: Territory) -> TerritoryItem:
    return TerritoryItem(territory_id=territory.territory_id, name=territory.name)


def _commune(commune: Commune) -> CommuneItem:
    return CommuneItem(insee=commune.insee, territory_id=commune.territory_id, name=commune.name)


def _school(school: School) -> SchoolItem:
    return SchoolItem(uai=school.uai, insee=school.insee, name=school.name)


def _shown(conn: Connection, uai: str) -> SchoolShown:
    school = require_school(conn, uai)
    classes = tuple(ClassItem(class_id=one.class_id, name=one.name, level=one.level) for one in list_classes(conn, uai))
    return SchoolShown(uai=school.uai, insee=school.insee, name=school.name, classes=classes)
