"""What the core keeps of persons: the journal."""

from mdm.privacy.declaration import Activity, Owner, Personal, Stay, Table, nothing_personal
from mdm.privacy.retention import After, Kept
from mdm.privacy.sayings import who
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

JOURNAL = Activity(
    key="journal",
    name="The journal of decisions and orders",
    purpose="To be able to prove what was decided or ordered, when and by whom, and that nothing was changed since.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.TECHNICIANS, Persons.STAFF, Persons.COMMITTEE, Persons.GUARDIANS),
    seen_by=(SELF, "technician", "administrator", "manager", "dsden", "dpo"),
    source="The tool itself, when something is done in it.",
    grounds="it proves what a public body decided and ordered, and names persons by pseudonyms only",
)

_KEPT = Kept(reason="it proves decisions of a public body, and it names persons by pseudonyms only")
_STAYS = Stay(
    "The journal names persons by pseudonyms only. Who a pseudonym is, is erased; nobody can tell it any more."
)


def _pseudonym(column: str, what: str) -> Personal:
    return Personal(
        column=column,
        what=what,
        data=Data.ACTIVITY,
        of=Owner(subject="account", column=column, holds="pseudonym"),
        erasure=_STAYS,
        technical=True,
    )


TABLES = (
    Table(
        name="journal",
        about="Entries of the journal",
        activity=JOURNAL,
        retention=_KEPT,
        fields=(
            _pseudonym("actor", "the pseudonym of who did it"),
            _pseudonym("subject", "the pseudonym of whom it was done to"),
            Personal(
                column="detail",
                what="identifiers that belong to it, persons by their pseudonyms",
                data=Data.ACTIVITY,
                erasure=_STAYS,
                technical=True,
            ),
        ),
        plain="seq at kind previous hash",
    ),
    Table(
        name="journal_person",
        about="Who the journal's pseudonyms are",
        activity=JOURNAL,
        owners=(Owner(subject="account", column="name", holds="actor"),),
        retention=After(column="used_at", days=3 * 365, event="the last entry that the person made"),
        by_erasure=True,
        fields=(
            Personal(column="person_id", what="the pseudonym", data=Data.ACTIVITY, technical=True),
            Personal(column="name", what="the login that the pseudonym stands for", data=Data.IDENTITY, said=who),
            Personal(column="used_at", what="the last day on which it was written", data=Data.ACTIVITY),
        ),
    ),
    nothing_personal("journal_head", "one seq hash", why="the end of the journal's chain"),
    nothing_personal("schema_migration", "number name checksum applied_at", why="the schema's own history"),
)
