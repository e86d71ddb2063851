"""The only way to a policy that may reach a tablet: from an edition that verifies.

An edition that was edited in the store is refused, and the newest one before it that verifies is kept in force.
"""

import hashlib
from collections import OrderedDict

import msgspec
import structlog

from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter.edition_store import (
    CharterRow,
    EditionRow,
    Followed,
    charter_row,
    edition_ids,
    edition_row,
    followed_by_kit,
)
from profiles.charter.errors import EditionNotVerified, NoCharter, RecordMalformed, malformed
from profiles.charter.keyring import Keys
from profiles.charter.making import policy_from
from profiles.charter.record import Record, SignedEdition, record_of, verify_signature
from profiles.charter.seals import Seals
from profiles.charter.state import policy_for
from profiles.policy import Policy

log = structlog.get_logger()

_REMEMBERED = 64
_MAKER = object()


class AgreedPolicy:
    """A policy that the committee agreed. Nothing but `AgreedEditions` makes one; the compilers take nothing else."""

    __slots__ = ("edition_id", "number", "policy")

    def __init__(self, maker: object, *, policy: Policy, edition_id: str, number: int) -> None:
        if maker is not _MAKER:
            raise TypeError("a policy is agreed by an edition that verifies, and by nothing else")
        self.policy = policy
        self.edition_id = edition_id
        self.number = number

    @property
    def policy_id(self) -> str:
        """The SHA-256 of the policy's canonical JSON, in hex: tablets with the same one share what is compiled."""
        return self.policy.policy_id


class AgreedEditions:
    """Verifies editions and gives the policy of each kit; the last ones are remembered."""

    def __init__(self, keys: Keys, seals: Seals) -> None:
        self._keys = keys
        self._seals = seals
        self._verified: OrderedDict[str, Record] = OrderedDict()
        self._policies: OrderedDict[tuple[str, ...], AgreedPolicy] = OrderedDict()
        self._refused: set[str] = set()

    def record(self, conn: Connection, edition_id: str) -> Record:
        """Return an edition's record, verified; raise `EditionNotVerified`, or `NoCharter` when there is none."""
        known = self._verified.get(edition_id)
        if known is not None:
            return known
        row = edition_row(conn, edition_id)
        if row is None:
            raise EditionNotVerified(number=0, reason=Words(N_("it is not there")))
        record = self._verify(conn, row)
        self._verified[edition_id] = record
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return record

    def head(self, conn: Connection) -> Record:
        """Return the newest edition, verified; the newest that verifies when that one does not. Raises `NoCharter`."""
        row = self._charter(conn)
        return self._head(conn, row.head_id, row.head_seal)

    def policy_of_kit(self, conn: Connection, kit_id: str, now: int) -> AgreedPolicy | None:
        """Return the policy that a kit follows; None for an unknown kit or before a charter was founded."""
        followed = followed_by_kit(conn, kit_id)
        return None if followed is None else self.policy_followed(conn, followed, now)

    def policy_followed(self, conn: Connection, followed: Followed, now: int) -> AgreedPolicy | None:
        """Return the policy of what a kit follows; None before a charter was founded.

        What somebody wrote into the store by hand does not hold: the territory's current edition does.
        """
        if followed.edition_id is None:
            return None
        if followed.head_id is None:
            raise NoCharter
        edition_id = followed.edition_id
        if not self._seals.holds(followed.seal, *_follow_parts(followed)):
            self._refuse(f"{followed.by}:{followed.kit_id}", "what is followed was edited")
            edition_id = self._current(conn)
        # The newest edition came with the same row: this is asked for each tablet that is looked at.
        record = self._record_or_last_good(conn, edition_id)
        head = self._head(conn, followed.head_id, followed.head_seal)
        return self._policy(record, head, followed.kit_id, followed.uai, now)

    def policy_for(self, conn: Connection, *, kit_id: str, uai: str, edition_id: str, now: int) -> AgreedPolicy:
        """Return the policy that an edition gives a kit at a moment, without what the newest edition withdrew."""
        return self._policy(self._record_or_last_good(conn, edition_id), self.head(conn), kit_id, uai, now)

    def _policy(self, record: Record, head: Record, kit_id: str, uai: str, now: int) -> AgreedPolicy:
        state = msgspec.structs.replace(record.state, withdrawn=head.state.withdrawn)
        key = (
            record.edition_id,
            *(one.name for one in state.variants if one.holds_for(kit_id, uai, now)),
            "",
            *(f"{one.decided_by}{one.ratify_by}" for one in state.withdrawn if one.holds(now)),
        )
        known = self._policies.get(key)
        if known is None:
            policy = policy_from(policy_for(state, kit_id, uai, now))
            known = AgreedPolicy(_MAKER, policy=policy, edition_id=record.edition_id, number=record.number)
            self._policies[key] = known
            if len(self._policies) > _REMEMBERED:
                self._policies.popitem(last=False)
        return known

    def _head(self, conn: Connection, head_id: str, seal: str | None) -> Record:
        if not self._seals.holds(seal, "head", head_id):
            return self._last_good(conn, before=None)
        return self._record_or_last_good(conn, head_id)

    def _charter(self, conn: Connection) -> CharterRow:
        row = charter_row(conn)
        if row is None:
            raise NoCharter
        return row

    def _current(self, conn: Connection) -> str:
        row = self._charter(conn)
        if self._seals.holds(row.current_seal, "charter", row.current_id):
            return row.current_id
        return self._last_good(conn, before=None).edition_id

    def _record_or_last_good(self, conn: Connection, edition_id: str) -> Record:
        try:
            return self.record(conn, edition_id)
        except EditionNotVerified as error:
            number = int(error.params["number"])
            self._refuse(f"edition:{edition_id}", "not verified")
            return self._last_good(conn, before=number or None)

    def _last_good(self, conn: Connection, *, before: int | None) -> Record:
        for number, edition_id in reversed(edition_ids(conn)):
            if before is not None and number >= before:
                continue
            try:
                return self.record(conn, edition_id)
            except EditionNotVerified:
                self._refuse(f"edition:{edition_id}", "not verified")
        raise EditionNotVerified(number=0, reason=Words(N_("no edition verifies")))

    def _verify(self, conn: Connection, row: EditionRow) -> Record:
        try:
            if hashlib.sha256(row.body.encode()).hexdigest() != row.edition_id:
                raise malformed(N_("its content was changed"))
            record = record_of(msgspec.json.decode(row.body))
            ring = self._keys.ring(conn)
            if record.key not in ring.known or record.number != row.number:
                raise malformed(N_("an edition key is not this server's"))
            verify_signature(SignedEdition(record=record, signature=row.signature), ring.known[record.key])
        except (ValiseError, msgspec.DecodeError) as error:
            reason = error.params["reason"] if isinstance(error, RecordMalformed) else str(error)
            raise EditionNotVerified(number=row.number, reason=reason) from error
        return record

    def _refuse(self, subject: str, reason: str) -> None:
        """Say once in the log that something was edited."""
        if subject in self._refused:
            return
        self._refused.add(subject)
        log.error("charter_row_refused", subject=subject, reason=reason)


def _follow_parts(followed: Followed) -> tuple[str, ...]:
    edition_id = followed.edition_id or ""
    if followed.by == "kit":
        return ("kit", followed.kit_id, edition_id)
    return ("school", followed.uai, edition_id) if followed.by == "school" else ("charter", edition_id)
