"""The difference of two editions in plain words: what comes, what goes, what changes for a child."""

from itertools import pairwise

import msgspec
import pytest

from mdm.i18n import Catalogs
from profiles.charter.differences import Difference, difference_lines, differences
from profiles.charter.state import State, Variant, Withdrawal
from tests.charter.agreeing import SIMPLE, START
from tests.charter.every_kind import CONVENTION, LIGHTER, every_kind

CATALOGS = Catalogs("profiles")
FRENCH, ENGLISH = CATALOGS.for_language("fr"), CATALOGS.for_language("en")
LIRE = {"name": "Lire", "bundle_id": "fr.lire", "store_id": 7}
POLICY = {"name": "Cycle 3", "apps": [LIRE]}
DAY = 24 * 3600 * 1000


def state(**fields: object) -> State:
    return msgspec.structs.replace(State(policy=POLICY, convention=SIMPLE), **fields)


def told(before: State, after: State) -> list[str]:
    return difference_lines(before, after, FRENCH)


def test_an_app_comes_goes_and_changes() -> None:
    without = state(policy={"name": "Cycle 3"})
    newer = state(policy={**POLICY, "apps": [{**LIRE, "install": "allowed", "removable": True}]})
    assert told(without, state()) == ["+ L'application « Lire » est installée sur tous les iPad."]
    assert told(state(), without) == ["- L'application « Lire » disparaît."]
    assert told(state(), newer) == [
        "~ L'application « Lire » : elle peut s'y trouver, sans être installée d'office.",
        "~ L'application « Lire » : celui qui tient la tablette peut la supprimer.",
    ]


def test_a_value_says_what_it_was() -> None:
    before = state(policy={**POLICY, "passcode": {"minimum_length": 4}})
    after = state(policy={**POLICY, "passcode": {"minimum_length": 6}})
    assert told(before, after) == ["~ Un code de verrouillage a au moins 6 caractères. Jusqu'ici : 4."]


def test_nothing_is_told_when_nothing_changes() -> None:
    assert told(state(), state()) == []
    moved = state(policy={"apps": [LIRE], "name": "Cycle 3"})
    assert told(state(), moved) == []


GROUP = Variant(
    name="webradio",
    kind="group",
    decided_by="0" * 64,
    schools=("0400377T",),
    changes=({"op": "add", "path": ("web_clips",), "value": {"label": "Radio", "url": "https://radio.example"}},),  # type: ignore[arg-type]
)


def group(**fields: object) -> Variant:
    tree = {**msgspec.to_builtins(GROUP), **fields}
    return msgspec.convert(tree, Variant)


def test_a_group_is_told_with_what_it_has_more_than_the_others() -> None:
    with_group = state(variants=(group(),))
    assert told(state(), with_group) == [
        "+ Le groupe « webradio » comprend : 0400377T.",
        "+ Dans le groupe « webradio » : La page web « Radio » est sur l'écran d'accueil.",
    ]
    assert told(with_group, state()) == ["- Le groupe « webradio » a de nouveau la même chose que les autres."]


def test_schools_and_kits_are_called_by_their_names() -> None:
    kit = "c0ffee00" * 4
    both = state(variants=(group(kits=[kit]),))
    lines = difference_lines(state(), both, FRENCH, {"0400377T": "École d'Audignon", kit: "Cassiopée"})
    assert lines[0] == "+ Le groupe « webradio » comprend : École d'Audignon, Cassiopée."
    assert told(state(), both)[0].endswith("0400377T, c0ffee00.")


def test_what_everybody_gets_is_not_told_again_for_each_group() -> None:
    before = state(variants=(group(),))
    after = state(variants=(group(),), policy={**POLICY, "restrictions": {"camera": False}})
    assert told(before, after) == ["+ L'appareil photo ne peut plus être utilisé."]


def test_a_groups_rule_that_ends_is_told() -> None:
    add_two = [
        msgspec.to_builtins(GROUP.changes[0]),
        {"op": "set", "path": ["restrictions", "camera"], "value": False},
    ]
    before, after = state(variants=(group(changes=add_two),)), state(variants=(group(),))
    assert told(before, after) == [
        "- Ne vaut plus dans le groupe « webradio » : L'appareil photo ne peut plus être utilisé."
    ]


def test_a_pilot_says_until_when() -> None:
    pilot = group(kind="pilot", name="essai", since=START, until=START + 30 * DAY)
    lines = told(state(), state(variants=(pilot,)))
    assert lines[0] == "+ L'expérimentation « essai » dure du 1er septembre 2026 au 1er octobre 2026 : 0400377T."
    assert told(state(variants=(pilot,)), state()) == ["- L'expérimentation « essai » est terminée."]


WITHDRAWN = Withdrawal(
    decided_by="1" * 64, path=("apps",), match={"bundle_id": "fr.lire"}, since=START, ratify_by=START + 30 * DAY
)


def test_a_withdrawal_goes_by_the_apps_name_and_comes_back_when_it_was_not_ratified() -> None:
    urgent = state(withdrawn=(WITHDRAWN,))
    ratified = state(withdrawn=(msgspec.structs.replace(WITHDRAWN, ratify_by=None),), policy={"name": "Cycle 3"})
    assert told(state(), urgent) == [
        "- « Lire » a été retiré d'urgence le 1er septembre 2026 ; sans ratification par le comité, il revient le"
        " 1er octobre 2026."
    ]
    assert told(urgent, state()) == ["+ Le retrait de « Lire » prend fin : il n'a pas été ratifié à temps."]
    assert told(urgent, ratified) == [
        "- L'application « Lire » disparaît.",
        "~ « Lire » a été retiré d'urgence le 1er septembre 2026, et le comité l'a ratifié.",
    ]
    assert told(ratified, state())[-1] == ("+ Le retrait de « Lire » prend fin : le comité a décidé de le reprendre.")


def test_a_withdrawn_address_is_told_as_it_is() -> None:
    site = Withdrawal(
        decided_by="2" * 64, path=("web_filter", "allowed"), match="https://site.example", since=START, ratify_by=START
    )
    assert "« https://site.example » a été retiré" in told(state(), state(withdrawn=(site,)))[0]


def test_a_convention_that_changes_is_told_rule_by_rule() -> None:
    lines = told(state(convention=CONVENTION), state(convention=LIGHTER))
    assert lines == [
        "~ Les règles du comité sont celles de « Convention de la communauté de communes », version 2"
        " (délibération 2026-77 du 15 décembre 2026).",
        "~ La charte entière est révisée tous les 12 mois.",
        "+ Une page web, un site ou un fichier : Enseignants : deux tiers de oui (50 % des sièges de chacun prennent"
        " part, 14 jours pour voter, sauf en réunion).",
    ]
    back = told(state(convention=LIGHTER), state(convention=CONVENTION))
    assert any(line.startswith("- Cette règle disparaît : Une page web") for line in back)


def test_bodies_that_come_and_go_are_told() -> None:
    lines = told(state(convention=CONVENTION), state(convention=SIMPLE))
    assert "~ Élus : siège au comité, décide, selon les règles." in lines
    fewer = msgspec.structs.replace(CONVENTION, bodies=CONVENTION.bodies[:3])
    assert "- Représentants des parents : ne siège plus au comité." in told(
        state(convention=CONVENTION), state(convention=fewer)
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_edition_of_a_long_charter_is_told(language: str) -> None:
    records = every_kind().records
    translate = CATALOGS.for_language(language)
    for before, after in pairwise(records):
        lines = difference_lines(before.state, after.state, translate)
        assert lines, after.number
        assert all(line[0] in "+-~" and line[1] == " " for line in lines)
        assert not any("{" in line or "_" in line for line in lines)


def test_differences_are_values() -> None:
    after = state(policy={**POLICY, "restrictions": {"siri": False}})
    (one,) = differences(state(), after)
    assert isinstance(one, Difference)
    assert (one.subject, one.topic, one.kind) == ("restrictions.siri", "settings", "comes")
