"""SQL of the register of decisions: the votes that were closed, the newest first."""

import msgspec

from mdm.fleet.csv_reading import fold_title
from mdm.store import Connection, Row
from profiles.charter.vote_store import VoteRow

_WORDS = 4


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions; what is empty or None chooses nothing.

    ``since`` and ``before`` bound the closing (milliseconds since the epoch); ``body``: one whose votes decided.
    """

    text: str = ""
    kind: str = ""
    adopted: bool | None = None
    since: int = 0
    before: int = 2**53
    body: str = ""


EVERYTHING = Chosen()


def decided_before(conn: Connection, chosen: Chosen, after: tuple[int, str] | None, *, limit: int) -> list[VoteRow]:
    """Return decisions, the newest first, from the one after ``after`` (when it was closed, its proposal)."""
    words = [f"%{word}%" for word in fold_title(chosen.text).split()[:_WORDS]]
    words += ["%"] * (_WORDS - len(words))
    moment, last = after or (2**53, "")
    rows = conn.all(
        "SELECT v.* FROM vote v JOIN proposal p ON p.proposal_id = v.proposal_id WHERE v.closed_at IS NOT NULL"
        " AND (v.closed_at, v.proposal_id) < (:moment, :last) AND v.closed_at >= :since AND v.closed_at < :before"
        " AND (:kind = '' OR p.kind = :kind) AND (:adopted = -1 OR v.adopted = :adopted) AND v.decision LIKE :body"
        " AND p.search_key LIKE :word1 AND p.search_key LIKE :word2 AND p.search_key LIKE :word3"
        " AND p.search_key LIKE :word4 ORDER BY v.closed_at DESC, v.proposal_id DESC LIMIT :limit",
        moment=moment,
        last=last,
        since=chosen.since,
        before=chosen.before,
        kind=chosen.kind,
        adopted=-1 if chosen.adopted is None else int(chosen.adopted),
        # Decisions are canonical JSON, in which a tally's keys stand in this order; within texts quotes are escaped.
        body=f'%"binding":true,"body":"{chosen.body}",%' if chosen.body else "%",
        word1=words[0],
        word2=words[1],
        word3=words[2],
        word4=words[3],
        limit=limit,
    )
    return [_vote(row) for row in rows]


def first_year_ms(conn: Connection) -> int | None:
    """Return when the first vote was closed; None before any was."""
    row = conn.one("SELECT MIN(closed_at) AS first FROM vote WHERE closed_at IS NOT NULL")
    return None if row is None or row["first"] is None else int(row["first"])


def _vote(row: Row) -> VoteRow:
    adopted = row["adopted"]
    return VoteRow(**{**row, "secret": bool(row["secret"]), "adopted": None if adopted is None else bool(adopted)})
