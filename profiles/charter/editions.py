"""Editions as the server makes and shows them: founded, published from decisions, exported, verified."""

from collections.abc import Callable, Sequence

import msgspec

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.errors import Words
from mdm.i18n import N_
from mdm.journal import Detail, Journal, latest_entries
from mdm.store import Connection, Database
from profiles.android.stock import remember_packages
from profiles.charter import edition_store, seat_store, vote_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.ballot import RelyingParty
from profiles.charter.chain import Export, ExportedEdition, Verdict, convention_at, verify_chain, verify_edition
from profiles.charter.convention import Convention
from profiles.charter.decision import Decision
from profiles.charter.edition_keys import EditionKey
from profiles.charter.edition_store import CharterRow, EditionLine
from profiles.charter.errors import (
    AlreadyFounded,
    ChangeImpossible,
    EditionNotVerified,
    EditionUnknown,
    NoCharter,
    NothingToPublish,
)
from profiles.charter.keyring import Keys
from profiles.charter.making import founding_record, next_record, next_state, policies_of, policy_from
from profiles.charter.record import JournalHead, Record, sign
from profiles.charter.seals import Seals
from profiles.charter.seat_key_store import seat_keys_of
from profiles.charter.seat_store import Holding
from profiles.charter.vote_store import WaitingDecision
from profiles.errors import PolicyInvalid
from profiles.policy import Policy


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """An edition that was made, and the adopted proposals that could not go into it, with the reason."""

    record: Record
    left_out: tuple[tuple[str, str], ...] = ()


class Editions:
    """Makes and shows editions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        keys: Keys,
        seals: Seals,
        agreed: AgreedEditions,
        party: RelyingParty,
        require_compilable: Callable[[Connection, Policy], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._keys = keys
        self._seals = seals
        self._agreed = agreed
        self._party = party
        self._require_compilable = require_compilable

    async def found(self, territory: str, convention: Convention, holdings: Sequence[Holding], *, actor: str) -> Record:
        """Found the charter: the first key, the first seats and the first edition. Raises `AlreadyFounded`."""
        return await self._database.write(lambda conn: self._found(conn, territory, convention, holdings, actor))

    async def publish(self, *, actor: str) -> Published:
        """Make an edition of the adopted proposals that wait for one. Raises `NothingToPublish`.

        A proposal that does not fit the state any more is left out, said, and waits no longer. Raises `SecretUnknown`
        while a policy names a secret that is not on the server.
        """
        return await self._database.write(lambda conn: self.publish_in(conn, actor=actor))

    async def rotate_key(self, *, actor: str) -> EditionKey:
        """Make a new edition key, signed by the one before; it signs from the next edition on."""
        return await self._database.write(lambda conn: self._rotate(conn, actor))

    async def lines(self) -> list[EditionLine]:
        """Return the editions, newest first."""
        return await self._database.read(edition_store.edition_lines)

    async def show(self, reference: str) -> Record:
        """Return an edition, verified, by its number or the beginning of its identifier, or ``head``.

        Raises `EditionUnknown`, `EditionNotVerified` or `NoCharter`.
        """
        return await self._database.read(lambda conn: self._show(conn, reference))

    async def head(self) -> Record:
        """Return the newest edition, verified. Raises `NoCharter`."""
        return await self._database.read(self._agreed.head)

    async def export(self) -> Export:
        """Return all editions and keys, as they are kept, for anybody to check. Raises `NoCharter`."""
        return await self._database.read_long(_export)

    async def verify(self) -> Verdict:
        """Check the whole chain as it is kept; raise `EditionNotVerified` or `NoCharter`."""
        return await self._database.read_long(lambda conn: verify_chain(_export(conn)))

    def convention_at(self, conn: Connection, moment: int) -> Convention:
        """Return the convention that was in force at a moment."""
        return convention_at(self._chain(conn), moment)

    def publish_in(self, conn: Connection, *, actor: str, only: str | None = None) -> Published:
        """Do what `publish` does, inside the caller's transaction; for one proposal alone when it is named."""
        # Held, so that no seat and no passkey begins or ends in another process while the edition is made.
        seat_store.hold_seats(conn)
        waiting = [one for one in vote_store.waiting_decisions(conn) if only in (None, one.proposal_id)]
        if not waiting:
            raise NothingToPublish
        earlier = self._chain(conn)
        taken, left_out = self._fitting(earlier, waiting)
        for one, reason in left_out:
            vote_store.set_impossible(conn, one.proposal_id, reason, now=self._clock.ms())
            self._journal.record(
                conn, "decision_impossible", actor=actor, subject=f"proposal:{one.proposal_id}", detail={"why": reason}
            )
        told = tuple((one.proposal_id, reason) for one, reason in left_out)
        if not taken:
            return Published(record=earlier[-1], left_out=told)
        record = self._next(conn, earlier, [one.decision for one in taken])
        key_id, private = self._keys.signer(conn, record.number)
        record = msgspec.structs.replace(record, key=key_id)
        signed = sign(record, private)
        ring = self._keys.ring(conn)
        verify_edition(signed, earlier, ring.keys, ring.known)
        edition_store.insert_edition(conn, signed, actor=actor)
        for one in taken:
            vote_store.set_edition(conn, one.proposal_id, one.round, record.edition_id, now=self._clock.ms())
        self._put_in_force(conn, record, earlier[-1], actor)
        return Published(record=record, left_out=told)

    def _put_in_force(self, conn: Connection, record: Record, before: Record, actor: str) -> None:
        edition_store.set_head(conn, record.edition_id, self._seals.seal("head", record.edition_id))
        for tree in policies_of(record.state, record.made_at):
            policy = policy_from(tree)
            self._require_compilable(conn, policy)
            remember_packages(conn, policy)
        self._journal.record(
            conn,
            "edition_published",
            actor=actor,
            subject=f"edition:{record.edition_id}",
            detail={"number": record.number, "decisions": len(record.decisions)},
        )
        if record.state.withdrawn != before.state.withdrawn:
            # What is withdrawn is withdrawn everywhere and at once, whichever edition a kit follows.
            convergence_store.look_again_everywhere(conn, now=self._clock.ms())
            conn.publish("checks", "")
        conn.publish("charter", record.edition_id)

    def _found(
        self, conn: Connection, territory: str, convention: Convention, holdings: Sequence[Holding], actor: str
    ) -> Record:
        if edition_store.charter_row(conn) is not None:
            raise AlreadyFounded
        now = self._clock.ms()
        self._keys.create(conn, from_number=1, now=now, actor=actor)
        for holding in holdings:
            seat_store.insert_holding(conn, holding, self._seals)
        key_id, private = self._keys.signer(conn, 1)
        record = founding_record(
            territory,
            convention,
            seats=seat_store.recorded_seats(conn, self._seals),
            seat_keys=seat_keys_of(conn, self._seals),
            now=now,
            journal=_journal_head(conn),
            party=self._party,
            key=key_id,
        )
        edition_store.insert_edition(conn, sign(record, private), actor=actor)
        edition_id = record.edition_id
        row = CharterRow(
            territory=territory,
            head_id=edition_id,
            head_seal=self._seals.seal("head", edition_id),
            current_id=edition_id,
            current_seal=self._seals.seal("charter", edition_id),
            founded_at=now,
            moments_until=now,
        )
        if not edition_store.insert_charter(conn, row):
            raise AlreadyFounded
        detail: Detail = {"convention": convention.name, "reference": convention.reference, "seats": len(holdings)}
        self._journal.record(conn, "charter_founded", actor=actor, subject=f"edition:{edition_id}", detail=detail)
        return record

    def _rotate(self, conn: Connection, actor: str) -> EditionKey:
        head = self._agreed.head(conn)
        key = self._keys.create(conn, from_number=head.number + 1, now=self._clock.ms(), actor=actor)
        self._journal.record(
            conn,
            "edition_key_rotated",
            actor=actor,
            subject=f"edition_key:{key.key}",
            detail={"from_number": key.from_number},
        )
        return key

    def _show(self, conn: Connection, reference: str) -> Record:
        if reference == "head":
            return self._agreed.head(conn)
        edition_id = edition_store.find_edition(conn, reference)
        if edition_id is None:
            raise EditionUnknown(edition=reference)
        return self._agreed.record(conn, edition_id)

    def _chain(self, conn: Connection) -> list[Record]:
        """Return every edition, verified, oldest first; raise `EditionNotVerified` when one of them is not."""
        found = [self._agreed.record(conn, edition_id) for _, edition_id in edition_store.edition_ids(conn)]
        if not found:
            raise NoCharter
        return found

    def _fitting(
        self, earlier: Sequence[Record], waiting: Sequence[WaitingDecision]
    ) -> tuple[list[WaitingDecision], list[tuple[WaitingDecision, str]]]:
        """Part the decisions into those that fit one after the other and those that do not any more."""
        taken: list[WaitingDecision] = []
        left: list[tuple[WaitingDecision, str]] = []
        for one in waiting:
            try:
                trial = [other.decision for other in (*taken, one)]
                next_state(earlier, trial, self._moment(earlier, trial))
            except (ChangeImpossible, PolicyInvalid) as error:
                left.append((one, str(error)))
            else:
                taken.append(one)
        return taken, left

    def _moment(self, earlier: Sequence[Record], decisions: Sequence[Decision]) -> int:
        """Return when the next edition is made: never before the one before, nor before its decisions."""
        return max(self._clock.ms(), earlier[-1].made_at, *(one.closed_at for one in decisions))

    def _next(self, conn: Connection, earlier: Sequence[Record], decisions: Sequence[Decision]) -> Record:
        return next_record(
            earlier,
            decisions,
            seats=seat_store.recorded_seats(conn, self._seals),
            seat_keys=seat_keys_of(conn, self._seals),
            now=self._moment(earlier, decisions),
            journal=_journal_head(conn),
            party=self._party,
            key=earlier[-1].key,
        )


def _journal_head(conn: Connection) -> JournalHead:
    newest = latest_entries(conn, limit=1)
    return JournalHead(seq=newest[0].seq, hash=newest[0].hash) if newest else JournalHead(seq=0, hash="")


def _export(conn: Connection) -> Export:
    rows = edition_store.edition_rows(conn)
    if not rows:
        raise NoCharter
    editions = []
    for row in rows:
        try:
            record = msgspec.json.decode(row.body)
        except msgspec.DecodeError as error:
            raise EditionNotVerified(number=row.number, reason=Words(N_("its content was changed"))) from error
        if record.get("number") != row.number:
            raise EditionNotVerified(number=row.number, reason=Words(N_("its number was changed")))
        editions.append(ExportedEdition(record=record, signature=row.signature))
    return Export(keys=tuple(row.key for row in edition_store.key_rows(conn)), editions=tuple(editions))
