"""Names that people give: to territories, communes, schools, classes and kits."""

import unicodedata

from mdm.fleet.errors import NameEmpty, NameTooLong, NameUnprintable

KIT_NAME_LIMIT = 40
"""Characters; a slot's name adds a number, and must still be readable on a label and as a tablet's name."""
NAME_LIMIT = 120
"""Characters, for every other name."""
_SHOWN = 40


def clean_name(text: str, *, limit: int = NAME_LIMIT) -> str:
    """Return a name in Unicode form NFC, its runs of white space made one space.

    Raises `NameEmpty`, `NameTooLong`, or `NameUnprintable` for control and invisible characters.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise NameEmpty
    if len(name) > limit:
        raise NameTooLong(name=name[:_SHOWN], length=len(name), limit=limit)
    if not name.isprintable():
        raise NameUnprintable(name="".join(character for character in name if character.isprintable())[:_SHOWN])
    return name


def slot_name(kit_name: str, number: int) -> str:
    """Return the name of a kit's place and of the tablet in it: ``Cassiopée 07``."""
    return f"{kit_name} {number:02d}"
