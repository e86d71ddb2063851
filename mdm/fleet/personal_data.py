"""What the territory, its kits and its tablets say of persons: the state of a tablet that a child has at home."""

from mdm.i18n import N_
from mdm.privacy.declaration import (
    Activity,
    Owner,
    Personal,
    Stay,
    Step,
    Table,
    nothing_personal,
)
from mdm.privacy.retention import Replaced
from mdm.privacy.sayings import gigabytes, one_of, percent
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

HANDS = (
    Owner(
        subject="pupil",
        column="pupil_id",
        via=(Step(column="tablet_id", table="loan", key="tablet_id", only="state IN ('handed_over', 'lost')"),),
    ),
)
"""The pupil who has a tablet at home now."""

TABLET = Activity(
    key="tablet-state",
    name="The state of the tablets",
    purpose="To keep tablets working, up to date and as the committee agreed, also while a child has one at home.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS,),
    seen_by=(SELF, "guardian", "teacher", "head", "technician", "administrator", "dpo"),
    source="The tablet, in its reports.",
    grounds="a tablet must be kept working and safe; this says nothing of the child once the tablet is back",
)
OF_TABLET = Stay("It is the tablet's state, and says nothing of the child once the loan is over.")


def replaced(column: str = "tablet_id") -> Replaced:
    """Return the retention of what a tablet says anew each time."""
    return Replaced(column=column, parent="tablet", key="tablet_id", event="the end of the tablet")


HEALTH_NAMES = {
    "normal": N_("good"),
    "service-recommended": N_("it should be replaced"),
    "non-genuine": N_("not the maker's"),
    "": N_("not known"),
}

_HEARD = (
    Personal(column="seen_at", what="when the tablet was heard last", data=Data.TABLET, erasure=OF_TABLET),
    Personal(column="battery", what="how full the battery was", data=Data.TABLET, erasure=OF_TABLET, said=percent),
    Personal(
        column="free_space", what="how much storage was free", data=Data.TABLET, erasure=OF_TABLET, said=gigabytes
    ),
)

TABLES = (
    Table(
        name="tablet_report",
        about="What a tablet said last",
        activity=TABLET,
        owners=HANDS,
        retention=replaced(),
        fields=(
            *_HEARD,
            Personal(
                column="facts",
                what="its settings, and which apps it has",
                data=Data.TABLET,
                erasure=OF_TABLET,
                technical=True,
            ),
        ),
        plain="tablet_id os_version model_name capacity supervised",
    ),
    nothing_personal("territory", "territory_id name", why="an authority"),
    nothing_personal("commune", "insee territory_id name", why="a commune"),
    nothing_personal("school", "uai insee name edition_id follow_seal", why="a school"),
    nothing_personal("school_class", "class_id uai name level", why="a class, named without its teacher"),
    nothing_personal(
        "kit", "kit_id uai name platform edition_id created_at follow_seal class_id", why="a case of tablets"
    ),
    nothing_personal(
        "tablet", "tablet_id platform serial name state state_since model created_at", why="equipment, named by slots"
    ),
    nothing_personal("slot", "kit_id number name tablet_id joining_since", why="a place in a case"),
    nothing_personal("tablet_search", "tablet_id words serial_key name_key", why="words of equipment and places"),
    Table(
        name="tablet_glance",
        about="A tablet in lists",
        activity=TABLET,
        owners=HANDS,
        retention=replaced(),
        fields=(
            *_HEARD,
            Personal(
                column="health",
                what="the battery's health",
                data=Data.TABLET,
                erasure=OF_TABLET,
                said=one_of(HEALTH_NAMES),
            ),
            Personal(column="errors", what="how many orders failed", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id name_key platform model state kit_id uai insee edition_id os_version os_rank storage_low"
        " converged",
    ),
)
