"""Pupil numbers by school and year: what shares in proportion to pupils are made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import SchoolUnknown, UaiLetterWrong
from mdm.fleet.import_report import ImportRefused
from mdm.store import Connection, Database
from profiles.costs.costs import Costs
from profiles.costs.place_store import SchoolPupils
from profiles.costs.pupil_import import PUPILS_LIMIT, PupilReport
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.catalogue_files import CSV, ApplyQuery
from webui.api.resources.cost_lists_store import pupils_after, school_pupils
from webui.api.resources.costs import Year
from webui.api.resources.import_reports import FilePlacesWrong, PlaceItem, places
from webui.api.resources.places import Uai
from webui.api.results import Nothing, Upload
from webui.permissions import Action

_FILE_BYTES = 2 * 1024 * 1024


class SchoolPupilsItem(msgspec.Struct, frozen=True, kw_only=True):
    """A school with its number of pupils for a year; null where it is missing, which keeps shares from being made."""

    uai: str
    name: str
    insee: str
    commune: str
    pupils: int | None


class PupilsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A school's number of pupils; zero for one that is closed."""

    pupils: Annotated[int, Meta(ge=0, le=PUPILS_LIMIT)]


class PupilsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A school whose number a file changes; `before` is null when there was none."""

    line: int
    uai: str
    before: int | None
    after: int


class PupilsImported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `applied` false would do; where `problems` has places, it would do nothing."""

    year: int
    applied: bool
    lines: int
    changed: tuple[PupilsChanged, ...]
    ignored_columns: tuple[str, ...]
    problems: tuple[PlaceItem, ...]


class YearPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a year."""

    year: Year


class SchoolYearPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a school in a year."""

    year: Year
    uai: Uai


class PupilOperations:
    """Reads and enters pupil numbers."""

    def __init__(self, database: Database, costs: Costs) -> None:
        self._database = database
        self._costs = costs

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/costs/years/{year}/pupils",
                self.list_pupils,
                name="list_pupils",
                summary="Every school with its number of pupils for a year, by commune.",
                needs=Action.READ_COSTS,
            ),
            operation(
                "PUT",
                "/costs/years/{year}/pupils/{uai}",
                self.enter,
                name="enter_pupils",
                summary="Enter a school's number of pupils for a year.",
                needs=Action.EDIT_COSTS,
                errors=(UaiLetterWrong, SchoolUnknown),
            ),
            operation(
                "POST",
                "/costs/years/{year}/pupils",
                self.import_file,
                name="import_pupils",
                summary="Try a file of the pupil numbers of a year, or import it: all of it, or nothing.",
                needs=Action.EDIT_COSTS,
                consumes=(CSV,),
                body_bytes=_FILE_BYTES,
                errors=(FilePlacesWrong,),
            ),
        ]

    async def list_pupils(self, call: Call[YearPath, PageQuery, Nothing]) -> Page[SchoolPupilsItem]:
        """Return schools by commune."""
        last = after(call.query, tuple[str, str]) or ("", "")
        year, limit = call.path.year, call.query.limit + 1
        rows = await self._database.read(lambda conn: pupils_after(conn, year, last, limit=limit))
        return page_of(call.query, rows, _item, lambda row: (row.insee, row.uai))

    async def enter(self, call: Call[SchoolYearPath, Nothing, PupilsWanted]) -> SchoolPupilsItem:
        """Enter a number."""
        year, uai = call.path.year, call.path.uai
        await self._costs.set_pupils(uai, year, call.body.pupils, actor=call.person.actor)

        def read(conn: Connection) -> SchoolPupils:
            found = school_pupils(conn, year, uai)
            if found is None:
                raise SchoolUnknown(uai=uai)
            return found

        return _item(await self._database.read(read))

    async def import_file(self, call: Call[YearPath, ApplyQuery, Upload]) -> PupilsImported:
        """Import a file, or tell what it would do."""
        apply, year = call.query.apply, call.path.year
        try:
            report = await self._costs.import_pupils(
                call.body.content, year, actor=call.person.actor, dry_run=not apply
            )
        except ImportRefused as refused:
            if apply:
                raise FilePlacesWrong(refused.problems) from refused
            problems = places(refused.problems, call.translate)
            return PupilsImported(year=year, applied=False, lines=0, changed=(), ignored_columns=(), problems=problems)
        return _done(report)


def _item(school: SchoolPupils) -> SchoolPupilsItem:
    return msgspec.convert(school, SchoolPupilsItem, from_attributes=True)


def _done(report: PupilReport) -> PupilsImported:
    return PupilsImported(
        year=report.year,
        applied=report.applied,
        lines=report.lines,
        changed=tuple(msgspec.convert(one, PupilsChanged, from_attributes=True) for one in report.changed),
        ignored_columns=report.ignored_columns,
        problems=(),
    )
