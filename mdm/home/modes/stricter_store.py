"""SQL of what guardians take away."""

from collections.abc import Sequence

from mdm.home.modes.stricter import StricterRules, Taken, together
from mdm.store import Connection


def rules_by_guardian(conn: Connection, tablet_id: str) -> dict[str, StricterRules]:
    """Return each guardian's rules for a tablet, by account."""
    rows = conn.all(
        "SELECT set_by, rules FROM stricter_rules WHERE tablet_id = :tablet_id ORDER BY set_by", tablet_id=tablet_id
    )
    return {row["set_by"]: StricterRules.from_json(row["rules"]) for row in rows}


def taken_away(conn: Connection, tablet_id: str) -> Taken:
    """Return what all guardians take away on a tablet."""
    return together(tuple(rules_by_guardian(conn, tablet_id).values()))


def save_rules(conn: Connection, tablet_id: str, rules: StricterRules, *, actor: str, now: int) -> None:
    """Keep a guardian's rules, in the place of the earlier ones; empty ones are none."""
    conn.run(
        "DELETE FROM stricter_rules WHERE tablet_id = :tablet_id AND set_by = :actor", tablet_id=tablet_id, actor=actor
    )
    if rules == StricterRules():
        return
    conn.run(
        "INSERT INTO stricter_rules (tablet_id, set_by, rules, set_at) VALUES (:tablet_id, :actor, :rules, :now)",
        tablet_id=tablet_id,
        actor=actor,
        rules=rules.to_json(),
        now=now,
    )


def forget_rules(conn: Connection, tablet_ids: Sequence[str]) -> None:
    """Erase what was taken away on tablets whose loan ended."""
    conn.many("DELETE FROM stricter_rules WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablet_ids])
