"""What commands and their answers say of persons."""

from mdm.fleet.personal_data import HANDS, OF_TABLET, TABLET, replaced
from mdm.privacy.declaration import MANAGED, Personal, Table, actor, nothing_personal
from mdm.privacy.retention import After, Kept
from mdm.privacy.vocabulary import Data

YEAR = 365

TABLES = (
    Table(
        name="command",
        about="What tablets were told",
        activity=MANAGED,
        retention=Kept(reason="an order is about tablets; who gave it is taken out in time"),
        fields=(actor("created_by", "who gave the order"),),
        plain="command_id request_type body step created_at",
    ),
    Table(
        name="delivery",
        about="How far a tablet is with an order",
        activity=TABLET,
        owners=HANDS,
        retention=After(column="answered_at", days=YEAR, event="the tablet's answer"),
        fields=(
            Personal(column="sent_at", what="when the tablet fetched the order", data=Data.TABLET, erasure=OF_TABLET),
            Personal(column="answered_at", what="when the tablet answered it", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id position command_id state attempts",
    ),
    Table(
        name="answer",
        about="A tablet's last answers",
        activity=TABLET,
        owners=HANDS,
        retention=After(column="received_at", days=YEAR, event="the tablet's answer"),
        fields=(
            Personal(
                column="body", what="what the tablet answered", data=Data.TABLET, erasure=OF_TABLET, technical=True
            ),
            Personal(
                column="error_chain", what="why it could not do it", data=Data.TABLET, erasure=OF_TABLET, technical=True
            ),
            Personal(column="received_at", what="when it answered", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id command_id status",
    ),
    Table(
        name="convergence",
        about="How far a tablet is from what was agreed",
        activity=TABLET,
        owners=HANDS,
        retention=replaced(),
        fields=(
            Personal(
                column="report",
                what="what the tablet said of its settings and apps",
                data=Data.TABLET,
                erasure=OF_TABLET,
                technical=True,
            ),
        ),
        plain="tablet_id target_hash converged_at checks next_check_at",
    ),
    nothing_personal("artifact", "hash media_type body created_at", why="compiled content, shared by all of a kit"),
)
