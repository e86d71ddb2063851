"""What evaluations keep of children, their guardians and researchers: as little as the question needs."""

from mdm.home.evaluation.cohort import Choice
from mdm.home.evaluation.guardians import WAY_NAMES
from mdm.home.guardians.personal_data import A_GUARDIAN
from mdm.home.pupils.personal_data import PUPIL
from mdm.i18n import N_
from mdm.privacy.declaration import Activity, Named, Owner, Personal, Stay, Table, actor, login, nothing_personal
from mdm.privacy.retention import After, Kept, Via
from mdm.privacy.sayings import one_of
from mdm.privacy.vocabulary import SELF, Basis, Data, Persons

EVALUATION = Activity(
    key="evaluation",
    name="Evaluations of tablets at home, with researchers",
    purpose="To find out, by a question that the committee agreed to, what tablets at home bring to children.",
    basis=Basis.PUBLIC_TASK,
    persons=(Persons.PUPILS, Persons.GUARDIANS),
    seen_by=(SELF, "guardian", "dpo"),
    source="The tool itself, from what it keeps of loans and use; the child's guardian.",
    recipients=("the researchers of the evaluation, under pseudonyms",),
    stops=True,
)
_GUARDIAN = Owner(subject="guardian", column="guardian")
_STUDY = Kept(reason="it is the record of a study; who did what is taken out in time")


def _ended(days: int = 365) -> After:
    return After(
        column="ended_at",
        days=days,
        event="the end of the evaluation",
        via=Via(column="evaluation_id", table="evaluation", key="evaluation_id"),
    )


CHOICE_NAMES = {Choice.CONSENTED: N_("consent"), Choice.OBJECTED: N_("objection")}

TABLES = (
    Table(
        name="evaluation",
        about="Evaluations",
        activity=EVALUATION,
        retention=_STUDY,
        fields=(
            login("responsible", "which researcher answers for it", persons=(Persons.RESEARCHERS,)),
            actor("created_by", "who entered it", persons=(Persons.RESEARCHERS,)),
        ),
        plain="evaluation_id title question first_day last_day schools variables basis threshold notice_days"
        " retention_days ethics proposed state revision created_at started_at ended_at sealed_key",
    ),
    Table(
        name="evaluation_notice",
        about="That a child's guardians were told of an evaluation",
        activity=EVALUATION,
        owners=(PUPIL,),
        retention=_ended(),
        fields=(
            Personal(
                column="pupil_id",
                what="the child",
                data=Data.AGREEMENT,
                said=Named(table="pupil", key="pupil_id", name="first_name"),
            ),
            Personal(column="informed_at", what="when the guardians were told", data=Data.AGREEMENT),
            Personal(column="way", what="how they were told", data=Data.AGREEMENT, said=one_of(WAY_NAMES)),
        ),
        plain="evaluation_id",
        small=True,
    ),
    Table(
        name="evaluation_choice",
        about="What guardians chose about an evaluation",
        activity=EVALUATION,
        owners=(PUPIL, _GUARDIAN),
        retention=_ended(),
        fields=(
            Personal(
                column="pupil_id",
                what="the child",
                data=Data.AGREEMENT,
                said=Named(table="pupil", key="pupil_id", name="first_name"),
            ),
            Personal(column="guardian", what="which guardian chose", data=Data.AGREEMENT, said=A_GUARDIAN),
            Personal(column="choice", what="consent or objection", data=Data.AGREEMENT, said=one_of(CHOICE_NAMES)),
            Personal(column="chosen_at", what="when it was chosen", data=Data.AGREEMENT),
            actor("noted_by", "who noted at the school what was said on paper"),
        ),
        plain="evaluation_id",
        small=True,
    ),
    Table(
        name="evaluation_week",
        about="Figures of a week under a pseudonym",
        activity=EVALUATION,
        retention=_ended(),
        fields=(
            Personal(
                column="figures",
                what="the figures that the evaluation needs",
                data=Data.USE,
                erasure=Stay(
                    "It bears a pseudonym whose key is destroyed at the evaluation's end (article 17(3)(d));"
                    " an objection, or an erasure before, takes a child's figures out of it."
                ),
            ),
            Personal(
                column="pseudonym",
                what="the child's pseudonym in this evaluation",
                data=Data.USE,
                erasure=Stay("Nobody can tell whose it is without the evaluation's key, which is destroyed."),
            ),
        ),
        plain="evaluation_id week uai level platform",
        small=True,
    ),
    nothing_personal("evaluation_gathered", "evaluation_id week gathered_at", why="weeks"),
    Table(
        name="evaluation_export",
        about="Files for researchers",
        activity=EVALUATION,
        retention=_STUDY,
        fields=(
            actor("asked_by", "who asked for the file", persons=(Persons.RESEARCHERS,)),
            actor("decided_by", "who released or refused it"),
            Personal(
                column="sealed_file",
                what="the file, encrypted, with children under pseudonyms",
                data=Data.USE,
                secret=True,
                retention=After(column="expires_at", event="the end of the time in which it may be fetched"),
                erasure=Stay("It goes with its time, and before with the erasure of any child whose figures it holds."),
            ),
        ),
        plain="export_id evaluation_id state asked_at decided_at expires_at query summary digest",
        small=True,
    ),
    Table(
        name="evaluation_export_pupil",
        about="Which children a file for researchers holds",
        activity=EVALUATION,
        owners=(PUPIL,),
        retention=After(
            column="expires_at",
            days=365,
            event="the end of the time in which it may be fetched",
            via=Via(column="export_id", table="evaluation_export", key="export_id"),
        ),
        fields=(
            Personal(
                column="pupil_id",
                what="the child",
                data=Data.USE,
                said=Named(table="pupil", key="pupil_id", name="first_name"),
            ),
            Personal(column="class", what="which group of alike children it is in", data=Data.USE, technical=True),
        ),
        plain="export_id",
        small=True,
    ),
)
