"""What everybody may read of the charter without signing in: its editions, their papers and the export.

What is read was verified; what somebody edited in the store is not shown. What is made of an edition is remembered.
"""

import asyncio
import hashlib
from collections import OrderedDict
from typing import TypeVar

import msgspec

from mdm.i18n import Translator
from mdm.store import Connection, Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.canonical import canonical_json
from profiles.charter.charter_paper import charter_pdf
from profiles.charter.charter_view import CharterView, charter_view
from profiles.charter.edition_store import edition_ids
from profiles.charter.editions import Editions
from profiles.charter.errors import EditionUnknown
from profiles.charter.place_store import place_names_of
from profiles.charter.record import Record

_REMEMBERED = 16

T = TypeVar("T")


class EditionMark(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in the list of all of them."""

    number: int
    edition_id: str
    made_at: int


class PublicEdition(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as it is published. ``editions``: all, the newest first. ``tag`` changes with what is shown."""

    view: CharterView
    editions: tuple[EditionMark, ...]
    tag: str

    @property
    def is_newest(self) -> bool:
        """Tell whether no edition came after it."""
        return self.view.number == self.editions[0].number


class PublicExport(msgspec.Struct, frozen=True, kw_only=True):
    """The export as a file: canonical JSON. ``tag`` changes with its content."""

    body: bytes
    tag: str
    territory: str
    number: int


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    records: tuple[Record, ...]
    shown: str
    places: dict[str, str]
    editions: tuple[EditionMark, ...]


class PublicCharter:
    """Reads the charter for everybody. ``address``: where people open this server."""

    def __init__(self, database: Database, editions: Editions, agreed: AgreedEditions, *, address: str) -> None:
        self._database = database
        self._editions = editions
        self._agreed = agreed
        self._address = address
        self._views: OrderedDict[str, PublicEdition] = OrderedDict()
        self._papers: OrderedDict[str, bytes] = OrderedDict()
        # A paper takes a second of a processor: visitors wait for one another.
        self._printing = asyncio.Lock()

    async def edition(self, number: int | None = None) -> PublicEdition:
        """Return an edition, the newest when none is named. Raises `EditionUnknown` or `NoCharter`."""
        held = await self._database.read_long(lambda conn: self._read(conn, number))
        named = (f"{key}={name}" for key, name in sorted(held.places.items()))
        tag = _digest(held.editions[0].edition_id, held.shown, *named)
        known = self._views.get(tag)
        if known is None:
            # Sentences of a long history take a while.
            view = await asyncio.to_thread(charter_view, held.records, held.records[0].key, held.places)
            known = _remember(self._views, tag, PublicEdition(view=view, editions=held.editions, tag=tag))
        return known

    async def paper(self, number: int, translate: Translator) -> bytes:
        """Return an edition as PDF. Raises `EditionUnknown` or `NoCharter`."""
        held = await self._database.read_long(lambda conn: self._read(conn, number))
        name = f"{translate.lang}:{held.shown}"
        async with self._printing:
            known = self._papers.get(name)
            if known is None:
                made = await charter_pdf(
                    held.records, held.records[0].key, translate, address=self._address, places=held.places
                )
                known = _remember(self._papers, name, made)
        return known

    async def export(self) -> PublicExport:
        """Return all editions and keys for anybody to verify, as they are kept. Raises `NoCharter`."""
        export = await self._editions.export()
        body = await asyncio.to_thread(lambda: canonical_json(export.tree()))
        newest = export.editions[-1].record
        return PublicExport(
            body=body,
            tag=hashlib.sha256(body).hexdigest()[:32],
            territory=str(newest.get("territory", "")),
            number=int(newest.get("number", 0)),
        )

    def _read(self, conn: Connection, number: int | None) -> _Held:
        head = self._agreed.head(conn)
        known = [(place, edition_id) for place, edition_id in edition_ids(conn) if place <= head.number]
        chain = [self._agreed.record(conn, edition_id) for _, edition_id in known]
        marks = tuple(
            EditionMark(number=place, edition_id=edition_id, made_at=one.made_at)
            for (place, edition_id), one in zip(reversed(known), reversed(chain), strict=True)
        )
        wanted = head.number if number is None else number
        records = tuple(one for one in chain if one.number <= wanted)
        if not records or records[-1].number != wanted:
            raise EditionUnknown(edition=wanted)
        named = {
            place for record in records[-2:] for one in record.state.variants for place in (*one.schools, *one.kits)
        }
        shown = next(one.edition_id for one in marks if one.number == wanted)
        return _Held(records=records, shown=shown, places=place_names_of(conn, named), editions=marks)


def _remember(store: OrderedDict[str, T], name: str, value: T) -> T:
    store[name] = value
    while len(store) > _REMEMBERED:
        store.popitem(last=False)
    return value


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
