"""Guardians that an import's files name; implements `mdm.home.pupils.guardian_lines.GuardianKeeper`."""

from collections.abc import Sequence

from mdm.clock import Clock
from mdm.home.guardians import guardian_store
from mdm.home.pupils.guardian_lines import FoundGuardian
from mdm.home.pupils.lines import GuardianLine
from mdm.home.pupils.names import NameForm, kept_last_name
from mdm.home.pupils.pupil_store import name_form
from mdm.ids import new_id
from mdm.store import Connection, Row


class ImportedGuardians:
    """Keeps guardians; one who is known by name among the guardians of the same child is not added again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def keep(self, conn: Connection, found: Sequence[FoundGuardian]) -> int:
        """Store guardians and whose guardians they are; return how many are new."""
        now = self._clock.ms()
        known = guardian_store.guardians_by_key(
            conn, [(one.key_digest, pupil_id) for one in found for pupil_id in one.pupil_ids]
        )
        forms = {uai: name_form(conn, uai) for uai in {one.line.uai for one in found}}
        added: list[Row] = []
        labels: list[Row] = []
        children: list[Row] = []
        for one in found:
            label = guardian_label(one.line, forms[one.line.uai])
            places = [(one.key_digest, pupil_id) for pupil_id in one.pupil_ids]
            held = next((known[place] for place in places if place in known), None)
            guardian_id = held or new_id(self._clock)
            row: Row = {"guardian_id": guardian_id, "label": label, "key_digest": one.key_digest, "now": now}
            (labels if held else added).append(row)
            # A second line of the same person joins the first.
            known |= dict.fromkeys(places, guardian_id)
            children += [{"guardian_id": guardian_id, "pupil_id": pupil_id, "now": now} for pupil_id in one.pupil_ids]
        guardian_store.add_guardians(conn, added)
        guardian_store.save_labels(conn, labels)
        guardian_store.add_guardianships(conn, children)
        return len(added)


def guardian_label(line: GuardianLine, form: NameForm) -> str:
    """Return what a guardian is called on a sheet: ``Mme V.``, with no more of the name than the school keeps."""
    last = kept_last_name(line.last_name, NameForm.INITIAL if form is NameForm.FIRST else form)
    return f"{_CIVILITIES.get(line.civility.upper().rstrip('.'), '')} {last}".strip()


_CIVILITIES = {"M": "M.", "MR": "M.", "MONSIEUR": "M.", "MME": "Mme", "MADAME": "Mme", "MLLE": "Mme"}
