"""What is wrong in a file that is to be imported, place by place: all of it by a dry run, the first on refusal."""

from collections.abc import Callable, Iterable

import msgspec

from mdm.fleet.import_report import ImportRefused, Problem
from mdm.i18n import Translator

_TOLD = 20


class PlaceItem(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a file to correct: the line (from 1; 0 is the whole file), the column's title, and what it holds."""

    line: int
    column: str
    value: str
    detail: str
    hint: str


class FilePlacesWrong(ImportRefused):
    """A file was refused; its first places are told with it."""

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what is wrong, a place a line."""
        lines = [super().text(translate), *(_line(one, translate) for one in self.problems[:_TOLD])]
        if len(self.problems) > _TOLD:
            lines.append("…")
        return "\n".join(lines)


def _line(one: Problem, translate: Translator | Callable[..., str]) -> str:
    told = one.text(translate)
    if not one.line:
        return translate("The file: {told}", told=told)
    if not one.column:
        return translate("Line {line}: {told}", line=one.line, told=told)
    return translate("Line {line}, {column}: {told}", line=one.line, column=one.column, told=told)


def places(problems: Iterable[Problem], translate: Translator) -> tuple[PlaceItem, ...]:
    """Return the places to correct, in words."""
    return tuple(
        PlaceItem(
            line=one.line,
            column=one.column,
            value=one.value,
            detail=one.text(translate),
            hint=one.advice(translate),
        )
        for one in problems
    )
