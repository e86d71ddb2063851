"""Which tablet a scanned code names, and whether it belongs where it was scanned. Inside the caller's transaction."""

from mdm.fleet.states import TabletState
from mdm.repairs.inventory.inventory import Inventory, Match, Verdict
from mdm.repairs.inventory.scan_code import LabelCode, SerialCode
from mdm.store import Connection, Row


def match_code(conn: Connection, inventory: Inventory, code: LabelCode | SerialCode) -> Match:
    """Return what a code names, as seen from an inventory."""
    if isinstance(code, LabelCode):
        return _match_label(conn, inventory, code)
    for serial in code.spellings:
        row = conn.one(_BY_SERIAL, serial=serial)
        if row is not None:
            return _match_tablet(inventory, row)
    return Match(verdict=Verdict.UNKNOWN)


def _match_label(conn: Connection, inventory: Inventory, code: LabelCode) -> Match:
    rows = conn.all(_BY_LABEL, kit=code.kit, number=code.number)
    # The digits of a label are enough to tell kits apart; if ever they were not, the kit that is counted is meant.
    rows.sort(key=lambda row: not _belongs(inventory, row))
    if not rows:
        return Match(verdict=Verdict.UNKNOWN)
    if rows[0]["tablet_id"] is None:
        return Match(verdict=Verdict.EMPTY, kit_id=rows[0]["kit_id"], slot_number=rows[0]["slot_number"])
    return _match_tablet(inventory, rows[0])


def _match_tablet(inventory: Inventory, row: Row) -> Match:
    state = TabletState(row["state"])
    if row["kit_id"] is not None:
        verdict = Verdict.RIGHT if _belongs(inventory, row) else Verdict.ELSEWHERE
    else:
        verdict = Verdict.RETIRED if state is TabletState.RETIRED else Verdict.SPARE
    return Match(
        verdict=verdict,
        tablet_id=row["tablet_id"],
        tablet_state=state,
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
    )


def _belongs(inventory: Inventory, row: Row) -> bool:
    if inventory.kit_id is not None:
        return bool(row["kit_id"] == inventory.kit_id)
    return bool(row["uai"] == inventory.uai)


_BY_LABEL = """
SELECT slot.kit_id, slot.number AS slot_number, kit.uai, slot.tablet_id, tablet.state
FROM kit
JOIN slot ON slot.kit_id = kit.kit_id AND slot.number = :number
LEFT JOIN tablet ON tablet.tablet_id = slot.tablet_id
WHERE substr(kit.kit_id, 21) = :kit
"""

_BY_SERIAL = """
SELECT tablet.tablet_id, tablet.state, slot.kit_id, slot.number AS slot_number, kit.uai
FROM tablet
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
WHERE tablet.serial = :serial
"""
