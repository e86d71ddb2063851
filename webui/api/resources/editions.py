"""The charter's editions: what was agreed, by which decisions, and what kits follow."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mdm.clock import Clock, from_ms
from mdm.fleet.errors import KitUnknown, SchoolUnknown
from mdm.fleet.territory_store import require_school
from mdm.i18n import N_, Translator
from mdm.store import Connection, Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.charter import Charter
from profiles.charter.convention import Convention
from profiles.charter.edition_store import EditionLine, charter_row, edition_lines, followed_by_kit
from profiles.charter.editions import Editions
from profiles.charter.errors import (
    EditionNotVerified,
    EditionTooOld,
    EditionUnknown,
    NoCharter,
    NothingToPublish,
    RecordMalformed,
)
from profiles.charter.making import policies_of, policy_from
from profiles.charter.record import Record
from profiles.charter.state import Variant, Withdrawal
from profiles.compilers import Compilers
from profiles.errors import PolicyInvalid, SecretUnknown
from profiles.gaps import gaps_of
from profiles.payloads.base import NotEnforced
from profiles.rollouts.by_hand import FollowingByHand
from profiles.rollouts.errors import RolloutGonePast
from webui.api.errors import BodyWrong, Wrong
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing
from webui.permissions import Action

_NEWEST = 2**31
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Reference = Annotated[
    str, Meta(pattern="^(head|[0-9]{1,9}|[0-9a-f]{4,64})$", description="A number, the beginning of a hash, or `head`.")
]


class CharterShown(msgspec.Struct, frozen=True, kw_only=True):
    """The charter as it stands. `current` is the edition that is followed where nothing else is said."""

    territory: str
    founded_at: datetime
    newest: Hash
    number: int
    current: Hash
    convention: Convention


class EditionItem(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in a list. `followed_by` counts the kits."""

    edition_id: Hash
    number: int
    made_at: datetime
    decisions: int
    followed_by: int
    current: bool


class EditionShown(msgspec.Struct, frozen=True, kw_only=True):
    """An edition whose signature was checked. `policy` is what holds for everybody; see docs/policies.md."""

    edition_id: Hash
    number: int
    previous: Hash | None
    made_at: datetime
    policy: dict[str, Any]
    variants: tuple[Variant, ...]
    withdrawn: tuple[Withdrawal, ...]
    decisions: tuple[str, ...]


class EditionMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new edition; the newest one as it was, where nothing that waited could go into a new one.

    `left_out` are adopted proposals that do not fit what is agreed any more, with the reason.
    """

    edition_id: Hash
    number: int
    left_out: dict[str, str]


class VariantGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets will not obey. `variant` is empty for what holds for everybody."""

    variant: str
    ipad: tuple[str, ...]
    android: tuple[str, ...]


class FollowWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to follow an edition: a kit, or a school's kits that follow none of their own."""

    kit_id: Id | None = None
    uai: Annotated[str, Meta(pattern="^[0-9]{7}[A-Z]$")] | None = None


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """How many tablets will be looked at."""

    edition_id: Hash
    tablets: int


class EditionPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names an edition."""

    edition: Reference


class EditionOperations:
    """Reads and publishes editions, and lets kits follow them."""

    def __init__(self, database: Database, clock: Clock, charter: Charter, compilers: Compilers) -> None:
        self._database = database
        self._clock = clock
        self._editions: Editions = charter.editions
        self._agreed: AgreedEditions = charter.agreed
        self._following = FollowingByHand(charter.following)
        self._compilers = compilers

    def operations(self) -> list[Operation]:
        """Return the operations."""
        unsound = (NoCharter, EditionNotVerified, RecordMalformed)
        return [
            operation(
                "GET",
                "/charter",
                self.show_charter,
                name="show_charter",
                summary="The charter: its newest and current editions, and its convention.",
                needs=Action.READ_EDITIONS,
                errors=unsound,
            ),
            operation(
                "GET",
                "/editions",
                self.list_editions,
                name="list_editions",
                summary="The editions, the newest first.",
                needs=Action.READ_EDITIONS,
            ),
            operation(
                "POST",
                "/editions",
                self.publish,
                name="publish_edition",
                summary="Publish an edition of the adopted proposals that wait for one.",
                needs=Action.PUBLISH_EDITION,
                creates=Creates.AT_ONCE,
                errors=(*unsound, NothingToPublish, SecretUnknown, PolicyInvalid),
            ),
            operation(
                "GET",
                "/editions/{edition}",
                self.show,
                name="show_edition",
                summary="An edition, after its signature was checked.",
                needs=Action.READ_EDITIONS,
                errors=(*unsound, EditionUnknown),
            ),
            operation(
                "GET",
                "/editions/{edition}/gaps",
                self.gaps,
                name="show_edition_gaps",
                summary="What tablets of each platform will not obey of an edition.",
                needs=Action.READ_EDITIONS,
                errors=(*unsound, EditionUnknown, SecretUnknown, PolicyInvalid),
            ),
            operation(
                "PUT",
                "/editions/{edition}/followers",
                self.follow,
                name="follow_edition",
                summary="Let a kit or a school follow the newest edition, or the one before it.",
                needs=Action.PACE_ROLLOUT,
                errors=(*unsound, EditionUnknown, EditionTooOld, KitUnknown, SchoolUnknown, RolloutGonePast),
            ),
        ]

    async def show_charter(self, call: Call[Nothing, Nothing, Nothing]) -> CharterShown:
        """Return the charter."""
        del call
        return await self._database.read(self._charter)

    async def list_editions(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[EditionItem]:
        """Return the editions."""
        (number,) = after(call.query, tuple[int]) or (_NEWEST,)
        lines = await self._database.read(edition_lines)
        rows = [one for one in lines if one.number < number][: call.query.limit + 1]
        return page_of(call.query, rows, _item, lambda row: (row.number,))

    async def publish(self, call: Call[Nothing, Nothing, Nothing]) -> Created[EditionMade]:
        """Make an edition."""
        actor = f"account:{call.login}"

        def work(conn: Connection) -> Created[EditionMade]:
            made = self._editions.publish_in(conn, actor=actor)
            record = made.record
            shown = EditionMade(edition_id=record.edition_id, number=record.number, left_out=dict(made.left_out))
            return Created(value=shown, location=f"/api/v1/editions/{record.number}")

        return await call.once(work)

    async def show(self, call: Call[EditionPath, Nothing, Nothing]) -> EditionShown:
        """Return an edition."""
        record = await self._editions.show(call.path.edition)
        return EditionShown(
            edition_id=record.edition_id,
            number=record.number,
            previous=record.previous,
            made_at=from_ms(record.made_at),
            policy=record.state.policy,
            variants=record.state.variants,
            withdrawn=record.state.withdrawn,
            decisions=tuple(one.proposal["proposal_id"] for one in record.decisions),
        )

    async def gaps(self, call: Call[EditionPath, Nothing, Nothing]) -> tuple[VariantGaps, ...]:
        """Return what is not obeyed."""
        record = await self._editions.show(call.path.edition)
        return await self._database.read_long(lambda conn: self._gaps(conn, record, call.translate))

    async def follow(self, call: Call[EditionPath, Nothing, FollowWanted]) -> Followed:
        """Let a kit or a school follow an edition; with neither, everybody who follows none of their own."""
        if call.body.kit_id is not None and call.body.uai is not None:
            raise BodyWrong(Wrong(place="", reason=N_("Name a kit or a school, not both."), params={}))
        edition_id = (await self._editions.show(call.path.edition)).edition_id
        wanted, actor = call.body, call.person.actor

        def work(conn: Connection) -> int:
            if wanted.kit_id is None and wanted.uai is None:
                self._following.set_current(conn, edition_id, actor=actor)
                return 0
            _require_there(conn, wanted)
            return self._following.follow(conn, edition_id, kit_id=wanted.kit_id, uai=wanted.uai, actor=actor)

        return Followed(edition_id=edition_id, tablets=await self._database.write(work))

    def _charter(self, conn: Connection) -> CharterShown:
        row = charter_row(conn)
        if row is None:
            raise NoCharter
        head = self._agreed.head(conn)
        return CharterShown(
            territory=row.territory,
            founded_at=from_ms(row.founded_at),
            newest=head.edition_id,
            number=head.number,
            current=row.current_id,
            convention=head.state.convention,
        )

    def _gaps(self, conn: Connection, record: Record, translate: Translator) -> tuple[VariantGaps, ...]:
        names = ["", *(one.name for one in record.state.variants)]
        found = []
        for name, tree in zip(names, policies_of(record.state, self._clock.ms()), strict=True):
            gaps = gaps_of(conn, policy_from(tree), self._compilers)
            found.append(
                VariantGaps(variant=name, ipad=_words(gaps.ipad, translate), android=_words(gaps.android, translate))
            )
        return tuple(found)


def _require_there(conn: Connection, wanted: FollowWanted) -> None:
    if wanted.kit_id is not None and followed_by_kit(conn, wanted.kit_id) is None:
        raise KitUnknown(kit=wanted.kit_id)
    if wanted.uai is not None:
        require_school(conn, wanted.uai)


def _words(gaps: tuple[NotEnforced, ...], translate: Translator) -> tuple[str, ...]:
    return tuple(one.in_words(translate) for one in gaps)


def _item(line: EditionLine) -> EditionItem:
    return EditionItem(
        edition_id=line.edition_id,
        number=line.number,
        made_at=from_ms(line.made_at),
        decisions=line.decisions,
        followed_by=line.followed_by,
        current=line.current,
    )
