"""The planner's part for tablets whose agent applies one configuration by itself and reports when it pleases.

Such a tablet is told to look again; what it cannot be asked is awaited. Its report says when it has had its time.
"""

import re

from mdm.commands.book_plan import missing_files
from mdm.commands.report import Report
from mdm.commands.steps import ApplyConfiguration, InstallAppStep, InstallBookStep, OpenStep, RemoveAppStep, Step
from mdm.commands.target import Target, TargetApp

_NOT_VERSION = re.compile(r"[^0-9.]")


def agent_steps(target: Target, report: Report) -> list[Step]:
    """Return the steps between what an agent said and what it should hold: the configuration, then apps and books.

    A missing app or book is asked for again only when the tablet has had its time; an app that nobody agreed to is
    removed.
    """
    if target.configuration is None:
        return []
    if report.configuration != target.configuration:
        return [ApplyConfiguration(target.configuration)]
    steps: list[Step] = [OpenStep(target.opening)] if target.opening and not _opened(target, report) else []
    steps += [RemoveAppStep(package) for package in unwanted_apps(target, report)]
    if report.overdue and report.apps is not None:
        steps += [InstallAppStep(app) for app in target.apps if not _installed(app, report.apps)]
        missing = set(missing_files(target, report))
        steps += [InstallBookStep(book) for book in target.books if book.identifier in missing]
    return steps


def agent_holds(target: Target, report: Report) -> bool:
    """Tell whether the tablet fetched its configuration and reported since, with every book and app in its version."""
    return (
        report.configuration == target.configuration
        and report.device is not None
        and report.apps is not None
        and not missing_apps(target, report)
        and not missing_files(target, report)
        and _opened(target, report)
    )


def unwanted_apps(target: Target, report: Report) -> tuple[str, ...]:
    """Return the packages that the tablet reports and the target neither has nor allows; none before it has a target.

    A report from before the tablet fetched this configuration says nothing of it.
    """
    if target.configuration is None or report.configuration != target.configuration:
        return ()
    wanted = {app.bundle_id for app in target.apps} | set(target.allowed)
    return tuple(sorted(package for package in report.apps or {} if package not in wanted))


def missing_apps(target: Target, report: Report) -> tuple[str, ...]:
    """Return the packages that the tablet does not report in the version of the target."""
    return tuple(app.bundle_id for app in target.apps if not _installed(app, report.apps or {}))


def same_version(one: str, other: str) -> bool:
    """Tell whether two version names are the same to the agent, which looks at digits and dots only.

    Source: the agent's ``InstallUtils``. "0" stands for any version.
    """
    if "0" in (one, other):
        return True
    return _NOT_VERSION.sub("", one) == _NOT_VERSION.sub("", other)


def _opened(target: Target, report: Report) -> bool:
    return target.opening is None or target.opening.key == report.opened


def _installed(app: TargetApp, apps: dict[str, str]) -> bool:
    version = apps.get(app.bundle_id)
    return version is not None and same_version(app.version or "0", version)
