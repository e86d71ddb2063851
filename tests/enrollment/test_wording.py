"""Everything that a person may read is there in French too."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOM = Path(__file__).resolve().parents[2] / "enrollment"
IN_TEMPLATE = re.compile(r't\("((?:[^"\\]|\\.)*)"')
PARAMETER = re.compile(r"\{\w+\}")


def texts() -> set[str]:
    found = {
        message
        for file in ROOM.rglob("*.py")
        for _, message, _, _ in extract_from_file("python", str(file), keywords={"N_": None})
    }
    for template in (ROOM / "templates").glob("*.html"):
        found |= set(IN_TEMPLATE.findall(template.read_text("utf-8")))
    return found


def catalog() -> dict[str, str]:
    read = read_po(BytesIO((ROOM / "locale" / "fr.po").read_bytes()), locale="fr")
    return {str(message.id): str(message.string) for message in read if message.id}


def test_every_text_is_translated_and_none_is_left_over() -> None:
    assert set(catalog()) == texts()
    assert all(catalog().values())


def test_translations_keep_their_parameters() -> None:
    for english, french in catalog().items():
        assert set(PARAMETER.findall(english)) == set(PARAMETER.findall(french)), english
