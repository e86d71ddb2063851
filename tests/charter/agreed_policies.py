"""Agreed policies for tests of compilers: each is signed into an edition of a small store, and read from there."""

import tempfile
from functools import cache
from pathlib import Path

import msgspec

from mdm.clock import SystemClock
from mdm.store.connection import EngineConnection
from mdm.store.engine import engine_for
from mdm.store.migrations import apply_migrations
from mdm.vault import Vault
from profiles.charter.agreed import AgreedEditions, AgreedPolicy
from profiles.charter.edition_store import CharterRow, charter_row, insert_charter, insert_edition, set_head
from profiles.charter.keyring import Keys
from profiles.charter.making import founding_record
from profiles.charter.record import JournalHead, sign
from profiles.charter.seals import Seals
from profiles.policy import Policy
from tests.charter.agreeing import PARTY, SIMPLE, START

_VAULT = Vault(bytes(range(32)))


@cache
def _store() -> tuple[EngineConnection, Keys, Seals]:
    engine = engine_for(f"sqlite:///{Path(tempfile.mkdtemp()) / 'agreed.db'}")
    engine.open()
    apply_migrations(engine, SystemClock())
    connection = engine.connect(write=True)
    connection.begin(write=True)
    keys = Keys(_VAULT)
    keys.create(connection, from_number=1, now=START, actor="test")
    return connection, keys, Seals(_VAULT)


def agreed(policy: Policy) -> AgreedPolicy:
    """The policy as an edition gives it to a kit."""
    conn, keys, seals = _store()
    row = conn.one("SELECT COALESCE(MAX(number), 0) + 1 AS next FROM edition")
    assert row is not None
    key_id, key = keys.signer(conn, row["next"])
    head = JournalHead(seq=0, hash="")
    record = founding_record("MACS", SIMPLE, seats=(), seat_keys=(), now=START, journal=head, party=PARTY, key=key_id)
    state = msgspec.structs.replace(record.state, policy=msgspec.to_builtins(policy))
    record = msgspec.structs.replace(record, number=row["next"], state=state)
    insert_edition(conn, sign(record, key), actor="test")
    seal = seals.seal("head", record.edition_id)
    if charter_row(conn) is None:
        insert_charter(conn, _charter(record.edition_id, seal))
    set_head(conn, record.edition_id, seal)
    return AgreedEditions(keys, seals).policy_for(conn, kit_id="k", uai="u", edition_id=record.edition_id, now=START)


def _charter(edition_id: str, seal: str) -> CharterRow:
    return CharterRow(
        territory="MACS",
        head_id=edition_id,
        head_seal=seal,
        current_id=edition_id,
        current_seal=seal,
        founded_at=START,
        moments_until=START,
    )
