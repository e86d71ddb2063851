"""What is refused of proposals before they are voted, in words."""

from typing import ClassVar

from mdm.i18n import N_
from profiles.charter.errors import CharterError


class StepImpossible(CharterError):
    """A proposal's state does not allow this step."""

    code: ClassVar[str] = "step_impossible"
    message: ClassVar[str] = N_("This cannot be done with the proposal now: its state is “{state}”.")
    hint: ClassVar[str] = N_(
        "A proposal is submitted, admitted and examined, then voted. What was decided changes by a new proposal alone."
    )


class ChangedDuringVote(CharterError):
    """A proposal stays as it is while it is voted."""

    code: ClassVar[str] = "changed_during_vote"
    message: ClassVar[str] = N_("The vote on this proposal is open: it cannot be changed any more.")
    hint: ClassVar[str] = N_("Ballots name this exact content. Wait for the result, then make another proposal.")


class ProposalChanged(CharterError):
    """Somebody changed the proposal meanwhile."""

    code: ClassVar[str] = "proposal_changed"
    message: ClassVar[str] = N_("The proposal was changed meanwhile: it is at revision {revision}.")
    hint: ClassVar[str] = N_("Look at it as it is now, then do this again.")


class ProposalAmbiguous(CharterError):
    """Several proposals are meant."""

    code: ClassVar[str] = "proposal_ambiguous"
    message: ClassVar[str] = N_("“{proposal}” means several proposals.")
    hint: ClassVar[str] = N_("Give more of its identifier.")


class NotTheAuthor(CharterError):
    """Only a proposal's author does this."""

    code: ClassVar[str] = "not_the_author"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Only the author of a proposal submits, changes or withdraws it.")
    hint: ClassVar[str] = N_("Comment on it, or make a proposal of your own.")


class WordsRefused(CharterError):
    """A text that goes with a step cannot be taken."""

    code: ClassVar[str] = "words_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This text cannot be taken: {reason}.")
    hint: ClassVar[str] = N_("Write it in plain characters.")


class ReasonsNeeded(CharterError):
    """The step needs words that explain it."""

    code: ClassVar[str] = "reasons_needed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Say why: this step needs words that others can read.")


class NotUnderDiscussion(CharterError):
    """Nobody comments on a draft, nor on what was decided."""

    code: ClassVar[str] = "not_under_discussion"
    message: ClassVar[str] = N_("This proposal is not under discussion: its state is “{state}”.")
    hint: ClassVar[str] = N_("A proposal is discussed from its submission until the vote is closed.")


class RequestUnknown(CharterError):
    """There is no such request for information."""

    code: ClassVar[str] = "request_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This proposal has no request for information number {number}.")
    hint: ClassVar[str] = N_("The history of the proposal gives each request its number.")


class NotYourSeat(CharterError):
    """The person neither holds the seat nor deputises for it."""

    code: ClassVar[str] = "not_your_seat"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("You neither hold the seat “{seat}” nor deputise for it now.")
    hint: ClassVar[str] = N_("See who holds the seats with: valise committee seats")


class StandsAsideAlready(CharterError):
    """The seat stands aside from this proposal."""

    code: ClassVar[str] = "stands_aside_already"
    message: ClassVar[str] = N_("The seat “{seat}” stands aside from this proposal already.")


class SecretlyVoted(CharterError):
    """A secret ballot cannot be taken out again."""

    code: ClassVar[str] = "secretly_voted"
    message: ClassVar[str] = N_(
        "The seat “{seat}” has voted, and a secret ballot cannot be found again to be taken out."
    )
    hint: ClassVar[str] = N_("Tell the secretariat: the conflict of interest goes into the minutes.")


class DraftFileWrong(CharterError):
    """The file is not a proposal."""

    code: ClassVar[str] = "draft_file_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("{file} cannot be read as a proposal: {reason}.")
    hint: ClassVar[str] = N_("See docs/charter.md for what each kind of proposal holds.")


class ConventionNotNewer(CharterError):
    """A new convention has a higher version than the one in force."""

    code: ClassVar[str] = "convention_not_newer"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The convention in force has version {version}: a new one needs a higher one.")


class BeforeTheCommittee(CharterError):
    """An evaluation's protocol is in the committee's hands."""

    code: ClassVar[str] = "protocol_before_committee"
    message: ClassVar[str] = N_("The committee has this protocol before it: its proposal is “{state}”.")
    hint: ClassVar[str] = N_("Take it back before the vote to change it, or wait for the decision.")


class NotBeforeTheCommittee(CharterError):
    """An evaluation's protocol was never submitted."""

    code: ClassVar[str] = "protocol_not_submitted"
    message: ClassVar[str] = N_("This protocol was not submitted to the committee.")
    hint: ClassVar[str] = N_("Submit it first.")
