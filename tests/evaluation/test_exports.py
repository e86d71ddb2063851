"""Exports: nobody in them can be found, guardians' objections hold until the last moment, and two persons decide."""

import asyncio
import csv
import hashlib
import io
import json
import threading
import zipfile
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from pyarrow import parquet

from mdm.fleet.tablet import Platform
from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.archive import MANIFEST
from mdm.home.evaluation.errors import (
    CohortTooSmall,
    ExportDecided,
    ExportNotThere,
    ExportOvertaken,
    ExportUnknown,
    NothingGathered,
    SecondPersonNeeded,
)
from mdm.home.evaluation.evaluation import Evaluation
from mdm.home.evaluation.export_store import Export, ExportState
from mdm.home.evaluation.exports import EXPORT_DAYS, Exports
from mdm.home.evaluation.guardians import Way
from mdm.home.evaluation.pseudonyms import open_pseudonyms
from mdm.home.use.loans import Loan
from mdm.journal import entries
from tests.evaluation.study import FIRST, MANAGER, RESEARCHER, SECOND, Study
from tests.home_use.world import OTHER_UAI, UAI

WEEK = timedelta(days=7)
Lines = list[dict[str, str]]


async def with_data(study: Study, *, weeks: int = 2) -> Evaluation:
    """Two schools; in one of them a CP, a small CE1, and a few iPads."""
    await study.lend((UAI, "CP", 8), (UAI, "CE1", 2), (OTHER_UAI, "CP", 6))
    await study.lend((OTHER_UAI, "CP", 2), platform=Platform.IPAD)
    made = await study.running()
    for step in range(weeks):
        await study.week(FIRST + step * WEEK)
    return made


async def exported(study: Study, made: Evaluation) -> tuple[Export, dict[str, bytes]]:
    export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    released = await study.exports.release(export.export_id, actor=SECOND)
    return released, opened(await study.exports.fetch(export.export_id, actor=RESEARCHER))


def opened(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def lines_of(files: dict[str, bytes]) -> Lines:
    return list(csv.DictReader(io.StringIO(files["data.csv"].decode())))


async def pseudonym_of(study: Study, made: Evaluation, loan: Loan) -> str:
    key = await study.database.read(lambda conn: evaluation_store.sealed_key(conn, made.evaluation_id))
    assert key is not None
    return open_pseudonyms(study.vault, made.evaluation_id, key).of(loan.pupil_id)


async def test_a_school_list_singles_nobody_out(any_study: Study) -> None:
    """Whoever knows each pupil's school, level and tablet, and since when it has one, finds five lines at least."""
    study = any_study
    made = await with_data(study)
    late = await study.world.lend(study.clock.ms(), uai=UAI, level="CP")
    study.loans.append(late)
    await study.guardians.inform(made.evaluation_id, Way.LETTER, actor=MANAGER)
    for step in range(2, 6):
        await study.week(FIRST + step * WEEK)
    _, files = await exported(study, made)
    weeks_of: dict[str, tuple[str, ...]] = {}
    for line in lines_of(files):
        weeks_of[line["pseudonym"]] = (*weeks_of.get(line["pseudonym"], ()), line["week"])
    known = {
        line["pseudonym"]: (line["place"], line["level"], line["platform"], weeks_of[line["pseudonym"]])
        for line in lines_of(files)
    }
    groups = Counter(known.values())
    assert min(groups.values()) >= 5
    for loan in study.loans:
        told = {UAI: ("40192", UAI, "all"), OTHER_UAI: ("59350", OTHER_UAI, "all")}[loan.uai]
        fitting = [
            one
            for one, (place, level, platform, _) in known.items()
            if place in told and level in (loan.level, "C2", "all") and platform in (loan.platform.value, "all")
        ]
        assert len(fitting) == 0 or len(fitting) >= 5


async def test_an_export_names_nobody(study: Study) -> None:
    study.speak()
    made = await with_data(study)
    _, files = await exported(study, made)
    text = b"".join(body for name, body in files.items() if not name.endswith((".pdf", ".parquet")))
    rows = await study.database.read(lambda conn: conn.all("SELECT pupil_id, first_name FROM pupil"))
    secrets = [one for loan in study.loans for one in (loan.pupil_id, loan.loan_id, loan.tablet_id)]
    assert len(rows) == len(study.loans)
    assert not any(one.encode() in text for one in secrets)
    assert all(len(line["pseudonym"]) == 32 for line in lines_of(files))


async def test_parquet_and_csv_say_the_same(study: Study) -> None:
    made = await with_data(study)
    _, files = await exported(study, made)
    table = parquet.read_table(io.BytesIO(files["data.parquet"]))
    as_text = [{name: "" if value is None else str(value) for name, value in row.items()} for row in table.to_pylist()]
    assert as_text == lines_of(files)
    assert len(as_text) == 2 * len({line["pseudonym"] for line in lines_of(files)})
    kinds = {field.name: str(field.type) for field in table.schema}
    assert (kinds["week"], kinds["days_seen"], kinds["hours_seen"]) == ("date32[day]", "int32", "string")
    ipads = [line for line in lines_of(files) if line["platform"] == "ipad"]
    assert all(line["minutes_reading"] == "" for line in ipads)


async def test_the_same_data_give_the_same_bytes(study: Study) -> None:
    study.speak()
    made = await with_data(study)
    bodies = []
    for _ in range(2):
        export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
        released = await study.exports.release(export.export_id, actor=SECOND)
        bodies.append(await study.exports.fetch(export.export_id, actor=RESEARCHER))
        assert released.digest == hashlib.sha256(bodies[-1]).hexdigest()
        study.clock.advance(timedelta(days=2))
    assert bodies[0] == bodies[1]


async def test_the_manifest_and_the_provenance_say_where_it_comes_from(study: Study) -> None:
    study.speak()
    made = await with_data(study)
    released, files = await exported(study, made)
    manifest = json.loads(files[MANIFEST])["files"]
    assert set(manifest) == set(files) - {MANIFEST}
    for name, told in manifest.items():
        assert told == {"sha256": hashlib.sha256(files[name]).hexdigest(), "bytes": len(files[name])}
    provenance = json.loads(files["provenance.json"])
    assert provenance["protocol_digest"] == made.draft.digest
    assert provenance["ethics_decision"] == made.ethics
    assert provenance["query_digest"] == released.query
    assert provenance["query"]["weeks"] == ["2026-11-02", "2026-11-09"]
    assert [one["number"] for one in provenance["editions"]] == [1]
    counts = provenance["counts"]
    assert released.summary is not None
    assert (counts["pupils"], counts["left_out"]) == (released.summary.pupils, released.summary.left_out)
    assert counts["pupils"] + counts["left_out"] == 18
    assert counts["smallest"] >= counts["threshold"] == 5


async def test_the_codebook_tells_every_column_in_both_languages(study: Study) -> None:
    study.speak()
    made = await with_data(study)
    _, files = await exported(study, made)
    columns = files["data.csv"].decode().splitlines()[0].split(",")
    book = json.loads(files["codebook.json"])["columns"]
    assert set(book) == {"fr", "en"}
    for language, told in book.items():
        assert [one["name"] for one in told] == columns
        text = files[f"codebook.{language}.md"].decode()
        assert all(f"| `{name}` |" in text for name in columns)
        assert files[f"codebook.{language}.pdf"].startswith(b"%PDF")
    french, english = ([one["label"] for one in book[language]] for language in ("fr", "en"))
    assert all(one != other for one, other in zip(french, english, strict=True))
    values = {one["name"]: one["values"] for one in book["en"]}
    assert {line["hours_seen"] for line in lines_of(files)} <= set(values["hours_seen"])


async def test_who_objects_is_not_in_an_export_that_was_only_asked_for(any_study: Study) -> None:
    study = any_study
    made = await with_data(study)
    export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    assert export.summary is not None
    objecting = study.loans[0]
    pseudonym = await pseudonym_of(study, made, objecting)
    await study.object(made, objecting)
    assert (await study.exports.of_evaluation(made.evaluation_id))[0].summary is None
    seen = await study.exports.preview(export.export_id)
    assert seen.summary is not None
    assert seen.summary.pupils + seen.summary.left_out == export.summary.pupils + export.summary.left_out - 1
    await study.exports.release(export.export_id, actor=SECOND)
    files = opened(await study.exports.fetch(export.export_id, actor=RESEARCHER))
    assert pseudonym not in {line["pseudonym"] for line in lines_of(files)}
    assert pseudonym.encode() not in b"".join(files.values())


async def test_an_objection_while_the_file_is_made_stops_its_release(study: Study) -> None:
    made = await with_data(study)
    export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    begun, may_end = threading.Event(), threading.Event()

    class Slow(Exports):
        """Makes its file while somebody objects."""

        def _made(self, basis: Any) -> Any:
            begun.set()
            assert may_end.wait(30)
            return super()._made(basis)

    slow = Slow(study.database, study.clock, study.world.journal, study.vault, [])
    releasing = asyncio.ensure_future(slow.release(export.export_id, actor=SECOND))
    await asyncio.to_thread(begun.wait, 30)
    await study.object(made, study.loans[0])
    may_end.set()
    with pytest.raises(ExportOvertaken):
        await releasing
    assert (await study.exports.of_evaluation(made.evaluation_id))[0].state is ExportState.ASKED
    await study.exports.release(export.export_id, actor=SECOND)


async def test_an_objection_after_the_release_takes_the_file_away(any_study: Study) -> None:
    study = any_study
    made = await with_data(study)
    released, files = await exported(study, made)
    objecting = study.loans[0]
    pseudonym = await pseudonym_of(study, made, objecting)
    assert pseudonym in {line["pseudonym"] for line in lines_of(files)}
    await study.object(made, objecting)
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(released.export_id, actor=RESEARCHER)
    assert await study.exports.to_erase(made.evaluation_id) == [pseudonym]
    again, files = await exported(study, made)
    assert again.export_id != released.export_id
    assert pseudonym not in {line["pseudonym"] for line in lines_of(files)}
    told = await study.database.read(lambda conn: entries(conn, subject=f"pupil:{objecting.pupil_id}"))
    assert [(one.kind, json.loads(one.detail)["withdrawn"]) for one in told] == [
        ("evaluation_objected", [released.export_id])
    ]


async def test_two_persons_decide_and_once(study: Study) -> None:
    made = await with_data(study)
    export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    with pytest.raises(SecondPersonNeeded):
        await study.exports.release(export.export_id, actor=RESEARCHER)
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(export.export_id, actor=RESEARCHER)
    await study.exports.release(export.export_id, actor=SECOND)
    for again in (
        study.exports.release(export.export_id, actor=SECOND),
        study.exports.refuse(export.export_id, actor=SECOND),
    ):
        with pytest.raises(ExportDecided):
            await again
    other = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    await study.exports.refuse(other.export_id, actor=RESEARCHER)
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(other.export_id, actor=RESEARCHER)
    with pytest.raises(ExportUnknown):
        await study.exports.release("0" * 32, actor=SECOND)


async def test_a_file_is_erased_when_its_time_is_over(any_study: Study) -> None:
    study = any_study
    made = await with_data(study)
    released, _ = await exported(study, made)
    study.clock.advance(timedelta(days=EXPORT_DAYS))
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(released.export_id, actor=RESEARCHER)
    assert await study.exports.expire() == 1
    assert await study.exports.expire() == 0
    rows = await study.database.read(lambda conn: conn.all("SELECT state, sealed_file FROM evaluation_export"))
    assert rows == [{"state": "expired", "sealed_file": None}]


async def test_the_file_is_sealed_in_the_store(study: Study) -> None:
    made = await with_data(study)
    _, files = await exported(study, made)
    rows = await study.database.read(lambda conn: conn.all("SELECT sealed_file FROM evaluation_export"))
    stored = bytes(rows[0]["sealed_file"])
    assert b"PK" not in stored[:64]
    assert files["data.csv"][:40] not in stored


async def test_a_small_cohort_is_refused_in_words_and_so_is_an_empty_one(study: Study) -> None:
    await study.lend((UAI, "CP", 4))
    made = await study.running()
    with pytest.raises(NothingGathered):
        await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    await study.week(FIRST)
    with pytest.raises(CohortTooSmall):
        await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    assert await study.exports.of_evaluation(made.evaluation_id) == []


async def test_a_later_export_splits_no_group_of_an_earlier_one(study: Study) -> None:
    """Whoever holds both exports and joins them by pseudonym still finds five alike."""
    made = await with_data(study)
    _, first = await exported(study, made)
    study.loans += [await study.world.lend(study.loans[0].since, uai=UAI, level="CE1") for _ in range(4)]
    await study.guardians.inform(made.evaluation_id, Way.LETTER, actor=MANAGER)
    for step in range(2, 8):
        await study.week(FIRST + step * WEEK)
    _, second = await exported(study, made)

    def told(files: dict[str, bytes]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for line in lines_of(files):
            found.setdefault(line["pseudonym"], (line["place"], line["level"], line["platform"]))
            found[line["pseudonym"]] += (line["week"],)
        return found

    one, other = told(first), told(second)
    joined = Counter((one.get(pseudonym), other[pseudonym]) for pseudonym in other)
    assert min(joined.values()) >= 5


async def test_every_step_is_in_the_journal_without_a_name(study: Study) -> None:
    made = await with_data(study)
    released, _ = await exported(study, made)
    told = await study.database.read(lambda conn: entries(conn, subject=f"evaluation:{made.evaluation_id}"))
    kinds = [one.kind for one in told]
    assert kinds[-3:] == ["evaluation_export_asked", "evaluation_export_released", "evaluation_export_fetched"]
    detail = json.loads(told[-2].detail)
    assert detail["export"] == released.export_id
    assert detail["digest"] == released.digest
    assert not any(loan.pupil_id in one.detail for loan in study.loans for one in told)


async def test_guardians_see_what_concerns_their_child(any_study: Study) -> None:
    study = any_study
    made = await with_data(study)
    released, files = await exported(study, made)
    inside = {line["pseudonym"] for line in lines_of(files)}
    for loan in study.loans:
        shown = (await study.guardians.of_pupil(loan.pupil_id))[0]
        assert (shown.title, shown.takes_part, shown.may_choose) == (made.draft.title, True, True)
        assert shown.informed_at is not None
        is_in = await pseudonym_of(study, made, loan) in inside
        assert [(one.export_id, one.state) for one in shown.exports] == (
            [(released.export_id, ExportState.RELEASED)] if is_in else []
        )
    await study.object(made, study.loans[0])
    shown = (await study.guardians.of_pupil(study.loans[0].pupil_id))[0]
    assert (shown.takes_part, [one.state for one in shown.exports]) == (False, [ExportState.WITHDRAWN])
    assert await study.guardians.of_pupil("nobody") == []
    await study.evaluations.end(made.evaluation_id, actor=MANAGER)
    after = (await study.guardians.of_pupil(study.loans[1].pupil_id))[0]
    assert (after.may_choose, after.takes_part, len(after.exports)) == (False, False, 1)


async def test_all_that_evaluations_keep_of_a_pupil_can_be_erased(study: Study) -> None:
    made = await with_data(study)
    released, _ = await exported(study, made)
    gone = study.loans[0]
    await study.database.write(lambda conn: study.guardians.erase(conn, gone.pupil_id))
    assert await study.guardians.of_pupil(gone.pupil_id) == []
    pseudonym = await pseudonym_of(study, made, gone)
    rows = await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, made.evaluation_id))
    assert pseudonym not in {row.pseudonym for row in rows}
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(released.export_id, actor=RESEARCHER)
