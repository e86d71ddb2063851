"""Imports that wait, the turn that one of them has, and what a plan needs to know, in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mdm.home.pupils.errors import ImportBusy, ImportUnknown, PupilUnknown
from mdm.home.pupils.keys import Key, KeyKind
from mdm.home.pupils.lines import Source
from mdm.home.pupils.matching import Known, KnownPupil
from mdm.home.pupils.pupil import Inscription
from mdm.home.pupils.pupil_store import class_names, name_forms
from mdm.store import Connection, Row

STALLED_MS = 10 * 60_000
"""After how long without a step an import gives way to another; a step takes seconds."""
_FEW = 500


class PendingImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import; ``state``: waiting, applying (begun, perhaps left half done) or applied; ``counts`` are numbers only.

    ``leavers``: pupils whom no line names are taken out. ``done``: steps that are in the store.
    """

    import_id: str
    state: str
    uais: tuple[str, ...]
    counts: dict[str, int]
    leavers: bool
    done: int
    created_at: int
    created_by: str
    expires_at: int

    @property
    def compared(self) -> bool:
        """Tell whether it is known what the import would change."""
        return "add" in self.counts

    @property
    def steps(self) -> int:
        """How many lines there are to write, as far as is known."""
        return self.counts["lines"] + self.counts.get("guardians", 0)


def add_import(conn: Connection, pending: PendingImport, sealed: bytes) -> None:
    """Store an import that was read."""
    conn.run(
        "INSERT INTO pupil_import"
        " (import_id, state, uais, counts, sealed_lines, created_at, created_by, expires_at) VALUES"
        " (:import_id, 'waiting', :uais, :counts, :sealed, :created_at, :created_by, :expires_at)",
        import_id=pending.import_id,
        uais=" ".join(pending.uais),
        counts=_counts(pending.counts),
        sealed=sealed,
        created_at=pending.created_at,
        created_by=pending.created_by,
        expires_at=pending.expires_at,
    )


def require_import(conn: Connection, import_id: str, now: int) -> PendingImport:
    """Return an import whose day is not over; raise `ImportUnknown`."""
    row = conn.one(_IMPORT + " WHERE import_id = :import_id AND expires_at > :now", import_id=import_id, now=now)
    if row is None:
        raise ImportUnknown
    return _import(row)


def open_imports(conn: Connection, now: int) -> list[PendingImport]:
    """Return the imports that wait or were left half done, the newest first."""
    rows = conn.all(
        _IMPORT + " WHERE state IN ('waiting', 'applying') AND expires_at > :now"
        " ORDER BY created_at DESC, import_id DESC",
        now=now,
    )
    return [_import(row) for row in rows]


def sealed_lines(conn: Connection, import_id: str) -> bytes:
    """Return what an import's files say, sealed; raise `ImportUnknown`."""
    row = conn.one("SELECT sealed_lines FROM pupil_import WHERE import_id = :import_id", import_id=import_id)
    if row is None or row["sealed_lines"] is None:
        raise ImportUnknown
    return bytes(row["sealed_lines"])


def keep_compared(conn: Connection, import_id: str, sealed: bytes, counts: Mapping[str, int]) -> None:
    """Keep what comparing an import told; one that is being applied, or was, keeps its own numbers."""
    conn.run(
        "UPDATE pupil_import SET sealed_lines = :sealed, counts = :counts"
        " WHERE import_id = :import_id AND state = 'waiting'",
        import_id=import_id,
        sealed=sealed,
        counts=_counts(counts),
    )


def begin_applying(conn: Connection, import_id: str, *, leavers: bool) -> None:
    """Note that an import has begun; one that was begun keeps what was chosen then."""
    conn.run(
        "UPDATE pupil_import SET state = 'applying', leavers = :leavers"
        " WHERE import_id = :import_id AND state = 'waiting'",
        import_id=import_id,
        leavers=int(leavers),
    )


def advance(conn: Connection, import_id: str, *, done: int, now_done: int, now: int) -> None:
    """Note how many steps are done; raise `ImportBusy` when somebody else did them, dropped the import or has the turn.

    What it was compared with may have changed since it lost the turn.
    """
    has_turn = conn.run(
        "UPDATE pupil_import_turn SET moved_at = :now WHERE import_id = :import_id", import_id=import_id, now=now
    )
    moved = has_turn and conn.run(
        "UPDATE pupil_import SET done = :now_done WHERE import_id = :import_id AND state = 'applying' AND done = :done",
        import_id=import_id,
        done=done,
        now_done=now_done,
    )
    if not moved:
        raise ImportBusy


def finish_import(conn: Connection, import_id: str, counts: Mapping[str, int]) -> None:
    """Note that an import is applied; what its files say is gone."""
    conn.run(
        "UPDATE pupil_import SET state = 'applied', sealed_lines = NULL, counts = :counts WHERE import_id = :import_id",
        import_id=import_id,
        counts=_counts(counts),
    )


def delete_import(conn: Connection, import_id: str) -> None:
    """Forget an import, and give its turn back."""
    leave_turn(conn, import_id)
    conn.run("DELETE FROM pupil_import WHERE import_id = :import_id", import_id=import_id)


def take_turn(conn: Connection, import_id: str, now: int) -> None:
    """Take the turn to apply an import, or keep it; raise `ImportBusy` when another import has it.

    One whose day ended half done has it no more; one that has stopped gives it up.
    """
    taken = conn.run(
        "UPDATE pupil_import_turn SET import_id = :import_id, moved_at = :now"
        " WHERE one = 1 AND (import_id IS NULL OR import_id = :import_id OR moved_at <= :stalled OR NOT EXISTS"
        "  (SELECT 1 FROM pupil_import other WHERE other.import_id = pupil_import_turn.import_id"
        "   AND other.expires_at > :now))",
        import_id=import_id,
        now=now,
        stalled=now - STALLED_MS,
    )
    if not taken:
        raise ImportBusy


def has_turn(conn: Connection, import_id: str) -> bool:
    """Tell whether an import has the turn."""
    return conn.one("SELECT 1 AS one FROM pupil_import_turn WHERE import_id = :it", it=import_id) is not None


def leave_turn(conn: Connection, import_id: str) -> None:
    """Give the turn back."""
    conn.run("UPDATE pupil_import_turn SET import_id = NULL WHERE import_id = :import_id", import_id=import_id)


def require_no_turn(conn: Connection, now: int) -> None:
    """Hold the turn for this transaction; raise `ImportBusy` while an import is being applied.

    One that has stopped gives the turn up: it compares its lines anew before it goes on.
    """
    # Written whatever it holds: no import can begin before this transaction ends.
    row = conn.one(
        "UPDATE pupil_import_turn SET import_id = CASE WHEN moved_at <= :stalled THEN NULL ELSE import_id END"
        " WHERE one = 1 RETURNING import_id",
        stalled=now - STALLED_MS,
    )
    if row is None or row["import_id"] is None:
        return
    held = conn.one(
        "SELECT 1 AS one FROM pupil_import WHERE import_id = :import_id AND expires_at > :now",
        import_id=row["import_id"],
        now=now,
    )
    if held is not None:
        raise ImportBusy


def known_pupils(conn: Connection, uais: Sequence[str], digests: Iterable[str]) -> Known:
    """Return what is stored of some schools' pupils, and of those anywhere who have one of these keys."""
    found: dict[str, KnownPupil] = {}
    for uai in uais:
        for row in conn.all(_OF_SCHOOL, uai=uai):
            found.setdefault(row["pupil_id"], _known(row))
    _learn_keys(conn, found, uais)
    held = {key.digest for pupil in found.values() for key in pupil.keys}
    for pupil_id in _elsewhere(conn, [one for one in digests if one not in held]):
        if pupil_id not in found:
            found[pupil_id] = _alone(conn, pupil_id)
    _learn_inscriptions(conn, found)
    return Known(pupils=tuple(found.values()), class_names=class_names(conn), forms=name_forms(conn))


def _alone(conn: Connection, pupil_id: str) -> KnownPupil:
    row = conn.one("SELECT * FROM pupil WHERE pupil_id = :pupil_id", pupil_id=pupil_id)
    if row is None:
        raise PupilUnknown
    pupil = _known(row)
    keys = conn.all("SELECT key_digest, kind FROM pupil_key WHERE pupil_id = :pupil_id", pupil_id=pupil_id)
    pupil.keys.update(Key(KeyKind(key["kind"]), key["key_digest"]) for key in keys)
    return pupil


def _learn_keys(conn: Connection, found: Mapping[str, KnownPupil], uais: Sequence[str]) -> None:
    for uai in uais:
        for row in conn.all(_KEYS_OF_SCHOOL, uai=uai):
            found[row["pupil_id"]].keys.add(Key(KeyKind(row["kind"]), row["key_digest"]))


def _elsewhere(conn: Connection, digests: Sequence[str]) -> list[str]:
    if len(digests) <= _FEW:
        rows = [
            row
            for digest in digests
            for row in conn.all("SELECT pupil_id FROM pupil_key WHERE key_digest = :digest", digest=digest)
        ]
    else:
        wanted = set(digests)
        everyone = conn.stream("SELECT key_digest, pupil_id FROM pupil_key WHERE kind <> 'name'")
        rows = [row for row in everyone if row["key_digest"] in wanted]
    return list(dict.fromkeys(row["pupil_id"] for row in rows))


def _learn_inscriptions(conn: Connection, found: Mapping[str, KnownPupil]) -> None:
    if len(found) <= _FEW:
        rows = [row for pupil_id in found for row in conn.all(_INSCRIPTIONS + " WHERE pupil_id = :it", it=pupil_id)]
    else:
        rows = [row for row in conn.stream(_INSCRIPTIONS) if row["pupil_id"] in found]
    for row in rows:
        found[row["pupil_id"]].inscriptions[row["uai"]] = Inscription(
            uai=row["uai"], class_id=row["class_id"], level=row["level"], source=Source(row["source"])
        )


def _known(row: Row) -> KnownPupil:
    return KnownPupil(
        pupil_id=row["pupil_id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        inscriptions={},
        keys=set(),
    )


def _counts(counts: Mapping[str, int]) -> str:
    return msgspec.json.encode(dict(counts), order="sorted").decode()


def _import(row: Row) -> PendingImport:
    return PendingImport(
        import_id=row["import_id"],
        state=row["state"],
        uais=tuple(row["uais"].split()),
        counts=msgspec.json.decode(row["counts"], type=dict[str, int]),
        leavers=bool(row["leavers"]),
        done=row["done"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
    )


_IMPORT = "SELECT import_id, state, uais, counts, leavers, done, created_at, created_by, expires_at FROM pupil_import"
_OF_SCHOOL = (
    "SELECT pupil.* FROM pupil JOIN inscription ON inscription.pupil_id = pupil.pupil_id"
    " WHERE inscription.uai = :uai ORDER BY pupil.pupil_id"
)
_KEYS_OF_SCHOOL = (
    "SELECT pupil_key.pupil_id, pupil_key.key_digest, pupil_key.kind FROM pupil_key JOIN inscription"
    " ON inscription.pupil_id = pupil_key.pupil_id WHERE inscription.uai = :uai"
)
_INSCRIPTIONS = "SELECT pupil_id, uai, class_id, level, source FROM inscription"
