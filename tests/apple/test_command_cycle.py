"""The command cycle: order, NotNow, lost answers, foreign commands, and certificates that are not pinned."""

import plistlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.commands import queue
from mdm.store import Database
from tests.apple.conftest import DIGEST, TABLET, UDID, Ipad, plain_command, states


async def history(database: Database) -> dict[str, str]:
    answered = await database.read(lambda conn: queue.answered_deliveries(conn, TABLET))
    waiting = await database.read(lambda conn: queue.open_deliveries(conn, TABLET))
    return {**states(answered), **states(waiting)}


async def test_commands_are_sent_in_the_order_of_their_queueing(ipad: Ipad, enqueue: Callable[..., Any]) -> None:
    await enqueue(*(plain_command(name) for name in ("c1", "c2", "c3")))
    assert await ipad.gets("Idle") == "c1"
    assert await ipad.gets("Acknowledged", "c1") == "c2"
    assert await ipad.gets("Acknowledged", "c2") == "c3"
    assert await ipad.gets("Acknowledged", "c3") is None
    assert await ipad.gets("Idle") is None


async def test_a_command_whose_answer_was_lost_is_sent_again_with_the_same_uuid(
    ipad: Ipad, enqueue: Callable[..., Any]
) -> None:
    await enqueue(plain_command("c1"), plain_command("c2"))
    assert await ipad.gets("Idle") == "c1"
    assert await ipad.gets("Idle") == "c1"
    assert await ipad.gets("Acknowledged", "c1") == "c2"


async def test_not_now_comes_back_after_the_others_and_on_the_next_idle(
    ipad: Ipad, enqueue: Callable[..., Any], database: Database
) -> None:
    await enqueue(plain_command("c1"), plain_command("c2"))
    assert await ipad.gets("Idle") == "c1"
    assert await ipad.gets("NotNow", "c1") == "c2"
    assert await ipad.gets("NotNow", "c2") is None
    assert await history(database) == {"c1": "not_now", "c2": "not_now"}
    assert await ipad.gets("Idle") == "c1"
    assert await ipad.gets("Acknowledged", "c1") == "c2"
    assert await ipad.gets("Acknowledged", "c2") is None


async def test_an_error_is_kept_with_its_chain_and_the_queue_goes_on(
    ipad: Ipad, enqueue: Callable[..., Any], database: Database
) -> None:
    await enqueue(plain_command("c1"), plain_command("c2"))
    await ipad.gets("Idle")
    chain = [{"ErrorCode": 12021, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "Inconnu"}]
    assert await ipad.gets("Error", "c1", ErrorChain=chain) == "c2"
    (failed,) = await database.read(lambda conn: queue.answered_deliveries(conn, TABLET))
    assert failed.state == "error"
    assert "12021" in (failed.error_chain or "")
    assert "Inconnu" in (failed.error_chain or "")


async def test_an_answer_that_comes_twice_changes_nothing(
    ipad: Ipad, enqueue: Callable[..., Any], database: Database
) -> None:
    await enqueue(plain_command("c1"), plain_command("c2"))
    await ipad.gets("Idle")
    assert await ipad.gets("Acknowledged", "c1") == "c2"
    assert await ipad.gets("Error", "c1", ErrorChain=[]) == "c2"
    assert (await history(database))["c1"] == "acknowledged"


async def test_an_answer_to_a_command_of_another_server_is_answered_and_not_kept(
    ipad: Ipad, enqueue: Callable[..., Any], database: Database
) -> None:
    await enqueue(plain_command("c1"))
    assert await ipad.gets("Acknowledged", "of-another-server") == "c1"
    assert await database.read(lambda conn: conn.all("SELECT * FROM answer")) == []


async def test_another_certificate_gets_nothing_of_this_tablets(ipad: Ipad, enqueue: Callable[..., Any]) -> None:
    await enqueue(plain_command("c1"))
    reply = await ipad.says("Idle", digest="e" * 64)
    assert (reply.outcome, reply.body) == ("unpinned", None)
    assert await ipad.gets("Idle") == "c1"


async def test_a_device_that_never_enrolled_is_told_so(ipad: Ipad) -> None:
    assert (await ipad.says("Idle", udid="FFFFFFFF-0000")).outcome == "not_enrolled"


async def test_one_command_to_many_tablets_is_stored_once(
    ipad: Ipad, enqueue: Callable[..., Any], database: Database
) -> None:
    await enqueue(plain_command("c1"), tablets=[TABLET, *(f"{number:032x}" for number in range(2000))])
    row = await database.read(
        lambda conn: conn.one(
            "SELECT (SELECT COUNT(*) FROM command) AS commands, (SELECT COUNT(*) FROM delivery) AS deliveries,"
            " (SELECT COUNT(*) FROM wake) AS wakes"
        )
    )
    assert row == {"commands": 1, "deliveries": 2001, "wakes": 2001}


async def test_a_wiped_tablets_queue_is_cleared(ipad: Ipad, enqueue: Callable[..., Any], database: Database) -> None:
    await enqueue(plain_command("c1"), plain_command("c2"))
    await ipad.gets("Idle")
    assert await database.write(lambda conn: queue.cancel_open(conn, TABLET, now=5)) == 2
    assert await ipad.gets("Idle") is None
    assert await history(database) == {"c1": "cancelled", "c2": "cancelled"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    behaviour=st.lists(st.sampled_from(["Acknowledged", "Error", "NotNow", "lost", "twice"]), max_size=12),
    count=st.integers(1, 6),
)
def test_every_command_is_answered_once_whatever_the_line_does(behaviour: list[str], count: int) -> None:
    """A model of the queue against the real one, on a database in memory of its own."""
    import asyncio
    import tempfile
    from datetime import UTC, datetime
    from pathlib import Path

    from mdm.apple.cycle import CommandCycle
    from mdm.apple.steps import AppleSteps
    from mdm.clock import ManualClock
    from mdm.commands.convergence import Convergence
    from mdm.store import open_database
    from tests.apple.conftest import Arrivals, Targets, add_ipad

    async def run(folder: str) -> None:
        clock = ManualClock(datetime(2026, 9, 1, tzinfo=UTC))
        database = await open_database(f"sqlite:///{Path(folder) / 'v.db'}", clock, migrate=True)
        convergence = Convergence(clock, Targets(), {"ipad": AppleSteps()}, Arrivals())
        cycle = CommandCycle(clock, convergence, lambda conn, tablet_id: None)
        tablet = Ipad(database, clock, cycle)
        await database.write(lambda conn: add_ipad(conn, TABLET, UDID, DIGEST, 1))
        names = [f"c{number}" for number in range(count)]
        for name in names:
            await database.write(
                lambda conn, one=name: queue.enqueue(conn, plain_command(one), [TABLET], now=1, actor="cli:test")
            )
        answered: dict[str, str] = {}
        current = await tablet.gets("Idle")
        for act in behaviour:
            if current is None:
                current = await tablet.gets("Idle")
                if current is None:
                    break
            if act == "lost":
                current = await tablet.gets("Idle")
                continue
            asked = current
            if act in ("Acknowledged", "Error", "twice"):
                assert asked not in answered
                answered[asked] = "error" if act == "Error" else "acknowledged"
            status = "Acknowledged" if act == "twice" else act
            current = await tablet.gets(status, asked)
            if act == "twice":
                current = await tablet.gets(status, asked)
        while True:
            current = current or await tablet.gets("Idle")
            if current is None:
                break
            assert current not in answered
            answered[current] = "acknowledged"
            current = await tablet.gets("Acknowledged", current)
        assert set(answered) == set(names)
        assert await history(database) == answered
        await database.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(folder))


async def test_the_bytes_sent_are_those_that_were_queued(ipad: Ipad, enqueue: Callable[..., Any]) -> None:
    command = plain_command("c1", Marker="é")
    await enqueue(command)
    reply = await ipad.says("Idle")
    assert reply.body == command.body
    assert plistlib.loads(reply.body or b"")["Command"]["Marker"] == "é"
