"""What iPads' own protocol says of persons."""

from mdm.fleet.personal_data import HANDS, OF_TABLET, TABLET, replaced
from mdm.privacy.declaration import Personal, Table, nothing_personal
from mdm.privacy.vocabulary import Data

TABLES = (
    nothing_personal(
        "apple_enrollment",
        "udid tablet_id identity_digest topic state enrolled_at os_version product_name sealed_push_token"
        " sealed_push_magic sealed_unlock_token sealed_bootstrap_token awaiting_configuration",
        why="the enrollment of a tablet, which belongs to no person",
    ),
    Table(
        name="declarative_status",
        about="An iPad's last status report",
        activity=TABLET,
        owners=HANDS,
        retention=replaced(),
        fields=(
            Personal(
                column="status",
                what="what the tablet said of its settings and apps",
                data=Data.TABLET,
                erasure=OF_TABLET,
                technical=True,
            ),
            Personal(column="received_at", what="when it answered", data=Data.TABLET, erasure=OF_TABLET),
        ),
        plain="tablet_id full_report_at",
    ),
)
