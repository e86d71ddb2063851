"""What rollouts keep of persons: who decided of their pace, and the reason given."""

from mdm.privacy.declaration import MANAGED, Personal, Stay, Table, actor, nothing_personal
from mdm.privacy.retention import Kept
from mdm.privacy.vocabulary import Data

_KEPT = Kept(reason="it is the history of what tablets hold; who decided is taken out in time")

TABLES = (
    Table(
        name="rollout",
        about="Rollouts of editions",
        activity=MANAGED,
        retention=_KEPT,
        fields=(actor("created_by", "who planned it"),),
        plain="rollout_id edition_id previous_id state active plan wave wave_opened_at reason created_at ended_at",
    ),
    Table(
        name="rollout_change",
        about="Changes of a rollout's state",
        activity=MANAGED,
        retention=_KEPT,
        fields=(
            actor("actor", "who decided it"),
            Personal(
                column="words",
                what="the reason in a technician's words",
                data=Data.ACTIVITY,
                erasure=Stay("The words are about the tablets; who wrote them is erased."),
            ),
        ),
        plain="rollout_id position at change state wave reason",
    ),
    nothing_personal(
        "rollout_kit",
        "rollout_id kit_id uai wave position moved_at returned_at",
        why="how far a kit is with an edition",
    ),
    nothing_personal(
        "rollout_tablet",
        "rollout_id tablet_id kit_id wave moved_at heard_at state excused target_hash",
        why="how far a tablet is with an edition",
    ),
)
