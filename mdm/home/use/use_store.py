"""SQL of use at home: daily sums, reports that were taken, days on which tablets were heard.

Every function runs inside the caller's transaction. Days are ISO texts.
"""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.home.use.categories import Category, Source
from mdm.store import Connection

UNREADABLE = -1
"""The number of a report that cannot be read."""

_ONE_DAY_MS = 86_400_000


class UseDay(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of one category on one day of a loan."""

    loan_id: str
    day: str
    category: Category
    minutes: int
    source: Source


class SeenDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which a tablet was heard out of school, in ``hours`` different hours."""

    loan_id: str
    day: str
    hours: int


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When a tablet was heard last, in milliseconds."""

    tablet_id: str
    seen_at: int


def last_reports(conn: Connection, tablet_id: str, source: Source) -> dict[str, int]:
    """Return the number of the last report that was taken from a tablet, by loan."""
    rows = conn.all(
        "SELECT loan_id, report FROM home_use_report WHERE tablet_id = :tablet_id AND source = :source",
        tablet_id=tablet_id,
        source=source.value,
    )
    return {row["loan_id"]: row["report"] for row in rows}


def note_report(
    conn: Connection, tablet_id: str, loan_ids: Sequence[str], source: Source, number: int, now: int
) -> None:
    """Note that a report was taken, for each loan that it tells of."""
    conn.many(
        "INSERT INTO home_use_report (tablet_id, loan_id, source, report, taken_at)"
        " VALUES (:tablet_id, :loan_id, :source, :number, :now) ON CONFLICT (tablet_id, loan_id, source)"
        " DO UPDATE SET report = excluded.report, taken_at = excluded.taken_at"
        " WHERE home_use_report.report < excluded.report",
        [
            {"tablet_id": tablet_id, "loan_id": one, "source": source.value, "number": number, "now": now}
            for one in loan_ids
        ],
    )


def save_day(
    conn: Connection,
    tablet_id: str,
    loan_id: str,
    day: str,
    minutes: Mapping[Category, int],
    source: Source,
    number: int,
) -> None:
    """Keep a day's sums in place of those of earlier reports; a category that is not told has none any more."""
    conn.run(
        "DELETE FROM home_use_day"
        " WHERE tablet_id = :tablet_id AND loan_id = :loan_id AND day = :day AND report < :number",
        tablet_id=tablet_id,
        loan_id=loan_id,
        day=day,
        number=number,
    )
    conn.many(
        "INSERT INTO home_use_day (tablet_id, loan_id, day, category, minutes, source, report)"
        " VALUES (:tablet_id, :loan_id, :day, :category, :minutes, :source, :number) ON CONFLICT DO NOTHING",
        [
            {
                "tablet_id": tablet_id,
                "loan_id": loan_id,
                "day": day,
                "category": category.value,
                "minutes": spent,
                "source": source.value,
                "number": number,
            }
            for category, spent in sorted(minutes.items())
        ],
    )


def use_of_loans(conn: Connection, loan_ids: Sequence[str], first: str, last: str) -> list[UseDay]:
    """Return the sums of loans, from one day to another, by loan, day and category."""
    found: list[UseDay] = []
    for loan_id in loan_ids:
        rows = conn.all(
            "SELECT loan_id, day, category, minutes, source FROM home_use_day"
            " WHERE loan_id = :loan_id AND day >= :first AND day <= :last ORDER BY day, category",
            loan_id=loan_id,
            first=first,
            last=last,
        )
        found += [msgspec.convert(row, UseDay) for row in rows]
    return found


def seen_of_loans(conn: Connection, loan_ids: Sequence[str], first: str, last: str) -> list[SeenDay]:
    """Return the days on which the tablets of loans were heard, by loan and day."""
    found: list[SeenDay] = []
    for loan_id in loan_ids:
        rows = conn.all(
            "SELECT loan_id, day, hours FROM home_seen_day"
            " WHERE loan_id = :loan_id AND day >= :first AND day <= :last ORDER BY day",
            loan_id=loan_id,
            first=first,
            last=last,
        )
        found += [SeenDay(**row) for row in rows]
    return found


def heard_since(conn: Connection, tablets: Sequence[str], since: int) -> list[Heard]:
    """Return when tablets were heard last, where that was at ``since`` or later."""
    rows = conn.many_returning(
        "SELECT tablet_id, seen_at FROM tablet_report WHERE tablet_id = :tablet_id AND seen_at >= :since",
        [{"tablet_id": one, "since": since} for one in tablets],
    )
    return [Heard(**row) for row in rows if row is not None]


def note_seen_days(conn: Connection, seen: Sequence[tuple[str, str, str, int]]) -> None:
    """Count hours of days: (tablet, loan, day, hour since 1970); an hour that was counted is not counted again."""
    conn.many(
        "INSERT INTO home_seen_day (tablet_id, loan_id, day, hours, last_hour)"
        " VALUES (:tablet_id, :loan_id, :day, 1, :hour) ON CONFLICT (tablet_id, loan_id, day)"
        " DO UPDATE SET hours = home_seen_day.hours + 1, last_hour = excluded.last_hour"
        " WHERE home_seen_day.last_hour < excluded.last_hour",
        [{"tablet_id": tablet, "loan_id": loan, "day": day, "hour": hour} for tablet, loan, day, hour in seen],
    )


def forget_hours(conn: Connection, before: str, limit: int) -> int:
    """Forget the last hour of days before that one; return how many."""
    return conn.run(
        "UPDATE home_seen_day SET last_hour = NULL WHERE (tablet_id, loan_id, day) IN"
        " (SELECT tablet_id, loan_id, day FROM home_seen_day"
        " WHERE day < :before AND last_hour IS NOT NULL LIMIT :limit)",
        before=before,
        limit=limit,
    )


def purge_use(conn: Connection, before: str, limit: int) -> int:
    """Erase sums of days before that one; return how many rows."""
    return conn.run(
        "DELETE FROM home_use_day WHERE (tablet_id, loan_id, day, category) IN"
        " (SELECT tablet_id, loan_id, day, category FROM home_use_day WHERE day < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )


def purge_seen(conn: Connection, before: str, limit: int) -> int:
    """Erase days on which tablets were heard, before that one; return how many rows."""
    return conn.run(
        "DELETE FROM home_seen_day WHERE (tablet_id, loan_id, day) IN"
        " (SELECT tablet_id, loan_id, day FROM home_seen_day WHERE day < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )


def purge_reports(conn: Connection, before: int, limit: int) -> int:
    """Erase the numbers of reports that were taken before a moment (ms); return how many rows."""
    return conn.run(
        "DELETE FROM home_use_report WHERE (tablet_id, loan_id, source) IN"
        " (SELECT tablet_id, loan_id, source FROM home_use_report WHERE taken_at < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )


def count_dropped(conn: Connection, tablet_id: str, reasons: Sequence[str], number: int, now: int) -> None:
    """Count a report of which something is not kept, once for each reason; one that cannot be read, once a day."""
    conn.many(
        "INSERT INTO home_use_dropped (tablet_id, reason, reports, number, last_at)"
        " VALUES (:tablet_id, :reason, 1, :number, :now) ON CONFLICT (tablet_id, reason)"
        " DO UPDATE SET reports = home_use_dropped.reports + 1, number = excluded.number, last_at = excluded.last_at"
        " WHERE home_use_dropped.number < excluded.number"
        " OR (excluded.number < 0 AND home_use_dropped.last_at + :day <= excluded.last_at)",
        [{"tablet_id": tablet_id, "reason": one, "number": number, "now": now, "day": _ONE_DAY_MS} for one in reasons],
    )


def dropped(conn: Connection) -> dict[str, int]:
    """Return how many reports told what is not kept, by reason."""
    rows = conn.all("SELECT reason, SUM(reports) AS many FROM home_use_dropped GROUP BY reason ORDER BY reason")
    return {row["reason"]: int(row["many"]) for row in rows}


def dropped_since(conn: Connection, tablet_id: str, since: int) -> set[str]:
    """Return why something that a tablet told since a moment (ms) is not kept."""
    rows = conn.all(
        "SELECT reason FROM home_use_dropped WHERE tablet_id = :tablet_id AND last_at >= :since",
        tablet_id=tablet_id,
        since=since,
    )
    return {row["reason"] for row in rows}


def forget_dropped(conn: Connection, tablet_id: str) -> None:
    """Forget what a tablet told and was not kept."""
    conn.run("DELETE FROM home_use_dropped WHERE tablet_id = :tablet_id", tablet_id=tablet_id)


def purge_dropped(conn: Connection, before: int, limit: int) -> int:
    """Erase counts whose last report came before a moment (ms); return how many rows."""
    return conn.run(
        "DELETE FROM home_use_dropped WHERE (tablet_id, reason) IN"
        " (SELECT tablet_id, reason FROM home_use_dropped WHERE last_at < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )


def forget_day(conn: Connection, loan_id: str, day: str) -> int:
    """Erase what is kept of one day of a loan; return how many rows of sums."""
    conn.run("DELETE FROM home_seen_day WHERE loan_id = :loan_id AND day = :day", loan_id=loan_id, day=day)
    return conn.run("DELETE FROM home_use_day WHERE loan_id = :loan_id AND day = :day", loan_id=loan_id, day=day)


def forget_loan(conn: Connection, loan_id: str) -> int:
    """Erase all that is kept of a loan; return how many rows of sums."""
    conn.run("DELETE FROM home_seen_day WHERE loan_id = :loan_id", loan_id=loan_id)
    conn.run("DELETE FROM home_use_report WHERE loan_id = :loan_id", loan_id=loan_id)
    return conn.run("DELETE FROM home_use_day WHERE loan_id = :loan_id", loan_id=loan_id)
