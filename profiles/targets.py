"""Each tablet's target: the policy that its kit's edition agreed, compiled for its mode and for what the tablet is."""

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.target import Target
from mdm.home.modes.mode import Mode
from mdm.home.modes.mode_store import brought_to
from mdm.home.modes.stricter_store import taken_away
from mdm.store import Connection
from profiles.android.stock import Stocks, android_class
from profiles.charter.agreed import AgreedEditions, AgreedPolicy
from profiles.charter.edition_store import TabletKind, kind_of_tablet
from profiles.compiler import CompiledTarget, device_class
from profiles.compilers import Compilers
from profiles.mode_rules import SCHOOL, ModeRules, rules_of


class AgreedTargets:
    """The `TargetSource` of the server."""

    def __init__(self, clock: Clock, compilers: Compilers, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._compilers = compilers
        self._agreed = agreed
        self._stocks = Stocks(compilers.addresses)

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return a tablet's target; None where no edition was agreed, or before the tablet said what it is."""
        compiled = self._compiled(conn, tablet_id)
        if compiled is None:
            return None
        self._keep(conn, compiled)
        return compiled.target

    def expected(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return what `target_for` returns, and keep nothing: for pages, which only look."""
        compiled = self._compiled(conn, tablet_id)
        return None if compiled is None else compiled.target

    def _compiled(self, conn: Connection, tablet_id: str) -> CompiledTarget | None:
        kind = kind_of_tablet(conn, tablet_id)
        if kind is None:
            return None
        agreed = self._agreed.policy_followed(conn, kind.followed, self._clock.ms())
        if agreed is None:
            return None
        return self._compile(conn, agreed, kind, self._rules(conn, agreed, kind, tablet_id))

    def _rules(self, conn: Connection, agreed: AgreedPolicy, kind: TabletKind, tablet_id: str) -> ModeRules:
        brought = brought_to(conn, tablet_id, now=self._clock.ms())
        at_home = brought is not None and brought.stricter and brought.mode in (Mode.HOME, Mode.HOLIDAY)
        apps = taken_away(conn, tablet_id).apps if at_home else frozenset()
        rules = rules_of(agreed.policy, brought, apps, platform=kind.platform) if brought is not None else SCHOOL
        return rules if kind.platform == "ipad" else self._with_veiled(conn, rules, tablet_id)

    def _with_veiled(self, conn: Connection, rules: ModeRules, tablet_id: str) -> ModeRules:
        """What an Android tablet hid in an earlier mode is shown again before anything of it is fetched."""
        progress = convergence_store.progress_of(conn, tablet_id)
        veiled = tuple(one for one in progress.report.veiled if one not in rules.hidden) if progress is not None else ()
        return rules.with_veiled(veiled) if veiled else rules

    def _compile(self, conn: Connection, agreed: AgreedPolicy, kind: TabletKind, rules: ModeRules) -> CompiledTarget:
        if kind.platform == "ipad":
            device = device_class(kind.os_version, supervised=kind.supervised)
            return self._compilers.apple.compile(agreed, device, rules)
        android = android_class(kind.abi, kind.os_version)
        stock = self._stocks.stock_for(conn, agreed.policy, android)
        return self._compilers.android.compile(agreed, android, stock, rules)

    def _keep(self, conn: Connection, compiled: CompiledTarget) -> None:
        """Store the artifacts. Checked in the store each time: a transaction that is undone takes them with it."""
        known = convergence_store.artifacts_known(conn, [artifact.hash for artifact in compiled.artifacts])
        for artifact in compiled.artifacts:
            if artifact.hash not in known:
                convergence_store.save_artifact(
                    conn, artifact.hash, artifact.media_type, artifact.body, now=self._clock.ms()
                )
