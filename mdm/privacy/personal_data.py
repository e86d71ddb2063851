"""What this room itself keeps of persons: what they ask about their data, and who answers for the processing."""

from mdm.i18n import N_
from mdm.privacy.declaration import Activity, OfRegister, Owner, Personal, Stay, Table, actor
from mdm.privacy.retention import After, Kept, WithParent
from mdm.privacy.sayings import Saying, one_of
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

RIGHTS = Activity(
    key="rights",
    name="Requests of persons about their data",
    purpose="To answer what persons ask about their data, in time, and to prove that it was answered.",
    basis=Basis.LEGAL_OBLIGATION,
    persons=(Persons.STAFF, Persons.COMMITTEE, Persons.TECHNICIANS, Persons.PUPILS, Persons.GUARDIANS),
    seen_by=(SELF, "guardian", "dpo"),
    source="The person concerned, or the child's guardian.",
)

_ASKED = After(column="answered_at", days=365, event="the answer")
_PROOF = Stay("It proves that the request was answered (article 17(3)(e)); it goes a year after the answer.")


KIND_NAMES = {
    "access": N_("to be told what is stored"),
    "objection": N_("an objection"),
    "rectification": N_("a correction"),
    "erasure": N_("erasure"),
}
STATE_NAMES = {"open": N_("being looked at"), "granted": N_("granted"), "refused": N_("refused")}


def _asked(column: str, what: str, said: Saying | OfRegister | None = None, *, technical: bool = False) -> Personal:
    return Personal(column=column, what=what, data=Data.AGREEMENT, erasure=_PROOF, said=said, technical=technical)


TABLES = (
    Table(
        name="data_request",
        about="Requests about data",
        activity=RIGHTS,
        owners=(
            Owner(subject="account", column="subject", holds="subject"),
            Owner(subject="pupil", column="subject", holds="subject"),
            Owner(subject="guardian", column="subject", holds="subject"),
        ),
        retention=_ASKED,
        fields=(
            _asked("subject", "the identifier of the person concerned", technical=True),
            _asked("kind", "what is asked for", one_of(KIND_NAMES)),
            _asked("about", "which data it is about", OfRegister()),
            _asked("words", "the person's reasons"),
            _asked("made_at", "when it was asked"),
            actor("made_by", "who asked"),
            _asked("state", "what came of it", one_of(STATE_NAMES)),
            _asked("answer", "the answer"),
            _asked("answered_at", "when it was answered"),
            actor("answered_by", "who answered"),
        ),
        plain="request_id",
    ),
    Table(
        name="objection",
        about="Objections that hold",
        activity=RIGHTS,
        owners=(Owner(subject="pupil", column="pupil_id"),),
        retention=WithParent(
            column="pupil_id", parent="pupil", key="pupil_id", event="the erasure of the child's data"
        ),
        fields=(
            Personal(column="activity", what="what is not done any more", data=Data.AGREEMENT, said=OfRegister()),
            Personal(column="since", what="since when the objection holds", data=Data.AGREEMENT),
            Personal(column="until", what="when the family took it back", data=Data.AGREEMENT),
        ),
        plain="pupil_id request_id",
    ),
    Table(
        name="data_controller",
        about="Who answers for the processing",
        activity=RIGHTS,
        retention=Kept(reason="it is the present controller, with addresses of an office"),
        fields=(
            Personal(
                column="officer",
                what="how to write to the data protection officer",
                data=Data.CONTACT,
                persons=(Persons.OFFICERS,),
                seen_by=("public",),
                erasure=Stay("The law wants the officer's address to be published (article 37(7))."),
            ),
            actor("changed_by", "who changed it last"),
        ),
        plain="one name contact changed_at",
    ),
)
