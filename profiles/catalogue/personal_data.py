"""What the catalogue keeps of persons: who wrote a dossier, and who tried an app."""

from mdm.privacy.declaration import Activity, Personal, Stay, Table, actor, nothing_personal
from mdm.privacy.retention import Kept
from mdm.privacy.vocabulary import EVERYBODY, Basis, Data, Persons

CATALOGUE = Activity(
    key="catalogue",
    name="The catalogue of apps and resources",
    purpose="To let the committee choose apps and resources by their dossiers.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.STAFF, Persons.COMMITTEE),
    seen_by=(EVERYBODY,),
    source="The person who writes the dossier.",
)

_KEPT = Kept(reason="a dossier is part of the decision that was taken on it")

TABLES = (
    Table(
        name="catalogue_item",
        about="Apps and resources",
        activity=CATALOGUE,
        retention=_KEPT,
        fields=(actor("changed_by", "who changed it last"),),
        plain="item_id kind name publisher platforms levels subjects sort_key search_key revision digest changed_at",
    ),
    Table(
        name="catalogue_revision",
        about="Revisions of dossiers",
        activity=CATALOGUE,
        retention=_KEPT,
        fields=(
            actor("actor", "who wrote the revision"),
            Personal(
                column="tree",
                what="the dossier, with the teachers who tried the app",
                data=Data.ACTIVITY,
                erasure=Stay(
                    "A vote was held on the dossier's fingerprint: changing a word would make it another one."
                ),
            ),
        ),
        plain="item_id revision at changed digest",
    ),
    Table(
        name="attachment",
        about="Documents of dossiers",
        activity=CATALOGUE,
        retention=_KEPT,
        fields=(actor("added_by", "who added the file"),),
        plain="hash size pages added_at",
    ),
    nothing_personal("catalogue_reference", "space value item_id", why="identifiers of apps"),
)
