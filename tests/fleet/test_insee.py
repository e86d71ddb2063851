"""INSEE codes of communes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.errors import InseeInCorsica, InseeMalformed, InseeWithoutZero
from mdm.fleet.insee import parse_insee

# Ambérieu-en-Bugey, Mont-de-Marsan, Paris and its 20th, Marseille 1st, Ajaccio, Bastia, Basse-Terre, Saint-Denis,
# Mamoudzou, Saint-Pierre, Saint-Barthélemy, Saint-Martin, Papeete, Nouméa, Mata-Utu (Uvea).
REAL_CODES = [
    "01004",
    "40192",
    "75056",
    "75120",
    "13201",
    "2A004",
    "2B033",
    "97105",
    "97411",
    "97611",
    "97502",
    "97701",
    "97801",
    "98735",
    "98818",
    "98613",
]


@pytest.mark.parametrize("code", REAL_CODES)
def test_real_communes_are_known(code: str) -> None:
    assert parse_insee(f" {code.lower()} ") == code


@pytest.mark.parametrize("code", ["", "4019", "401922", "00123", "96001", "97901", "98501", "99138", "2C004", "40000"])
def test_what_no_commune_can_have_is_refused(code: str) -> None:
    with pytest.raises(InseeMalformed):
        parse_insee(code)


def test_the_zero_that_a_spreadsheet_ate_is_named() -> None:
    with pytest.raises(InseeWithoutZero) as refused:
        parse_insee("1004")
    assert refused.value.params["expected"] == "01004"


def test_the_old_code_of_corsica_is_told_apart() -> None:
    with pytest.raises(InseeInCorsica) as refused:
        parse_insee("20004")
    assert (refused.value.params["south"], refused.value.params["north"]) == ("2A004", "2B004")


@given(st.text(max_size=10))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = parse_insee(text)
    except InseeMalformed:
        return
    assert parse_insee(code) == code
    assert len(code) == 5
