"""How rollouts and dry runs are written for a terminal."""

from collections.abc import Sequence
from datetime import datetime

from mdm.cli.context import table, translate
from mdm.clock import from_ms
from mdm.i18n import Translator
from profiles.payloads.base import NotEnforced
from profiles.rollouts.dry_run import DryRun, SchoolReach
from profiles.rollouts.gates import STATE_NAMES as TABLET_STATES
from profiles.rollouts.policy_diff import AppChange, BookChange, PolicyChange
from profiles.rollouts.rollout import CHANGE_NAMES, STATE_NAMES, Rollout
from profiles.rollouts.rollouts import RolloutView, WaveProgress

_SHOWN_ID = 12
_MEGA = 1_000_000


def list_lines(words: Translator, found: Sequence[Rollout]) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the list of rollouts."""
    head = [translate("ROLLOUT"), translate("EDITION"), translate("STATE"), translate("WAVE"), translate("PLANNED")]
    rows = [
        [
            one.rollout_id,
            one.edition_id[:_SHOWN_ID],
            words(STATE_NAMES[one.state]),
            f"{one.wave}/{len(one.plan.waves)}",
            _moment(one.created_at),
        ]
        for one in found
    ]
    return head, rows


def progress_line(words: Translator, view: RolloutView) -> str:
    """Return one line that says how far a rollout is, and why it stands still where it does."""
    rollout = view.rollout
    line = translate(
        "edition {number}: {state}, wave {wave} of {waves}, {moved} of {kits} kits, {done} of {tablets} tablets done",
        number=view.number,
        state=words(STATE_NAMES[rollout.state]),
        wave=rollout.wave,
        waves=len(rollout.plan.waves),
        moved=sum(one.moved - one.returned for one in view.waves),
        kits=sum(one.kits for one in view.waves),
        done=sum(one.counts.converged for one in view.waves),
        tablets=sum(one.counts.moved for one in view.waves),
    )
    reason = rollout.reason or view.waits
    return line if reason is None else f"{line} · {reason.in_words(words)}"


def view_lines(words: Translator, view: RolloutView) -> list[str]:
    """Return a rollout for a person: its waves, what it waits for, who is not well, and its history."""
    lines = [view.rollout.rollout_id, progress_line(words, view)]
    if view.waits_until is not None:
        lines.append(translate("  not before {moment}", moment=_moment(view.waits_until)))
    head = [translate("WAVE"), translate("KITS"), translate("MOVED"), *[words(name) for name in TABLET_STATES.values()]]
    lines += table(head[:-1], [_wave_row(one) for one in view.waves])
    for ill in view.ill:
        lines.append(f"  {ill.name}: {words(TABLET_STATES[ill.state])}")
    for change in view.history:
        why = change.reason.in_words(words) if change.reason is not None else change.words
        told = f"{_moment(change.at)}  {change.actor}  {words(CHANGE_NAMES[change.change])}  {change.wave}  {why}"
        lines.append(told.rstrip())
    return lines


def dry_run_lines(words: Translator, found: DryRun, now: int) -> list[str]:
    """Return a dry run for a person."""
    lines = [
        translate(
            "Edition {number} would reach {tablets} tablets in {schools} schools and carry {megabytes} MB.",
            number=found.number,
            tablets=found.tablets,
            schools=len(found.schools),
            megabytes=_megabytes(found.download_bytes),
        )
    ]
    for place, change in enumerate(found.changes, start=1):
        lines += _change_lines(place, change)
    rows = [_school_row(school) for school in found.schools]
    head = [translate("SCHOOL"), translate("NAME"), translate("TABLETS"), "MB", translate("CHANGES")]
    lines += table([*head, translate("SIZE NOT KNOWN")], rows) if rows else []
    for kind in found.gaps:
        supervision = "" if kind.supervised is not False else translate(", without supervision")
        title = f"{kind.system}{supervision}"
        lines.append(translate("Not obeyed by {tablets} tablets ({kind}):", tablets=kind.tablets, kind=title))
        lines += [f"  {_gap(words, gap)}" for gap in kind.gaps]
    if found.silent_kits:
        lines.append(translate("Kits without a tablet that can be reached: {kits}", kits=found.silent_kits))
    if found.shortages:
        lines.append(translate("Licences are missing; the wave that needs them will not begin:"))
        lines += [f"  {one.in_words(words, now)}" for one in found.shortages]
    return lines


def _wave_row(one: WaveProgress) -> list[str]:
    counts = one.counts
    numbers = [counts.waiting, counts.working, counts.converged, counts.failed, counts.late, counts.drifted]
    moved = str(one.moved) if not one.returned else f"{one.moved} (–{one.returned})"
    return [str(one.wave), str(one.kits), moved, *[str(number) for number in numbers]]


def _change_lines(place: int, change: PolicyChange) -> list[str]:
    platform = translate("iPads") if change.platform == "ipad" else translate("Android tablets")
    if change.is_empty:
        return [translate("Change {place}, {platform}: nothing", place=place, platform=platform)]
    lines = [translate("Change {place}, {platform}:", place=place, platform=platform)]
    for mark, apps in (("+", change.added), ("-", change.removed), ("~", change.updated)):
        lines += [f"  {mark} {_app(app)}" for app in apps]
    for mark, books in (("+", change.books_added), ("-", change.books_removed), ("~", change.books_updated)):
        lines += [f"  {mark} {_book(book)}" for book in books]
    return lines + [f"  {one.field}: {one.before or '–'} → {one.after or '–'}" for one in change.settings]


def _app(app: AppChange) -> str:
    version = f" {app.version}" if app.version is not None else ""
    return f"{app.name} ({app.identifier}{version})"


def _book(book: BookChange) -> str:
    return translate(
        "book {name} ({identifier}, version {version})",
        name=book.name,
        identifier=book.identifier,
        version=book.version,
    )


def _school_row(school: SchoolReach) -> list[str]:
    changes = sorted({kit.change + 1 for kit in school.kits})
    return [
        school.uai,
        school.name,
        str(school.tablets),
        _megabytes(school.download_bytes),
        ", ".join(str(one) for one in changes),
        ", ".join(school.unknown),
    ]


def _gap(words: Translator, gap: NotEnforced) -> str:
    return gap.in_words(words)


def _megabytes(size: int) -> str:
    return f"{size / _MEGA:.1f}"


def _moment(milliseconds: int) -> str:
    moment: datetime = from_ms(milliseconds).astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"
