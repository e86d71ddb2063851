"""`plan(target, report)`: the pure function that brings a tablet to its target, whatever it reported."""

from mdm.commands.agent_plan import agent_holds, agent_steps, missing_apps
from mdm.commands.book_plan import book_questions, book_steps, missing_books, missing_files
from mdm.commands.report import Report
from mdm.commands.steps import (
    FinishSetup,
    InstallAppStep,
    InstallProfileStep,
    NameStep,
    QueryApps,
    QueryDevice,
    QueryProfiles,
    QuerySecurity,
    RemoveAppStep,
    RemoveProfileStep,
    Step,
    SyncDeclarations,
    TimeZoneStep,
    WallpaperStep,
)
from mdm.commands.target import Target

PROFILE_PREFIX = "org.valise."
"""Only profiles whose identifier begins so are ours to remove; the enrollment profile is not among them."""

ENROLLMENT_PROFILE = "org.valise.enrollment"

_ON_THE_WAY = frozenset(
    {
        "Queued",
        "NeedsRedemption",
        "Redeeming",
        "Prompting",
        "PromptingForLogin",
        "Installing",
        "ValidatingPurchase",
        "Updating",
        "ManagementRejected",
        "Managed",
        "ManagedButUninstalled",
        "UserInstalledApp",
        "Transferring",
    }
)
"""Statuses of ManagedApplicationList (Apple: ManagedApplicationListResponse) that a repeated install would not help."""
_GONE = frozenset({"ManagedButUninstalled"})
_INSTALLED = frozenset({"Managed"})


def plan(target: Target, report: Report, *, name: str | None = None) -> tuple[Step, ...]:
    """Return the steps that bring a tablet from ``report`` to ``target``, in the order to take them.

    Pure: the same arguments give the same steps. A step that holds already, or that the tablet refused, is not among
    them. What is not known is asked first. ``name`` is the slot's name, the one value that is not shared by a kit.
    """
    if target.configuration is not None:
        return tuple(step for step in agent_steps(target, report) if step.key not in report.failed)
    if report.device is not None and report.device.lost_mode:
        # In lost mode a device answers questions and refuses what would change it (Apple: error 12078).
        return tuple(step for step in _questions(report) if step.key not in report.failed)
    steps = [*_questions(report), *book_questions(target, report)]
    steps += [*_profiles(target, report), *_declarations(target, report)]
    steps += [*_settings(target, report, name), *_apps(target, report), *book_steps(target, report)]
    wanted = [step for step in steps if step.key not in report.failed]
    if report.awaiting_configuration and not wanted:
        wanted = [step for step in (FinishSetup(),) if step.key not in report.failed]
    return tuple(wanted)


def is_converged(target: Target, report: Report, *, name: str | None = None) -> bool:
    """Tell whether the tablet holds what the target says: nothing left to do, nothing refused, nothing on its way."""
    if report.failed or plan(target, report, name=name):
        return False
    if target.configuration is not None:
        return agent_holds(target, report)
    apps, profiles = report.apps or {}, report.profiles or {}
    if any(apps.get(app.bundle_id) not in _INSTALLED for app in target.apps):
        return False
    if any(profiles.get(one.identifier) != one.uuid for one in target.profiles):
        return False
    if missing_books(target, report):
        return False
    if target.declarations_token is None:
        return True
    held = report.declarations
    return held is not None and all(state.valid is not False for state in held.values())


def missing_in_words(target: Target, report: Report) -> tuple[str, ...]:
    """Return the identifiers of what is not there yet: profiles, apps, books, declarations that are not valid."""
    if target.configuration is not None:
        return (*missing_apps(target, report), *missing_files(target, report))
    profiles, apps = report.profiles or {}, report.apps or {}
    found = [one.identifier for one in target.profiles if profiles.get(one.identifier) != one.uuid]
    found += [app.bundle_id for app in target.apps if apps.get(app.bundle_id) not in _INSTALLED]
    found += missing_books(target, report)
    found += [name for name, state in (report.declarations or {}).items() if state.valid is False]
    return tuple(found)


def _questions(report: Report) -> list[Step]:
    steps: list[Step] = []
    if report.device is None:
        steps.append(QueryDevice())
    if not report.security_known:
        steps.append(QuerySecurity())
    if report.profiles is None:
        steps.append(QueryProfiles())
    if report.apps is None:
        steps.append(QueryApps())
    return steps


def _profiles(target: Target, report: Report) -> list[Step]:
    if report.profiles is None:
        return []
    wanted = {profile.identifier for profile in target.profiles}
    steps: list[Step] = [
        RemoveProfileStep(identifier)
        for identifier in sorted(report.profiles)
        if identifier.startswith(PROFILE_PREFIX)
        and identifier != ENROLLMENT_PROFILE
        and identifier not in wanted
        and not _is_declared(target, identifier)
    ]
    steps += [
        InstallProfileStep(profile)
        for profile in target.profiles
        if report.profiles.get(profile.identifier) != profile.uuid and app_is_there(profile.needs_app, report)
    ]
    return steps


def app_is_there(bundle_id: str | None, report: Report) -> bool:
    """Tell whether an app that a profile needs is on the tablet, as far as it told; None is always there."""
    if bundle_id is None or (report.apps or {}).get(bundle_id) in _INSTALLED:
        return True
    declared = (report.declarations or {}).get(f"{PROFILE_PREFIX}declared.app.{bundle_id}")
    return declared is not None and declared.active and declared.valid is True


def _is_declared(target: Target, identifier: str) -> bool:
    """Profiles that a declaration brought are the declarations' to remove."""
    return target.declarations_token is not None and identifier.startswith(f"{PROFILE_PREFIX}declared.")


def _declarations(target: Target, report: Report) -> list[Step]:
    if target.declarations_token is None or target.declarations_token == report.declarations_synced:
        return []
    return [SyncDeclarations(target.declarations_token, target.declarations or "")]


def _settings(target: Target, report: Report, name: str | None) -> list[Step]:
    settings, steps = target.settings, list[Step]()
    device = report.device
    if device is None:
        return steps
    if device.supervised and settings.name_from_slot and name is not None and device.device_name != name:
        steps.append(NameStep(name))
    if settings.time_zone is not None and device.time_zone != settings.time_zone and device.supervised:
        steps.append(TimeZoneStep(settings.time_zone))
    if settings.wallpaper is not None and report.wallpaper != settings.wallpaper and device.supervised:
        steps.append(WallpaperStep(settings.wallpaper))
    return steps


def _apps(target: Target, report: Report) -> list[Step]:
    if report.apps is None or target.apps_declared:
        return []
    wanted = {app.bundle_id for app in target.apps}
    steps: list[Step] = [
        RemoveAppStep(bundle_id)
        for bundle_id, status in sorted(report.apps.items())
        if bundle_id not in wanted and status not in _GONE
    ]
    steps += [
        InstallAppStep(app)
        for app in target.apps
        if (status := report.apps.get(app.bundle_id)) not in _ON_THE_WAY or status in _GONE
    ]
    return steps
