"""What editions say to the rooms of modes and of the class mode: hours of use at home, apps and pages of a kit."""

import hashlib

import msgspec

from mdm.clock import Clock
from mdm.home.class_mode.agreed import Agreed, AgreedApp, AgreedPage
from mdm.home.modes.hours import HomeHours
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.mode_rules import has_browser, home_rules, hours_of, is_preinstalled, name_on
from profiles.policy import Home


class AgreedHomeRules:
    """The `HomeRules` of the server."""

    def __init__(self, clock: Clock, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._agreed = agreed

    def home_hours(self, conn: Connection, kit_id: str) -> HomeHours:
        """Return the hours of use at home that a kit's edition agreed."""
        found = self._agreed.policy_of_kit(conn, kit_id, self._clock.ms())
        return hours_of(found.policy.home) if found is not None else HomeHours()


class AgreedRulesDigest:
    """The `RulesDigest` of the server: what an edition lets a platform's tablets do at home, and nothing else."""

    def __init__(self, clock: Clock, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._agreed = agreed

    def of_kit(self, conn: Connection, kit_id: str, platform: str) -> str | None:
        """Return a SHA-256 in hex, the same as long as apps, restrictions, filter, and hours at home are the same."""
        found = self._agreed.policy_of_kit(conn, kit_id, self._clock.ms())
        if found is None:
            return None
        policy = found.policy
        home = policy.home or Home()
        at_home = home_rules(policy, (), usable=True)
        apps = {key for app in policy.apps if (key := name_on(app, platform)) is not None}
        said = (
            sorted(apps - set(at_home.hidden)),
            hours_of(home),
            at_home.web_filter,
            policy.restrictions,
        )
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


class AgreedForClass:
    """The `AgreedThings` of the server."""

    def __init__(self, clock: Clock, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._agreed = agreed

    def of_kit(self, conn: Connection, kit_id: str, platform: str) -> Agreed | None:
        """Return the apps and pages that a kit's edition agrees to on its platform; None before there is any."""
        found = self._agreed.policy_of_kit(conn, kit_id, self._clock.ms())
        if found is None:
            return None
        policy = found.policy
        return Agreed(
            edition_id=found.edition_id,
            apps=tuple(
                AgreedApp(
                    key=key,
                    name=app.name,
                    required=app.install == "required",
                    preinstalled=platform == "ipad" and is_preinstalled(key),
                )
                for app in policy.apps
                if (key := name_on(app, platform)) is not None
            ),
            pages=tuple(AgreedPage(label=clip.label, url=clip.url) for clip in policy.web_clips),
            browser=has_browser(policy, platform=platform),
        )
