"""Who bears what: sharing keys, a year's statement, and its file for the accountant."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.territory_store import list_communes
from mdm.store import Connection, Database
from profiles.costs import key_store
from profiles.costs.costs import Costs
from profiles.costs.errors import (
    KeyExists,
    KeyInForce,
    KeyMissing,
    KeyNotYet,
    KeyReplaced,
    KeyUnknown,
    NoPupilToShare,
    NoTabletToShare,
    PupilsMissing,
    PurchaseUnknown,
    ReferenceMissing,
    RuleTwice,
    TextTooLong,
    WordUnknown,
    YearAbsurd,
)
from profiles.costs.sharing import AUTHORITY, KeyDraft, SharingKey
from profiles.costs.statement import ItemCost, Statement
from profiles.costs.words import Basis, PurchaseKind
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.catalogue_files import CSV
from webui.api.resources.costs import Text, Year
from webui.api.resources.pupils import YearPath
from webui.api.results import Created, Document, Nothing
from webui.permissions import Action

PerMille = Annotated[int, Meta(ge=0, le=1000, description="Per mille: 400 is 40 %.")]
_RULES = 200


class RuleWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The authority bears `common_per_mille`; communes bear the rest in proportion to their pupils or tablets."""

    common_per_mille: PerMille
    basis: Basis


class ItemRuleWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule for some purchases: `item` is a kind such as `licence`, or one purchase's identifier."""

    item: Annotated[str, Meta(min_length=1, max_length=64)]
    rule: RuleWanted


class KeyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sharing key that was adopted: `reference` is the deliberation's, `replaces` that of the key in force."""

    reference: Annotated[str, Meta(min_length=1, max_length=200)]
    adopted_on: date
    first_year: Year
    rule: RuleWanted
    items: Annotated[tuple[ItemRuleWanted, ...], Meta(max_length=_RULES)] = ()
    replaces: Text = ""


class RuleItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule."""

    common_per_mille: int
    basis: Basis


class ItemRuleItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for some purchases."""

    item: str
    rule: RuleItem


class KeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sharing key; keys are numbered from 1 in the order in which they were entered, and never change."""

    version: int
    reference: str
    adopted_on: date
    first_year: int
    rule: RuleItem
    items: tuple[ItemRuleItem, ...]


class ShareItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one commune bears of a purchase; `insee` is empty for the authority. `weight`: its pupils or tablets."""

    insee: str
    weight: int
    amount_cents: int


class ChargeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One purchase in one year. The shares make `net_cents`: the gross amount without the subsidy that is sure.

    `asked_cents` may still come, and is not taken off.
    """

    purchase_id: str
    label: str
    kind: PurchaseKind
    gross_cents: int
    subsidy_cents: int
    asked_cents: int
    net_cents: int
    rule: RuleItem
    weight: int
    shares: tuple[ShareItem, ...]


class CommuneShare(msgspec.Struct, frozen=True, kw_only=True):
    """What a commune bears in all; `insee` is empty for the authority."""

    insee: str
    name: str
    amount_cents: int


class StatementShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a year costs, purchase by purchase, and who bears it under the deliberation `key`."""

    year: int
    key: str
    purchases: tuple[ChargeItem, ...]
    communes: tuple[CommuneShare, ...]


class KeyPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a sharing key."""

    version: Annotated[int, Meta(ge=1, le=2**31)]


class KeyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Says which key the asker has in mind: one that is not in force in that year is refused."""

    key: Annotated[str, Meta(max_length=200, description="The deliberation's reference.")] = ""


class CostShareOperations:
    """Adopts keys, and makes statements by them."""

    def __init__(self, database: Database, costs: Costs, *, authority: str) -> None:
        self._database = database
        self._costs = costs
        self._authority = authority

    def operations(self) -> list[Operation]:
        """Return the operations."""
        statement_errors = (
            KeyMissing,
            KeyUnknown,
            KeyNotYet,
            KeyReplaced,
            PupilsMissing,
            NoPupilToShare,
            NoTabletToShare,
        )
        return [
            operation(
                "GET",
                "/costs/keys",
                self.list_keys,
                name="list_sharing_keys",
                summary="The sharing keys, in the order in which they were entered.",
                needs=Action.READ_COSTS,
            ),
            operation(
                "POST",
                "/costs/keys",
                self.adopt,
                name="adopt_sharing_key",
                summary="Enter the sharing key that a deliberation adopted.",
                needs=Action.EDIT_COSTS,
                creates=Creates.AT_ONCE,
                errors=(
                    ReferenceMissing,
                    TextTooLong,
                    YearAbsurd,
                    RuleTwice,
                    WordUnknown,
                    PurchaseUnknown,
                    KeyExists,
                    KeyInForce,
                    KeyUnknown,
                    KeyReplaced,
                ),
            ),
            operation(
                "GET",
                "/costs/keys/{version}",
                self.show_key,
                name="show_sharing_key",
                summary="A sharing key.",
                needs=Action.READ_COSTS,
                errors=(KeyUnknown,),
            ),
            operation(
                "GET",
                "/costs/years/{year}/statement",
                self.statement,
                name="show_cost_statement",
                summary="What a year costs and who bears it, with the tablets of today.",
                needs=Action.READ_COSTS,
                errors=statement_errors,
            ),
            operation(
                "GET",
                "/costs/years/{year}/statement.csv",
                self.export,
                name="export_cost_statement",
                summary="A year's statement for the accountant; the file's SHA-256 is noted in the journal.",
                needs=Action.READ_COSTS,
                produces=CSV,
                errors=statement_errors,
            ),
        ]

    async def list_keys(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[KeyItem]:
        """Return keys by number."""
        (version,) = after(call.query, tuple[int]) or (0,)
        keys = await self._costs.keys()
        rows = [one for one in keys if one.version > version][: call.query.limit + 1]
        return page_of(call.query, rows, _key, lambda row: (row.version,))

    async def adopt(self, call: Call[Nothing, Nothing, KeyWanted]) -> Created[KeyItem]:
        """Enter a key."""
        body = call.body
        draft = msgspec.convert(body, KeyDraft, from_attributes=True)

        def add(conn: Connection) -> Created[KeyItem]:
            key = self._costs.adopt_key_in(conn, draft, replaces=body.replaces, actor=call.person.actor)
            return Created(value=_key(key), location=f"/api/v1/costs/keys/{key.version}")

        return await call.once(add)

    async def show_key(self, call: Call[KeyPath, Nothing, Nothing]) -> KeyItem:
        """Return a key."""
        for key in await self._database.read(key_store.list_keys):
            if key.version == call.path.version:
                return _key(key)
        raise KeyUnknown(reference=str(call.path.version))

    async def statement(self, call: Call[YearPath, KeyQuery, Nothing]) -> StatementShown:
        """Return the statement."""
        statement = await self._costs.statement(call.path.year, key=call.query.key)
        communes = await self._database.read(list_communes)
        return _statement(statement, {AUTHORITY: self._authority, **{one.insee: one.name for one in communes}})

    async def export(self, call: Call[YearPath, KeyQuery, Nothing]) -> Document:
        """Return the statement as a file."""
        year = call.path.year
        content = await self._costs.export(
            year, key=call.query.key, authority=self._authority, words=call.translate, actor=call.person.actor
        )
        return Document(content=content, filename=f"costs-{year}.csv")


def _key(key: SharingKey) -> KeyItem:
    return msgspec.convert(key, KeyItem, from_attributes=True)


def _statement(statement: Statement, names: dict[str, str]) -> StatementShown:
    return StatementShown(
        year=statement.year,
        key=statement.key.reference,
        purchases=tuple(_charge(one) for one in statement.items),
        communes=tuple(
            CommuneShare(insee=insee, name=names.get(insee, ""), amount_cents=cents)
            for insee, cents in statement.by_commune().items()
        ),
    )


def _charge(item: ItemCost) -> ChargeItem:
    purchase = item.purchase
    return ChargeItem(
        purchase_id=purchase.purchase_id,
        label=purchase.label,
        kind=purchase.kind,
        gross_cents=item.gross_cents,
        subsidy_cents=item.subsidy_cents,
        asked_cents=item.asked_cents,
        net_cents=item.net_cents,
        rule=RuleItem(common_per_mille=item.rule.common_per_mille, basis=item.rule.basis),
        weight=item.weight,
        shares=tuple(msgspec.convert(one, ShareItem, from_attributes=True) for one in item.shares),
    )
