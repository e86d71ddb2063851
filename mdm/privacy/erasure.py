"""Erasing a person: every declared column is reached, and no word of the person is left that leads to somebody.

It takes several short transactions. That it was begun is stored first, so that it is finished after whatever happens;
doing it twice does no harm. Source: Regulation (EU) 2016/679, article 17.
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import msgspec
import structlog

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.privacy import erasure_store, statements
from mdm.privacy.declaration import ByRoom, Clear, DeleteRow, Owner, Pseudonym, Search
from mdm.privacy.erasure_list import ErasureList
from mdm.privacy.errors import StillNeeded, SubjectUnknown
from mdm.privacy.files import FilePlace, files_of_person, named_files
from mdm.privacy.register import Declared, Register
from mdm.privacy.request_store import begin_erasure, begun_erasures, finish_erasure
from mdm.privacy.schema_store import Schema, SchemaReader
from mdm.privacy.subject import Person, Subject, exists, person_of, root_of
from mdm.pseudonyms import forget_name, pseudonym_of
from mdm.store import Connection, Database

log = structlog.get_logger()

_ROWS = 500


class RoomEraser(Protocol):
    """What a room does with its sealed rows."""

    def check(self, conn: Connection, person: Person, /) -> str:
        """Return why the person is still needed, an English gettext text; empty when nothing keeps the data."""
        ...

    def erase(self, conn: Connection, person: Person, pseudonym: str, /) -> int:
        """Take the person out of the room's rows; return how many. It may be called again."""
        ...


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did: rows by table."""

    subject: str
    rows: dict[str, int]


class _Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to the rows of one table that name a person: without ``field`` they are deleted."""

    table: str
    field: Declared | None
    owner: Owner
    word: str

    def order(self) -> tuple[int, bool, bool]:
        """What finds rows goes last: a column by which others are found, and rows on the way to other tables."""
        names_itself = self.field is not None and self.field.field.column == self.owner.column
        return -len(self.owner.via), self.field is not None, names_itself


class Erasure:
    """Erases persons. ``rooms``: the functions that declarations with `ByRoom` name; each must be there.

    ``places``: the folders of files that rows name; a person's files go as soon as no row names them.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        register: Register,
        *,
        rooms: Mapping[str, RoomEraser],
        erased: ErasureList,
        places: Mapping[str, FilePlace] | None = None,
    ) -> None:
        needed = {one.erasure.room for one in register.fields.values() if isinstance(one.erasure, ByRoom)}
        if missing := needed - {*rooms}:
            raise ValueError(f"nothing erases the rows of {min(missing)}")
        self._database = database
        self._clock = clock
        self._journal = journal
        self._register = register
        self._rooms = rooms
        self._list = erased
        self._places = dict(places or {})
        self._schema = SchemaReader(database)

    async def erase(self, subject: Subject, *, actor: str) -> Erased:
        """Erase a person; raise `SubjectUnknown`, or `StillNeeded` with the reason."""
        request_id = new_id(self._clock)

        def begin(conn: Connection) -> None:
            self._check(conn, person_of(conn, subject))
            begin_erasure(conn, request_id, subject, actor=actor, now=self._clock.ms())

        await self._database.write(begin)
        return await self._finish(subject, actor=actor)

    async def erase_due(self, subject: Subject) -> bool:
        """Erase a person whose time is over; return False where something still needs the person."""
        try:
            await self.erase(subject, actor="system")
        except StillNeeded as error:
            log.info("erasure_waits", kind=subject.kind, reason=str(error.params["reason"]))
            return False
        except SubjectUnknown:
            return False
        return True

    async def resume(self) -> int:
        """Finish what was begun, and erase again whom a restored backup brought back; return how many persons."""
        begun = await self._database.read(begun_erasures)
        listed = [] if begun else await self._brought_back()
        for subject in {*begun, *listed}:
            await self._finish(subject, actor="system")
        return len({*begun, *listed})

    async def _brought_back(self) -> list[Subject]:
        listed = await self._list.subjects(self._clock.ms())
        return await self._database.read(lambda conn: [one for one in listed if exists(conn, one)])

    async def _finish(self, subject: Subject, *, actor: str) -> Erased:
        schema = await self._schema.schema()
        found = await self._database.read(lambda conn: person_of(conn, subject) if exists(conn, subject) else None)
        rows: dict[str, int] = {}
        pseudonym = None
        if found is not None:
            person = found
            if not subject.is_a_name:
                # Before the first row goes: a backup that is older than this line brings everything back.
                await self._list.add(subject, self._clock.ms())
            files = await self._database.read_long(lambda conn: files_of_person(conn, self._register, person))
            pseudonym = await self._database.write(lambda conn: self._pseudonym(conn, person))
            person = await self._database.read(lambda conn: person_of(conn, subject))
            # The rooms first: by rows that are deleted afterwards they find what else they have.
            rows |= await self._by_rooms(person, pseudonym)
            for work in self._works(schema, person):
                if number := await self._carry_out(work, schema, pseudonym):
                    rows[work.table] = rows.get(work.table, 0) + number
            if gone := await self._remove(files):
                rows["files"] = gone
        await self._database.write(lambda conn: self._end(conn, schema, found, pseudonym, subject, actor, rows))
        return Erased(subject=str(subject), rows=rows)

    def _check(self, conn: Connection, person: Person) -> None:
        if person.subject.kind == "account" and person.ended_at is None:
            raise StillNeeded(reason=erasure_store.STILL_OPEN)
        reasons = [room.check(conn, person) for room in self._rooms.values()]
        for reason in [*reasons, erasure_store.open_loan(conn, person)]:
            if reason:
                raise StillNeeded(reason=reason)

    def _pseudonym(self, conn: Connection, person: Person) -> str:
        """Return what stands in the person's place; the journal's pseudonym, so that both are one person's doing."""
        if person.name is None:
            return f"person:{person.subject.key}"
        # The journal's head orders all who make pseudonyms.
        conn.run("UPDATE journal_head SET seq = seq WHERE one = 1")
        return pseudonym_of(conn, person.name, self._clock)

    def _works(self, schema: Schema, person: Person) -> list["_Work"]:
        """Return what is to be done, the rows first that only other rows' words lead to."""
        root = root_of(person.subject.kind)
        apart = {"journal_person", root[0] if root is not None else ""}
        found: list[_Work] = []
        for table in self._register.tables:
            if table.name not in schema:
                continue
            fields = self._register.fields_of(table.name)
            if table.name not in apart and _deletes(fields):
                found += _works_of(table.name, None, table.owners, person)
            for one in fields:
                if isinstance(one.erasure, Search | Pseudonym | Clear):
                    found += _works_of(table.name, one, one.owners, person)
        return sorted(found, key=_Work.order)

    async def _carry_out(self, work: "_Work", schema: Schema, pseudonym: str) -> int:
        """Delete the person's rows of one table, or change one of its fields; return how many."""
        real, word = schema[work.table], work.word
        if work.field is None:
            before = statements.dependent_statements(self._register, schema, work.table)
            keys = await self._database.read_long(
                partial(erasure_store.rows_of_person, real=real, owner=work.owner, word=word)
            )
            return await self._each(keys, partial(erasure_store.delete_rows, before=before, real=real))
        column = work.field.field.column
        if isinstance(work.field.erasure, Search):
            keys = await self._database.read_long(
                partial(erasure_store.keys_holding, real=real, column=column, word=word)
            )
            return await self._each(keys, partial(erasure_store.delete_rows, before=[], real=real))
        new = work.field.erasure.to if isinstance(work.field.erasure, Clear) else pseudonym
        keys = await self._database.read_long(
            partial(erasure_store.rows_of_person, real=real, owner=work.owner, word=word, column=column, unlike=new)
        )
        return await self._each(keys, partial(erasure_store.change_rows, real=real, column=column, value=new))

    async def _by_rooms(self, person: Person, pseudonym: str) -> dict[str, int]:
        found = {}
        for name, room in self._rooms.items():
            number = await self._database.write(partial(_in_room, room=room, person=person, pseudonym=pseudonym))
            if number:
                found[name] = number
        return found

    async def _remove(self, files: Mapping[str, set[str]]) -> int:
        """Remove files that no row names any more; what is left by a stop in the middle goes with a later purge."""
        removed = 0
        for place, names in files.items():
            if place in self._places and names:
                still = await self._database.read(
                    partial(named_files, register=self._register, place=place, names=sorted(names))
                )
                removed += await self._places[place].remove(names - still)
        return removed

    async def _each(self, keys: list[dict[str, object]], work: "erasure_store.RowWork") -> int:
        for start in range(0, len(keys), _ROWS):
            await self._database.write(partial(work, keys=keys[start : start + _ROWS]))
        return len(keys)

    def _end(
        self,
        conn: Connection,
        schema: Schema,
        person: Person | None,
        pseudonym: str | None,
        subject: Subject,
        actor: str,
        rows: dict[str, int],
    ) -> None:
        """Delete the person's own row and forget the name, with the journal's entry: all or nothing."""
        root = root_of(subject.kind)
        if root is not None and person is not None:
            table, key = root
            before = statements.dependent_statements(self._register, schema, table)
            erasure_store.delete_root(conn, before, schema[table], key, subject.key)
        if person is not None and person.name is not None:
            forget_name(conn, person.name)
        called = pseudonym if subject.is_a_name and pseudonym is not None else str(subject)
        finish_erasure(conn, subject, called=called, now=self._clock.ms())
        self._journal.record(
            conn,
            "person_erased",
            actor=actor if person is None or actor != person.name else "system",
            subject=pseudonym or str(subject),
            detail={"kind": subject.kind, "rows": sum(rows.values())},
        )


def _in_room(conn: Connection, *, room: RoomEraser, person: Person, pseudonym: str) -> int:
    return room.erase(conn, person, pseudonym)


def _works_of(table: str, field: Declared | None, owners: tuple[Owner, ...], person: Person) -> list[_Work]:
    return [
        _Work(table=table, field=field, owner=owner, word=word)
        for owner in owners
        if person.is_called(owner.subject) and (word := person.word(owner.holds)) is not None
    ]


def _deletes(fields: tuple[Declared, ...]) -> bool:
    return any(isinstance(one.erasure, DeleteRow) and one.field.of is None for one in fields)
