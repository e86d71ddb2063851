"""SQL of what waits for somebody in the committee, beside what the charter's own stores tell."""

import msgspec

from mdm.store import Connection


class Talked(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal about which others said something. ``newest`` in milliseconds since the epoch."""

    proposal_id: str
    title: str
    said: int
    newest: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request for information that nobody has answered, by its position in the proposal's history."""

    proposal_id: str
    title: str
    position: int
    at: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A draft for an app that is not in the catalogue."""

    proposal_id: str
    title: str
    author: str
    changed_at: int


def talked_since(conn: Connection, moment: int, *, but: str, author: str = "", limit: int) -> list[Talked]:
    """Return the proposals under discussion about which others than ``but`` said something since, the newest first.

    ``but``: such as ``account:anne``; ``author``: the login of whose proposals alone are meant.
    """
    rows = conn.all(
        "SELECT p.proposal_id, p.title, COUNT(*) AS said, MAX(e.at) AS newest FROM proposal_event e"
        " JOIN proposal p ON p.proposal_id = e.proposal_id"
        " WHERE e.at > :moment AND e.actor <> :but AND (:author = '' OR p.author = :author)"
        " AND e.kind IN ('comment', 'request', 'answer')"
        " AND p.state IN ('submitted', 'sent_back', 'admissible', 'examined', 'vote_open')"
        " GROUP BY p.proposal_id, p.title ORDER BY newest DESC, p.proposal_id LIMIT :limit",
        moment=moment,
        but=but,
        author=author,
        limit=limit,
    )
    return [Talked(**row) for row in rows]


def unanswered(conn: Connection, author: str, *, limit: int) -> list[Asked]:
    """Return the requests on an author's proposals that nobody has answered, the oldest first."""
    rows = conn.all(
        "SELECT p.proposal_id, p.title, r.position, r.at FROM proposal p"
        " JOIN proposal_event r ON r.proposal_id = p.proposal_id AND r.kind = 'request'"
        " WHERE p.author = :author AND p.state IN ('submitted', 'sent_back', 'admissible', 'examined', 'vote_open')"
        " AND NOT EXISTS (SELECT 1 FROM proposal_event a WHERE a.proposal_id = r.proposal_id AND a.kind = 'answer'"
        " AND a.about = r.position) ORDER BY r.at, p.proposal_id, r.position LIMIT :limit",
        author=author,
        limit=limit,
    )
    return [Asked(**row) for row in rows]


def wanted_apps(conn: Connection, *, limit: int) -> list[Wanted]:
    """Return the drafts that ask for an app without naming one of the catalogue, the newest first."""
    # Bodies are canonical JSON that leaves defaults out: a draft without changes has no such key. In a text the quotes
    # around it would be escaped.
    rows = conn.all(
        "SELECT proposal_id, title, author, changed_at FROM proposal WHERE kind IN ('add_app', 'pilot')"
        " AND state IN ('draft', 'sent_back') AND body NOT LIKE :changes"
        " ORDER BY changed_at DESC, proposal_id DESC LIMIT :limit",
        changes='%"changes":[%',
        limit=limit,
    )
    return [Wanted(**row) for row in rows]
