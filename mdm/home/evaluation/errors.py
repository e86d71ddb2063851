"""What is refused of evaluations and their exports, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class EvaluationError(ValiseError):
    """Something about evaluations that was asked for and is refused."""

    code: ClassVar[str] = "evaluation_refused"
    status: ClassVar[int] = 409


class EvaluationUnknown(EvaluationError):
    """There is no such evaluation."""

    code: ClassVar[str] = "evaluation_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no evaluation {evaluation}.")
    hint: ClassVar[str] = N_("Look at the list of evaluations: valise evaluation list.")


class EvaluationInvalid(EvaluationError):
    """A protocol does not hold together."""

    code: ClassVar[str] = "evaluation_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The evaluation's protocol is not right at “{where}”: {reason}.")
    hint: ClassVar[str] = N_("Correct it, then send the protocol again. Nothing was changed.")


class EvaluationChanged(EvaluationError):
    """Someone else changed the protocol meanwhile."""

    code: ClassVar[str] = "evaluation_changed"
    message: ClassVar[str] = N_(
        "The evaluation was changed meanwhile: you saw version {seen}, and it is now at version {current}."
    )
    hint: ClassVar[str] = N_("Look at it again, then make your change. Nothing was overwritten.")


class NotInThisState(EvaluationError):
    """The evaluation is not where this can be done."""

    code: ClassVar[str] = "evaluation_state"
    message: ClassVar[str] = N_("The evaluation is “{state}”: that cannot be done with it now.")
    hint: ClassVar[str] = N_(
        "It is drafted, then decided by the committee, then it runs, is exported, and ends: in that order."
    )


class EthicsMissing(EvaluationError):
    """The committee did not adopt this protocol."""

    code: ClassVar[str] = "evaluation_not_decided"
    message: ClassVar[str] = N_("The committee has not adopted this protocol with the proposal {reference}.")
    hint: ClassVar[str] = N_(
        "Name a proposal that was adopted and whose purpose holds the protocol's digest: {digest}. A protocol that was"
        " changed needs a new decision."
    )


class PupilNotConcerned(EvaluationError):
    """The pupil is in none of the evaluation's schools."""

    code: ClassVar[str] = "evaluation_pupil"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("A pupil is in none of the schools of this evaluation.")
    hint: ClassVar[str] = N_("Choose pupils of its schools. Nothing was noted.")


class ChosenOtherwise(EvaluationError):
    """A paper would undo an objection that the guardian made alone."""

    code: ClassVar[str] = "evaluation_chosen_otherwise"
    message: ClassVar[str] = N_("This guardian objected on the own page: no paper undoes that.")
    hint: ClassVar[str] = N_("Let the guardian agree there. Nothing was changed.")


class ExportUnknown(EvaluationError):
    """There is no such export."""

    code: ClassVar[str] = "evaluation_export_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no export {export}.")
    hint: ClassVar[str] = N_("Look at the evaluation's exports: valise evaluation show.")


class ExportDecided(EvaluationError):
    """The export was released, refused or ended already."""

    code: ClassVar[str] = "evaluation_export_decided"
    message: ClassVar[str] = N_("The export is “{state}”: it waits for no decision.")
    hint: ClassVar[str] = N_("Ask for another export.")


class ExportNotThere(EvaluationError):
    """The export's file cannot be fetched."""

    code: ClassVar[str] = "evaluation_export_gone"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("The export is “{state}”: its file is not there.")
    hint: ClassVar[str] = N_(
        "Ask for another export. A file is erased when its time is over, or when a guardian objects."
    )


class SecondPersonNeeded(EvaluationError):
    """Who asked for an export cannot release it."""

    code: ClassVar[str] = "evaluation_second_person"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("An export is asked for by one person and released by another.")
    hint: ClassVar[str] = N_("Let somebody else release it.")


class ExportOvertaken(EvaluationError):
    """A guardian objected, or data came in, while the export was being made."""

    code: ClassVar[str] = "evaluation_export_overtaken"
    message: ClassVar[str] = N_("Something changed while the export was being made, such as an objection.")
    hint: ClassVar[str] = N_("Release it again: it will be made from what holds now. Nothing was released.")


class CohortTooSmall(EvaluationError):
    """No group of the cohort is large enough."""

    code: ClassVar[str] = "evaluation_cohort_too_small"
    message: ClassVar[str] = N_(
        "No export can be made: even with all schools, levels and tablets together, no {threshold} pupils have data for"
        " the same weeks ({pupils} pupils have any)."
    )
    hint: ClassVar[str] = N_(
        "Wait for more weeks, or change the protocol to more schools and have it decided anew. The number cannot be"
        " lowered below {least}."
    )


class NothingGathered(EvaluationError):
    """There is no data."""

    code: ClassVar[str] = "evaluation_nothing_gathered"
    message: ClassVar[str] = N_("Nothing was gathered for this evaluation so far.")
    hint: ClassVar[str] = N_(
        "Weeks are gathered some days after their end, of pupils whose guardians were informed in time and did not"
        " object."
    )
