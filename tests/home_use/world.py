"""Schools with tablets on loan, in a real store; and loans on paper, for what needs many."""

from collections.abc import Sequence
from datetime import date, datetime

from mdm.clock import ManualClock, to_ms
from mdm.fleet.fleet import Fleet
from mdm.fleet.slot_binding import Identity
from mdm.fleet.tablet import Platform
from mdm.home.use.loans import Loan
from mdm.journal import Journal
from mdm.store import Connection, Database

ACTOR = "account:test"
UAI, OTHER_UAI = "0400377T", "0590001F"
TERMS = "t" * 64


def at(text: str) -> int:
    """A moment in UTC, in milliseconds."""
    return to_ms(datetime.fromisoformat(text + "+00:00"))


class World:
    """Two schools in one territory; tablets in kits; loans that begin and end."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.journal = Journal(clock)
        self.fleet = Fleet(database, clock, self.journal)
        self.kits: dict[tuple[str, Platform], str] = {}
        self._loans = 0

    async def begin(self) -> None:
        made = await self.fleet.create_territory("MACS", actor=ACTOR)
        for uai, insee in ((UAI, "40192"), (OTHER_UAI, "59350")):
            await self.fleet.create_commune(insee, f"Commune {insee}", territory_id=made.territory_id, actor=ACTOR)
            await self.fleet.create_school(uai, f"École {uai}", insee=insee, actor=ACTOR)
            for platform in Platform:
                kit = await self.fleet.create_kit(uai, platform.value, platform=platform, slots=60, actor=ACTOR)
                self.kits[uai, platform] = kit.kit_id
        await self.database.write(
            lambda conn: conn.run("INSERT INTO loan_terms (digest, terms, kept_at) VALUES (:it, '{}', 1)", it=TERMS)
        )

    async def tablet(self, uai: str = UAI, platform: Platform = Platform.ANDROID) -> str:
        number = self._loans + 1
        kit_id = self.kits[uai, platform]
        identity = Identity(serial=f"S{uai}{platform.value}{number:05d}", platform=platform, model="M")
        tablet = await self.fleet.register_tablet(identity, actor=ACTOR)
        await self.fleet.assign_tablet(tablet.tablet_id, kit_id=kit_id, slot_number=number, actor=ACTOR)
        return tablet.tablet_id

    async def lend(
        self,
        since: int,
        *,
        level: str = "CP",
        uai: str = UAI,
        platform: Platform = Platform.ANDROID,
        until: int | None = None,
        due: str = "2027-07-02",
        tablet_id: str = "",
    ) -> Loan:
        """Lend a tablet, a new one where none is named, to a new pupil."""
        tablet_id = tablet_id or await self.tablet(uai, platform)
        self._loans += 1
        loan_id, pupil_id = f"loan{self._loans:05d}", f"pupil{self._loans:05d}"
        await self.database.write(lambda conn: _lend(conn, loan_id, pupil_id, tablet_id, uai, level, since, until, due))
        return Loan(
            loan_id=loan_id,
            tablet_id=tablet_id,
            platform=platform,
            pupil_id=pupil_id,
            uai=uai,
            level=level,
            since=since,
            until=until,
        )

    async def give_back(self, loan: Loan, until: int) -> None:
        await self.database.write(
            lambda conn: conn.run(
                "UPDATE loan SET state = 'returned', closed_at = :until WHERE loan_id = :it",
                until=until,
                it=loan.loan_id,
            )
        )

    async def heard(self, loan: Loan, moment: int, *, battery: int = 80) -> None:
        await self.database.write(
            lambda conn: conn.run(
                "INSERT INTO tablet_report (tablet_id, seen_at, battery) VALUES (:it, :moment, :battery)"
                " ON CONFLICT (tablet_id) DO UPDATE SET seen_at = excluded.seen_at, battery = excluded.battery",
                it=loan.tablet_id,
                moment=moment,
                battery=battery,
            )
        )

    def on(self, day: str, hour: int = 12) -> None:
        """Move the clock to an hour of a day, in UTC."""
        self.clock.advance(datetime.fromisoformat(f"{day}T{hour:02d}:00:00+00:00") - self.clock.now())


def days(*texts: str) -> Sequence[date]:
    return [date.fromisoformat(text) for text in texts]


def _lend(
    conn: Connection,
    loan_id: str,
    pupil_id: str,
    tablet_id: str,
    uai: str,
    level: str,
    since: int,
    until: int | None,
    due: str,
) -> None:
    conn.run("INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES (:it, 'X', '', 1)", it=pupil_id)
    conn.run(
        "INSERT INTO inscription (pupil_id, uai, level, source, since) VALUES (:it, :uai, :level, 'hand', 1)",
        it=pupil_id,
        uai=uai,
        level=level,
    )
    conn.run(
        "INSERT INTO loan (loan_id, tablet_id, kit_id, slot_number, uai, pupil_id, state, terms_digest, due_on, parts,"
        " prepared_at, prepared_by, handed_at, closed_at) VALUES (:loan_id, :tablet_id, 'k', 1, :uai, :pupil_id,"
        " :state, :terms, :due, '[]', :since, 'account:test', :since, :until)",
        loan_id=loan_id,
        tablet_id=tablet_id,
        uai=uai,
        pupil_id=pupil_id,
        state="handed_over" if until is None else "returned",
        terms=TERMS,
        due=due,
        since=since,
        until=until,
    )
