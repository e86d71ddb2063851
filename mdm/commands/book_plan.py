"""The planner's part for managed books: what to ask, to install and to remove.

Source: Apple's schema, mdm/commands/media.managed.list.yaml and media.install.yaml, State.
"""

from mdm.commands.report import HeldBook, Report
from mdm.commands.steps import InstallBookStep, QueryBooks, RemoveBookStep, Step
from mdm.commands.target import Target, TargetBook

FAILED = frozenset({"Failed", "Unknown"})
"""States that a device tells once: what they stand for did not come."""

_HELD = frozenset({"Managed", "Installed"})
_ON_THE_WAY = frozenset({"Queued", "PromptingForLogin", "Updating", "Installing"})
_GONE = frozenset({"ManagedButUninstalled", "Uninstalled"})


def asks_books(target: Target, report: Report) -> bool:
    """Tell whether the tablet must be asked for its books: only where it should have one, or had one."""
    return not report.books_known and bool(target.books or report.books)


def book_questions(target: Target, report: Report) -> list[Step]:
    """Return the question for the list of books, where it must be asked."""
    return [QueryBooks()] if asks_books(target, report) else []


def book_steps(target: Target, report: Report) -> list[Step]:
    """Return the steps between the books that a tablet has and those that it should have; none before it told them."""
    if not report.books_known:
        return []
    wanted = {book.identifier for book in target.books}
    steps: list[Step] = [
        RemoveBookStep(identifier)
        for identifier, held in sorted(report.books.items())
        if identifier not in wanted and held.state not in _GONE
    ]
    steps += [InstallBookStep(book) for book in target.books if _is_due(book, report.books.get(book.identifier))]
    return steps


def missing_books(target: Target, report: Report) -> tuple[str, ...]:
    """Return the identifiers of the books that the tablet does not hold in their version, as far as it told."""
    return tuple(book.identifier for book in target.books if not _is_held(book, report.books.get(book.identifier)))


def missing_files(target: Target, report: Report) -> tuple[str, ...]:
    """Return the paths of the books that an agent did not report; it tells no state, and a version is in the path."""
    return tuple(book.identifier for book in target.books if book.identifier not in report.books)


def _is_due(book: TargetBook, held: HeldBook | None) -> bool:
    return not (held is not None and held.state in _ON_THE_WAY) and not _is_held(book, held)


def _is_held(book: TargetBook, held: HeldBook | None) -> bool:
    return held is not None and held.state in _HELD and book.version in (None, held.version)
