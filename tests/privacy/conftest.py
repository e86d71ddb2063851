"""What tests of personal data share: the register, and the room's parts on each engine."""

from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.privacy.register import Register, whole_register
from mdm.privacy.schema_store import Schema, read_schema
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals

VAULT = Vault(bytes(range(32)))


@pytest.fixture
def register() -> Register:
    return whole_register()


@pytest.fixture
async def schema(any_database: Database) -> Schema:
    engine = any_database.engine_name
    return await any_database.read(lambda conn: read_schema(conn, engine))


@pytest.fixture
def parts(any_database: Database, clock: ManualClock, tmp_path: Path) -> PrivacyParts:
    rooms = {"charter": SeatEraser(clock, Seals(VAULT))}
    return privacy_parts(any_database, clock, Journal(clock), tmp_path / "data", rooms=rooms)
