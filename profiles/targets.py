"""Each tablet's target: the policy that its kit's edition agreed, compiled for what the tablet is, and nothing else."""

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.target import Target
from mdm.store import Connection
from profiles.android.stock import Stocks, android_class
from profiles.charter.agreed import AgreedEditions, AgreedPolicy
from profiles.charter.edition_store import TabletKind, kind_of_tablet
from profiles.compiler import CompiledTarget, device_class
from profiles.compilers import Compilers


class AgreedTargets:
    """The `TargetSource` of the server."""

    def __init__(self, clock: Clock, compilers: Compilers, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._compilers = compilers
        self._agreed = agreed
        self._stocks = Stocks(compilers.addresses)

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return a tablet's target; None where no edition was agreed, or before the tablet said what it is."""
        kind = kind_of_tablet(conn, tablet_id)
        if kind is None:
            return None
        agreed = self._agreed.policy_followed(conn, kind.followed, self._clock.ms())
        if agreed is None:
            return None
        compiled = self._compile(conn, agreed, kind)
        self._keep(conn, compiled)
        return compiled.target

    def _compile(self, conn: Connection, agreed: AgreedPolicy, kind: TabletKind) -> CompiledTarget:
        if kind.platform == "ipad":
            return self._compilers.apple.compile(agreed, device_class(kind.os_version, supervised=kind.supervised))
        device = android_class(kind.abi, kind.os_version)
        return self._compilers.android.compile(agreed, device, self._stocks.stock_for(conn, agreed.policy, device))

    def _keep(self, conn: Connection, compiled: CompiledTarget) -> None:
        """Store the artifacts. Checked in the store each time: a transaction that is undone takes them with it."""
        for artifact in compiled.artifacts:
            if convergence_store.artifact_created(conn, artifact.hash) == 0:
                convergence_store.save_artifact(
                    conn, artifact.hash, artifact.media_type, artifact.body, now=self._clock.ms()
                )
