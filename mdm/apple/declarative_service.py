"""What the server answers at the declarative endpoints, and what it learns from status reports."""

from collections import OrderedDict
from typing import Any

import msgspec
import structlog

from mdm.apple.declarative import DeclarationSet, parse_endpoint
from mdm.apple.declarative_status import declaration_states, merge, operating_system_version, parse_status
from mdm.clock import Clock, from_ms
from mdm.commands import convergence_store
from mdm.commands.convergence import Convergence, TargetSource
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.store import Connection, Database

log = structlog.get_logger()

_REMEMBERED = 64


class DeclarativeAnswer(msgspec.Struct, frozen=True):
    """Status and JSON of an answer."""

    status: int
    body: bytes = b""


class DeclarativeService:
    """Serves each tablet the declarations of its target."""

    def __init__(self, database: Database, clock: Clock, targets: TargetSource, convergence: Convergence) -> None:
        self._database = database
        self._clock = clock
        self._targets = targets
        self._convergence = convergence
        self._sets: OrderedDict[str, DeclarationSet] = OrderedDict()

    async def handle(self, tablet_id: str, endpoint: str, data: bytes | None) -> DeclarativeAnswer:
        """Answer a request of a tablet; raise `DeclarativeInvalid` for an endpoint that Apple does not name."""
        asked = parse_endpoint(endpoint)
        if asked.name == "status":
            report = parse_status(data or b"")
            for error in report.errors:
                log.info("status_item_failed", tablet=tablet_id, item=error.item, reasons=list(error.reasons))
            await self._database.write(lambda conn: self._take_status(conn, tablet_id, data or b""))
            return DeclarativeAnswer(200)
        declared, created = await self._database.read(lambda conn: self._declared(conn, tablet_id))
        match asked.name:
            case "tokens":
                return DeclarativeAnswer(200, declared.tokens(timestamp(created)))
            case "declaration-items":
                return DeclarativeAnswer(200, declared.items())
            case _:
                body = declared.get(asked.kind, asked.identifier)
                return DeclarativeAnswer(200, body) if body is not None else DeclarativeAnswer(404)

    def _declared(self, conn: Connection, tablet_id: str) -> tuple[DeclarationSet, int]:
        target = self._targets.target_for(conn, tablet_id)
        if target is None or target.declarations is None:
            return DeclarationSet(declarations=()), 0
        found = self._sets.get(target.declarations)
        if found is None:
            stored = convergence_store.artifact(conn, target.declarations)
            if stored is None:
                raise LookupError(target.declarations)
            found = self._sets[target.declarations] = DeclarationSet.from_json(stored[1])
            if len(self._sets) > _REMEMBERED:
                self._sets.popitem(last=False)
        return found, convergence_store.artifact_created(conn, target.declarations)

    def _take_status(self, conn: Connection, tablet_id: str, data: bytes) -> None:
        report = parse_status(data)
        row = conn.one("SELECT status FROM declarative_status WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
        known: dict[str, Any] = msgspec.json.decode(row["status"]) if row else {}
        status = merge(known, report)
        now = self._clock.ms()
        conn.run(
            "INSERT INTO declarative_status (tablet_id, status, full_report_at, received_at)"
            " VALUES (:tablet_id, :status, :full_at, :now) ON CONFLICT (tablet_id) DO UPDATE SET"
            " status = excluded.status, received_at = excluded.received_at,"
            " full_report_at = COALESCE(excluded.full_report_at, declarative_status.full_report_at)",
            tablet_id=tablet_id,
            status=msgspec.json.encode(status, order="sorted").decode(),
            full_at=now if report.full else None,
            now=now,
        )
        save_facts(conn, [(tablet_id, ReportedFacts(os_version=operating_system_version(status)))], now=now)
        progress = convergence_store.progress_of(conn, tablet_id)
        states = declaration_states(status)
        if progress is None or states is None:
            return
        declared = self._declared(conn, tablet_id)[0].identifiers()
        held = {name: state for name, state in states.items() if name in declared}
        self._convergence.reported(conn, tablet_id, "ipad", msgspec.structs.replace(progress.report, declarations=held))
        conn.publish("tablet", tablet_id)


def timestamp(milliseconds: int) -> str:
    """Return a moment in the form that declarative management uses."""
    return from_ms(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ")
