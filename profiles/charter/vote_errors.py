"""What is refused when people vote, in words."""

from typing import ClassVar

from mdm.i18n import N_
from profiles.charter.errors import CharterError


class ProposalUnknown(CharterError):
    """There is no such proposal."""

    code: ClassVar[str] = "proposal_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no proposal {proposal}.")
    hint: ClassVar[str] = N_("List them with: valise proposal list")


class NotReadyForVote(CharterError):
    """A vote is opened on a proposal that was examined."""

    code: ClassVar[str] = "not_ready_for_vote"
    message: ClassVar[str] = N_("A vote cannot be opened on this proposal now: its state is “{state}”.")
    hint: ClassVar[str] = N_("It must have been submitted, admitted and examined.")


class NoticeRunning(CharterError):
    """The convention gives the members some days before a vote."""

    code: ClassVar[str] = "notice_running"
    message: ClassVar[str] = N_("The vote can be opened {days} days after submission: on {day}.")


class VoteNotOpen(CharterError):
    """No vote is open on this proposal."""

    code: ClassVar[str] = "vote_not_open"
    message: ClassVar[str] = N_("No vote is open on this proposal.")
    hint: ClassVar[str] = N_("A ballot that comes after the closing is not counted.")


class VoteNotOver(CharterError):
    """A vote lasts as long as the convention says, unless everybody has voted."""

    code: ClassVar[str] = "vote_not_over"
    message: ClassVar[str] = N_("This vote is open until {day}, and not everybody has voted.")


class NoSeat(CharterError):
    """The person holds no seat that may vote here."""

    code: ClassVar[str] = "no_seat"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("You hold no seat that may vote on this proposal.")
    hint: ClassVar[str] = N_(
        "Seats vote that were held when the vote was opened and still are; those that stand aside do not."
    )


class SeatNeeded(CharterError):
    """The person holds several seats."""

    code: ClassVar[str] = "seat_needed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("You hold several seats: say for which one you vote ({seats}).")


class HolderVoted(CharterError):
    """The seat's holder has voted; the deputy does not change that."""

    code: ClassVar[str] = "holder_voted"
    message: ClassVar[str] = N_("The holder of this seat has voted.")


class SecretBallotStands(CharterError):
    """A secret ballot cannot be found again to be replaced."""

    code: ClassVar[str] = "secret_ballot_stands"
    message: ClassVar[str] = N_("This seat has voted. A secret ballot cannot be changed.")


class PasskeyNeeded(CharterError):
    """The person has a passkey, or the convention asks for one: the server's word is not enough."""

    code: ClassVar[str] = "passkey_needed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This ballot must be signed with your passkey.")
    hint: ClassVar[str] = N_("Vote from the page of the proposal, on the device that has your passkey.")


class PasskeyUnknown(CharterError):
    """The passkey is not registered for this person, or was revoked."""

    code: ClassVar[str] = "passkey_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This passkey is not registered for you, or it was revoked.")
    hint: ClassVar[str] = N_("Use another of your passkeys, or register this one.")


class PasskeyRefused(CharterError):
    """A passkey could not be registered."""

    code: ClassVar[str] = "passkey_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The passkey could not be registered: {reason}.")
    hint: ClassVar[str] = N_("Begin again. The page must be open at this server's own address.")


class MayNotWithdraw(CharterError):
    """An urgent withdrawal is for the bodies that the convention names."""

    code: ClassVar[str] = "may_not_withdraw"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Your seat may not withdraw anything urgently.")
    hint: ClassVar[str] = N_("The convention names the bodies that may: see the charter.")
