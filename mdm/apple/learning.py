"""What a command's answer teaches about a tablet."""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from mdm.apple.answers import (
    READ,
    Answer,
    DeviceInformationAnswer,
    InstallApplicationAnswer,
    InstallMediaAnswer,
    ManagedApplicationListAnswer,
    ManagedMediaListAnswer,
    ProfileListAnswer,
    SecurityInfoAnswer,
    SettingsAnswer,
    read_answer,
)
from mdm.apple.plist import MalformedPlist, parse
from mdm.commands.book_plan import FAILED
from mdm.commands.queue import POSITIONS
from mdm.commands.report import DeviceFacts, HeldBook, Report
from mdm.fleet.report_store import ReportedFacts

log = structlog.get_logger()

_LOST_MODE = {"EnableLostMode": True, "DisableLostMode": False}
_REFUSED = "refused"
_REMOVE_PROFILE = "remove-profile:"


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, understood. ``step`` is the planner's step that it answers, None for a technician's command.

    ``lost_mode``: the tablet has just gone into lost mode, or out of it.
    """

    step: str | None
    acknowledged: bool
    problem: str
    answer: Answer | None
    facts: ReportedFacts | None
    lost_mode: bool | None = None

    def apply(self, report: Report) -> Report:
        """Return the report with what this answer teaches."""
        if self.acknowledged and self.answer is not None:
            report = _with_answer(report, self.answer)
        if self.lost_mode is not None and report.device is not None:
            report = _device(report, lost_mode=self.lost_mode)
        if self.step is None:
            return report
        problem = self.problem or _hidden_problem(self.answer)
        if problem:
            report = msgspec.structs.replace(report, failed={**report.failed, self.step: problem})
            # A profile with a date of its own may have gone by itself: the tablet is asked which it has.
            return msgspec.structs.replace(report, profiles=None) if self.step.startswith(_REMOVE_PROFILE) else report
        return _with_step(report, self.step, self.answer)


def lesson(
    *, request_type: str, step: str | None, acknowledged: bool, error_chain: str | None, body: bytes
) -> Lesson | None:
    """Return what an answer teaches; None when it teaches nothing that is kept."""
    if acknowledged and request_type in _LOST_MODE:
        return Lesson(
            step=step, acknowledged=True, problem="", answer=None, facts=None, lost_mode=_LOST_MODE[request_type]
        )
    # A position teaches nothing: who asked for it keeps it, for as long as it may be kept.
    if step is None and (not acknowledged or request_type not in READ or request_type in POSITIONS):
        return None
    answer = _read(request_type, body) if acknowledged and request_type in READ else None
    facts = _facts(answer) if isinstance(answer, DeviceInformationAnswer) else None
    problem = "" if acknowledged else _first_words(error_chain) or _rejection(request_type, body) or _REFUSED
    return Lesson(step=step, acknowledged=acknowledged, problem=problem, answer=answer, facts=facts)


def _read(request_type: str, body: bytes) -> Answer | None:
    try:
        return read_answer(request_type, parse(body))
    except MalformedPlist as error:
        log.warning("answer_not_understood", request_type=request_type, reason=str(error))
        return None


def _rejection(request_type: str, body: bytes) -> str:
    """Return the reason in an error that has no chain: a book that cannot be installed may have only that."""
    return _hidden_problem(_read(request_type, body)) if request_type in READ else ""


def _facts(answer: DeviceInformationAnswer) -> ReportedFacts:
    return ReportedFacts(
        os_version=answer.os_version,
        model_name=answer.model_name,
        battery=answer.battery,
        capacity=answer.capacity,
        free_space=answer.free_space,
        supervised=answer.supervised,
    )


def _with_answer(report: Report, answer: Answer) -> Report:
    replace = msgspec.structs.replace
    match answer:
        case DeviceInformationAnswer():
            return replace(
                report,
                device=DeviceFacts(
                    os_version=answer.os_version or "",
                    supervised=answer.supervised or False,
                    device_name=answer.device_name,
                    time_zone=answer.time_zone,
                    lost_mode=answer.lost_mode or False,
                ),
            )
        case SecurityInfoAnswer():
            return replace(report, security_known=True)
        case ProfileListAnswer():
            return _with_profiles(report, {one.identifier: one.uuid for one in answer.profiles})
        case ManagedApplicationListAnswer():
            return replace(report, apps=answer.apps)
        case ManagedMediaListAnswer():
            return replace(report, books=_listed_books(report, answer), books_known=True)
        case _:
            return report


def _with_profiles(report: Report, profiles: dict[str, str]) -> Report:
    """Take the list in; that a profile which is not there could not be removed is no problem."""
    failed = {
        step: words
        for step, words in report.failed.items()
        if not step.startswith(_REMOVE_PROFILE) or step.removeprefix(_REMOVE_PROFILE) in profiles
    }
    return msgspec.structs.replace(report, profiles=profiles, failed=failed)


def _hidden_problem(answer: Answer | None) -> str:
    """Return the refusal inside an answer that is acknowledged as a whole."""
    if isinstance(answer, SettingsAnswer):
        return next((words for words in answer.items.values() if words is not None), "")
    if isinstance(answer, InstallApplicationAnswer) and answer.rejection:
        return answer.rejection
    if isinstance(answer, InstallMediaAnswer):
        return answer.rejection or (answer.state if answer.state in FAILED and answer.state else "")
    return ""


def _listed_books(report: Report, answer: ManagedMediaListAnswer) -> dict[str, HeldBook]:
    """Return the books that are listed; one whose version is not told has the one that it was given last."""
    return {
        identifier: msgspec.structs.replace(book, version=report.books[identifier].version)
        if book.version is None and identifier in report.books
        else book
        for identifier, book in answer.books.items()
    }


def _with_step(report: Report, step: str, answer: Answer | None) -> Report:
    """Take an acknowledged step as done; the next look asks the tablet itself."""
    kind, _, rest = step.partition(":")
    change = _STEPS.get(kind)
    if step in report.failed:
        left = {key: words for key, words in report.failed.items() if key != step}
        report = msgspec.structs.replace(report, failed=left)
    return change(report, rest, answer) if change is not None else report


def _query(report: Report, subject: str, answer: Answer | None) -> Report:
    """An answer to a question that says nothing usable must not be asked for ever."""
    if answer is not None:
        return report
    return msgspec.structs.replace(report, failed={**report.failed, f"query:{subject}": "the answer says nothing"})


def _profile(report: Report, rest: str, _answer: Answer | None) -> Report:
    identifier, _, uuid = rest.rpartition(":")
    return msgspec.structs.replace(report, profiles={**(report.profiles or {}), identifier: uuid})


def _removed_profile(report: Report, identifier: str, _answer: Answer | None) -> Report:
    left = {name: uuid for name, uuid in (report.profiles or {}).items() if name != identifier}
    return msgspec.structs.replace(report, profiles=left)


def _app(report: Report, rest: str, answer: Answer | None) -> Report:
    state = answer.state if isinstance(answer, InstallApplicationAnswer) and answer.state else "Queued"
    return msgspec.structs.replace(report, apps={**(report.apps or {}), rest: state})


def _removed_app(report: Report, bundle_id: str, _answer: Answer | None) -> Report:
    left = {name: status for name, status in (report.apps or {}).items() if name != bundle_id}
    return msgspec.structs.replace(report, apps=left)


def _book(report: Report, rest: str, answer: Answer | None) -> Report:
    identifier, version, _fingerprint = rest.rsplit(":", 2)
    state = answer.state if isinstance(answer, InstallMediaAnswer) and answer.state else "Queued"
    held = HeldBook(state=state, version=version or None)
    return msgspec.structs.replace(report, books={**report.books, identifier: held})


def _removed_book(report: Report, identifier: str, _answer: Answer | None) -> Report:
    left = {name: held for name, held in report.books.items() if name != identifier}
    return msgspec.structs.replace(report, books=left)


def _device(report: Report, **known: Any) -> Report:
    device = msgspec.structs.replace(report.device or DeviceFacts(), **known)
    return msgspec.structs.replace(report, device=device)


_STEPS: dict[str, Callable[[Report, str, Answer | None], Report]] = {
    "query": _query,
    "profile": _profile,
    "remove-profile": _removed_profile,
    "app": _app,
    "remove-app": _removed_app,
    "book": _book,
    "remove-book": _removed_book,
    "name": lambda report, rest, _: _device(report, device_name=rest),
    "time-zone": lambda report, rest, _: _device(report, time_zone=rest),
    "wallpaper": lambda report, rest, _: msgspec.structs.replace(report, wallpaper=rest),
    "declarations": lambda report, rest, _: msgspec.structs.replace(report, declarations_synced=rest),
    "finish-setup": lambda report, _rest, _: msgspec.structs.replace(report, awaiting_configuration=False),
}


def _first_words(error_chain: str | None) -> str:
    if not error_chain:
        return ""
    links = msgspec.json.decode(error_chain)
    for link in links:
        words = link.get("LocalizedDescription") or link.get("USEnglishDescription")
        if words:
            return str(words)
    return ""
