"""The papers say what the code does."""

import re
from pathlib import Path

from mdm.settings import AppsAndBooks
from profiles.licences import carrying, settling, transport
from profiles.licences.answers import UNLIMITED, Addresses
from profiles.licences.errors import LicenceError

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = (ROOT / "docs" / "protocols" / "apps-and-books.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")


def test_every_error_number_that_the_code_knows_is_in_the_paper() -> None:
    known = {transport._EXPIRED, settling.TOO_FEW, carrying._UNKNOWN_EVENT}
    known |= transport._TOKEN | transport._BUSY | carrying._LIMITS
    assert known <= {int(number) for number in re.findall(r"\b9\d{3}\b", PROTOCOL)}


def test_the_paper_has_every_address_and_the_number_without_end() -> None:
    assert len(Addresses.__struct_fields__) == 6
    assert str(UNLIMITED) in PROTOCOL
    for path in ("client/config", "assets/associate", "assets/disassociate", "assignments", "status?eventId="):
        assert path in PROTOCOL


def test_the_guide_names_every_setting() -> None:
    for name in AppsAndBooks.__struct_fields__:
        assert re.search(rf"^   #? ?{name} = ", GUIDE, re.MULTILINE), name


def test_the_guide_knows_the_troubles_that_lists_show() -> None:
    codes = {
        kind.code
        for base in LicenceError.__subclasses__()
        for kind in base.__subclasses__()
        if kind.__module__ == LicenceError.__module__
    }
    shown = codes - {"apps_and_books_refused", "apps_and_books_not_understood"}
    assert shown <= set(re.findall(r"`(\w+)`", GUIDE))


def test_the_guides_commands_are_there() -> None:
    from mdm.cli.licence import licence, token

    verbs = {f"licence {name}" for name in licence.commands} | {f"licence token {name}" for name in token.commands}
    named = set(re.findall(r"valise (licence(?: token)? [a-z]+)", GUIDE))
    assert named - {"licence token"} <= verbs
    assert verbs - named <= {"licence token"}
