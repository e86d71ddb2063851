"""Declarative management on the tablet: what is declared, what of it is active, and how it got there.

Sources: Apple's schema (declarative/), "Leveraging the declarative management data model to scale devices".
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from mdm.simulator.declaration import (
    Declaration,
    Kind,
    ManifestItem,
    Reason,
    Standing,
    read_declaration,
    read_manifest,
    read_tokens,
)
from mdm.simulator.declared import apply, revert, supported
from mdm.simulator.errors import ServerRefused
from mdm.simulator.models import version_parts
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import Tablet

Ask = Callable[[str], Awaitable[bytes]]
"""Asks the server at an endpoint of declarative management; raises `ServerRefused` or `ServerUnreachable`."""

SUBSCRIPTIONS = "com.apple.configuration.management.status-subscriptions"
PASSCODE = "com.apple.configuration.passcode.settings"
UPDATE = "com.apple.configuration.softwareupdate.enforcement.specific"
_Key = tuple[Kind, str]


class EnforcedUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A system that a declaration enforces; ``due`` once its hour has come."""

    version: str
    due: bool


class Declarations:
    """What one tablet holds of its server's declarations."""

    def __init__(self, tablet: Tablet, around: Surroundings) -> None:
        self._tablet = tablet
        self._around = around
        self._held: dict[_Key, Declaration] = {}
        self._failures: dict[_Key, tuple[str, Reason]] = {}
        self._applied: dict[str, Declaration] = {}
        self.standings: dict[_Key, Standing] = {}
        self.token: str | None = None
        self.enabled = False

    def forget(self) -> None:
        """Hold nothing any more, without undoing anything: the tablet was wiped or left management."""
        self._held.clear()
        self._failures.clear()
        self._applied.clear()
        self.standings.clear()
        self.token = None
        self.enabled = False

    @property
    def held(self) -> tuple[Declaration, ...]:
        """The declarations that the tablet has."""
        return tuple(self._held.values())

    @property
    def subscriptions(self) -> frozenset[str]:
        """The status items that the server wants to be told."""
        return frozenset(
            str(item.get("Name"))
            for one in self._applied.values()
            if one.type == SUBSCRIPTIONS
            for item in one.payload.get("StatusItems", ())
            if isinstance(item, dict)
        )

    @property
    def passcode_required(self) -> bool:
        """Whether an active declaration asks for a code."""
        return any(one.payload.get("RequirePasscode") is True for one in self._applied.values() if one.type == PASSCODE)

    def enforced_update(self, now: datetime) -> EnforcedUpdate | None:
        """Return the newest system that is enforced and that the tablet does not have; its hour is a local one."""
        newer = [
            one.payload
            for one in self._applied.values()
            if one.type == UPDATE and not self._tablet.os.at_least(str(one.payload["TargetOSVersion"]))
        ]
        if not newer:
            return None
        payload = max(newer, key=lambda one: version_parts(str(one["TargetOSVersion"])))
        hour = datetime.fromisoformat(str(payload["TargetLocalDateTime"])).replace(tzinfo=None)
        local = now.astimezone(ZoneInfo(self._tablet.time_zone)).replace(tzinfo=None)
        return EnforcedUpdate(version=str(payload["TargetOSVersion"]), due=local >= hour)

    async def synchronize(self, tokens: bytes | None, ask: Ask) -> bool:
        """Fetch what changed since the last time, and put it in force; return whether anything did.

        ``tokens`` came with the command; without them the server is asked. Raises what ``ask`` raises, and ValueError
        for answers that are not of the protocol; the next synchronization then begins where this one stopped.
        """
        first, self.enabled = not self.enabled, True
        announced = read_tokens(tokens if tokens is not None else await ask("tokens"))
        if announced == self.token and not self._failures:
            return first
        manifest = read_manifest(await ask("declaration-items"))
        wanted = {(item.kind, item.identifier): item for item in manifest.items}
        for key in [key for key in self._held if key not in wanted]:
            del self._held[key]
        self._failures = {key: value for key, value in self._failures.items() if key in wanted}
        for key, item in wanted.items():
            held = self._held.get(key)
            if held is None or held.server_token != item.server_token:
                await self._fetch(key, item, ask)
        await self._activate()
        self.token = manifest.token
        return True

    async def _fetch(self, key: _Key, item: ManifestItem, ask: Ask) -> None:
        self._held.pop(key, None)
        try:
            self._held[key] = read_declaration(await ask(f"declaration/{item.kind}/{item.identifier}"), item)
            self._failures.pop(key, None)
        except (ServerRefused, ValueError) as cause:
            if isinstance(cause, ServerRefused) and cause.status != 404:
                raise
            details = {"Identifier": item.identifier, "ServerToken": item.server_token}
            reason = Reason(code="Error.InvalidPayload", description=str(cause), details=details)
            self._failures[key] = (item.server_token, reason)

    async def _activate(self) -> None:
        """Put in force what activations name, take out of force what none names any more."""
        standings: dict[_Key, Standing] = {}
        named: set[str] = set()
        for key, one in self._held.items():
            if one.kind == "activation":
                standings[key] = self._activation(one)
                if standings[key].active:
                    named.update(one.payload["StandardConfigurations"])
        for identifier in [name for name in self._applied if name not in named or self._changed(name)]:
            gone = self._applied.pop(identifier)
            if identifier not in named or ("configuration", identifier) not in self._held:
                await revert(self._tablet, self._around, gone)
        for key, one in self._held.items():
            if one.kind == "configuration":
                standings[key] = await self._configuration(one, named)
            elif one.kind in ("management", "asset"):
                standings[key] = Standing(active=one.kind == "management", valid="valid")
        self.standings = standings

    def _activation(self, one: Declaration) -> Standing:
        details = {"Identifier": one.identifier, "ServerToken": one.server_token}
        wanted = one.payload.get("StandardConfigurations")
        if not isinstance(wanted, list):
            return _invalid("Error.InvalidPayload", "The activation names no configurations.", details)
        predicate = one.payload.get("Predicate", "TRUEPREDICATE")
        if predicate == "FALSEPREDICATE":
            reason = Reason(code="Info.Predicate", details={**details, "Predicate": predicate})
            return Standing(active=False, valid="valid", reasons=(reason,))
        if predicate != "TRUEPREDICATE":
            details["Predicate"] = str(predicate)
            return _invalid("Error.UnableToParsePredicate", "This tablet cannot read the predicate.", details)
        missing = [name for name in wanted if ("configuration", name) not in self._held]
        if missing:
            lacking = {**details, "ConfigurationIdentifiers": missing}
            return _invalid("Error.MissingConfigurations", "Configurations are missing.", lacking)
        return Standing(active=True, valid="valid")

    async def _configuration(self, one: Declaration, named: set[str]) -> Standing:
        details = {"Identifier": one.identifier, "ServerToken": one.server_token}
        if not supported(self._tablet, one):
            return _invalid("Error.ConfigurationNotSupported", "This tablet does not know it.", details)
        if one.identifier not in named:
            return Standing(active=False, valid="valid", reasons=(Reason(code="Info.NotReferencedByActivation"),))
        if one.identifier in self._applied:
            return self.standings[("configuration", one.identifier)]
        try:
            await apply(self._tablet, self._around, one)
        except ValueError as cause:
            return _invalid("Error.ConfigurationIsInvalid", "The configuration is not valid.", {"Error": str(cause)})
        except ServerRefused as cause:
            return _invalid("Error.ConfigurationCannotBeApplied", "It cannot be applied.", {"Error": str(cause)})
        self._applied[one.identifier] = one
        return Standing(active=True, valid="valid")

    def _changed(self, identifier: str) -> bool:
        return self._held.get(("configuration", identifier)) != self._applied[identifier]

    def status(self) -> dict[str, list[dict[str, object]]]:
        """Return the value of the status item management.declarations."""
        found: dict[str, list[dict[str, object]]] = {
            name: [] for name in ("activations", "configurations", "assets", "management")
        }
        for key, one in self._held.items():
            standing = self.standings.get(key, Standing(active=False, valid="unknown"))
            found[_plural(one.kind)].append(_listed(one.identifier, one.server_token, standing))
        for (kind, identifier), (server_token, reason) in self._failures.items():
            standing = Standing(active=False, valid="invalid", reasons=(reason,))
            found[_plural(kind)].append(_listed(identifier, server_token, standing))
        return found


def _plural(kind: Kind) -> str:
    return kind if kind == "management" else f"{kind}s"


def _listed(identifier: str, server_token: str, standing: Standing) -> dict[str, object]:
    listed: dict[str, object] = {
        "identifier": identifier,
        "server-token": server_token,
        "active": standing.active,
        "valid": standing.valid,
    }
    if standing.reasons:
        listed["reasons"] = [msgspec.to_builtins(reason) for reason in standing.reasons]
    return listed


def _invalid(code: str, description: str, details: Mapping[str, object]) -> Standing:
    return Standing(
        active=False, valid="invalid", reasons=(Reason(code=code, description=description, details=details),)
    )
