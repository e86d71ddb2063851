"""The licences that kits need under what the committee agreed: those that are missing, and the wishes for a kit."""

from collections.abc import Iterable, Mapping

import msgspec

from mdm.clock import Clock
from mdm.fleet.kit import Kit
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.licences.errors import NoStoreApps
from profiles.licences.licences import Licences
from profiles.licences.shortage import LicencesMissing, Shortage, licensed_apps, wanted_by
from profiles.licences.wish_store import ipads_of_kit
from profiles.policy import Policy


class Wished(msgspec.Struct, frozen=True, kw_only=True):
    """What was wished for a kit: its iPads, the apps (number and name), and how many wishes are new."""

    kit_id: str
    tablets: int
    apps: Mapping[int, str]
    new: int


class KitLicences:
    """Looks at kits, inside the caller's transaction."""

    def __init__(self, clock: Clock, agreed: AgreedEditions, licences: Licences) -> None:
        self._clock = clock
        self._agreed = agreed
        self._licences = licences

    def missing(self, conn: Connection, kits: Iterable[Kit], *, edition_id: str | None = None) -> tuple[Shortage, ...]:
        """Return the apps of which too few licences are free for the iPads of these kits together.

        Without an edition, under what each kit follows. Raises `EditionNotVerified` or `NoCharter`.
        """
        wanted: dict[int, list[str]] = {}
        names: dict[int, str] = {}
        for kit in kits:
            policy = self._policy(conn, kit, edition_id)
            if policy is not None:
                names |= licensed_apps(policy)
                for store_id, ipads in wanted_by(policy, ipads_of_kit(conn, kit.kit_id)).items():
                    wanted.setdefault(store_id, []).extend(ipads)
        return self._licences.missing(conn, wanted, names=names)

    def wish(self, conn: Connection, kit: Kit, *, actor: str) -> Wished:
        """Wish a licence of each App Store app that a kit is to hold for each of its iPads.

        Raises `NoStoreApps`, `LicencesMissing`, `EditionNotVerified` or `NoCharter`, and then wishes nothing.
        """
        policy, ipads = self._policy(conn, kit, None), ipads_of_kit(conn, kit.kit_id)
        apps = licensed_apps(policy) if policy is not None else {}
        if not apps or not ipads:
            raise NoStoreApps(kit=kit.name)
        missing = self.missing(conn, [kit])
        if missing:
            raise LicencesMissing(missing, self._clock.ms())
        new = self._licences.assign(conn, ipads, apps, names=apps, actor=actor)
        return Wished(kit_id=kit.kit_id, tablets=len(ipads), apps=apps, new=new)

    def _policy(self, conn: Connection, kit: Kit, edition_id: str | None) -> Policy | None:
        now = self._clock.ms()
        if edition_id is None:
            followed = self._agreed.policy_of_kit(conn, kit.kit_id, now)
            return followed.policy if followed is not None else None
        return self._agreed.policy_for(conn, kit_id=kit.kit_id, uai=kit.uai, edition_id=edition_id, now=now).policy
