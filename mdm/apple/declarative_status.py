"""What a device reports of itself by declarative management: reading a report, and keeping what is known up to date.

Sources: Apple, "StatusReport" (a report has what changed; about once a day, with FullReport, it has everything), and
the schema files declarative/protocol/statusreport.yaml and declarative/status/*.yaml.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from mdm.apple.declarative import DeclarativeInvalid
from mdm.commands.report import DeclarationState

KEPT_ITEMS = frozenset(
    {
        "app.managed.list",
        "device.model.family",
        "device.model.identifier",
        "device.model.marketing-name",
        "device.operating-system.build-version",
        "device.operating-system.version",
        "device.power.battery-health",
        "management.client-capabilities",
        "management.declarations",
        "mdm.app",
        "passcode.is-compliant",
        "passcode.is-present",
        "softwareupdate.failure-reason",
        "softwareupdate.install-reason",
        "softwareupdate.install-state",
        "softwareupdate.pending-version",
    }
)
"""The status items that are kept; a device that reports another one reports it in vain."""

_DEPTH = 32
_THINGS = 2000
_STATUS_LISTS = ("activations", "assets", "configurations", "management")


class StatusError(msgspec.Struct, frozen=True, kw_only=True):
    """A status item that a device could not report."""

    item: str
    reasons: tuple[str, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why something is as it is: Apple's code, and the device's own words (may be empty)."""

    code: str
    description: str


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a device reports: all it was asked for, or only what changed. ``items`` holds kept items only, nested."""

    items: dict[str, Any]
    errors: tuple[StatusError, ...]
    full: bool


class DeclaredApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app that a declaration brings: Apple's state, such as ``managed``, and the reasons for it."""

    state: str
    version: str
    reasons: tuple[Reason, ...]


class _StatusBody(msgspec.Struct, frozen=True):
    StatusItems: dict[str, Any] = {}
    Errors: list[dict[str, Any]] = []
    FullReport: bool = False


def parse_status(body: bytes) -> StatusReport:
    """Return the status report in ``body`` (JSON); raise `DeclarativeInvalid`."""
    try:
        parsed = msgspec.json.decode(body, type=_StatusBody)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DeclarativeInvalid(reason=str(error)[:200]) from error
    _require_sane(parsed.StatusItems)
    errors = tuple(
        StatusError(
            item=_text(one, "StatusItem")[:200],
            reasons=tuple(reason.description or reason.code for reason in _reasons(one.get("Reasons"), str.title)),
        )
        for one in parsed.Errors[:100]
    )
    return StatusReport(items=_kept(parsed.StatusItems), errors=errors, full=parsed.FullReport)


def merge(known: Mapping[str, Any], report: StatusReport) -> dict[str, Any]:
    """Return what is known of a device after a report; merging the same report again changes nothing.

    A full report stands alone. A partial one replaces the items that it has; in an item that is a list of things with
    an identifier, it replaces the things that it names, and takes out those that it says are ``_removed``. Such a list
    is kept in the order of its identifiers.
    """
    result = {} if report.full else _copied(known)
    for item in sorted(KEPT_ITEMS):
        said = _find(report.items, item)
        if said is not None:
            _put(result, item, _merged_list(_find(result, item), said) if isinstance(said, list) else said)
    return result


def declaration_states(status: Mapping[str, Any]) -> dict[str, DeclarationState] | None:
    """Return the state of each declaration in a device's status, or None when it says nothing of them."""
    listed = _find(status, "management.declarations")
    if not isinstance(listed, dict):
        return None
    states: dict[str, DeclarationState] = {}
    for entry in _declared_entries(listed):
        valid = {"valid": True, "invalid": False}.get(_text(entry, "valid"))
        reasons = _reasons(entry.get("reasons")) if valid is False else ()
        states[entry["identifier"]] = DeclarationState(
            server_token=_text(entry, "server-token"),
            active=entry.get("active") is True,
            valid=valid,
            problem="; ".join(reason.description or reason.code for reason in reasons),
        )
    return states


def declaration_reasons(status: Mapping[str, Any]) -> dict[str, tuple[Reason, ...]]:
    """Return why declarations are not valid or not active, by identifier; those without a reason are left out."""
    listed = _find(status, "management.declarations")
    if not isinstance(listed, dict):
        return {}
    found = {entry["identifier"]: _reasons(entry.get("reasons")) for entry in _declared_entries(listed)}
    return {identifier: reasons for identifier, reasons in found.items() if reasons}


def operating_system_version(status: Mapping[str, Any]) -> str | None:
    """Return the system's version in a device's status."""
    return _found_text(status, "device.operating-system.version")


def model_name(status: Mapping[str, Any]) -> str | None:
    """Return the model as it is sold, or its identifier such as ``iPad13,18``."""
    return _found_text(status, "device.model.marketing-name") or _found_text(status, "device.model.identifier")


def battery_health(status: Mapping[str, Any]) -> str | None:
    """Return normal, service-recommended, non-genuine, unknown or unsupported (iPads say the last, so far)."""
    return _found_text(status, "device.power.battery-health")


def update_state(status: Mapping[str, Any]) -> str | None:
    """Return how far a system update is: none, waiting, downloading, prepared, installing or failed."""
    return _found_text(status, "softwareupdate.install-state")


def pending_version(status: Mapping[str, Any]) -> str | None:
    """Return the version of the system update that waits, or None."""
    pending = _find(status, "softwareupdate.pending-version")
    return _text(pending, "os-version") or None if isinstance(pending, dict) else None


def passcode_compliant(status: Mapping[str, Any]) -> bool | None:
    """Return whether the passcode follows the rules."""
    found = _find(status, "passcode.is-compliant")
    return found if isinstance(found, bool) else None


def supported_declarations(status: Mapping[str, Any]) -> frozenset[str]:
    """Return the declaration types that the device says it knows; empty while it has not said."""
    capabilities = _find(status, "management.client-capabilities.supported-payloads.declarations")
    lists = capabilities.values() if isinstance(capabilities, dict) else ()
    return frozenset(name for names in lists if isinstance(names, list) for name in names if isinstance(name, str))


def managed_apps(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the declared apps of a device, bundle identifier to state, from ``app.managed.list``."""
    return {bundle_id: app.state for bundle_id, app in declared_apps(status).items()}


def declared_apps(status: Mapping[str, Any]) -> dict[str, DeclaredApp]:
    """Return the declared apps of a device by bundle identifier, from ``app.managed.list``."""
    listed = _find(status, "app.managed.list")
    return {
        entry["identifier"]: DeclaredApp(
            state=_text(entry, "state"), version=_text(entry, "short-version"), reasons=_reasons(entry.get("reasons"))
        )
        for entry in (listed if isinstance(listed, list) else [])
        if _is_thing(entry)
    }


def _declared_entries(listed: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        entry
        for name in _STATUS_LISTS
        if isinstance(entries := listed.get(name), list)
        for entry in entries
        if _is_thing(entry)
    ]


def _kept(items: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for item in sorted(KEPT_ITEMS):
        found = _find(items, item)
        if found is not None:
            _put(kept, item, found)
    return kept


def _find(items: Mapping[str, Any], item: str) -> Any:
    """Return what is under a dotted name, each part of which is one level, or None."""
    found: Any = items
    for part in item.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _put(items: dict[str, Any], item: str, value: Any) -> None:
    *parts, last = item.split(".")
    for part in parts:
        items = items.setdefault(part, {})
    items[last] = value


def _copied(known: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the levels that names are made of, so that the caller's value stays as it is."""
    copied: dict[str, Any] = {}
    for item in sorted(KEPT_ITEMS):
        found = _find(known, item)
        if found is not None:
            _put(copied, item, found)
    return copied


def _merged_list(known: object, said: list[Any]) -> list[Any]:
    things = {one["identifier"]: one for one in known if _is_thing(one)} if isinstance(known, list) else {}
    for one in said:
        if not _is_thing(one):
            continue
        if one.get("_removed") is True:
            things.pop(one["identifier"], None)
        else:
            things[one["identifier"]] = one
    return [things[identifier] for identifier in sorted(things)][:_THINGS]


def _is_thing(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("identifier"), str)


def _reasons(value: object, spelled: Any = str) -> tuple[Reason, ...]:
    """Read reasons; status errors spell their keys with a capital letter, status items don't."""
    return tuple(
        Reason(code=_text(one, spelled("code"))[:100], description=_text(one, spelled("description"))[:300])
        for one in (value[:20] if isinstance(value, list) else [])
        if isinstance(one, dict)
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value[:500] if isinstance(value, str) else ""


def _found_text(status: Mapping[str, Any], item: str) -> str | None:
    value = _find(status, item)
    return value[:100] if isinstance(value, str) else None


def _require_sane(items: Mapping[str, Any]) -> None:
    """Refuse what is nested too deeply to be handled again, and null characters, which PostgreSQL does not store."""
    level: list[Any] = [items]
    for _ in range(_DEPTH):
        for one in level:
            texts = one if isinstance(one, dict) else ()
            values = one.values() if isinstance(one, dict) else one
            if any("\0" in text for text in (*texts, *(value for value in values if isinstance(value, str)))):
                raise DeclarativeInvalid(reason="it has a null character")
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise DeclarativeInvalid(reason="it is nested too deeply")
