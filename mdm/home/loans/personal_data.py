"""What is kept of loans: which child has which tablet, who agreed, and in which state the tablet came back."""

from mdm.home.guardians.personal_data import A_GUARDIAN, GUARDIAN
from mdm.home.loans.condition_said import condition_in_words
from mdm.home.loans.loan import PART_NAMES, Moment, Way
from mdm.home.loans.states import STATE_NAMES
from mdm.home.pupils.personal_data import LENDING, PUPIL
from mdm.i18n import N_
from mdm.privacy.declaration import Clear, Named, Owner, Personal, Stay, Step, Table, actor, nothing_personal
from mdm.privacy.retention import After, WithParent
from mdm.privacy.sayings import Saying, one_of, some_of, yes_or_no
from mdm.privacy.vocabulary import SELF, Data, Persons

OF_LOAN = Owner(subject="pupil", column="pupil_id", via=(Step(column="loan_id", table="loan", key="loan_id"),))
"""The pupil of the loan that a row belongs to."""
_WITH_LOAN = WithParent(column="loan_id", parent="loan", key="loan_id", event="the erasure of the loan")

SEEN = "The school, which looks at the tablet with the family."
MOMENT_NAMES = {Moment.HANDED: N_("when it was handed over"), Moment.RETURNED: N_("when it came back")}


def _fact(column: str, what: str, *, said: Saying | Named | None = None) -> Personal:
    """Declare what a loan says of its child as long as it names the child."""
    return Personal(
        column=column,
        what=what,
        data=Data.AGREEMENT,
        of=PUPIL,
        seen_by=(SELF, "guardian", "teacher", "head", "manager", "technician", "administrator", "dpo"),
        source="The school, which lends the tablet.",
        erasure=Stay("The child is taken out of the loan: it says of nobody any more who had the tablet."),
        said=said,
    )


WAY_NAMES = {Way.PHONE: N_("on a phone"), Way.PAPER: N_("on paper")}

TABLES = (
    nothing_personal("loan_terms", "digest terms kept_at", why="the charter's text"),
    Table(
        name="loan",
        about="Loans",
        activity=LENDING,
        retention=After(column="closed_at", days=365, event="the end of the loan"),
        fields=(
            Personal(
                column="pupil_id",
                what="which child has the tablet",
                data=Data.AGREEMENT,
                of=PUPIL,
                erasure=Clear(),
                said=Named(table="pupil", key="pupil_id", name="first_name"),
            ),
            Personal(
                column="handed",
                what="the tablet's state when it was handed over",
                data=Data.TABLET,
                of=PUPIL,
                erasure=Clear(),
                said=condition_in_words,
                source=SEEN,
            ),
            Personal(
                column="returned",
                what="the tablet's state when it came back",
                data=Data.TABLET,
                of=PUPIL,
                erasure=Clear(),
                said=condition_in_words,
                source=SEEN,
            ),
            _fact("tablet_id", "which tablet", said=Named(table="tablet", key="tablet_id", name="name")),
            _fact("state", "where the loan is in its life", said=one_of(STATE_NAMES)),
            _fact("handed_at", "when the tablet was handed over"),
            _fact("due_on", "the day on which it is to be given back"),
            _fact("closed_at", "when it was given back, or the loan ended"),
            _fact("parts", "what goes with it", said=some_of(PART_NAMES)),
            _fact("uai", "the school that lends it", said=Named(table="school", key="uai", name="name")),
            actor("prepared_by", "who prepared the loan"),
            actor("handed_by", "who handed the tablet over"),
            actor("closed_by", "who took the tablet back"),
        ),
        plain="loan_id kit_id slot_number terms_digest prepared_at",
    ),
    Table(
        name="loan_acceptance",
        about="Guardians' agreements to a loan",
        activity=LENDING,
        owners=(GUARDIAN, OF_LOAN),
        retention=_WITH_LOAN,
        fields=(
            Personal(
                column="guardian_id",
                what="which guardian agreed",
                data=Data.AGREEMENT,
                persons=(Persons.GUARDIANS,),
                source="The guardian.",
                said=A_GUARDIAN,
            ),
            Personal(
                column="way",
                what="on a phone or on paper",
                data=Data.AGREEMENT,
                persons=(Persons.GUARDIANS,),
                source="The guardian.",
                said=one_of(WAY_NAMES),
            ),
            Personal(
                column="insured",
                what="whether the guardian is insured",
                data=Data.AGREEMENT,
                persons=(Persons.GUARDIANS,),
                source="The guardian.",
                said=yes_or_no,
            ),
            Personal(
                column="accepted_on",
                what="on which day",
                data=Data.AGREEMENT,
                persons=(Persons.GUARDIANS,),
                source="The guardian.",
            ),
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
            Personal(column="photo", what="a photo of the tablet", data=Data.TABLET, file="loan-photos", source=SEEN),
            Personal(column="taken_at", what="when it was taken", data=Data.TABLET),
            Personal(column="moment", what="at which end of the loan", data=Data.TABLET, said=one_of(MOMENT_NAMES)),
        ),
        plain="loan_id",
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
