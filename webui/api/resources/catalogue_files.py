"""The catalogue as a file: everything out, and files in, tried first."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mdm.fleet.import_report import ImportRefused
from profiles.catalogue.exchange import CatalogueReport, Exchange, ItemChange
from webui.api.operation import JSON, Call, Operation, operation
from webui.api.resources.import_reports import FilePlacesWrong, PlaceItem, places
from webui.api.results import Document, Nothing, Upload
from webui.permissions import Action

CSV = "text/csv"
CATALOGUE_JSON = "application/vnd.valise.catalogue+json"
FILE_BYTES = 16 * 1024 * 1024


class ChangedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one line adds or changes; `item_id` is empty for an item that is new."""

    line: int
    item_id: str
    name: str
    fields: tuple[str, ...]


class ItemsImported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `applied` false would do; where `problems` has places, it would do nothing."""

    applied: bool
    lines: int
    created: tuple[ChangedItem, ...]
    changed: tuple[ChangedItem, ...]
    unchanged: int
    ignored_columns: tuple[str, ...]
    problems: tuple[PlaceItem, ...]


class ApplyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Says whether a file is tried or imported."""

    apply: Annotated[bool, Meta(description="Import; without it only what would be done, or what is wrong.")] = False


class CatalogueFileOperations:
    """Exports and imports the catalogue."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/catalogue/export.csv",
                self.export_csv,
                name="export_catalogue_csv",
                summary="The whole catalogue for a spreadsheet, its titles in the language that is asked for.",
                needs=Action.READ_CATALOGUE,
                produces=CSV,
            ),
            operation(
                "GET",
                "/catalogue/export.json",
                self.export_json,
                name="export_catalogue_json",
                summary="The whole catalogue as a file that another territory can import.",
                needs=Action.READ_CATALOGUE,
                produces=CATALOGUE_JSON,
            ),
            operation(
                "POST",
                "/catalogue/import",
                self.import_file,
                name="import_catalogue",
                summary="Try a file of items with their dossiers, or import it: all of it, or nothing.",
                needs=Action.EDIT_CATALOGUE,
                consumes=(CSV, CATALOGUE_JSON, JSON),
                body_bytes=FILE_BYTES,
                errors=(FilePlacesWrong,),
            ),
        ]

    async def export_csv(self, call: Call[Nothing, Nothing, Nothing]) -> Document:
        """Return the file for a spreadsheet."""
        content = await self._exchange.export("csv", language="en" if call.translate.lang == "en" else "fr")
        return Document(content=content, filename="catalogue.csv")

    async def export_json(self, call: Call[Nothing, Nothing, Nothing]) -> Document:
        """Return the file with all that there is."""
        del call
        return Document(content=await self._exchange.export("json"), filename="catalogue.json")

    async def import_file(self, call: Call[Nothing, ApplyQuery, Upload]) -> ItemsImported:
        """Import a file, or tell what it would do."""
        apply = call.query.apply
        form: Literal["csv", "json"] = "csv" if call.body.media_type == CSV else "json"
        try:
            report = await self._exchange.import_file(
                call.body.content, form, actor=call.person.actor, dry_run=not apply
            )
        except ImportRefused as refused:
            if apply:
                raise FilePlacesWrong(refused.problems) from refused
            return _nothing(places(refused.problems, call.translate))
        return _done(report)


def _done(report: CatalogueReport) -> ItemsImported:
    return ItemsImported(
        applied=report.applied,
        lines=report.lines,
        created=tuple(_change(one) for one in report.created),
        changed=tuple(_change(one) for one in report.changed),
        unchanged=report.unchanged,
        ignored_columns=report.ignored_columns,
        problems=(),
    )


def _nothing(problems: tuple[PlaceItem, ...]) -> ItemsImported:
    return ItemsImported(
        applied=False, lines=0, created=(), changed=(), unchanged=0, ignored_columns=(), problems=problems
    )


def _change(change: ItemChange) -> ChangedItem:
    return ChangedItem(line=change.line, item_id=change.item_id, name=change.name, fields=change.fields)
