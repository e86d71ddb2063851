"""Pupils as a school sees and changes them: lists, a child entered by hand, names, the year's end."""

from collections.abc import Mapping

import msgspec

from mdm.clock import Clock
from mdm.fleet.names import clean_name
from mdm.fleet.territory_store import list_classes, require_school
from mdm.fleet.uai import parse_uai
from mdm.home.pupils import pupil_store
from mdm.home.pupils.doubt_store import count_doubts
from mdm.home.pupils.errors import ClassesNotAllSaid
from mdm.home.pupils.import_store import require_no_turn
from mdm.home.pupils.keys import PupilKeys
from mdm.home.pupils.lines import PupilLine, Source
from mdm.home.pupils.names import NameForm, kept_last_name, readable, shortened
from mdm.home.pupils.pupil import ClassCount, Inscription, Pupil, PupilPage, clean_level
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

_PERSON_LIMIT = 80


class SchoolPupils(msgspec.Struct, frozen=True, kw_only=True):
    """A school's pupils in numbers, and what it chose. ``doubts``: questions of imports that wait."""

    uai: str
    name: str
    name_form: NameForm
    classes: tuple[ClassCount, ...]
    doubts: int

    @property
    def pupils(self) -> int:
        """How many pupils the school has."""
        return sum(one.pupils for one in self.classes)


class PupilDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil with every school it is in."""

    pupil: Pupil
    inscriptions: tuple[Inscription, ...]


class Pupils:
    """Lists pupils and changes them; each decision is journalled, with identifiers only."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._keys = PupilKeys(vault)

    async def school(self, uai: str) -> SchoolPupils:
        """Return a school's classes and choices; raise `SchoolUnknown`."""

        def read(conn: Connection) -> SchoolPupils:
            school = require_school(conn, uai)
            return SchoolPupils(
                uai=school.uai,
                name=school.name,
                name_form=pupil_store.name_form(conn, uai),
                classes=tuple(pupil_store.count_classes(conn, uai)),
                doubts=count_doubts(conn, uai),
            )

        return await self._database.read(read)

    async def page(
        self, uai: str, *, class_id: str | None = None, text: str = "", after: str = "", limit: int = 100
    ) -> PupilPage:
        """Return a page of a school's pupils; see `pupil_store.list_pupils`."""
        return await self._database.read(
            lambda conn: pupil_store.list_pupils(conn, uai, class_id=class_id, text=text, after=after, limit=limit)
        )

    async def pupil(self, pupil_id: str) -> PupilDetail:
        """Return a pupil with every school it is in; raise `PupilUnknown`."""
        return await self._database.read(
            lambda conn: PupilDetail(
                pupil=pupil_store.require_pupil(conn, pupil_id),
                inscriptions=tuple(pupil_store.inscriptions_of(conn, pupil_id)),
            )
        )

    async def add(
        self, uai: str, *, first_name: str, last_name: str, class_id: str | None, level: str = "", actor: str
    ) -> str:
        """Enter a pupil by hand and return its identifier; a later import recognises it by its name.

        Raises `UaiInvalid`, `NameInvalid`, `SchoolUnknown`, `ClassUnknown` or `ImportBusy`.
        """
        line = PupilLine(
            file=0,
            line=0,
            source=Source.HAND,
            uai=parse_uai(uai),
            class_name="",
            level=clean_level(level),
            first_name=readable(clean_name(first_name, limit=_PERSON_LIMIT)),
            last_name=readable(clean_name(last_name, limit=_PERSON_LIMIT)),
        )
        pupil_id = new_id(self._clock)
        await self._database.write(lambda conn: self._add(conn, line, pupil_id, class_id, actor))
        return pupil_id

    async def choose_names(self, uai: str, form: NameForm, *, actor: str) -> None:
        """Choose how much of names a school keeps; what is more than that is erased at once.

        More of them comes with the next import. Raises `SchoolUnknown` or `ImportBusy`.
        """

        def write(conn: Connection) -> None:
            require_no_turn(conn, self._clock.ms())
            require_school(conn, uai)
            pupil_store.save_name_form(conn, uai, form, now=self._clock.ms(), actor=actor)
            held = pupil_store.names_in_school(conn, uai)
            changed = [(it, shorter) for it, name in held if (shorter := shortened(name, form)) != name]
            pupil_store.save_last_names(conn, changed)
            self._journal.record(
                conn, "pupil_names_chosen", actor=actor, subject=f"school:{uai}", detail={"form": form.value}
            )

        await self._database.write(write)

    async def move_classes(self, uai: str, moves: Mapping[str, str | None], *, actor: str) -> dict[str, int]:
        """Let the year end: each class's pupils go to another class of the school, or leave it (None).

        Every class with pupils is said. Returns how many ``moved`` and ``left``. Raises `ClassesNotAllSaid`,
        `ClassUnknown`, `SchoolUnknown` or `ImportBusy`.
        """
        return await self._database.write(lambda conn: self._move_classes(conn, uai, moves, actor))

    async def leave(self, uai: str, pupil_id: str, *, actor: str) -> None:
        """Take a pupil out of a school; raise `PupilUnknown` or `ImportBusy`."""

        def write(conn: Connection) -> None:
            require_no_turn(conn, self._clock.ms())
            pupil_store.hold_pupil(conn, pupil_id)
            pupil_store.end_inscriptions(conn, uai, [pupil_id], self._clock.ms())
            self._journal.record(conn, "pupil_left", actor=actor, subject=f"pupil:{pupil_id}", detail={"school": uai})
            conn.publish("pupils", uai)

        await self._database.write(write)

    async def set_both_must_agree(self, pupil_id: str, both: bool, *, actor: str) -> None:
        """Note whether a loan to a pupil needs every guardian's yes; raise `PupilUnknown`."""

        def write(conn: Connection) -> None:
            pupil_store.hold_pupil(conn, pupil_id)
            pupil_store.set_both_must_agree(conn, pupil_id, both)
            self._journal.record(
                conn, "pupil_both_must_agree", actor=actor, subject=f"pupil:{pupil_id}", detail={"both": both}
            )

        await self._database.write(write)

    def _add(self, conn: Connection, line: PupilLine, pupil_id: str, class_id: str | None, actor: str) -> None:
        require_no_turn(conn, self._clock.ms())
        require_school(conn, line.uai)
        if class_id is not None:
            pupil_store.require_class(conn, line.uai, class_id)
        now = self._clock.ms()
        kept = kept_last_name(line.last_name, pupil_store.name_form(conn, line.uai))
        who = {"pupil_id": pupil_id, "now": now}
        pupil_store.save_pupils(conn, [{**who, "first_name": line.first_name, "last_name": kept}])
        pupil_store.save_keys(
            conn,
            [
                {"key_digest": key.digest, "pupil_id": pupil_id, "kind": key.kind.value}
                for key in self._keys.of_line(line)
            ],
        )
        place = {"uai": line.uai, "class_id": class_id, "level": line.level, "source": Source.HAND.value}
        pupil_store.save_inscriptions(conn, [{**who, **place}])
        self._journal.record(conn, "pupil_added", actor=actor, subject=f"pupil:{pupil_id}", detail={"school": line.uai})
        conn.publish("pupils", line.uai)

    def _move_classes(self, conn: Connection, uai: str, moves: Mapping[str, str | None], actor: str) -> dict[str, int]:
        require_no_turn(conn, self._clock.ms())
        require_school(conn, uai)
        classes = {one.class_id: one for one in list_classes(conn, uai)}
        # All are read before any is moved, since the classes go round: CP becomes CE1 while CE1 becomes CE2.
        pupils = {class_id: pupil_store.pupils_of_class(conn, uai, class_id) for class_id in classes}
        unsaid = [classes[it].name for it, ids in pupils.items() if ids and it not in moves]
        if unsaid:
            raise ClassesNotAllSaid(classes=", ".join(sorted(unsaid)))
        counts = {"moved": 0, "left": 0}
        for class_id, to in moves.items():
            pupil_store.require_class(conn, uai, class_id)
            if to is None:
                pupil_store.end_inscriptions(conn, uai, pupils[class_id], self._clock.ms())
                counts["left"] += len(pupils[class_id])
            elif to != class_id:
                level = pupil_store.require_class(conn, uai, to).level
                # A class of several levels does not tell a pupil's own; the next import does.
                only = level if "-" not in level else ""
                pupil_store.move_pupils(conn, uai, pupils[class_id], to, only, self._clock.ms())
                counts["moved"] += len(pupils[class_id])
        self._journal.record(conn, "classes_moved", actor=actor, subject=f"school:{uai}", detail=counts)
        conn.publish("pupils", uai)
        return counts
