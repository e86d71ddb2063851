"""Editions as the server uses them: loaded, followed, and compiled into each tablet's target."""

from collections import OrderedDict

import msgspec

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.target import Target
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles import edition_store
from profiles.android.stock import AndroidClass, Stocks, android_class, remember_packages, stock_for
from profiles.compiler import CompiledTarget, device_class
from profiles.compilers import Compilers
from profiles.edition import Edition, edition_of, load_edition
from profiles.edition_store import StoredEdition, TabletKind
from profiles.payloads.base import NotEnforced

_REMEMBERED = 64
_USUAL_ANDROID = AndroidClass(abi="arm64-v8a", version=14)


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets of each platform will not obey of an edition."""

    ipad: tuple[NotEnforced, ...]
    android: tuple[NotEnforced, ...]


class Editions:
    """Loads editions and lets kits and schools follow them."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, compilers: Compilers) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._compilers = compilers

    async def load(self, body: bytes, filename: str, *, actor: str) -> Edition:
        """Store the edition in a file; the same content twice is one edition. Raises `EditionInvalid`, `SecretUnknown`.

        It is compiled for a supervised and an unsupervised iPad first, so that what cannot be compiled is not stored.
        """
        edition = load_edition(body, filename)
        for supervised in (True, False):
            self._compilers.apple.compile(edition, device_class("18.0", supervised=supervised))
        await self._database.write(lambda conn: self._add(conn, edition, actor))
        return edition

    async def gaps(self, edition: Edition) -> Gaps:
        """Return what tablets of each platform will not obey of an edition, for the committee to see.

        An iPad is taken as supervised with the newest system, an Android tablet as the most usual one.
        """
        apple = self._compilers.apple.compile(edition, device_class("18.0", supervised=True))
        stock = await self._database.read(
            lambda conn: stock_for(conn, edition, _USUAL_ANDROID, self._compilers.addresses)
        )
        android = self._compilers.android.compile(edition, _USUAL_ANDROID, stock)
        return Gaps(ipad=apple.not_enforced, android=android.not_enforced)

    async def follow(self, reference: str, *, kit_id: str | None = None, uai: str | None = None, actor: str) -> str:
        """Let a kit or a school follow an edition, and have its tablets looked at; return the edition."""
        return await self._database.write(lambda conn: self._follow(conn, reference, kit_id, uai, actor))

    async def list(self) -> list[StoredEdition]:
        """Return the editions, newest first."""
        return await self._database.read(edition_store.list_editions)

    async def show(self, reference: str) -> Edition:
        """Return an edition by its name or the beginning of its identifier."""
        return await self._database.read(lambda conn: _edition(conn, edition_store.find_edition(conn, reference)))

    def _add(self, conn: Connection, edition: Edition, actor: str) -> None:
        if edition_store.add_edition(conn, edition, now=self._clock.ms(), actor=actor):
            remember_packages(conn, edition)
            self._journal.record(conn, "edition_loaded", actor=actor, subject=f"edition:{edition.edition_id}")

    def _follow(self, conn: Connection, reference: str, kit_id: str | None, uai: str | None, actor: str) -> str:
        edition_id = edition_store.find_edition(conn, reference)
        edition_store.follow(conn, edition_id, kit_id=kit_id, uai=uai)
        tablets = convergence_store.look_again(conn, kit_id=kit_id, uai=uai, now=self._clock.ms())
        subject = f"kit:{kit_id}" if kit_id is not None else f"school:{uai}"
        self._journal.record(
            conn, "edition_followed", actor=actor, subject=subject, detail={"edition": edition_id, "tablets": tablets}
        )
        if kit_id is not None:
            conn.publish("kit", kit_id)
        conn.publish("checks", "")
        return edition_id


class EditionTargets:
    """The `TargetSource` of the server: a tablet's target is its kit's edition, compiled, and nothing else."""

    def __init__(self, clock: Clock, compilers: Compilers) -> None:
        self._clock = clock
        self._compilers = compilers
        self._stocks = Stocks(compilers.addresses)
        self._editions: OrderedDict[str, Edition] = OrderedDict()

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return a tablet's target; None where no edition was agreed, or before the tablet said what it is."""
        kind = edition_store.kind_of_tablet(conn, tablet_id)
        if kind is None:
            return None
        edition = self._editions.get(kind.edition_id)
        if edition is None:
            edition = self._editions[kind.edition_id] = _edition(conn, kind.edition_id)
            if len(self._editions) > _REMEMBERED:
                self._editions.popitem(last=False)
        compiled = self._compile(conn, edition, kind)
        self._keep(conn, compiled)
        return compiled.target

    def _compile(self, conn: Connection, edition: Edition, kind: TabletKind) -> CompiledTarget:
        if kind.platform == "ipad":
            return self._compilers.apple.compile(edition, device_class(kind.os_version, supervised=kind.supervised))
        device = android_class(kind.abi, kind.os_version)
        stock = self._stocks.stock_for(conn, edition, device)
        return self._compilers.android.compile(edition, device, stock)

    def _keep(self, conn: Connection, compiled: CompiledTarget) -> None:
        """Store the artifacts. Checked in the store each time: a transaction that is undone takes them with it."""
        for artifact in compiled.artifacts:
            if convergence_store.artifact_created(conn, artifact.hash) == 0:
                convergence_store.save_artifact(
                    conn, artifact.hash, artifact.media_type, artifact.body, now=self._clock.ms()
                )


def _edition(conn: Connection, edition_id: str) -> Edition:
    return edition_of(msgspec.json.decode(edition_store.edition_body(conn, edition_id)))
