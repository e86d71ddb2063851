"""Loans as the store keeps them, for use, picture and evaluations: while a family has the tablet, and knows where."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from mdm.fleet.tablet import Platform
from mdm.home.calendar.places import place_of
from mdm.home.use.loans import Loan, bounds_of
from mdm.home.use.objections import USE
from mdm.store import Connection, Row


class KeptLoans:
    """Reads the loans of the store."""

    def of_tablet(self, conn: Connection, tablet_id: str, *, since: int) -> Sequence[Loan]:
        """Return a tablet's loans that had not ended by ``since``, in order of their beginning."""
        rows = conn.all(
            _LOAN + "WHERE loan.tablet_id = :tablet_id AND loan.state IN ('handed_over', 'returned', 'ended')"
            " AND loan.handed_at IS NOT NULL AND (loan.closed_at IS NULL OR loan.closed_at > :since)"
            " ORDER BY loan.handed_at, loan.loan_id",
            tablet_id=tablet_id,
            since=since,
            activity=USE,
        )
        return [_loan(row) for row in rows]

    def between(self, conn: Connection, since: int, until: int, *, after: str, limit: int) -> Sequence[Loan]:
        """Return loans that touch a time, by identifier from the one after ``after``: at most ``limit``."""
        rows = conn.all(
            _LOAN + "WHERE loan.loan_id > :after AND loan.state IN ('handed_over', 'returned', 'ended')"
            " AND loan.handed_at < :until AND (loan.closed_at IS NULL OR loan.closed_at > :since)"
            " ORDER BY loan.loan_id LIMIT :limit",
            after=after,
            since=since,
            until=until,
            limit=limit,
            activity=USE,
        )
        return [_loan(row) for row in rows]


class SeenNetworks:
    """Knows through which network tablets were heard last, as far as that is kept: the school's, or another."""

    def at_school(self, conn: Connection, tablets: Sequence[str]) -> Mapping[str, bool]:
        """Tell of each tablet whether it was heard through the school's network."""
        rows = conn.many_returning(
            "SELECT tablet_place.tablet_id, tablet_place.at_school FROM tablet_place"
            " JOIN slot ON slot.tablet_id = tablet_place.tablet_id JOIN kit ON kit.kit_id = slot.kit_id"
            " WHERE tablet_place.tablet_id = :tablet_id"
            " AND EXISTS (SELECT 1 FROM school_network WHERE school_network.uai = kit.uai)",
            [{"tablet_id": one} for one in tablets],
        )
        return {row["tablet_id"]: bool(row["at_school"]) for row in rows if row is not None}


def _loan(row: Row) -> Loan:
    # A loan is due at the end of its day.
    zone = ZoneInfo(place_of(row["insee"]).time_zone)
    return Loan(
        loan_id=row["loan_id"],
        tablet_id=row["tablet_id"],
        platform=Platform(row["platform"]),
        # Of a pupil whose data are erased nothing is left but that there was one.
        pupil_id=row["pupil_id"] or row["loan_id"],
        uai=row["uai"],
        level=row["level"],
        since=row["handed_at"],
        until=row["closed_at"],
        due_at=bounds_of(date.fromisoformat(row["due_on"]), zone)[1],
        objected=row["objected_at"] is not None and row["taken_back_at"] is None,
        counted_from=row["taken_back_at"] or 0,
    )


_LOAN = """
SELECT loan.loan_id, loan.tablet_id, tablet.platform, loan.pupil_id, loan.uai, loan.handed_at, loan.closed_at,
    loan.due_on, school.insee, objection.since AS objected_at, objection.until AS taken_back_at,
    COALESCE(NULLIF(inscription.level, ''), NULLIF(school_class.level, ''), '') AS level
FROM loan
JOIN tablet ON tablet.tablet_id = loan.tablet_id
JOIN school ON school.uai = loan.uai
LEFT JOIN inscription ON inscription.pupil_id = loan.pupil_id AND inscription.uai = loan.uai
LEFT JOIN school_class ON school_class.class_id = inscription.class_id
LEFT JOIN objection ON objection.pupil_id = loan.pupil_id AND objection.activity = :activity
"""
