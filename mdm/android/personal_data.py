"""What the agent on Android tablets says of persons."""

from mdm.fleet.personal_data import HANDS, OF_TABLET, TABLET
from mdm.privacy.declaration import Personal, Table, nothing_personal
from mdm.privacy.retention import After
from mdm.privacy.vocabulary import Data

TABLES = (
    Table(
        name="android_log",
        about="Warnings of an Android tablet's agent",
        activity=TABLET,
        owners=HANDS,
        retention=After(column="received_at", days=14, event="the warning"),
        fields=(
            Personal(column="at", what="when the tablet wrote the warning", data=Data.TABLET, erasure=OF_TABLET),
            Personal(
                column="package", what="which app it is about", data=Data.TABLET, erasure=OF_TABLET, technical=True
            ),
            Personal(column="message", what="the warning", data=Data.TABLET, erasure=OF_TABLET, technical=True),
            Personal(column="received_at", what="when it came", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id digest level",
    ),
    nothing_personal(
        "android_enrollment",
        "number path_digest sealed_path sealed_admin_password asked_as ticket_id kit_id slot_number state tablet_id"
        " serial other_serial abi os_version device_owner created_at moved_at ended_at lock_message",
        why="the enrollment of a tablet, which belongs to no person; lock_message says where to bring it",
    ),
    nothing_personal("android_ticket", "ticket_id typed_digest first_used_at", why="the short form of a code"),
    nothing_personal("android_package", "package kind", why="apps"),
    nothing_personal("android_book", "path", why="books"),
)
