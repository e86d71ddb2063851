"""Which rows of the charter were edited by hand: their seals do not hold. What counts is never read from them."""

from mdm.store import Connection
from profiles.charter.edition_store import charter_row
from profiles.charter.passkey_store import edited_passkeys
from profiles.charter.seals import Seals
from profiles.charter.seat_store import edited_holdings


def edited_rows(conn: Connection, seals: Seals) -> list[str]:
    """Return the rows whose seals do not hold, as ``kind:identifier``."""
    found = [f"seat_holding:{one}" for one in edited_holdings(conn, seals)]
    found += [f"member_passkey:{one[:16]}" for one in edited_passkeys(conn, seals)]
    row = charter_row(conn)
    if row is not None:
        if not seals.holds(row.head_seal, "head", row.head_id):
            found.append("charter:head")
        if not seals.holds(row.current_seal, "charter", row.current_id):
            found.append("charter:current")
    for kit in conn.stream("SELECT kit_id, edition_id, follow_seal FROM kit WHERE edition_id IS NOT NULL"):
        if not seals.holds(kit["follow_seal"], "kit", kit["kit_id"], kit["edition_id"]):
            found.append(f"kit:{kit['kit_id']}")
    for school in conn.stream("SELECT uai, edition_id, follow_seal FROM school WHERE edition_id IS NOT NULL"):
        if not seals.holds(school["follow_seal"], "school", school["uai"], school["edition_id"]):
            found.append(f"school:{school['uai']}")
    return found
