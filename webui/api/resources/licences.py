"""Licences of Apple's Apps and Books: what is owned, what is wished for tablets, and what is missing."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from mdm.clock import Clock, from_ms
from mdm.fleet.errors import KitUnknown, SchoolUnknown
from mdm.fleet.kit import Kit
from mdm.fleet.kit_store import list_kits, require_kit
from mdm.fleet.territory_store import require_school
from mdm.i18n import Translator
from mdm.store import Connection, Database
from profiles.charter.charter import Charter
from profiles.charter.errors import EditionNotVerified, EditionUnknown, NoCharter, RecordMalformed
from profiles.licences.errors import LicencesOff, NoStoreApps
from profiles.licences.kit_licences import KitLicences
from profiles.licences.licence_store import Usage
from profiles.licences.room import LicenceRoom
from profiles.licences.shortage import LicencesMissing, Shortage
from profiles.licences.wish_store import WishView
from profiles.licences.wishes import reason_in_words, state_in_words
from webui.api.operation import Call, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.editions import Reference
from webui.api.resources.kits import KitPath
from webui.api.resources.licence_lists_store import usages_after, wishes_after
from webui.api.resources.places import Id, SchoolPath
from webui.api.results import Nothing
from webui.permissions import Action

WishState = Literal["open", "calling", "done", "short", "refused"]
LocationId = Annotated[str, Meta(min_length=1, max_length=100, description="Apple's identifier of a location.")]


class OwnedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app that a location owns, as counted last; `waiting`: for how many tablets a licence of it is wished.

    `total` and `available` are null where it may be assigned without end.
    """

    location_id: str
    store_id: int
    name: str
    total: int | None
    assigned: int
    available: int | None
    revocable: bool
    waiting: int


class WishItem(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that a tablet should have, or with `wanted` false give back; `words` say how far it is, and why."""

    tablet_id: str
    tablet_name: str
    store_id: int
    app_name: str
    wanted: bool
    state: WishState
    wished_at: datetime
    words: str
    reason: str


class ShortApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app of which too few licences are free: `needed` by tablets that have none, of which `more` are missing.

    `counted_at` is null when licences were never counted.
    """

    store_id: int
    name: str
    needed: int
    free: int
    more: int
    counted_at: datetime | None
    words: str


class ShortageShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing for some kits together; empty when nothing is."""

    kits: int
    apps: tuple[ShortApp, ...]


class WishedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the App Store."""

    store_id: int
    name: str


class KitWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What was wished for a kit; `new` wishes were not there before. The server carries them out."""

    kit_id: str
    tablets: int
    apps: tuple[WishedApp, ...]
    new: int


class OwnedQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses a location."""

    location: LocationId | None = None


class WishQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses wishes."""

    kit: Annotated[Id, Meta(description="Those for the tablets of one kit.")] | None = None
    undone: Annotated[bool, Meta(description="Those alone that are not done.")] = True


class EditionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Names the edition that would be followed; without one, what is followed now."""

    edition: Reference | None = None


class LicenceOperations:
    """Reads counts and wishes, and wishes licences for kits."""

    def __init__(self, database: Database, clock: Clock, charter: Charter, room: LicenceRoom | None) -> None:
        self._database = database
        self._clock = clock
        self._charter = charter
        self._kits = KitLicences(clock, charter.agreed, room.licences) if room is not None else None

    def operations(self) -> list[Operation]:
        """Return the operations."""
        unsound = (NoCharter, EditionNotVerified, RecordMalformed)
        return [
            operation(
                "GET",
                "/licences/counts",
                self.list_counts,
                name="list_licence_counts",
                summary="What each location owns, as counted last.",
                needs=Action.READ_LICENCES,
            ),
            operation(
                "GET",
                "/licences/wishes",
                self.list_wishes,
                name="list_licence_wishes",
                summary="Which licence each tablet should have or give back, and how far that is.",
                needs=Action.READ_LICENCES,
            ),
            operation(
                "GET",
                "/licences/kits/{kit_id}/shortage",
                self.shortage_of_kit,
                name="show_licence_shortage_of_kit",
                summary="The apps of which too few licences are free for a kit.",
                needs=Action.READ_LICENCES,
                errors=(LicencesOff, KitUnknown, EditionUnknown, *unsound),
            ),
            operation(
                "GET",
                "/licences/schools/{uai}/shortage",
                self.shortage_of_school,
                name="show_licence_shortage_of_school",
                summary="The apps of which too few licences are free for a school's kits together.",
                needs=Action.READ_LICENCES,
                errors=(LicencesOff, SchoolUnknown, EditionUnknown, *unsound),
            ),
            operation(
                "POST",
                "/licences/kits/{kit_id}/wishes",
                self.wish,
                name="wish_licences",
                summary="Wish a licence of each App Store app of its edition for each iPad of a kit.",
                needs=Action.MANAGE_LICENCES,
                errors=(LicencesOff, KitUnknown, NoStoreApps, LicencesMissing, *unsound),
            ),
        ]

    async def list_counts(self, call: Call[Nothing, OwnedQuery, Nothing]) -> Page[OwnedApp]:
        """Return apps by location."""
        query = call.query
        last = after(query, tuple[str, int]) or ("", 0)
        rows = await self._database.read(
            lambda conn: usages_after(conn, last, location_id=query.location or "", limit=query.limit + 1)
        )
        return page_of(query, rows, _owned, lambda row: (row.count.location_id, row.count.store_id))

    async def list_wishes(self, call: Call[Nothing, WishQuery, Nothing]) -> Page[WishItem]:
        """Return wishes by tablet."""
        query = call.query
        last = after(query, tuple[str, int]) or ("", 0)
        rows = await self._database.read(
            lambda conn: wishes_after(conn, last, kit_id=query.kit or "", undone=query.undone, limit=query.limit + 1)
        )
        return page_of(query, rows, lambda row: _wish(row, call.translate), lambda row: (row.tablet_id, row.store_id))

    async def shortage_of_kit(self, call: Call[KitPath, EditionQuery, Nothing]) -> ShortageShown:
        """Return what is missing for a kit."""
        kit_id = call.path.kit_id
        return await self._shortage(lambda conn: [require_kit(conn, kit_id)], call.query, call.translate)

    async def shortage_of_school(self, call: Call[SchoolPath, EditionQuery, Nothing]) -> ShortageShown:
        """Return what is missing for all the kits of a school."""
        uai = call.path.uai

        def kits(conn: Connection) -> list[Kit]:
            return [one.kit for one in list_kits(conn, uai=require_school(conn, uai).uai)]

        return await self._shortage(kits, call.query, call.translate)

    async def wish(self, call: Call[KitPath, Nothing, Nothing]) -> KitWishes:
        """Wish licences for a kit; wishes that are there already stay as they are."""
        kits, kit_id = self._on(), call.path.kit_id
        done = await self._database.write(
            lambda conn: kits.wish(conn, require_kit(conn, kit_id), actor=call.person.actor)
        )
        apps = tuple(WishedApp(store_id=store_id, name=name) for store_id, name in sorted(done.apps.items()))
        return KitWishes(kit_id=done.kit_id, tablets=done.tablets, apps=apps, new=done.new)

    async def _shortage(
        self, choose: Callable[[Connection], list[Kit]], query: EditionQuery, translate: Translator
    ) -> ShortageShown:
        licences = self._on()
        edition = (await self._charter.editions.show(query.edition)).edition_id if query.edition is not None else None

        def read(conn: Connection) -> tuple[int, tuple[Shortage, ...]]:
            kits = choose(conn)
            return len(kits), licences.missing(conn, kits, edition_id=edition)

        number, found = await self._database.read_long(read)
        now = self._clock.ms()
        return ShortageShown(kits=number, apps=tuple(_short(one, translate, now) for one in found))

    def _on(self) -> KitLicences:
        if self._kits is None:
            raise LicencesOff
        return self._kits


def _owned(usage: Usage) -> OwnedApp:
    count = usage.count
    return OwnedApp(
        location_id=count.location_id,
        store_id=count.store_id,
        name=usage.name,
        total=None if count.unlimited else count.total,
        assigned=count.assigned,
        available=None if count.unlimited else count.available,
        revocable=count.revocable,
        waiting=usage.waiting,
    )


def _wish(wish: WishView, translate: Translator) -> WishItem:
    return WishItem(
        tablet_id=wish.tablet_id,
        tablet_name=wish.tablet_name,
        store_id=wish.store_id,
        app_name=wish.app_name,
        wanted=wish.wanted,
        state=cast(WishState, wish.state),
        wished_at=from_ms(wish.wished_at),
        words=state_in_words(translate, wish),
        reason=reason_in_words(translate, wish.reason),
    )


def _short(shortage: Shortage, translate: Translator, now: int) -> ShortApp:
    return ShortApp(
        store_id=shortage.store_id,
        name=shortage.name,
        needed=shortage.needed,
        free=shortage.free,
        more=shortage.more,
        counted_at=from_ms(shortage.counted_at) if shortage.counted_at is not None else None,
        words=shortage.in_words(translate, now),
    )
