"""The dry run: what a rollout would do, for each school, before anything is moved.

What is downloaded counts once for each tablet, since each fetches it by itself over its school's line.
"""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.store import Connection
from profiles.android.stock import android_class, stock_for
from profiles.apks.apk_store import apk_for
from profiles.charter.agreed import AgreedEditions
from profiles.compiler import device_class
from profiles.compilers import Compilers
from profiles.licences.shortage import Shortage
from profiles.payloads.base import NotEnforced
from profiles.policy import App, Policy
from profiles.rollouts import reach_store
from profiles.rollouts.licensing import Licensing
from profiles.rollouts.policy_diff import Platform, PolicyChange, books_on, policy_change
from profiles.rollouts.reach_store import KindOfTablets
from profiles.rollouts.rollout_store import KitToMove
from profiles.rollouts.sizes import AppSizes

_USUAL_ABI = "arm64-v8a"


class PlannedKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit that a rollout would move; ``wave`` is 0 where no rollout was planned yet."""

    kit_id: str
    uai: str
    wave: int


class KitReach(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit's tablets get: ``change`` is the place of its change in the dry run's list. Bytes for all tablets."""

    kit_id: str
    name: str
    wave: int
    platform: Platform
    tablets: int
    change: int
    download_bytes: int


class SchoolReach(msgspec.Struct, frozen=True, kw_only=True):
    """What a school gets. ``download_bytes`` is what its line carries, without ``unknown`` apps and books, by name."""

    uai: str
    name: str
    kits: tuple[KitReach, ...]
    tablets: int
    download_bytes: int
    unknown: tuple[str, ...]


class KindGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets of a kind will not obey of the edition; ``tablets`` is how many there are.

    ``system``: such as ``iPadOS 17.2`` for all from that version, or ``Android 13 arm64-v8a``.
    """

    platform: Platform
    system: str
    supervised: bool | None
    tablets: int
    gaps: tuple[NotEnforced, ...]


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollout would do."""

    edition_id: str
    number: int
    changes: tuple[PolicyChange, ...]
    schools: tuple[SchoolReach, ...]
    gaps: tuple[KindGaps, ...]
    shortages: tuple[Shortage, ...]
    silent_kits: int
    """Kits without a tablet that can be reached: they get the edition when one joins."""

    @property
    def tablets(self) -> int:
        """How many tablets are reached."""
        return sum(school.tablets for school in self.schools)

    @property
    def download_bytes(self) -> int:
        """What all lines carry together."""
        return sum(school.download_bytes for school in self.schools)


class DryRuns:
    """Makes dry runs, inside the caller's transaction."""

    def __init__(self, agreed: AgreedEditions, compilers: Compilers, licensing: Licensing, sizes: AppSizes) -> None:
        self._agreed = agreed
        self._compilers = compilers
        self._licensing = licensing
        self._sizes = sizes

    def make(self, conn: Connection, edition_id: str, kits: Sequence[PlannedKit], now: int) -> DryRun:
        """Return what an edition would do to these kits; raise what says that it cannot be used or compiled."""
        record = self._agreed.record(conn, edition_id)
        work = _Work(conn, self._agreed, self._compilers, self._sizes, edition_id, now)
        for kit in kits:
            work.take(kit)
        moved = [KitToMove(kit_id=kit.kit_id, uai=kit.uai) for kit in kits]
        return DryRun(
            edition_id=edition_id,
            number=record.number,
            changes=tuple(work.changes),
            schools=work.schools(),
            gaps=work.gaps(),
            shortages=self._licensing.shortages(conn, moved, edition_id, now),
            silent_kits=work.silent,
        )


class _Work:
    """A dry run in the making; everything that kits share is looked up once."""

    def __init__(
        self,
        conn: Connection,
        agreed: AgreedEditions,
        compilers: Compilers,
        sizes: AppSizes,
        edition_id: str,
        now: int,
    ) -> None:
        self._conn = conn
        self._agreed = agreed
        self._compilers = compilers
        self._sizes = sizes
        self._edition_id = edition_id
        self._now = now
        self._lines = reach_store.kit_lines(conn)
        self._kinds: dict[str, list[KindOfTablets]] = {}
        for kind in reach_store.kinds_of_tablets(conn):
            self._kinds.setdefault(kind.kit_id, []).append(kind)
        self.changes: list[PolicyChange] = []
        self.silent = 0
        self._change_places: dict[tuple[str, str, Platform], int] = {}
        self._app_bytes: dict[tuple[str, str, str | None], int | None] = {}
        self._kits: dict[str, list[KitReach]] = {}
        self._unknown: dict[str, set[str]] = {}
        self._gap_tablets: dict[tuple[Platform, str, bool | None, tuple[NotEnforced, ...]], int] = {}
        self._gap_known: dict[tuple[str, Platform, str], tuple[str, tuple[NotEnforced, ...]]] = {}

    def take(self, kit: PlannedKit) -> None:
        """Add a kit."""
        kinds = self._kinds.get(kit.kit_id, [])
        if not kinds:
            self.silent += 1
            return
        platform: Platform = "ipad" if kinds[0].platform == "ipad" else "android"
        known = self._agreed.policy_of_kit(self._conn, kit.kit_id, self._now)
        before = known.policy if known is not None else None
        after = self._agreed.policy_for(
            self._conn, kit_id=kit.kit_id, uai=kit.uai, edition_id=self._edition_id, now=self._now
        ).policy
        place = self._place(before, after, platform)
        change = self.changes[place]
        loaded = 0
        for kind in kinds:
            loaded += kind.tablets * self._bytes(kit.uai, before, after, change, kind)
            self._note_gaps(after, kind)
        line = self._lines[kit.kit_id]
        self._kits.setdefault(kit.uai, []).append(
            KitReach(
                kit_id=kit.kit_id,
                name=line.kit_name,
                wave=kit.wave,
                platform=platform,
                tablets=sum(kind.tablets for kind in kinds),
                change=place,
                download_bytes=loaded,
            )
        )

    def schools(self) -> tuple[SchoolReach, ...]:
        """Return what each school gets, by name."""
        names = {line.uai: line.school_name for line in self._lines.values()}
        found = [
            SchoolReach(
                uai=uai,
                name=names[uai],
                kits=tuple(sorted(kits, key=lambda kit: (kit.wave, kit.name))),
                tablets=sum(kit.tablets for kit in kits),
                download_bytes=sum(kit.download_bytes for kit in kits),
                unknown=tuple(sorted(self._unknown.get(uai, ()))),
            )
            for uai, kits in self._kits.items()
        ]
        return tuple(sorted(found, key=lambda school: (school.name, school.uai)))

    def gaps(self) -> tuple[KindGaps, ...]:
        """Return what each kind of tablet will not obey."""
        found = [
            KindGaps(platform=platform, system=system, supervised=supervised, tablets=tablets, gaps=gaps)
            for (platform, system, supervised, gaps), tablets in self._gap_tablets.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.platform, one.system, bool(one.supervised), -one.tablets)))

    def _place(self, before: Policy | None, after: Policy, platform: Platform) -> int:
        key = ("" if before is None else before.policy_id, after.policy_id, platform)
        place = self._change_places.get(key)
        if place is None:
            place = self._change_places[key] = len(self.changes)
            self.changes.append(policy_change(before, after, platform))
        return place

    def _bytes(self, uai: str, before: Policy | None, after: Policy, change: PolicyChange, kind: KindOfTablets) -> int:
        """Return what one tablet of a kind downloads."""
        coming = {one.identifier for one in (*change.added, *change.updated)}
        held = _required(before, change.platform) if before is not None else {}
        loaded = _other_bytes(before, after, change.platform) + self._book_bytes(uai, after, change)
        for identifier, app in _required(after, change.platform).items():
            same = identifier in held and held[identifier].version == app.version
            if identifier not in coming or same:
                continue
            size = self._app_size(app, kind)
            if size is None:
                self._unknown.setdefault(uai, set()).add(app.name)
            loaded += size or 0
        return loaded

    def _book_bytes(self, uai: str, after: Policy, change: PolicyChange) -> int:
        books, loaded = books_on(after, change.platform), 0
        for one in (*change.books_added, *change.books_updated):
            size = self._sizes.size_of_book(self._conn, books[one.identifier])
            if size is None:
                self._unknown.setdefault(uai, set()).add(one.name)
            loaded += size or 0
        return loaded

    def _app_size(self, app: App, kind: KindOfTablets) -> int | None:
        key: tuple[str, str, str | None] = (app.bundle_id or "", "ipad", None)
        if kind.platform != "ipad":
            key = (app.package or "", kind.abi or _USUAL_ABI, app.version)
        if key not in self._app_bytes:
            if kind.platform == "ipad":
                self._app_bytes[key] = self._sizes.size_of(self._conn, app)
            else:
                apk = apk_for(self._conn, key[0], abi=key[1], version_name=key[2])
                self._app_bytes[key] = None if apk is None else apk.size
        return self._app_bytes[key]

    def _note_gaps(self, policy: Policy, kind: KindOfTablets) -> None:
        platform: Platform = "ipad" if kind.platform == "ipad" else "android"
        if platform == "ipad" and kind.supervised is None:
            return
        name, gaps = self._gaps_of(policy, kind, platform)
        if gaps:
            key = (platform, name, kind.supervised if platform == "ipad" else None, gaps)
            self._gap_tablets[key] = self._gap_tablets.get(key, 0) + kind.tablets

    def _gaps_of(self, policy: Policy, kind: KindOfTablets, platform: Platform) -> tuple[str, tuple[NotEnforced, ...]]:
        known = (policy.policy_id, platform, f"{kind.os_version} {kind.supervised} {kind.abi}")
        if known not in self._gap_known:
            if platform == "ipad":
                ipad = device_class(kind.os_version or "0", supervised=bool(kind.supervised))
                self._gap_known[known] = (f"iPadOS {ipad.os_version}", self._compilers.apple.gaps(policy, ipad))
            else:
                android = android_class(kind.abi, kind.os_version)
                stock = stock_for(self._conn, policy, android, self._compilers.addresses)
                name = f"Android {android.version} {android.abi}".strip()
                self._gap_known[known] = (name, self._compilers.android.gaps(policy, android, stock))
        return self._gap_known[known]


def _required(policy: Policy, platform: Platform) -> Mapping[str, App]:
    named = [(app.bundle_id if platform == "ipad" else app.package, app) for app in policy.apps]
    return {name: app for name, app in named if name is not None and app.install == "required"}


def _other_bytes(before: Policy | None, after: Policy, platform: Platform) -> int:
    """Return the bytes of pictures and files that are new."""
    loaded = 0
    if after.wallpaper is not None and (before is None or before.wallpaper != after.wallpaper):
        loaded += len(after.wallpaper)
    if platform == "android":
        held = set(before.android.files) if before is not None else set()
        loaded += sum(len(file.content) for file in after.android.files if file not in held)
    return loaded
