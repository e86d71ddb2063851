"""What tablets are found by, kept in the transaction that changes a name, a place or a model.

Who changes one of those calls `index_tablets`; schools and communes call `index_school` and `index_commune`.
"""

from collections.abc import Iterable, Sequence

from mdm.fleet.folding import fold, key_of
from mdm.fleet.glance_store import refresh_glance
from mdm.store import Connection, Row


def index_tablets(conn: Connection, tablets: Sequence[str]) -> None:
    """Write again what these tablets are found by, and how lists show them."""
    rows = conn.many_returning(_TEXTS, [{"tablet_id": tablet_id} for tablet_id in tablets])
    conn.many(_SAVE, [_words(row) for row in rows if row is not None])
    refresh_glance(conn, tablets)


def index_schools(conn: Connection, schools: Iterable[str]) -> None:
    """Write again what the tablets of these schools, by UAI, are found by."""
    for uai in schools:
        rows = conn.all(
            "SELECT slot.tablet_id FROM kit JOIN slot ON slot.kit_id = kit.kit_id"
            " WHERE kit.uai = :uai AND slot.tablet_id IS NOT NULL",
            uai=uai,
        )
        index_tablets(conn, [row["tablet_id"] for row in rows])


def index_communes(conn: Connection, communes: Iterable[str]) -> None:
    """Write again what the tablets of these communes, by INSEE code, are found by."""
    for insee in communes:
        rows = conn.all("SELECT uai FROM school WHERE insee = :insee", insee=insee)
        index_schools(conn, [row["uai"] for row in rows])


def _words(row: Row) -> dict[str, str]:
    place = (row["kit_name"], row["slot_name"], row["school_name"], row["uai"], row["commune_name"])
    texts = [row["serial"], row["name"], *place, row["model"], row["model_name"]]
    found = dict.fromkeys(line for text in texts if text and (line := fold(text)))
    lines = [line for line in found if not any(line in other and line != other for other in found)]
    return {
        "tablet_id": row["tablet_id"],
        "words": "\n".join(lines),
        "serial_key": key_of(row["serial"] or ""),
        "name_key": key_of(row["name"]),
    }


_TEXTS = """
SELECT tablet.tablet_id, tablet.serial, tablet.name, tablet.model, tablet_report.model_name,
    kit.name AS kit_name, slot.name AS slot_name, school.name AS school_name, school.uai, commune.name AS commune_name
FROM tablet
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
LEFT JOIN school ON school.uai = kit.uai
LEFT JOIN commune ON commune.insee = school.insee
WHERE tablet.tablet_id = :tablet_id
"""

_SAVE = """
INSERT INTO tablet_search (tablet_id, words, serial_key, name_key) VALUES (:tablet_id, :words, :serial_key, :name_key)
ON CONFLICT (tablet_id) DO UPDATE SET
    words = excluded.words, serial_key = excluded.serial_key, name_key = excluded.name_key
"""
