"""No child's and no parent's name leaves the few columns that are for them: not in the journal, not in a log."""

import structlog

from mdm.home.loans.leavers import LeaversLoans
from mdm.home.loans.loan import Condition
from mdm.home.pupils.doubts import Answer
from mdm.home.pupils.names import NameForm
from mdm.store import Connection
from tests.home.loans.conftest import JUNE, MOTHER, Desk
from tests.home.pupils.families import ACTOR, BOURG, HOLDING, LINA, MAYA, PINS, guardians_file, onde, town_hall

NAMES = ("lina", "noé", "maya", "vernaque", "tarbouche", "quinterne", "ilse", "odon", "rose", "noë")
MAY_HOLD_A_NAME = frozenset({"pupil", "guardian"})


async def everything(desk: Desk) -> None:
    """Live through a whole year."""
    town = desk.town
    await town.pupils.choose_names(BOURG, NameForm.FULL, actor=ACTOR)
    await town.take_in(
        onde(LINA, MAYA),
        town_hall("Tarbouche;Noë-Luc;CE2;CE2 B", titles="Nom;Prénom;Niveau;Classe"),
        guardians_file("MME;;QUINTERNE;Rose;1 rue;;;QUINTERNE;Maya;CP;;;;"),
    )
    (doubt,) = await town.doubts.of_school(BOURG)
    await town.doubts.answer(doubt.doubt_id, Answer.SAME, pupil_id=desk.noe, actor=ACTOR)
    await town.take_in(onde(LINA), uai=PINS)
    (moved,) = await town.doubts.of_school(PINS)
    await town.doubts.answer(moved.doubt_id, Answer.BOTH, pupil_id=desk.lina, actor=ACTOR)
    loan = await desk.lend()
    await desk.reminders.once()
    await desk.loans.extend(loan.loan_id, JUNE, actor=ACTOR)
    await desk.loans.declare_lost(loan.loan_id, actor=f"account:{MOTHER}")
    await desk.loans.take_back(loan.loan_id, Condition(note="Fissure en haut"), actor=ACTOR)
    await desk.loans.end_year(BOURG, JUNE, actor=ACTOR)
    pending = await town.imports.read([onde(LINA)], uai=BOURG, actor=ACTOR)
    await town.imports.drop(pending.pending.import_id, actor=ACTOR)
    await town.pupils.leave(BOURG, desk.noe, actor=ACTOR)
    await LeaversLoans(town.database, town.clock, town.journal).once()


async def test_the_journal_the_logs_and_the_other_tables_name_nobody(any_desk: Desk) -> None:
    with structlog.testing.capture_logs() as logs:
        await everything(any_desk)

    def texts(conn: Connection) -> dict[str, str]:
        tables = ("journal", *(table for table in HOLDING if table not in MAY_HOLD_A_NAME))
        return {table: str(conn.all(f"SELECT * FROM {table}")).casefold() for table in tables}

    held = await any_desk.database.read(texts)
    assert len(held["journal"]) > 1000
    assert logs
    for name in NAMES:
        assert name not in str(logs).casefold()
        for table, text in held.items():
            assert name not in text, (name, table)
