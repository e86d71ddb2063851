"""A school is found by any part of its name, its town or its code, written in any way, on both engines."""

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.reach import Reach
from mdm.journal import Journal
from mdm.store import Connection, Database
from webui.school.school_store import communes_reached, school_lines, schools_after

EVERYWHERE = Reach(everything=True)


WRITTEN = ("école", "Ecole", "ÉCOLE", "jules ferry", "Jules-Ferry", "0400377t", "mont de marsan")


async def test_case_accents_and_hyphens_do_not_count(any_database: Database, clock: ManualClock) -> None:
    fleet = Fleet(any_database, clock, Journal(clock))
    territory = await fleet.create_territory("MACS", actor="test")
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=territory.territory_id, actor="test")
    await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="test")
    await fleet.create_school("0400377T", "École Jules-Ferry", insee="40192", actor="test")
    await fleet.create_school("0400002K", "Groupe scolaire", insee="40018", actor="test")

    def look(conn: Connection) -> None:
        for text in WRITTEN:
            found = schools_after(conn, ("", ""), text=text, reach=EVERYWHERE, limit=5)
            assert [one.uai for one in found] == ["0400377T"], text
            assert schools_after(conn, ("École Jules-Ferry", "0400377T"), text=text, reach=EVERYWHERE, limit=5) == []
            assert schools_after(conn, ("", ""), text=text, reach=Reach(communes=frozenset({"40018"})), limit=5) == []
        assert school_lines(conn, ["0400002K", "0400377T"])[1] == found[0]
        assert communes_reached(conn, Reach(schools=frozenset({"0400377T"}))) == ["40192"]

    await any_database.read(look)
