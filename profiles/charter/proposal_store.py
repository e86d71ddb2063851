"""SQL of proposals, of what happened to them, and of the seats that stand aside."""

from collections.abc import Sequence

import msgspec

from mdm.fleet.csv_reading import fold_title
from mdm.store import Connection, Row
from profiles.charter.canonical import canonical_json
from profiles.charter.convention import Kind
from profiles.charter.proposal import Proposal, draft_of
from profiles.charter.proposal_errors import ProposalAmbiguous
from profiles.charter.proposal_life import ProposalState
from profiles.charter.vote_errors import ProposalUnknown

_SEARCHED = 4000
_WORDS = 4
_SHOWN = 80
_BEGINNING = 6


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal. ``body`` is its tree as canonical JSON; moments in milliseconds since the epoch.

    ``revision`` counts what changed in it or its state; ``round`` is that of the latest vote, 0 before the first.
    """

    proposal_id: str
    kind: Kind
    title: str
    body: str
    state: ProposalState
    author: str
    revision: int
    round: int
    created_at: int
    changed_at: int
    submitted_at: int | None

    def proposal(self) -> Proposal:
        """Return the proposal, which may still lack what its kind needs before it is submitted."""
        return draft_of(msgspec.json.decode(self.body))


class ProposalLine(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal in a list."""

    proposal_id: str
    kind: Kind
    title: str
    state: ProposalState
    author: str
    revision: int
    changed_at: int
    submitted_at: int | None


class ProposalEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a proposal. ``kind``: the state a step led to, comment, request, answer or recusal.

    ``about`` is the position of the request that an answer answers.
    """

    position: int
    kind: str
    actor: str
    at: int
    words: str = ""
    about: int | None = None


class Recusal(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that stands aside, and why."""

    seat_id: str
    at: int
    words: str


_ROW = "proposal_id, kind, title, body, state, author, revision, round, created_at, changed_at, submitted_at"


def insert_proposal(
    conn: Connection,
    proposal: Proposal,
    *,
    state: ProposalState,
    author: str,
    now: int,
    submitted_at: int | None = None,
) -> None:
    """Add a proposal, with the first line of its history. ``author`` is a login."""
    conn.run(
        "INSERT INTO proposal (proposal_id, kind, title, search_key, body, state, author, revision, round, created_at,"
        " changed_at, submitted_at) VALUES (:proposal_id, :kind, :title, :search_key, :body, :state, :author, 1, 0,"
        " :now, :now, :submitted_at)",
        **_columns(proposal),
        proposal_id=proposal.proposal_id,
        state=state,
        author=author,
        now=now,
        submitted_at=submitted_at,
    )
    add_event(conn, proposal.proposal_id, kind=state, actor=f"account:{author}", now=now)


def save_content(conn: Connection, proposal: Proposal, *, now: int) -> None:
    """Store what a proposal says now."""
    conn.run(
        "UPDATE proposal SET kind = :kind, title = :title, search_key = :search_key, body = :body, changed_at = :now,"
        " revision = revision + 1 WHERE proposal_id = :proposal_id",
        **_columns(proposal),
        now=now,
        proposal_id=proposal.proposal_id,
    )


def set_state(conn: Connection, proposal_id: str, state: str, *, now: int) -> None:
    """Note the state of a proposal."""
    conn.run(
        "UPDATE proposal SET state = :state, changed_at = :now, revision = revision + 1"
        " WHERE proposal_id = :proposal_id",
        state=state,
        now=now,
        proposal_id=proposal_id,
    )


def set_submitted(conn: Connection, proposal_id: str, moment: int | None) -> None:
    """Note when a proposal was submitted: from then on the notice before a vote runs. None: it is a draft again."""
    conn.run(
        "UPDATE proposal SET submitted_at = CAST(:moment AS BIGINT) WHERE proposal_id = :proposal_id",
        moment=moment,
        proposal_id=proposal_id,
    )


def set_round(conn: Connection, proposal_id: str, round_: int) -> None:
    """Note the latest vote of a proposal."""
    conn.run(
        "UPDATE proposal SET round = :round WHERE proposal_id = :proposal_id", round=round_, proposal_id=proposal_id
    )


def proposal_row(conn: Connection, proposal_id: str) -> ProposalRow | None:
    """Return a proposal."""
    row = conn.one(f"SELECT {_ROW} FROM proposal WHERE proposal_id = :proposal_id", proposal_id=proposal_id)  # noqa: S608
    return None if row is None else ProposalRow(**row)


def hold_proposal(conn: Connection, proposal_id: str) -> ProposalRow:
    """Return a proposal that no other transaction changes before this one ends; raise `ProposalUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one(
        f"UPDATE proposal SET revision = revision WHERE proposal_id = :proposal_id RETURNING {_ROW}",  # noqa: S608
        proposal_id=proposal_id,
    )
    if row is None:
        raise ProposalUnknown(proposal=proposal_id[:_SHOWN])
    return ProposalRow(**row)


def require_proposal(conn: Connection, proposal_id: str) -> ProposalRow:
    """Return a proposal; raise `ProposalUnknown`."""
    row = proposal_row(conn, proposal_id)
    if row is None:
        raise ProposalUnknown(proposal=proposal_id[:_SHOWN])
    return row


def find_proposal(conn: Connection, reference: str) -> str:
    """Return the proposal that a person means by its identifier, or the beginning or end of it (6 digits at least).

    Raises `ProposalUnknown` or `ProposalAmbiguous`.
    """
    wanted = reference.strip().lower()
    whole = conn.one("SELECT proposal_id FROM proposal WHERE proposal_id = :wanted", wanted=wanted.replace("\0", ""))
    if whole is not None:
        return str(whole["proposal_id"])
    if len(wanted) < _BEGINNING or not set(wanted) <= set("0123456789abcdef"):
        raise ProposalUnknown(proposal=reference[:_SHOWN])
    rows = conn.all(
        "SELECT proposal_id FROM proposal WHERE proposal_id LIKE :beginning OR proposal_id LIKE :ending"
        " ORDER BY proposal_id LIMIT 2",
        beginning=f"{wanted}%",
        ending=f"%{wanted}",
    )
    if not rows:
        raise ProposalUnknown(proposal=reference[:_SHOWN])
    if len(rows) > 1:
        raise ProposalAmbiguous(proposal=reference[:_SHOWN])
    return str(rows[0]["proposal_id"])


def list_proposals(
    conn: Connection,
    *,
    state: ProposalState | None = None,
    kind: Kind | None = None,
    author: str = "",
    text: str = "",
    after: tuple[int, str] | None = None,
    limit: int,
) -> list[ProposalLine]:
    """Return proposals, the one that changed last first, from the one after ``after`` (``changed_at``, identifier).

    ``text``: up to four words, or parts of words, of the title and purpose, without regard to case and accents.
    """
    words = [f"%{word}%" for word in fold_title(text).split()[:_WORDS]]
    words += ["%"] * (_WORDS - len(words))
    rows = conn.all(
        "SELECT proposal_id, kind, title, state, author, revision, changed_at, submitted_at FROM proposal"
        " WHERE (:state = '' OR state = :state) AND (:kind = '' OR kind = :kind)"
        " AND (:author = '' OR author = :author)"
        " AND search_key LIKE :word1 AND search_key LIKE :word2 AND search_key LIKE :word3 AND search_key LIKE :word4"
        " AND (CAST(:at AS BIGINT) IS NULL OR (changed_at, proposal_id) < (CAST(:at AS BIGINT), :last))"
        " ORDER BY changed_at DESC, proposal_id DESC LIMIT :limit",
        state=state or "",
        kind=kind or "",
        author=author.replace("\0", ""),
        word1=words[0],
        word2=words[1],
        word3=words[2],
        word4=words[3],
        at=None if after is None else after[0],
        last="" if after is None else after[1],
        limit=limit,
    )
    return [ProposalLine(**row) for row in rows]


def waiting_ratifications(conn: Connection) -> list[ProposalRow]:
    """Return the ratifications that can be voted and are on no agenda of a meeting that is still to be closed."""
    rows = conn.all(
        f"SELECT {_ROW} FROM proposal p WHERE p.kind = 'ratification'"  # noqa: S608
        " AND p.state IN ('submitted', 'admissible', 'examined') AND NOT EXISTS (SELECT 1 FROM meeting_item i"
        " JOIN meeting m ON m.meeting_id = i.meeting_id"
        " WHERE i.proposal_id = p.proposal_id AND m.state <> 'closed') ORDER BY p.created_at, p.proposal_id"
    )
    return [ProposalRow(**row) for row in rows]


def add_event(
    conn: Connection, proposal_id: str, *, kind: str, actor: str, now: int, words: str = "", about: int | None = None
) -> int:
    """Add a line to a proposal's history; return its position."""
    row = conn.one(
        "INSERT INTO proposal_event (proposal_id, position, kind, actor, at, words, about)"
        " SELECT :proposal_id, COALESCE(MAX(position), 0) + 1, :kind, :actor, CAST(:now AS BIGINT), :words,"
        " CAST(:about AS BIGINT) FROM proposal_event WHERE proposal_id = :proposal_id RETURNING position",
        proposal_id=proposal_id,
        kind=kind,
        actor=actor,
        now=now,
        words=words,
        about=about,
    )
    return 0 if row is None else int(row["position"])


def events_of(conn: Connection, proposal_id: str) -> list[ProposalEvent]:
    """Return what happened to a proposal, oldest first."""
    rows = conn.all(
        "SELECT position, kind, actor, at, words, about FROM proposal_event WHERE proposal_id = :proposal_id"
        " ORDER BY position",
        proposal_id=proposal_id,
    )
    return [ProposalEvent(**row) for row in rows]


def insert_recusal(conn: Connection, proposal_id: str, seat_id: str, *, words: str, now: int) -> bool:
    """Let a seat stand aside; return False when it does already."""
    added = conn.run(
        "INSERT INTO recusal (proposal_id, seat_id, at, words) VALUES (:proposal_id, :seat_id, :now, :words)"
        " ON CONFLICT (proposal_id, seat_id) DO NOTHING",
        proposal_id=proposal_id,
        seat_id=seat_id,
        now=now,
        words=words,
    )
    return added == 1


def recusals_of(conn: Connection, proposal_id: str) -> list[Recusal]:
    """Return the seats that stand aside, with why, in order."""
    rows = conn.all(
        "SELECT seat_id, at, words FROM recusal WHERE proposal_id = :proposal_id ORDER BY seat_id",
        proposal_id=proposal_id,
    )
    return [Recusal(**row) for row in rows]


def recused_seats(conn: Connection, proposal_id: str) -> Sequence[str]:
    """Return the seats that stand aside, in order."""
    return [one.seat_id for one in recusals_of(conn, proposal_id)]


def take_out_ballot(conn: Connection, proposal_id: str, round_: int, seat_id: str) -> bool:
    """Take a seat's open ballot out of a vote; return whether there was one."""
    return bool(
        conn.run(
            "DELETE FROM ballot WHERE proposal_id = :proposal_id AND round = :round AND seat_id = :seat_id",
            proposal_id=proposal_id,
            round=round_,
            seat_id=seat_id,
        )
    )


def _columns(proposal: Proposal) -> Row:
    return {
        "kind": proposal.kind,
        "title": proposal.title,
        "search_key": fold_title(f"{proposal.title} {proposal.purpose[:_SEARCHED]}"),
        "body": canonical_json(proposal.tree()).decode(),
    }
