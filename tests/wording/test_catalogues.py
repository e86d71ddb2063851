"""Every text of every room has its French, with the same parameters, and no French is left over."""

import re
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from mdm.i18n import Catalogs
from tests.wording.extraction import ROOT, texts_of

PROFILE_ROOMS = ("android", "apks", "catalogue", "charter", "licences", "payloads", "rollouts")
ROOMS = {
    "webui": texts_of("webui"),
    "mdm": texts_of("mdm", recursive=False) | texts_of("mdm/store", "mdm/commands", "mdm/home"),
    "mdm/android": texts_of("mdm/android"),
    "mdm/cli": texts_of("mdm/cli"),
    "profiles": texts_of("profiles", recursive=False) | texts_of(*(f"profiles/{room}" for room in PROFILE_ROOMS)),
    "profiles/costs": texts_of("profiles/costs"),
    "push": texts_of("push"),
}
_PARAMETERS = re.compile(r"\{(\w+)\}")


def catalogue(room: str) -> Catalog:
    return read_po(BytesIO((ROOT / room / "locale" / "fr.po").read_bytes()), locale="fr")


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_has_its_french_and_no_french_is_left_over(room: str) -> None:
    translated = {
        message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogue(room) if message.id
    }
    assert translated == ROOMS[room]


@pytest.mark.parametrize("room", ROOMS)
def test_the_french_has_the_same_parameters(room: str) -> None:
    for message in catalogue(room):
        if not message.id:
            continue
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert text
            assert set(_PARAMETERS.findall(text)) == set(_PARAMETERS.findall(source)), source


def test_french_comes_first_and_english_when_it_is_asked_for() -> None:
    catalogs = Catalogs("webui")
    assert catalogs.negotiate(None)("Ready") == "Prête"
    assert catalogs.negotiate("en-GB,en;q=0.9")("Ready") == "Ready"
    assert catalogs.negotiate("de,es")("Ready") == "Prête"
    assert catalogs.negotiate("fr-CA")("Ready") == "Prête"
