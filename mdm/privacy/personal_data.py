"""What this room itself keeps of persons: what they ask about their data, and who answers for the processing."""

from mdm.privacy.declaration import Activity, Owner, Personal, Stay, Table, actor
from mdm.privacy.retention import After, Kept
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


def _asked(column: str, what: str) -> Personal:
    return Personal(column=column, what=what, data=Data.AGREEMENT, erasure=_PROOF)


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
            _asked("subject", "the identifier of the person concerned"),
            _asked("kind", "what is asked for"),
            _asked("about", "which data it is about"),
            _asked("words", "the person's reasons"),
            _asked("made_at", "when it was asked"),
            actor("made_by", "who asked"),
            _asked("state", "what came of it"),
            _asked("answer", "the answer"),
            _asked("answered_at", "when it was answered"),
            actor("answered_by", "who answered"),
        ),
        plain="request_id",
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
