"""What this room says to people is said in French too, with the same parameters."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

import profiles.costs
from mdm.errors import ValiseError
from profiles.costs import errors, subsidies
from tests.wording.extraction import texts_of

ROOM = Path(profiles.costs.__file__).parent
_PARAMETERS = re.compile(r"\{(\w+)\}")


def catalogue() -> dict[str, tuple[str, ...]]:
    with (ROOM / "locale" / "fr.po").open("rb") as source:
        read = read_po(source, locale="fr", abort_invalid=True)
    found = {}
    for message in read:
        if message.id and not message.fuzzy:
            name = message.id[0] if isinstance(message.id, tuple) else message.id
            found[name] = message.string if isinstance(message.string, tuple) else (message.string,)
    return found


def test_every_text_has_its_french_and_no_french_is_left_over() -> None:
    assert set(catalogue()) == texts_of("profiles/costs")
    assert all(all(strings) for strings in catalogue().values())


def test_the_french_has_the_same_parameters() -> None:
    for source, strings in catalogue().items():
        for text in strings:
            assert set(_PARAMETERS.findall(text)) == set(_PARAMETERS.findall(source)), source


def test_every_refusal_says_what_to_do_and_has_a_code_of_its_own() -> None:
    found = [
        one
        for module in (errors, subsidies)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, ValiseError) and one.__module__ == module.__name__
    ]
    leaves = [one for one in found if not one.__subclasses__()]
    assert len({one.code for one in found}) == len(found)
    assert len(leaves) > 35
    assert all(one.hint and one.message != ValiseError.message for one in leaves)
    assert all(one.status in (404, 409, 422) for one in found)
