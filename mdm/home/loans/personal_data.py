"""What is kept of loans: which child has which tablet, who agreed, and in which state the tablet came back."""

from mdm.home.guardians.personal_data import GUARDIAN
from mdm.home.pupils.personal_data import LENDING, PUPIL
from mdm.privacy.declaration import Clear, Owner, Personal, Step, Table, actor, nothing_personal
from mdm.privacy.retention import After, WithParent
from mdm.privacy.vocabulary import Data, Persons

OF_LOAN = Owner(subject="pupil", column="pupil_id", via=(Step(column="loan_id", table="loan", key="loan_id"),))
"""The pupil of the loan that a row belongs to."""
_WITH_LOAN = WithParent(column="loan_id", parent="loan", key="loan_id", event="the erasure of the loan")

TABLES = (
    nothing_personal("loan_terms", "digest terms kept_at", why="the charter's text"),
    Table(
        name="loan",
        about="Loans",
        activity=LENDING,
        retention=After(column="closed_at", days=365, event="the end of the loan"),
        fields=(
            Personal(
                column="pupil_id", what="which child has the tablet", data=Data.AGREEMENT, of=PUPIL, erasure=Clear()
            ),
            Personal(
                column="handed",
                what="the tablet's state when it was handed over",
                data=Data.TABLET,
                of=PUPIL,
                erasure=Clear(),
            ),
            Personal(
                column="returned",
                what="the tablet's state when it came back",
                data=Data.TABLET,
                of=PUPIL,
                erasure=Clear(),
            ),
            actor("prepared_by", "who prepared the loan"),
            actor("handed_by", "who handed the tablet over"),
            actor("closed_by", "who took the tablet back"),
        ),
        plain="loan_id tablet_id kit_id slot_number uai state terms_digest due_on parts prepared_at handed_at"
        " closed_at",
    ),
    Table(
        name="loan_acceptance",
        about="Guardians' agreements to a loan",
        activity=LENDING,
        owners=(GUARDIAN, OF_LOAN),
        retention=_WITH_LOAN,
        fields=(
            Personal(
                column="guardian_id", what="which guardian agreed", data=Data.AGREEMENT, persons=(Persons.GUARDIANS,)
            ),
            Personal(column="way", what="on a phone or on paper", data=Data.AGREEMENT, persons=(Persons.GUARDIANS,)),
            Personal(
                column="insured",
                what="whether the guardian is insured",
                data=Data.AGREEMENT,
                persons=(Persons.GUARDIANS,),
            ),
            Personal(column="accepted_on", what="on which day", data=Data.AGREEMENT, persons=(Persons.GUARDIANS,)),
            actor("noted_by", "who noted it", persons=(Persons.GUARDIANS, Persons.STAFF)),
        ),
        plain="loan_id terms_digest noted_at",
    ),
    Table(
        name="loan_photo",
        about="Photos of the tablet when it was handed over and came back",
        activity=LENDING,
        owners=(OF_LOAN,),
        retention=_WITH_LOAN,
        fields=(
            Personal(column="photo", what="a photo of the tablet", data=Data.TABLET, file="loan-photos"),
            Personal(column="taken_at", what="when it was taken", data=Data.TABLET),
        ),
        plain="loan_id moment",
    ),
    Table(
        name="loan_reminder",
        about="Reminders that the tablet is due",
        activity=LENDING,
        owners=(OF_LOAN,),
        retention=_WITH_LOAN,
        fields=(
            Personal(column="due_on", what="when the tablet was due", data=Data.AGREEMENT),
            Personal(column="sent_at", what="when the guardians were reminded", data=Data.AGREEMENT),
        ),
        plain="loan_id step made_at",
    ),
)
