"""What repairs keep of persons: who reported or did something, in which words, with which photos."""

from mdm.privacy.declaration import MANAGED, Personal, Stay, Table, actor, nothing_personal
from mdm.privacy.retention import After, Kept, Via
from mdm.privacy.vocabulary import SELF, Data, Persons

_CLOSED = After(
    column="closed_at",
    days=365,
    event="the end of the repair",
    via=Via(column="fault_id", table="fault", key="fault_id"),
)
_ABOUT_TABLET = Stay("It is about the tablet; who wrote it is erased.")
_WHO_MENDS = (SELF, "teacher", "head", "technician", "manager", "administrator", "dpo")
"""The school that reported a fault sees what becomes of it."""

TABLES = (
    nothing_personal(
        "fault",
        "fault_id tablet_id kind state unusable reports reported_at changed_at uai kit_id slot_number workshop"
        " workshop_reference sent_on quote_cents replaced_by replaced_at outcome settled_at closed_at purged_at",
        why="a tablet's fault; the workshop is a firm",
    ),
    Table(
        name="fault_change",
        about="Reports and steps of a repair",
        activity=MANAGED,
        retention=Kept(reason="it is a tablet's history; words and names are taken out a year after the repair"),
        fields=(
            Personal(
                column="words",
                what="what somebody wrote about the fault",
                data=Data.ACTIVITY,
                seen_by=_WHO_MENDS,
                retention=_CLOSED,
                cleared_to="",
                erasure=_ABOUT_TABLET,
            ),
            Personal(
                column="actor",
                what="who reported the fault or carried on with it",
                data=Data.ACTIVITY,
                seen_by=_WHO_MENDS,
                persons=(Persons.STAFF, Persons.TECHNICIANS, Persons.GUARDIANS),
                retention=_CLOSED,
                cleared_to="",
                of=actor("actor", "").of,
                erasure=actor("actor", "").erasure,
            ),
        ),
        plain="fault_id position at event state",
        small=True,
    ),
    Table(
        name="fault_photo",
        about="Photos of a fault",
        activity=MANAGED,
        retention=_CLOSED,
        fields=(
            Personal(
                column="hash",
                what="a photo of the tablet",
                data=Data.TABLET,
                seen_by=_WHO_MENDS,
                erasure=_ABOUT_TABLET,
                file="photos",
            ),
        ),
        plain="fault_id size width height added_at",
        small=True,
    ),
    nothing_personal("spare_place", "tablet_id place placed_at reserved_for", why="where a spare tablet lies"),
    Table(
        name="inventory",
        about="Inventories",
        activity=MANAGED,
        retention=Kept(reason="it is a history of equipment; who did it is taken out in time"),
        fields=(actor("opened_by", "who began the inventory"), actor("closed_by", "who closed the inventory")),
        plain="inventory_id uai kit_id place opened_at closed_at",
    ),
    Table(
        name="inventory_scan",
        about="What was scanned in an inventory",
        activity=MANAGED,
        retention=Kept(reason="it is a history of equipment; who did it is taken out in time"),
        fields=(actor("actor", "who scanned it"),),
        plain="inventory_id subject code verdict tablet_id tablet_state kit_id slot_number at",
    ),
    nothing_personal(
        "inventory_missing", "inventory_id tablet_id tablet_state kit_id slot_number lost_at", why="missing equipment"
    ),
    nothing_personal("warranty_purchase", "purchase_id months", why="warranties"),
    nothing_personal("warranty_model", "model months", why="warranties"),
)
