"""What errors say of a place is in words: no key of a program is shown, and no path of its documentation."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator

import msgspec
import pytest

from mdm.errors import ValiseError
from tests.wording.extraction import ROOT

ROOMS = ("mdm", "enrollment", "profiles", "push", "webui")
PLACES = ("where", "field", "column", "expected")
"""The parameters by which a message says which field, column or part it means."""
OF_KEYS = frozenset(
    {
        # Whoever reads these wrote the keys: a policy's or convention's file, an item of the catalogue, a command.
        "PolicyInvalid", "ConventionInvalid", "FieldInvalid", "ArgumentInvalid", "ArgumentMissing",
        # A change of the charter names a place of the policy's file; its page says the change in words beside.
        "ChangeImpossible",
        # The names are those of an address that somebody wrote by hand.
        "FilterInvalid",
        # What a developer or a device sent.
        "DeclarationWrong", "UseReportInvalid", "MessageRefused",
    }
)  # fmt: skip
OF_DOCUMENTATION = frozenset(
    # Whoever runs the server, or writes files for it, has its documentation: printing, licences, drafts, foundings.
    {"PaperImpossible", "ServiceRefused", "DraftFileWrong", "FoundingFileWrong", "ProposalMalformed"}
)
SAID = {
    ("mdm/fleet/csv_reading.py", "column.name"): "a title that the file may have",
    ("mdm/fleet/csv_reading.py", "'; '.join((column.name for column in columns))"): "titles that the file may have",
    ("mdm/fleet/insee.py", "f'0{code}'"): "the code, written otherwise",
    ("mdm/fleet/uai.py", "expected"): "a letter",
    ("mdm/home/calendar/hours.py", "part[:40]"): "what somebody wrote",
    ("mdm/home/calendar/hours.py", "where"): "what somebody wrote, or a day in words",
    ("mdm/home/calendar/school_years.py", "text[:40]"): "what the file says",
    ("mdm/home/calendar/school_years.py", "where"): "a zone and a year",
    ("mdm/home/calendar/school_years.py", "_place(error)"): "a place of the file that somebody sent",
    ("mdm/home/modes/stricter.py", "unknown[0][:60]"): "what a program sent; no form has it",
    ("mdm/home/pupils/sheet.py", "expected"): "titles as ONDE writes them",
    ("mdm/home/pupils/sheet.py", "field.title"): "a title as ONDE writes it",
    ("profiles/catalogue/catalogue.py", "expected"): "an app's name",
}
"""Places that are what a person wrote, or a file's own titles: by file and expression, with what they are."""
_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


class Given(msgspec.Struct, frozen=True):
    """A parameter that code gives to an error; ``words``: the names that stand for words in that file."""

    path: str
    error: str
    name: str
    value: ast.expr
    words: frozenset[str]

    @property
    def in_words(self) -> bool:
        """Tell whether it is translated with the message around it."""
        called = self.value.func if isinstance(self.value, ast.Call) else self.value
        name = called.id if isinstance(called, ast.Name) else ""
        return name in self.words or (isinstance(self.value, ast.Call) and getattr(called, "attr", "") == "translate")


def every_error() -> dict[str, type[ValiseError]]:
    """Return every error that a person may be told about, by its name."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    found: dict[str, type[ValiseError]] = {}
    waiting: list[type[ValiseError]] = [ValiseError]
    while waiting:
        one = waiting.pop()
        found[one.__name__] = one
        waiting += one.__subclasses__()
    return {name: one for name, one in found.items() if one.__module__.partition(".")[0] in ROOMS}


ERRORS = every_error()


def parameters() -> Iterator[Given]:
    """Return all parameters of all errors that code raises."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield from parameters_in(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))


def parameters_in(text: str, path: str) -> Iterator[Given]:
    """Return the parameters of errors in a file's text."""
    tree = ast.parse(text)
    words = frozenset(_names_of_words(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ERRORS:
            for given in node.keywords:
                if given.arg is not None:
                    yield Given(path, name, given.arg, given.value, words)


def _names_of_words(tree: ast.Module) -> Iterator[str]:
    yield "Words"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_words(node.value.func):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.arg) and _is_words(node.annotation):
            yield node.arg
        elif isinstance(node, ast.FunctionDef) and _is_words(node.returns):
            yield node.name


def _is_words(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id == "Words"


def raw_places(given: Iterable[Given]) -> list[str]:
    """Return the places that would be shown as keys of a program."""
    return [
        f"{one.path}: {one.error}({one.name}={ast.unparse(one.value)})"
        for one in given
        if one.error not in OF_KEYS and not one.in_words and (_is_unsaid_place(one) or _is_key(one.value))
    ]


def _is_unsaid_place(one: Given) -> bool:
    return one.name in PLACES and (one.path, ast.unparse(one.value)) not in SAID


def _is_key(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and bool(_KEY.search(value.value))


def test_no_error_shows_a_key_in_the_place_of_words() -> None:
    assert raw_places(parameters()) == []


@pytest.mark.parametrize(
    "written",
    [
        'raise HoursInvalid(where="school_days", reason=Words("x"))',
        'raise HoursInvalid(where="threshold", reason=Words("x"))',
        "raise HoursInvalid(where=name, reason=Words(text))",
        'raise errors.ClassUnknown(what="last_name")',
    ],
)
def test_a_key_that_is_given_to_an_error_is_found(written: str) -> None:
    assert len(raw_places(parameters_in(written, "new.py"))) == 1


def test_words_are_told_from_keys() -> None:
    text = """
NIGHT = Words("At night")
def place(name) -> Words: ...
def refuse(at: Words):
    raise HoursInvalid(where=at, reason=Words("x"))
raise HoursInvalid(where=NIGHT, reason=Words("x"))
raise HoursInvalid(where=place(1), reason=Words("x"))
raise FieldUnreadable(field=visitor.translate("The day"), reason="x y")
raise PolicyInvalid(where="home.school_days", reason="x")
"""
    assert raw_places(parameters_in(text, "new.py")) == []


def test_what_stands_in_the_lists_is_there_still() -> None:
    found = list(parameters())
    assert {(one.path, ast.unparse(one.value)) for one in found} >= SAID.keys()
    assert ERRORS.keys() >= OF_KEYS | OF_DOCUMENTATION


def test_no_message_sends_a_person_to_a_file_of_the_documentation() -> None:
    sending = {name for name, one in ERRORS.items() if "docs/" in one.message + one.hint}
    assert sending - OF_KEYS - OF_DOCUMENTATION == set()
