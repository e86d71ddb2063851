"""What the store of Android files keeps of persons: who added a file."""

from mdm.privacy.declaration import MANAGED, Table, actor
from mdm.privacy.retention import Kept

TABLES = (
    Table(
        name="apk",
        about="Installable files",
        activity=MANAGED,
        retention=Kept(reason="a file is an app; who added it is taken out in time"),
        fields=(actor("added_by", "who added the file"),),
        plain="hash package version_name version_code label min_sdk abis permissions signer split size icon added_at",
    ),
)
