"""Licences that a wave needs before it begins, and that a kit gives and takes as it is moved."""

from collections.abc import Sequence

from mdm.i18n import N_
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.licences.licences import Licences
from profiles.licences.shortage import Shortage, licensed_apps
from profiles.policy import Policy
from profiles.rollouts import reach_store
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout_store import KitToMove

_NAMED = 5


class Licensing:
    """Counts and moves licences; inside the caller's transaction."""

    def __init__(self, agreed: AgreedEditions, licences: Licences) -> None:
        self._agreed = agreed
        self._licences = licences

    def shortages(self, conn: Connection, kits: Sequence[KitToMove], edition_id: str, now: int) -> tuple[Shortage, ...]:
        """Return the apps of which too few licences are free for the iPads of these kits under an edition."""
        wanted: dict[int, list[str]] = {}
        names: dict[int, str] = {}
        ipads = reach_store.ipads_of_kits(conn, [kit.kit_id for kit in kits])
        for kit in kits:
            if kit.kit_id not in ipads:
                continue
            agreed = self._agreed.policy_for(conn, kit_id=kit.kit_id, uai=kit.uai, edition_id=edition_id, now=now)
            apps = licensed_apps(agreed.policy)
            names |= apps
            for store_id in apps:
                wanted.setdefault(store_id, []).extend(ipads[kit.kit_id])
        return self._licences.missing(conn, wanted, names=names)

    def change(self, conn: Connection, kit_id: str, before: Policy | None, after: Policy, *, actor: str) -> None:
        """Wish the licences of what a kit's iPads hold from now on, and give back those of what they hold no more."""
        tablets = reach_store.ipads_of_kit(conn, kit_id)
        if not tablets:
            return
        apps, left = licensed_apps(after), licensed_apps(before) if before is not None else {}
        if apps:
            self._licences.assign(conn, tablets, apps, names=apps, actor=actor)
        gone = sorted(set(left) - set(apps))
        if gone:
            self._licences.give_back(conn, tablets, gone, actor=actor)


def shortage_reason(found: Sequence[Shortage]) -> Reason | None:
    """Return why a wave cannot begin when licences are missing; None when none are."""
    if not found:
        return None
    named = ", ".join(f"{one.name or one.store_id} ({one.more})" for one in found[:_NAMED])
    if len(found) > _NAMED:
        named += ", …"
    return Reason(
        code="licences_missing",
        text=N_("Licences are missing for the next wave: {apps}. Get more, count them again, and resume."),
        params={"apps": named, "licences": sum(one.more for one in found)},
    )
