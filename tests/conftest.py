"""What every test may ask for: a clock, a database, and Apple's schema."""

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest
import structlog

from mdm.clock import ManualClock
from mdm.store import Database, open_database
from mdm.store.engine import engine_for
from mdm.store.migrations import apply_migrations, known_migrations
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

BEGINNING = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SCHEMA_TOOL = Path(__file__).resolve().parents[2] / "shared" / "tools" / "apple_schema.py"


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Undo what a verb of the command line, run in this process, sets about logs."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(BEGINNING)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema and nothing in it; tests begin with a copy."""
    path = tmp_path_factory.mktemp("migrated") / "valise.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: TemporaryPostgres) -> str:
    """The name of a PostgreSQL database with the whole schema and nothing in it."""
    _migrate(postgres.create("migrated"))
    return "migrated"


def _migrate(url: str) -> None:
    engine = engine_for(url)
    engine.open()
    apply_migrations(engine, ManualClock(BEGINNING), known_migrations())
    engine.close()


@pytest.fixture
async def database(tmp_path: Path, clock: ManualClock, migrated_file: Path) -> AsyncIterator[Database]:
    opened = await open_database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'valise.db')}", clock)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def apple_schema() -> ModuleType:
    """Apple's schema checker, a module with check_profile, check_command, check_checkin and the like."""
    if not SCHEMA_TOOL.exists():
        not_run("Apple's schema is not beside the checkout")
    spec = importlib.util.spec_from_file_location("apple_schema", SCHEMA_TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["apple_schema"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
async def reactor() -> object:
    """Twisted's reactor on the loop that the tests run on."""
    from twisted.internet import asyncioreactor

    if "twisted.internet.reactor" not in sys.modules:
        asyncioreactor.install(asyncio.get_running_loop())
    from twisted.internet import reactor as installed

    # Whatever imports the reactor first installs one; another than this loop's would never answer.
    assert isinstance(installed, asyncioreactor.AsyncioSelectorReactor), "a test module imported Twisted's reactor"

    if not installed.running:  # type: ignore[attr-defined]
        installed.startRunning(installSignalHandlers=False)  # type: ignore[attr-defined]
    return installed


def not_run(reason: str) -> NoReturn:
    """Leave a test out where its program cannot be had; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI this must run: {reason}")
    pytest.skip(f"not run: {reason}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[TemporaryPostgres]:
    """A real PostgreSQL for this session."""
    try:
        # What a power cut leaves is tests/store/test_kill.py's, with a cluster of its own.
        cluster = TemporaryPostgres(durable=False)
        cluster.start()
    except PostgresMissing as missing:
        not_run(str(missing))
    yield cluster
    cluster.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    cluster: TemporaryPostgres = request.getfixturevalue("postgres")
    return cluster.create("empty")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database with nothing in it, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path / 'store.db')}"
    cluster: TemporaryPostgres = request.getfixturevalue("postgres")
    return cluster.create("contract", like=request.getfixturevalue("migrated_postgres"))


@pytest.fixture
async def any_database(store_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """An open database, on each engine in turn."""
    opened = await open_database(store_url, clock)
    yield opened
    await opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one closing line which programs were missing, and how many tests that left out."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        if "not run: " in reason:
            reason = reason.split("not run: ", 1)[1]
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        listed = "; ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
        terminalreporter.write_line(f"not run: {listed}", yellow=True)
