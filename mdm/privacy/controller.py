"""Who answers for the processing: the controller, how to write to it, and the data protection officer."""

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.privacy.errors import WordsWrong
from mdm.store import Connection, Database

_MOST = 500
_NAMES = {"name": N_("Controller"), "contact": N_("Contact"), "officer": N_("Data protection officer")}


class Controller(msgspec.Struct, frozen=True, kw_only=True):
    """The controller (article 30(1)(a)); ``contact`` and ``officer`` are addresses to write to. Empty: not said yet."""

    name: str = ""
    contact: str = ""
    officer: str = ""


class Controllers:
    """Keeps the one controller of this server."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def current(self) -> Controller:
        """Return the controller as it was entered."""
        return await self._database.read(controller)

    async def set(self, wanted: Controller, *, actor: str) -> Controller:
        """Enter the controller; raise `WordsWrong`."""
        cleaned = Controller(**{name: text.strip() for name, text in msgspec.structs.asdict(wanted).items()})
        for name, text in msgspec.structs.asdict(cleaned).items():
            if not text or len(text) > _MOST:
                raise WordsWrong(field=Words(_NAMES[name]), most=_MOST)

        def keep(conn: Connection) -> None:
            conn.run(
                "INSERT INTO data_controller (one, name, contact, officer, changed_at, changed_by)"
                " VALUES (1, :name, :contact, :officer, :now, :actor) ON CONFLICT (one) DO UPDATE SET name = :name,"
                " contact = :contact, officer = :officer, changed_at = :now, changed_by = :actor",
                **msgspec.structs.asdict(cleaned),
                now=self._clock.ms(),
                actor=actor,
            )
            self._journal.record(conn, "data_controller_set", actor=actor, subject="data_controller")

        await self._database.write(keep)
        return cleaned


def controller(conn: Connection) -> Controller:
    """Return the controller; with empty texts when nobody entered it yet."""
    row = conn.one("SELECT name, contact, officer FROM data_controller WHERE one = 1")
    return Controller() if row is None else Controller(**row)
