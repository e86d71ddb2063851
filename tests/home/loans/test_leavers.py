"""Who left goes: at the end of the school year with the whole family, unless a tablet is still out."""

from datetime import timedelta
from pathlib import Path

import pytest

from mdm.home.loans import leavers
from mdm.home.loans.leavers import LeaversLoans
from mdm.home.loans.loan import Condition
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.store import Connection
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals
from tests.home.loans.conftest import Desk
from tests.home.pupils.families import ACTOR, BOURG, LINA, NOE, PINS, onde

YEAR = timedelta(days=365)


def purging(desk: Desk, folder: Path) -> PrivacyParts:
    rooms = {"charter": SeatEraser(desk.clock, Seals(desk.town.vault))}
    return privacy_parts(desk.database, desk.clock, desk.town.journal, folder / "data", rooms=rooms)


async def count(desk: Desk, table: str) -> int:
    rows = await desk.database.read(lambda conn: conn.all(f"SELECT COUNT(*) AS n FROM {table}"))
    return int(rows[0]["n"])


async def loans(desk: Desk) -> list[dict[str, object]]:
    return await desk.database.read(lambda conn: conn.all("SELECT state, pupil_id FROM loan"))


async def test_what_never_began_is_ended_when_the_pupil_left(any_desk: Desk) -> None:
    await any_desk.prepare()
    kept = await any_desk.prepare(tablet=1, pupil=any_desk.noe)
    await any_desk.town.pupils.leave(BOURG, any_desk.lina, actor=ACTOR)
    closing = LeaversLoans(any_desk.database, any_desk.clock, any_desk.town.journal)
    assert await closing.once() == 1
    assert await closing.once() == 0
    assert sorted(str(one["state"]) for one in await loans(any_desk)) == ["ended", "prepared"]
    assert (await any_desk.lists.loan(kept.loan_id)).view.loan.state == "prepared"


async def test_many_are_ended_in_bounded_transactions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leavers, "BATCH", 1)
    await desk.prepare()
    await desk.prepare(tablet=1, pupil=desk.noe)
    for pupil in (desk.lina, desk.noe):
        await desk.town.pupils.leave(BOURG, pupil, actor=ACTOR)
    sizes: list[int] = []
    step = LeaversLoans._end_some

    def counted(self: LeaversLoans, conn: Connection) -> int:
        sizes.append(step(self, conn))
        return sizes[-1]

    monkeypatch.setattr(LeaversLoans, "_end_some", counted)
    assert await LeaversLoans(desk.database, desk.clock, desk.town.journal).once() == 2
    assert sizes == [1, 1, 0]


async def test_the_purge_takes_a_leaver_and_the_family_and_keeps_who_stays(any_desk: Desk, tmp_path: Path) -> None:
    loan = await any_desk.lend()
    await any_desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    await any_desk.town.pupils.leave(BOURG, any_desk.lina, actor=ACTOR)
    parts = purging(any_desk, tmp_path)
    await parts.purge.once()
    assert await count(any_desk, "pupil") == 2
    any_desk.clock.advance(YEAR)
    await parts.purge.once()
    assert await count(any_desk, "pupil") == 1
    # Lina's mother answers for nobody else; her father does, for Noé.
    assert await count(any_desk, "guardian") == 1
    assert "Lina" not in await any_desk.town.dump()
    any_desk.clock.advance(timedelta(days=2))
    await parts.purge.once()
    assert await loans(any_desk) == []


async def test_the_purge_waits_for_the_tablet(any_desk: Desk, tmp_path: Path) -> None:
    loan = await any_desk.lend()
    await any_desk.town.pupils.leave(BOURG, any_desk.lina, actor=ACTOR)
    any_desk.clock.advance(YEAR)
    parts = purging(any_desk, tmp_path)
    await parts.purge.once()
    assert await count(any_desk, "pupil") == 2
    await any_desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    await parts.purge.once()
    assert await count(any_desk, "pupil") == 1
    assert await loans(any_desk) == [{"state": "returned", "pupil_id": None}]


async def test_what_a_file_said_and_what_was_asked_go_in_their_time(any_desk: Desk, tmp_path: Path) -> None:
    town = any_desk.town
    await town.take_in(onde(LINA), uai=PINS)
    await town.imports.read([onde(NOE)], uai=BOURG, actor=ACTOR)
    assert (await count(any_desk, "pupil_import"), await count(any_desk, "pupil_doubt")) == (3, 1)
    any_desk.clock.advance(timedelta(days=2))
    parts = purging(any_desk, tmp_path)
    await parts.purge.once()
    assert (await count(any_desk, "pupil_import"), await count(any_desk, "pupil_doubt")) == (0, 1)
    any_desk.clock.advance(timedelta(days=90))
    await parts.purge.once()
    assert await count(any_desk, "pupil_doubt") == 0
