"""What the fleet says to people is said in French too."""

from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import mdm.fleet

ROOM = Path(mdm.fleet.__file__).parent


def test_every_text_has_its_french() -> None:
    marked = {
        text for _, _, text, _, _ in extract_from_dir(ROOM, keywords={"N_": None}, method_map=[("**.py", "python")])
    }
    with (ROOM / "locale" / "fr.po").open("rb") as source:
        catalog = read_po(source, locale="fr", abort_invalid=True)
    translated = {message.id for message in catalog if message.id and message.string and not message.fuzzy}
    assert marked == translated
