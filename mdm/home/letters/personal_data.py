"""What is kept of the guardians who want letters: the address, what they chose, and of what they were told."""

from mdm.home.letters.matters import MATTER_NAMES
from mdm.home.loans.personal_data import OF_LOAN
from mdm.home.pupils.personal_data import LENDING
from mdm.i18n import N_
from mdm.privacy.declaration import Activity, Owner, Personal, Table
from mdm.privacy.retention import After, WithParent
from mdm.privacy.sayings import one_of, some_of
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

FAMILY_LETTERS = Activity(
    key="family-letters",
    name="Letters to families by e-mail",
    purpose="To tell a guardian who asked for it what matters about the child's tablet, and nothing else.",
    basis=Basis.CONSENT,
    persons=(Persons.GUARDIANS,),
    seen_by=(SELF,),
    source="The guardian.",
    recipients=("the authority's mail server",),
)
_ACCOUNT = Owner(subject="account", column="account_id")

LANGUAGE_NAMES = {"fr": N_("French"), "en": N_("English")}

_ADDRESS = (
    Personal(column="account_id", what="whose address it is", data=Data.ACCOUNT, technical=True),
    Personal(column="sealed_address", what="the e-mail address, kept encrypted", data=Data.CONTACT),
)
_WISHES = (
    Personal(column="language", what="the language of the letters", data=Data.CONTACT, said=one_of(LANGUAGE_NAMES)),
    Personal(
        column="matters",
        what="what the guardian wants to be told of",
        data=Data.AGREEMENT,
        said=some_of(MATTER_NAMES),
    ),
)

TABLES = (
    Table(
        name="family_address",
        about="The e-mail address for letters",
        activity=FAMILY_LETTERS,
        owners=(_ACCOUNT,),
        retention=WithParent(
            column="account_id",
            parent="guardian",
            key="account_id",
            event="the guardian's own wish at any moment, or the end of the account",
        ),
        fields=(
            *_ADDRESS,
            *_WISHES,
            Personal(column="confirmed_at", what="when the address was confirmed", data=Data.AGREEMENT),
            Personal(column="unreachable_at", what="since when letters come back", data=Data.CONTACT),
        ),
        small=True,
    ),
    Table(
        name="family_address_asked",
        about="An e-mail address that waits for its code",
        activity=FAMILY_LETTERS,
        owners=(_ACCOUNT,),
        retention=After(column="expires_at", days=1, event="the end of the code"),
        fields=(
            *_ADDRESS,
            Personal(column="code_digest", what="a keyed hash of the code", data=Data.ACCOUNT, secret=True),
            *_WISHES,
            Personal(column="first_asked_at", what="when the first of the day's codes was sent", data=Data.ACTIVITY),
        ),
        plain="letter tries asked expires_at",
    ),
    Table(
        name="family_letter",
        about="What a guardian was told by e-mail",
        activity=FAMILY_LETTERS,
        owners=(_ACCOUNT,),
        retention=After(column="made_at", days=90, event="the letter"),
        fields=(
            Personal(column="account_id", what="who was told", data=Data.ACCOUNT, technical=True),
            Personal(column="about", what="of what, by identifiers", data=Data.ACTIVITY, technical=True),
            Personal(column="made_at", what="when the letter was written", data=Data.ACTIVITY),
        ),
        plain="letter",
    ),
    Table(
        name="family_rules_told",
        about="The charter's rules for the tablet that the family was told last",
        activity=LENDING,
        owners=(OF_LOAN,),
        retention=WithParent(column="loan_id", parent="loan", key="loan_id", event="the erasure of the loan"),
        fields=(Personal(column="told_at", what="when these rules were new", data=Data.TABLET),),
        plain="loan_id digest",
    ),
)
