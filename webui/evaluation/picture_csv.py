"""The file of a week's picture: what its page shows and nothing else; what is hidden says so, and is no zero."""

from collections.abc import Iterator, Sequence

from mdm.csv_writing import csv_table
from mdm.home.picture.measures import MEASURE_NAMES, Measure
from mdm.home.picture.picture_store import Figures
from mdm.i18n import N_, Translator
from webui.evaluation.picture_view import BY_LEVEL, BY_SCHOOL, HIDDEN, OVER_WEEKS, PictureView, level_words

MEASURES = (*BY_SCHOOL, *(one for one in BY_LEVEL if one not in BY_SCHOOL))


def picture_csv(view: PictureView, words: Translator) -> bytes:
    """Return the file: sums, levels, earlier weeks, schools; a column for each figure, empty where none is told."""
    titles = [words(one) for one in (N_("Week"), N_("School code"), N_("School"), N_("Level"))]
    return csv_table([*titles, *(words(MEASURE_NAMES[one]) for one in MEASURES)], _lines(view, words))


def _lines(view: PictureView, words: Translator) -> Iterator[list[str]]:
    def line(week: str, level: str, figures: Figures, told: Sequence[Measure], name: tuple[str, str]) -> list[str]:
        return [week, *name, level, *(_figure(figures, one, told, words) for one in MEASURES)]

    week = view.picture.week.week
    looked_at = (view.chosen.uai, view.chosen.name) if view.chosen else ("", words(N_("All schools")))
    if view.figures:
        yield line(week, "", view.figures, BY_SCHOOL, looked_at)
    for cell in view.levels:
        yield line(week, level_words(cell.level, words), cell.figures, BY_LEVEL, looked_at)
    for then, figures in view.past:
        if then != week:
            yield line(then, "", figures, OVER_WEEKS, looked_at)
    for school in view.schools:
        yield line(week, "", school.figures, BY_SCHOOL, (school.uai, school.name))


def _figure(figures: Figures, measure: Measure, told: Sequence[Measure], words: Translator) -> str:
    if measure not in told or measure not in figures:
        return ""
    value = figures[measure]
    return words(HIDDEN) if value is None else str(value)
