"""What long work keeps of persons: who began it."""

from mdm.privacy.declaration import MANAGED, Personal, Stay, Table, actor
from mdm.privacy.retention import After, WithParent
from mdm.privacy.vocabulary import Data

_PART = Stay("It is about tablets and kits; who began it is erased.")

TABLES = (
    Table(
        name="long_work",
        about="Work that takes long",
        activity=MANAGED,
        retention=After(column="ended_at", days=365, event="the end of the work"),
        fields=(
            actor("started_by", "who began it"),
            Personal(column="spec", what="what is to be done", data=Data.ACTIVITY, erasure=_PART),
            Personal(column="result", what="what came of it", data=Data.ACTIVITY, erasure=_PART),
        ),
        plain="work_id kind subject state total done failed problem attempts made_at expires_at started_at stepped_at"
        " ended_at",
        small=True,
    ),
    Table(
        name="long_work_item",
        about="Parts of work that takes long",
        activity=MANAGED,
        retention=WithParent(column="work_id", parent="long_work", key="work_id", event="the erasure of the work"),
        fields=(
            Personal(column="key", what="what the part is about", data=Data.ACTIVITY, erasure=_PART),
            Personal(column="params", what="why the part failed", data=Data.ACTIVITY, erasure=_PART),
        ),
        plain="work_id position state message",
    ),
)
