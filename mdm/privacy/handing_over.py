"""All that is stored of a person, with its photos, for whoever hands it over (articles 15 and 20)."""

from collections.abc import Mapping
from contextlib import suppress

from mdm.errors import ValiseError
from mdm.i18n import Translator
from mdm.journal import Journal
from mdm.privacy.files import FilePlace, files_of_person
from mdm.privacy.register import Register
from mdm.privacy.stored import Openers, Told, stored_about, told
from mdm.privacy.subject import Subject, person_of
from mdm.privacy.vocabulary import SELF
from mdm.store import Connection, Database


class HandingOver:
    """Gathers what is stored of a person, and notes in the journal that it was taken out, by whom."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        register: Register,
        *,
        openers: Openers,
        places: Mapping[str, FilePlace],
    ) -> None:
        self._database = database
        self._journal = journal
        self._register = register
        self._openers = openers
        self._places = places

    async def gather(
        self, subject: Subject, translate: Translator, *, actor: str
    ) -> tuple[list[Told], dict[str, bytes]]:
        """Return all fields, as the person is shown them, and the files that they name; raise `SubjectUnknown`."""
        stored = await self._database.read_long(
            lambda conn: stored_about(conn, subject, viewers=(SELF,), register=self._register, openers=self._openers)
        )
        named = await self._database.read_long(
            lambda conn: files_of_person(conn, self._register, person_of(conn, subject))
        )
        files: dict[str, bytes] = {}
        for place, names in named.items():
            for name in sorted(names) if place in self._places else ():
                # A file that is gone is told as a line still.
                with suppress(ValiseError):
                    files[name] = await self._places[place].content(name)

        def note(conn: Connection) -> None:
            name = person_of(conn, subject).name or str(subject)
            detail = {"fields": len(stored)}
            self._journal.record(conn, "personal_data_handed_over", actor=actor, subject=name, detail=detail)

        await self._database.write(note)
        return told(stored, translate), files
