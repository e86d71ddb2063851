"""The records of an export: one line for each pupil and week, in panels in which nobody can be found; pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from mdm.home.evaluation.anonymity import Grouping, Subject, diversity, group, smallest
from mdm.home.evaluation.evaluation_store import PupilWeek
from mdm.home.evaluation.export_store import Summary
from mdm.home.evaluation.variables import VARIABLE_WORDS, Figure, Variable

KEYS = ("pseudonym", "place_kind", "place", "level", "platform", "week")
"""The columns before the variables."""

Record = tuple[str | int | date | None, ...]


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, by pseudonym and week, which say nothing of any order; ``columns`` name what is in them."""

    columns: tuple[str, ...]
    lines: tuple[Record, ...]
    grouping: Grouping
    summary: Summary


def records_of(
    weeks: Sequence[PupilWeek],
    variables: Sequence[Variable],
    threshold: int,
    *,
    insee: Mapping[str, str],
    earlier: Mapping[str, str],
) -> Records:
    """Return the records that may be exported; ``earlier``: what earlier exports told, by pseudonym.

    Raises `CohortTooSmall`.
    """
    by_pupil: dict[str, dict[str, PupilWeek]] = {}
    for one in weeks:
        by_pupil.setdefault(one.pseudonym, {})[one.week] = one
    subjects = [_subject(theirs, insee, earlier) for theirs in by_pupil.values()]
    grouping = group(subjects, threshold)
    lines: list[Record] = []
    for panel in grouping.panels:
        for pseudonym in panel.members:
            for week in panel.weeks:
                told = (pseudonym, grouping.recoding.place_kind, panel.place, panel.level, panel.platform)
                figures = by_pupil[pseudonym][week].figures
                values = [figures.get(one) for one in variables]
                lines.append((*told, date.fromisoformat(week), *values))
    lines.sort(key=lambda line: (line[0], line[5]))
    kept = {line[0] for line in lines}
    return Records(
        columns=(*KEYS, *variables),
        lines=tuple(lines),
        grouping=grouping,
        summary=Summary(
            pupils=len(kept),
            left_out=len(grouping.left_out),
            rows=len(lines),
            groups=len(grouping.panels),
            smallest=smallest(grouping),
            place=grouping.recoding.place_kind,
            level=("level", "cycle", "all")[grouping.recoding.level],
            platform=grouping.recoding.platform == 0,
            diversity=_diversities(by_pupil, grouping, variables),
        ),
    )


def csv_of(records: Records) -> bytes:
    """Return the lines as CSV: UTF-8, ``,`` between values, ISO dates, LF; empty is missing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(records.columns)
    writer.writerows(["" if value is None else value for value in line] for line in records.lines)
    return out.getvalue().encode()


def parquet_of(records: Records) -> bytes:
    """Return the lines as Parquet with the same columns; the same lines give the same bytes."""
    # Loaded where it is needed: it takes half a second, and few servers ever export.
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {"date": pa.date32(), "string": pa.string(), "integer": pa.int32()}
    columns = list(zip(*records.lines, strict=True)) or [() for _ in records.columns]
    schema = pa.schema([(name, kinds[kind_of(name)]) for name in records.columns])
    arrays = [pa.array(list(column), type=field.type) for column, field in zip(columns, schema, strict=True)]
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd", version="2.6")
    return sink.getvalue()


def kind_of(column: str) -> str:
    """Return what a column holds: ``date``, ``string`` or ``integer``."""
    if column in KEYS:
        return "date" if column == "week" else "string"
    return "string" if VARIABLE_WORDS[Variable(column)].values else "integer"


def _subject(weeks: Mapping[str, PupilWeek], insee: Mapping[str, str], earlier: Mapping[str, str]) -> Subject:
    """Return a pupil as others know it: the school, level and tablet of the newest week."""
    newest = weeks[max(weeks)]
    return Subject(
        pseudonym=newest.pseudonym,
        uai=newest.uai,
        insee=insee.get(newest.uai, ""),
        level=newest.level,
        platform=newest.platform,
        weeks=frozenset(weeks),
        earlier=earlier.get(newest.pseudonym, ""),
    )


def _diversities(
    by_pupil: Mapping[str, Mapping[str, PupilWeek]], grouping: Grouping, variables: Sequence[Variable]
) -> dict[str, int]:
    """Return the distinct l-diversity of each variable, over what a pupil did in all the weeks together."""
    found: dict[str, int] = {}
    for variable in variables:
        values: dict[str, tuple[Figure, ...]] = {}
        for panel in grouping.panels:
            for one in panel.members:
                values[one] = tuple(by_pupil[one][week].figures.get(variable) for week in panel.weeks)
        found[variable.value] = diversity(grouping, values)
    return found
