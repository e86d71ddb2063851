"""Every text of every room has its French, with the same parameters, and no French is left over."""

import re
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from mdm.i18n import Catalogs, packages_with_words
from mdm.privacy.register import whole_register
from tests.wording.extraction import ROOT, texts_of, texts_of_room

ROOMS = {package.replace(".", "/"): texts_of_room(package.replace(".", "/")) for package in packages_with_words()}
# What rooms declare of personal data is translated in one place.
ROOMS["mdm/privacy"] |= whole_register().texts()
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


def test_a_text_has_the_same_french_in_every_room() -> None:
    known: dict[str, tuple[str, object]] = {}
    for room in ROOMS:
        for message in catalogue(room):
            source = message.id[0] if isinstance(message.id, tuple) else message.id
            if source:
                other, french = known.setdefault(source, (room, message.string))
                assert french == message.string, f"{source!r} differs in {other} and {room}"


def test_every_text_is_in_a_room_that_has_a_catalogue() -> None:
    homeless = {
        folder: texts
        for folder in ("mdm", "enrollment", "profiles", "push", "webui")
        if (texts := texts_of(folder) - set().union(*ROOMS.values()))
    }
    assert homeless == {}


def test_french_comes_first_and_english_when_it_is_asked_for() -> None:
    catalogs = Catalogs("webui")
    assert catalogs.negotiate(None)("Ready") == "Prête"
    assert catalogs.negotiate("en-GB,en;q=0.9")("Ready") == "Ready"
    assert catalogs.negotiate("de,es")("Ready") == "Prête"
    assert catalogs.negotiate("fr-CA")("Ready") == "Prête"
