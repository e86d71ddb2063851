"""What is kept of guardians: how they are addressed, for whom they answer, and their codes."""

from mdm.home.pupils.personal_data import PUPIL, WITH_PUPIL
from mdm.i18n import N_
from mdm.privacy.declaration import Activity, Named, Owner, Personal, Table, actor
from mdm.privacy.retention import Reference, WhileUsed, WithParent
from mdm.privacy.sayings import always
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

GUARDIANS = Activity(
    key="guardians",
    name="Guardians of pupils who may borrow a tablet",
    purpose="To let a child's guardian agree to a loan, and see and decide what concerns the child.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.GUARDIANS,),
    seen_by=(SELF, "teacher", "head", "dpo"),
    source="The school's list of pupils (ONDE), the commune's, and the guardian.",
)
A_GUARDIAN = always(N_("a guardian of the child"))
"""Which one is not told to the others."""
GUARDIAN = Owner(subject="guardian", column="guardian_id")
"""The guardian whom a row names."""
WITH_GUARDIAN = WithParent(
    column="guardian_id", parent="guardian", key="guardian_id", event="the erasure of the guardian's data"
)

TABLES = (
    Table(
        name="guardian",
        about="Guardians",
        activity=GUARDIANS,
        owners=(GUARDIAN,),
        retention=WhileUsed(
            key="guardian_id",
            by=(
                Reference(table="guardianship", column="guardian_id"),
                Reference(table="loan_acceptance", column="guardian_id"),
            ),
            since="created_at",
            event="the erasure of the last child and the last loan",
        ),
        fields=(
            Personal(column="guardian_id", what="the guardian's identifier here", data=Data.IDENTITY, technical=True),
            Personal(column="label", what="how the guardian is addressed", data=Data.IDENTITY),
            Personal(
                column="key_digest",
                what="a keyed hash by which the next list recognises the guardian",
                data=Data.IDENTITY,
                secret=True,
            ),
            Personal(
                column="account_id",
                what="the guardian's account",
                data=Data.ACCOUNT,
                said=Named(table="account", key="account_id", name="login"),
            ),
            Personal(column="linked_at", what="when the account was linked", data=Data.ACTIVITY),
            Personal(column="created_at", what="when the guardian was entered", data=Data.ACTIVITY),
        ),
        by_erasure=True,
        small=True,
    ),
    Table(
        name="guardianship",
        about="Whose guardian somebody is",
        activity=GUARDIANS,
        owners=(GUARDIAN, PUPIL),
        retention=WITH_PUPIL,
        fields=(
            Personal(column="guardian_id", what="the guardian", data=Data.IDENTITY, said=A_GUARDIAN),
            Personal(
                column="pupil_id",
                what="the child",
                data=Data.IDENTITY,
                said=Named(table="pupil", key="pupil_id", name="first_name"),
            ),
            Personal(column="since", what="since when", data=Data.ACTIVITY),
        ),
    ),
    Table(
        name="guardian_invitation",
        about="Codes by which guardians come in",
        activity=GUARDIANS,
        owners=(GUARDIAN,),
        retention=WITH_GUARDIAN,
        fields=(
            Personal(column="guardian_id", what="whom the code is for", data=Data.ACCOUNT, technical=True),
            Personal(column="code_digest", what="a hash of the code", data=Data.ACCOUNT, secret=True),
            actor("created_by", "who made the code"),
            Personal(column="used_at", what="when the code was used", data=Data.ACTIVITY),
        ),
        plain="invitation_id created_at expires_at withdrawn_at",
    ),
)
