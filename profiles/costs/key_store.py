"""Sharing keys in the store. Every function runs inside the caller's transaction."""

from datetime import date

from mdm.store import Connection, Row
from profiles.costs.errors import KeyExists, KeyInForce, KeyReplaced, KeyUnknown
from profiles.costs.sharing import ItemRule, KeyDraft, Rule, SharingKey
from profiles.costs.words import Basis


def add_key(conn: Connection, draft: KeyDraft, *, replaces: str) -> SharingKey:
    """Store a key after the newest one, which it must name as the one that it ``replaces``; return it.

    Raises `KeyExists`, `KeyInForce` when it names none, `KeyUnknown`, or `KeyReplaced` when the one that it names is
    no longer the newest.
    """
    keys = list_keys(conn)
    newest = keys[-1] if keys else None
    if any(key.reference == draft.reference for key in keys):
        raise KeyExists(reference=draft.reference)
    if newest is not None and not replaces:
        raise KeyInForce(reference=newest.reference)
    if replaces and (newest is None or replaces not in {key.reference for key in keys}):
        raise KeyUnknown(reference=replaces)
    if newest is not None and newest.reference != replaces:
        raise KeyReplaced(reference=replaces, by=newest.reference, year=str(newest.first_year))
    version = newest.version + 1 if newest is not None else 1
    added = conn.run(
        "INSERT INTO cost_key (version, reference, adopted_on, first_year, common_per_mille, basis)"
        " VALUES (:version, :reference, :adopted_on, :first_year, :common, :basis) ON CONFLICT DO NOTHING",
        version=version,
        reference=draft.reference,
        adopted_on=draft.adopted_on.isoformat(),
        first_year=draft.first_year,
        common=draft.rule.common_per_mille,
        basis=draft.rule.basis.value,
    )
    if not added:
        # On PostgreSQL another server process entered a key at the same moment.
        return add_key(conn, draft, replaces=replaces)
    conn.many(
        "INSERT INTO cost_key_item (version, item, common_per_mille, basis) VALUES (:version, :item, :common, :basis)",
        [
            {
                "version": version,
                "item": item.item,
                "common": item.rule.common_per_mille,
                "basis": item.rule.basis.value,
            }
            for item in draft.items
        ],
    )
    return SharingKey(
        version=version,
        reference=draft.reference,
        adopted_on=draft.adopted_on,
        first_year=draft.first_year,
        rule=draft.rule,
        items=draft.items,
    )


def list_keys(conn: Connection) -> list[SharingKey]:
    """Return the keys in the order in which they were entered."""
    items: dict[int, list[ItemRule]] = {}
    for row in conn.all("SELECT * FROM cost_key_item ORDER BY version, item"):
        items.setdefault(row["version"], []).append(ItemRule(item=row["item"], rule=_rule(row)))
    return [
        SharingKey(
            version=row["version"],
            reference=row["reference"],
            adopted_on=date.fromisoformat(row["adopted_on"]),
            first_year=row["first_year"],
            rule=_rule(row),
            items=tuple(items.get(row["version"], ())),
        )
        for row in conn.all("SELECT * FROM cost_key ORDER BY version")
    ]


def _rule(row: Row) -> Rule:
    return Rule(common_per_mille=row["common_per_mille"], basis=Basis(row["basis"]))
