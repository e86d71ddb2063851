"""Territories, communes, schools and classes."""

import pytest

from mdm.fleet.errors import (
    ClassExists,
    CommuneExists,
    CommuneUnknown,
    SchoolExists,
    SchoolUnknown,
    TerritoryExists,
    TerritoryUnknown,
    UaiLetterWrong,
)
from mdm.fleet.fleet import Fleet
from mdm.fleet.territory import School
from mdm.journal import latest_entries
from mdm.store import Database

ACTOR = "account:test"


async def test_a_school_stands_in_its_commune_and_territory(fleet: Fleet, school: School) -> None:
    (territory,) = await fleet.territories()
    (commune,) = await fleet.communes()
    assert await fleet.schools() == [school]
    assert (school.insee, commune.territory_id) == (commune.insee, territory.territory_id)


async def test_classes_are_listed_by_name(fleet: Fleet, school: School) -> None:
    for name, level in [("CE2-CM1", "CE2 CM1"), ("Les  petits", ""), ("CE1", "CE1")]:
        await fleet.create_class(school.uai, name, level=level, actor=ACTOR)
    assert [one.name for one in await fleet.classes(school.uai)] == ["CE1", "CE2-CM1", "Les petits"]


async def test_nothing_is_created_twice(fleet: Fleet, school: School) -> None:
    (territory,) = await fleet.territories()
    with pytest.raises(TerritoryExists):
        await fleet.create_territory(" Landes ", actor=ACTOR)
    with pytest.raises(CommuneExists, match="Mont-de-Marsan"):
        await fleet.create_commune("40192", "Autre", territory_id=territory.territory_id, actor=ACTOR)
    with pytest.raises(SchoolExists, match="École du Bourg"):
        await fleet.create_school("0400377T", "Autre", insee="40192", actor=ACTOR)
    await fleet.create_class(school.uai, "CE1", actor=ACTOR)
    with pytest.raises(ClassExists):
        await fleet.create_class(school.uai, "CE1", actor=ACTOR)


async def test_nothing_is_created_in_the_air(fleet: Fleet) -> None:
    with pytest.raises(TerritoryUnknown):
        await fleet.create_commune("40192", "Mont-de-Marsan", territory_id="nowhere", actor=ACTOR)
    with pytest.raises(CommuneUnknown):
        await fleet.create_school("0400377T", "École", insee="40192", actor=ACTOR)
    with pytest.raises(SchoolUnknown):
        await fleet.create_class("0400377T", "CE1", actor=ACTOR)
    with pytest.raises(UaiLetterWrong):
        await fleet.create_school("0400377A", "École", insee="40192", actor=ACTOR)


async def test_each_creation_is_in_the_journal(fleet: Fleet, school: School, database: Database) -> None:
    entries = await database.read(lambda conn: latest_entries(conn))
    assert [entry.kind for entry in entries] == ["school_created", "commune_created", "territory_created"]
    assert entries[0].subject == f"school:{school.uai}"
    assert all(entry.actor == ACTOR for entry in entries)
