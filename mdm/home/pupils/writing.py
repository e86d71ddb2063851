"""What an import's decisions write: pupils, keys, classes, inscriptions, questions; in the caller's transaction."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.fleet.territory import SchoolClass
from mdm.fleet.territory_store import list_classes
from mdm.home.pupils.doubt_store import save_doubts
from mdm.home.pupils.keys import PupilKeys
from mdm.home.pupils.lines import PupilLine
from mdm.home.pupils.matching import Action, Decision
from mdm.home.pupils.names import fold_name
from mdm.home.pupils.pupil import class_level
from mdm.home.pupils.pupil_store import bring_back, save_classes, save_inscriptions, save_keys, save_pupils
from mdm.ids import new_id
from mdm.store import Connection, Row
from mdm.vault import Vault

DOUBT_DAYS = 90
"""How long a question waits; after that a later import asks it again."""
_DOUBT = "home.pupil_doubt "
_ENROLS = (Action.ADD, Action.BACK, Action.MOVE)

Classes = dict[tuple[str, str], str]
"""The identifier of each class by school and folded name."""


class DecisionWriter:
    """Writes decisions; doing so twice changes nothing more."""

    def __init__(self, clock: Clock, vault: Vault, keys: PupilKeys) -> None:
        self._clock = clock
        self._vault = vault
        self._keys = keys

    def classes(self, conn: Connection, decisions: Sequence[Decision], *, whole: bool = True) -> Classes:
        """Store the classes that pupils are put into, with their levels; return all of their schools' by folded name.

        ``whole``: the lines are those of whole classes, and tell their levels; a single line tells no class's that is
        there already. A class that is named only where another list's word goes first is not made.
        """
        lines = [one.line for one in decisions]
        entered = {(one.line.uai, fold_name(one.line.class_name)) for one in decisions if one.action in _ENROLS}
        levels: dict[tuple[str, str], set[str]] = defaultdict(set)
        names: dict[tuple[str, str], str] = {}
        for line in lines:
            if line.class_name:
                place = (line.uai, fold_name(line.class_name))
                levels[place].add(line.level)
                names.setdefault(place, line.class_name)
        found: Classes = {}
        changed: list[SchoolClass] = []
        for uai in sorted({line.uai for line in lines}):
            known = {fold_name(one.name): one for one in list_classes(conn, uai)}
            found |= {(uai, name): one.class_id for name, one in known.items()}
            for place in [place for place in names if place[0] == uai]:
                held, level = known.get(place[1]), class_level(levels[place])
                if held is None and place in entered:
                    held = SchoolClass(class_id=new_id(self._clock), uai=uai, name=names[place], level=level)
                    found[place] = held.class_id
                    changed.append(held)
                elif held is not None and whole and level and level != held.level:
                    changed.append(msgspec.structs.replace(held, level=level))
        save_classes(conn, changed)
        return found

    def write(self, conn: Connection, decisions: Sequence[Decision], classes: Classes) -> None:
        """Write what lines decide."""
        now = self._clock.ms()
        pupils: list[Row] = []
        keys: list[Row] = []
        places: list[Row] = []
        doubts: list[Row] = []
        taken_over: list[Row] = []
        for one in decisions:
            if one.action is Action.ASK:
                doubts.append(self._doubt(one, now))
                continue
            keys += self.key_rows(one)
            if one.action in _ENROLS:
                places.append(place_row(one.line, one.pupil_id, classes, now))
            elif one.from_onde_now:
                taken_over.append({"pupil_id": one.pupil_id, "uai": one.line.uai})
            if one.action is Action.ADD or one.renamed:
                pupils.append(
                    {
                        "pupil_id": one.pupil_id,
                        "first_name": one.line.first_name,
                        "last_name": one.last_name,
                        "now": now,
                    }
                )
        save_pupils(conn, pupils)
        save_keys(conn, keys)
        save_inscriptions(conn, places)
        bring_back(conn, [one.pupil_id for one in decisions if one.action in (Action.BACK, Action.MOVE)])
        conn.many("UPDATE inscription SET source = 'onde' WHERE pupil_id = :pupil_id AND uai = :uai", taken_over)
        save_doubts(conn, doubts)

    def key_rows(self, decision: Decision) -> list[Row]:
        """Return the rows of a pupil's keys."""
        return [
            {"key_digest": key.digest, "pupil_id": decision.pupil_id, "kind": key.kind.value} for key in decision.keys
        ]

    def _doubt(self, decision: Decision, now: int) -> Row:
        doubt_id = new_id(self._clock)
        line = msgspec.msgpack.encode((decision.line, decision.last_name))
        return {
            "doubt_id": doubt_id,
            "uai": decision.line.uai,
            "reason": decision.reason,
            "line_digest": self._keys.of_doubt(decision.line),
            "candidates": msgspec.json.encode(decision.candidates).decode(),
            "sealed_line": self._vault.seal(line, _DOUBT + doubt_id),
            "now": now,
            "expires_at": now + DOUBT_DAYS * DAY_MS,
        }


def open_doubt(vault: Vault, doubt_id: str, sealed: bytes) -> tuple[PupilLine, str]:
    """Return the line that a question is about, and what the school keeps of its last name."""
    return msgspec.msgpack.decode(vault.open(sealed, _DOUBT + doubt_id), type=tuple[PupilLine, str])


def place_row(line: PupilLine, pupil_id: str, classes: Classes, now: int) -> Row:
    """Return the row of a pupil's place in the school and class that a line names."""
    return {
        "pupil_id": pupil_id,
        "uai": line.uai,
        "class_id": classes.get((line.uai, fold_name(line.class_name))) if line.class_name else None,
        "level": line.level,
        "source": line.source.value,
        "now": now,
    }
