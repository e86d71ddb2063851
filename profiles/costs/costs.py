"""Costs as the authority's manager keeps them: purchases, sharing keys, pupil numbers, and the year's statement."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from mdm.clock import Clock
from mdm.fleet.territory_store import list_communes, require_school
from mdm.fleet.uai import parse_uai
from mdm.i18n import Translator
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.costs import key_store, place_store, purchase_store, subsidy_store
from profiles.costs.errors import PurchaseSubsidised, WordUnknown
from profiles.costs.export import export_csv
from profiles.costs.place_store import SchoolPupils
from profiles.costs.pupil_import import PupilReport, check_pupils, plan_pupils, read_pupils
from profiles.costs.purchase import Purchase, PurchaseDraft, check_purchase
from profiles.costs.sharing import KeyDraft, SharingKey, check_key, key_in_force, require_key
from profiles.costs.statement import Statement, make_statement
from profiles.costs.words import PurchaseKind, SubsidyState, check_year


class Costs:
    """Keeps what was bought and by which key it is shared; each change is journalled with it.

    A correction names the revision that was seen, and is refused when it is no longer the present one. ``actor`` is
    an identifier such as ``account:anne``. Errors are subclasses of `CostError` or `mdm.fleet.errors.FleetError`.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def add(self, draft: PurchaseDraft, *, actor: str) -> Purchase:
        """Enter a purchase; raise what `check_purchase` and `place_store.settle_coverage` do."""
        return await self._database.write(lambda conn: self.add_in(conn, draft, actor=actor))

    def add_in(self, conn: Connection, draft: PurchaseDraft, *, actor: str) -> Purchase:
        """Enter a purchase inside the caller's transaction; see `add`."""
        purchase = _settled(conn, check_purchase(draft), new_id(self._clock), revision=1)
        purchase_store.add_purchase(conn, purchase)
        self._record(conn, "purchase_added", f"purchase:{purchase.purchase_id}", actor, _told(purchase))
        return purchase

    async def change(self, purchase_id: str, draft: PurchaseDraft, *, revision: int, actor: str) -> Purchase:
        """Correct a purchase that was seen at ``revision``.

        Raises `PurchaseChanged` when someone else corrected it meanwhile, `PurchaseWithdrawn`, `PurchaseUnknown`, and
        what `add` does.
        """
        checked = check_purchase(draft)

        def write(conn: Connection) -> Purchase:
            purchase = _settled(conn, checked, purchase_id, revision=revision)
            kept = purchase_store.replace_purchase(conn, purchase, seen=revision)
            self._record(conn, "purchase_changed", f"purchase:{purchase_id}", actor, _told(kept))
            return kept

        return await self._database.write(write)

    async def withdraw(self, purchase_id: str, *, revision: int, actor: str) -> Purchase:
        """Let a purchase that was seen at ``revision`` count no more.

        Raises `PurchaseChanged`, `PurchaseWithdrawn`, `PurchaseUnknown`, or `PurchaseSubsidised`.
        """

        def write(conn: Connection) -> Purchase:
            purchase_store.withdraw_purchase(conn, purchase_id, seen=revision)
            withdrawn = purchase_store.require_purchase(conn, purchase_id)
            for subsidy in subsidy_store.list_subsidies(conn):
                if purchase_id in subsidy.purchases and subsidy.state is not SubsidyState.REFUSED:
                    raise PurchaseSubsidised(label=withdrawn.label, funder=subsidy.funder)
            self._record(conn, "purchase_withdrawn", f"purchase:{purchase_id}", actor, _told(withdrawn))
            return withdrawn

        return await self._database.write(write)

    async def purchase(self, reference: str) -> Purchase:
        """Return a purchase by its identifier or the end of it; raise `PurchaseUnknown`."""
        return await self._database.read(lambda conn: purchase_store.find_purchase(conn, reference))

    async def purchases(self) -> list[Purchase]:
        """Return the purchases that count, by day."""
        return await self._database.read(purchase_store.list_purchases)

    async def place_names(self, purchase: Purchase) -> list[str]:
        """Return what a purchase is for as people call it: ``Dax 40088``."""
        return await self._database.read(lambda conn: place_store.place_names(conn, purchase.coverage))

    async def adopt_key(self, draft: KeyDraft, *, replaces: str = "", actor: str) -> SharingKey:
        """Enter the sharing key of a deliberation, which names the key that it ``replaces``.

        Raises `KeyExists`, `KeyInForce`, `KeyUnknown`, `KeyReplaced`, `WordUnknown` or `PurchaseUnknown` for what a
        rule is for, and what `check_key` does.
        """
        return await self._database.write(lambda conn: self.adopt_key_in(conn, draft, replaces=replaces, actor=actor))

    def adopt_key_in(self, conn: Connection, draft: KeyDraft, *, replaces: str = "", actor: str) -> SharingKey:
        """Enter a sharing key inside the caller's transaction; see `adopt_key`."""
        checked = check_key(draft)
        items = tuple(msgspec.structs.replace(item, item=_item(conn, item.item)) for item in checked.items)
        settled = check_key(msgspec.structs.replace(checked, items=items))
        key = key_store.add_key(conn, settled, replaces=replaces.strip())
        detail: Detail = {
            "reference": key.reference,
            "first_year": key.first_year,
            "common_per_mille": key.rule.common_per_mille,
            "basis": key.rule.basis.value,
            "rules": len(key.items),
            "replaces": replaces.strip(),
        }
        self._record(conn, "sharing_key_adopted", f"sharing_key:{key.version}", actor, detail)
        return key

    async def keys(self) -> list[SharingKey]:
        """Return the sharing keys, oldest first."""
        return await self._database.read(key_store.list_keys)

    async def pupils(self, year: int) -> list[SchoolPupils]:
        """Return every school with its number of pupils for a year, None where it is missing."""
        check_year(year)
        return await self._database.read(lambda conn: place_store.list_pupils(conn, year))

    async def set_pupils(self, uai: str, year: int, count: int, *, actor: str) -> None:
        """Enter a school's number of pupils for a year; raise `UaiInvalid`, `SchoolUnknown`, `PupilsInvalid`."""
        school, pupils, year = parse_uai(uai), check_pupils(count), check_year(year)

        def write(conn: Connection) -> None:
            require_school(conn, school)
            place_store.save_pupils(conn, year, {school: pupils})
            self._record(conn, "pupils_entered", f"school:{school}", actor, {"year": year, "pupils": pupils})

        await self._database.write(write)

    async def import_pupils(self, body: bytes, year: int, *, actor: str, dry_run: bool = True) -> PupilReport:
        """Import the pupil numbers of a year; raise `ImportRefused` with every problem, and then change nothing."""
        check_year(year)
        file = await asyncio.to_thread(read_pupils, body)

        def report(conn: Connection, *, applied: bool) -> PupilReport:
            return PupilReport(
                year=year,
                lines=len(file.lines),
                changed=plan_pupils(conn, file, year),
                ignored_columns=file.ignored_columns,
                applied=applied,
            )

        def write(conn: Connection) -> PupilReport:
            done = report(conn, applied=True)
            place_store.save_pupils(conn, year, {change.uai: change.after for change in done.changed})
            if done.changed:
                digest = hashlib.sha256(body).hexdigest()
                detail: Detail = {"year": year, "lines": done.lines, "changed": len(done.changed)}
                self._record(conn, "pupils_imported", f"file:{digest}", actor, detail)
            return done

        if dry_run:
            return await self._database.read(lambda conn: report(conn, applied=False))
        return await self._database.write(write)

    async def statement(self, year: int, *, key: str = "") -> Statement:
        """Return what a year costs and who bears it, with the tablets of today, under the key that is in force.

        ``key`` is the deliberation that the asker has in mind, if any: one that is not in force in that year is
        refused. Raises `KeyMissing`, `KeyUnknown`, `KeyNotYet`, `KeyReplaced`, `PupilsMissing` or `NobodyToShare`.
        """
        check_year(year)
        return await self._database.read_long(lambda conn: _statement(conn, year, key))

    async def export(self, year: int, *, key: str = "", authority: str, words: Translator, actor: str) -> bytes:
        """Return a year's statement as CSV for the accountant, and note the file's SHA-256 in the journal.

        ``authority`` is its name. Raises what `statement` does.
        """
        check_year(year)

        def read(conn: Connection) -> tuple[Statement, Mapping[str, str]]:
            return _statement(conn, year, key), {one.insee: one.name for one in list_communes(conn)}

        statement, communes = await self._database.read_long(read)
        body = await asyncio.to_thread(export_csv, statement, communes, authority=authority, words=words)
        digest = hashlib.sha256(body).hexdigest()
        detail: Detail = {"year": year, "key": statement.key.reference, "purchases": len(statement.items)}
        await self._database.write(lambda conn: self._record(conn, "costs_exported", f"file:{digest}", actor, detail))
        return body

    def _record(self, conn: Connection, kind: str, subject: str, actor: str, detail: Detail) -> None:
        self._journal.record(conn, kind, actor=actor, subject=subject, detail=detail)


def _statement(conn: Connection, year: int, reference: str) -> Statement:
    keys: Sequence[SharingKey] = key_store.list_keys(conn)
    key = require_key(keys, reference.strip(), year) if reference.strip() else key_in_force(keys, year)
    purchases = purchase_store.list_purchases(conn)
    subsidies = subsidy_store.list_subsidies(conn)
    return make_statement(year, key, purchases, subsidies, place_store.load_places(conn, year))


def _settled(conn: Connection, draft: PurchaseDraft, purchase_id: str, *, revision: int) -> Purchase:
    fields = {name: getattr(draft, name) for name in PurchaseDraft.__struct_fields__}
    fields["coverage"] = place_store.settle_coverage(conn, draft.coverage)
    return Purchase(**fields, purchase_id=purchase_id, revision=revision)


def _item(conn: Connection, item: str) -> str:
    """Return a kind's word or a purchase's identifier, whichever is meant; raise `WordUnknown` or `PurchaseUnknown`."""
    plain = item.strip().lower()
    if plain in set(PurchaseKind):
        return plain
    if not plain or not plain.isalnum() or not any(character.isdigit() for character in plain):
        raise WordUnknown(word=item.strip()[:40], known=", ".join(PurchaseKind))
    return purchase_store.find_purchase(conn, plain).purchase_id


def _told(purchase: Purchase) -> Detail:
    return {
        "revision": purchase.revision,
        "kind": purchase.kind.value,
        "amount_cents": purchase.amount_cents,
        "extent": purchase.coverage.extent.value,
        "places": list(purchase.coverage.places)[:20],
    }
