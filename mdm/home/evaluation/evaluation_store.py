"""SQL of evaluations: protocols, guardians' information and choices, what is gathered.

Every function runs inside the caller's transaction. What comes in is already checked.
"""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.home.evaluation.cohort import Choice
from mdm.home.evaluation.errors import EvaluationChanged, EvaluationUnknown
from mdm.home.evaluation.evaluation import Draft, Evaluation, State
from mdm.home.evaluation.variables import Figure, Variable
from mdm.privacy.objection_store import objecting, objections_of
from mdm.store import Connection, Row

EVALUATIONS = "evaluation"
"""The key of the activity in the register."""
TO_ALL = "objection"
"""Stands for a guardian among a pupil's choices where an objection to all evaluations was granted."""

_FIGURES = msgspec.json.Decoder(dict[Variable, Figure])


class PupilWeek(msgspec.Struct, frozen=True, kw_only=True):
    """What was gathered of a pupil in a week (its Monday), under the evaluation's pseudonym."""

    pseudonym: str
    week: str
    uai: str
    level: str
    platform: str
    figures: Mapping[Variable, Figure]


def add(conn: Connection, evaluation: Evaluation) -> None:
    """Store a new evaluation."""
    conn.run(
        "INSERT INTO evaluation (evaluation_id, title, question, first_day, last_day, schools, variables, basis,"
        " threshold, notice_days, retention_days, responsible, state, revision, created_at, created_by)"
        " VALUES (:evaluation_id, :title, :question, :first_day, :last_day, :schools, :variables, :basis,"
        " :threshold, :notice_days, :retention_days, :responsible, :state, 1, :created_at, :created_by)",
        evaluation_id=evaluation.evaluation_id,
        state=evaluation.state.value,
        created_at=evaluation.created_at,
        created_by=evaluation.created_by,
        **_params(evaluation.draft),
    )


def require(conn: Connection, reference: str) -> Evaluation:
    """Return the evaluation of that identifier, or of the end of one (6 signs or more); raise `EvaluationUnknown`."""
    wanted = reference.strip().lower()
    rows = conn.all("SELECT * FROM evaluation WHERE evaluation_id = :it", it=wanted)
    if not rows and len(wanted) >= 6:
        every = conn.all("SELECT * FROM evaluation ORDER BY evaluation_id")
        rows = [row for row in every if row["evaluation_id"].endswith(wanted)]
    if len(rows) != 1:
        raise EvaluationUnknown(evaluation=reference[:40])
    return _evaluation(rows[0])


def hold(conn: Connection, evaluation_id: str) -> Evaluation:
    """Return an evaluation that no other transaction can change before this one ends; raise `EvaluationUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    conn.run("UPDATE evaluation SET title = title WHERE evaluation_id = :it", it=evaluation_id)
    return require(conn, evaluation_id)


def every(conn: Connection) -> list[Evaluation]:
    """Return the evaluations, newest first."""
    return [_evaluation(row) for row in conn.all("SELECT * FROM evaluation ORDER BY created_at DESC, evaluation_id")]


def in_states(conn: Connection, *states: State) -> list[Evaluation]:
    """Return the evaluations in some states, oldest first."""
    rows = conn.all("SELECT * FROM evaluation ORDER BY evaluation_id")
    return [_evaluation(row) for row in rows if row["state"] in states]


def change(conn: Connection, evaluation_id: str, draft: Draft, *, seen: int) -> None:
    """Store another text of a protocol, if it is still at the revision that was seen; raise `EvaluationChanged`."""
    changed = conn.run(
        "UPDATE evaluation SET title = :title, question = :question, first_day = :first_day, last_day = :last_day,"
        " schools = :schools, variables = :variables, basis = :basis, threshold = :threshold,"
        " notice_days = :notice_days, retention_days = :retention_days, responsible = :responsible,"
        " revision = revision + 1 WHERE evaluation_id = :evaluation_id AND revision = :seen",
        evaluation_id=evaluation_id,
        seen=seen,
        **_params(draft),
    )
    if not changed:
        raise EvaluationChanged(seen=seen, current=require(conn, evaluation_id).revision)


def note_proposed(conn: Connection, evaluation_id: str, proposal_id: str) -> None:
    """Note which proposal brings a protocol to the committee."""
    conn.run(
        "UPDATE evaluation SET proposed = :proposal WHERE evaluation_id = :it", proposal=proposal_id, it=evaluation_id
    )


def decide(conn: Connection, evaluation_id: str, ethics: str) -> None:
    """Note the committee's decision."""
    conn.run(
        "UPDATE evaluation SET state = 'decided', ethics = :ethics, revision = revision + 1 WHERE evaluation_id = :it",
        ethics=ethics,
        it=evaluation_id,
    )


def start(conn: Connection, evaluation_id: str, sealed_key: bytes, *, now: int) -> None:
    """Let an evaluation run, with its key."""
    conn.run(
        "UPDATE evaluation SET state = 'running', started_at = :now, sealed_key = :key, revision = revision + 1"
        " WHERE evaluation_id = :it",
        now=now,
        key=sealed_key,
        it=evaluation_id,
    )


def note_exported(conn: Connection, evaluation_id: str) -> None:
    """Note that something was exported."""
    conn.run(
        "UPDATE evaluation SET state = 'exported', revision = revision + 1 WHERE evaluation_id = :it", it=evaluation_id
    )


def note_change(conn: Connection, evaluation_id: str) -> None:
    """Note that an export would hold something else now."""
    conn.run("UPDATE evaluation SET revision = revision + 1 WHERE evaluation_id = :it", it=evaluation_id)


def end(conn: Connection, evaluation_id: str, *, now: int) -> None:
    """End an evaluation: its key, what was gathered and what guardians chose are erased."""
    conn.run(
        "UPDATE evaluation SET state = 'ended', ended_at = :now, sealed_key = NULL, revision = revision + 1"
        " WHERE evaluation_id = :it",
        now=now,
        it=evaluation_id,
    )
    for statement in (
        "DELETE FROM evaluation_week WHERE evaluation_id = :it",
        "DELETE FROM evaluation_gathered WHERE evaluation_id = :it",
        "DELETE FROM evaluation_choice WHERE evaluation_id = :it",
    ):
        conn.run(statement, it=evaluation_id)


def sealed_key(conn: Connection, evaluation_id: str) -> bytes | None:
    """Return the sealed key; None before the start and after the end."""
    row = conn.one("SELECT sealed_key FROM evaluation WHERE evaluation_id = :it", it=evaluation_id)
    return None if row is None or row["sealed_key"] is None else bytes(row["sealed_key"])


def account_exists(conn: Connection, login: str) -> bool:
    """Tell whether somebody has that login."""
    return conn.one("SELECT login FROM account WHERE login = :login", login=login) is not None


def unknown_schools(conn: Connection, schools: Sequence[str]) -> list[str]:
    """Return those of these schools that are not known here."""
    return [uai for uai in schools if conn.one("SELECT uai FROM school WHERE uai = :uai", uai=uai) is None]


def communes(conn: Connection) -> dict[str, str]:
    """Return the INSEE code of each school's commune."""
    return {row["uai"]: row["insee"] for row in conn.all("SELECT uai, insee FROM school")}


def pupils_of_schools(conn: Connection, schools: Sequence[str]) -> set[str]:
    """Return the pupils of some schools."""
    found: set[str] = set()
    for uai in schools:
        found.update(row["pupil_id"] for row in conn.all("SELECT pupil_id FROM inscription WHERE uai = :uai", uai=uai))
    return found


def note_informed(conn: Connection, evaluation_id: str, pupils: Sequence[str], way: str, *, now: int) -> int:
    """Note that the guardians of pupils were informed; who was already stays as noted. Return how many are new."""
    rows = conn.many_returning(
        "INSERT INTO evaluation_notice (evaluation_id, pupil_id, informed_at, way)"
        " VALUES (:evaluation_id, :pupil_id, :now, :way) ON CONFLICT (evaluation_id, pupil_id) DO NOTHING"
        " RETURNING pupil_id",
        [{"evaluation_id": evaluation_id, "pupil_id": one, "now": now, "way": way} for one in pupils],
    )
    return sum(row is not None for row in rows)


def informed(conn: Connection, evaluation_id: str) -> dict[str, int]:
    """Return when the guardians of each pupil were informed (ms)."""
    rows = conn.all(
        "SELECT pupil_id, informed_at FROM evaluation_notice WHERE evaluation_id = :it ORDER BY pupil_id",
        it=evaluation_id,
    )
    return {row["pupil_id"]: row["informed_at"] for row in rows}


def save_choice(
    conn: Connection,
    evaluation_id: str,
    pupil_id: str,
    guardian: str,
    choice: Choice,
    *,
    now: int,
    noted_by: str | None = None,
) -> None:
    """Keep what a guardian chose, in place of what the same one chose before; ``noted_by``: who has it on paper."""
    conn.run(
        "INSERT INTO evaluation_choice (evaluation_id, pupil_id, guardian, choice, chosen_at, noted_by)"
        " VALUES (:evaluation_id, :pupil_id, :guardian, :choice, :now, :noted_by)"
        " ON CONFLICT (evaluation_id, pupil_id, guardian)"
        " DO UPDATE SET choice = excluded.choice, chosen_at = excluded.chosen_at, noted_by = excluded.noted_by",
        noted_by=noted_by,
        evaluation_id=evaluation_id,
        pupil_id=pupil_id,
        guardian=guardian,
        choice=choice.value,
        now=now,
    )


def choices(conn: Connection, evaluation_id: str) -> dict[str, dict[str, Choice]]:
    """Return what the guardians of each pupil chose, by guardian."""
    found: dict[str, dict[str, Choice]] = {}
    for row in conn.all(
        "SELECT pupil_id, guardian, choice FROM evaluation_choice WHERE evaluation_id = :it", it=evaluation_id
    ):
        found.setdefault(row["pupil_id"], {})[row["guardian"]] = Choice(row["choice"])
    for pupil_id in objecting(conn, EVALUATIONS):
        found.setdefault(pupil_id, {})[TO_ALL] = Choice.OBJECTED
    return found


def choices_of_pupil(conn: Connection, evaluation_id: str, pupil_id: str) -> dict[str, Choice]:
    """Return what the guardians of one pupil chose, by guardian."""
    rows = conn.all(
        "SELECT guardian, choice FROM evaluation_choice WHERE evaluation_id = :it AND pupil_id = :pupil_id"
        " ORDER BY guardian",
        it=evaluation_id,
        pupil_id=pupil_id,
    )
    found = {row["guardian"]: Choice(row["choice"]) for row in rows}
    if any(one.activity == EVALUATIONS for one in objections_of(conn, pupil_id)):
        found[TO_ALL] = Choice.OBJECTED
    return found


def papers_of_pupil(conn: Connection, evaluation_id: str, pupil_id: str) -> dict[str, int]:
    """Return when the school noted what guardians said on paper (ms), by guardian."""
    rows = conn.all(
        "SELECT guardian, chosen_at FROM evaluation_choice WHERE evaluation_id = :it AND pupil_id = :pupil_id"
        " AND noted_by IS NOT NULL",
        it=evaluation_id,
        pupil_id=pupil_id,
    )
    return {row["guardian"]: int(row["chosen_at"]) for row in rows}


def schools_of_pupil(conn: Connection, pupil_id: str) -> set[str]:
    """Return the schools that a pupil is in."""
    return {row["uai"] for row in conn.all("SELECT uai FROM inscription WHERE pupil_id = :it", it=pupil_id)}


def informed_at(conn: Connection, evaluation_id: str, pupil_id: str) -> int | None:
    """Return when the guardians of one pupil were informed (ms)."""
    row = conn.one(
        "SELECT informed_at FROM evaluation_notice WHERE evaluation_id = :it AND pupil_id = :pupil_id",
        it=evaluation_id,
        pupil_id=pupil_id,
    )
    return None if row is None else int(row["informed_at"])


def evaluations_of_pupil(conn: Connection, pupil_id: str) -> set[str]:
    """Return the evaluations that a pupil's guardians were informed of, or chose on."""
    rows = conn.all(
        "SELECT evaluation_id FROM evaluation_notice WHERE pupil_id = :pupil_id"
        " UNION SELECT evaluation_id FROM evaluation_choice WHERE pupil_id = :pupil_id",
        pupil_id=pupil_id,
    )
    return {row["evaluation_id"] for row in rows}


def forget_pupil(conn: Connection, pupil_id: str) -> int:
    """Erase what evaluations know of a pupil by its identifier; return how many rows."""
    statements = (
        "DELETE FROM evaluation_notice WHERE pupil_id = :it",
        "DELETE FROM evaluation_choice WHERE pupil_id = :it",
        "DELETE FROM evaluation_export_pupil WHERE pupil_id = :it",
    )
    return sum(conn.run(statement, it=pupil_id) for statement in statements)


def forget_guardian(conn: Connection, guardian: str) -> int:
    """Forget who chose; an objection holds for the child from then on as somebody's. Return how many choices it was."""
    conn.run(
        "INSERT INTO evaluation_choice (evaluation_id, pupil_id, guardian, choice, chosen_at, noted_by)"
        " SELECT evaluation_id, pupil_id, '', choice, chosen_at, noted_by FROM evaluation_choice"
        " WHERE guardian = :guardian AND choice = 'objected'"
        " ON CONFLICT (evaluation_id, pupil_id, guardian) DO NOTHING",
        guardian=guardian,
    )
    return conn.run("DELETE FROM evaluation_choice WHERE guardian = :guardian", guardian=guardian)


def gathered_weeks(conn: Connection, evaluation_id: str) -> list[str]:
    """Return the weeks that were gathered, in order."""
    rows = conn.all("SELECT week FROM evaluation_gathered WHERE evaluation_id = :it ORDER BY week", it=evaluation_id)
    return [row["week"] for row in rows]


def add_week(conn: Connection, evaluation_id: str, week: str, rows: Sequence[PupilWeek], *, now: int) -> bool:
    """Keep a week, once; return False when it was gathered already."""
    fresh = conn.run(
        "INSERT INTO evaluation_gathered (evaluation_id, week, gathered_at) VALUES (:it, :week, :now)"
        " ON CONFLICT (evaluation_id, week) DO NOTHING",
        it=evaluation_id,
        week=week,
        now=now,
    )
    if not fresh:
        return False
    note_change(conn, evaluation_id)
    conn.many(
        "INSERT INTO evaluation_week (evaluation_id, pseudonym, week, uai, level, platform, figures)"
        " VALUES (:evaluation_id, :pseudonym, :week, :uai, :level, :platform, :figures)",
        [
            {
                "evaluation_id": evaluation_id,
                "pseudonym": row.pseudonym,
                "week": week,
                "uai": row.uai,
                "level": row.level,
                "platform": row.platform,
                "figures": msgspec.json.encode(row.figures, order="sorted").decode(),
            }
            for row in rows
        ],
    )
    return True


def pupil_weeks(conn: Connection, evaluation_id: str) -> list[PupilWeek]:
    """Return all that was gathered, by pseudonym and week."""
    rows = conn.all(
        "SELECT pseudonym, week, uai, level, platform, figures FROM evaluation_week"
        " WHERE evaluation_id = :it ORDER BY pseudonym, week",
        it=evaluation_id,
    )
    return [PupilWeek(**{**row, "figures": _FIGURES.decode(row["figures"])}) for row in rows]


def count_weeks(conn: Connection, evaluation_id: str) -> int:
    """Return of how many pupils' weeks something was gathered."""
    row = conn.one("SELECT COUNT(*) AS n FROM evaluation_week WHERE evaluation_id = :it", it=evaluation_id)
    return int(row["n"]) if row is not None else 0


def forget_pseudonym(conn: Connection, evaluation_id: str, pseudonym: str) -> int:
    """Erase what was gathered of a pupil; return how many weeks."""
    return conn.run(
        "DELETE FROM evaluation_week WHERE evaluation_id = :it AND pseudonym = :pseudonym",
        it=evaluation_id,
        pseudonym=pseudonym,
    )


def _params(draft: Draft) -> dict[str, str | int]:
    return {
        "title": draft.title,
        "question": draft.question,
        "first_day": draft.first_day.isoformat(),
        "last_day": draft.last_day.isoformat(),
        "schools": msgspec.json.encode(draft.schools).decode(),
        "variables": msgspec.json.encode(draft.variables).decode(),
        "basis": draft.basis.value,
        "threshold": draft.threshold,
        "notice_days": draft.notice_days,
        "retention_days": draft.retention_days,
        "responsible": draft.responsible,
    }


def _evaluation(row: Row) -> Evaluation:
    told = {name: row[name] for name in Draft.__struct_fields__}
    told["schools"] = msgspec.json.decode(row["schools"])
    told["variables"] = msgspec.json.decode(row["variables"])
    return Evaluation(
        evaluation_id=row["evaluation_id"],
        draft=msgspec.convert(told, Draft),
        state=State(row["state"]),
        revision=row["revision"],
        ethics=row["ethics"],
        proposed=row["proposed"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
