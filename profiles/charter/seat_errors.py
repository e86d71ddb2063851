"""What is refused about the seats of the committee, in words."""

from typing import ClassVar

from mdm.i18n import N_
from profiles.charter.errors import CharterError


class SeatMalformed(CharterError):
    """What was given of a seat is not right."""

    code: ClassVar[str] = "seat_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The seat is not right at {where}: {reason}.")


class SeatUnknown(CharterError):
    """Nobody holds such a seat now."""

    code: ClassVar[str] = "seat_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("Nobody holds a seat “{seat}” now.")
    hint: ClassVar[str] = N_("List the seats with: valise committee seats")


class HoldingUnknown(CharterError):
    """There is no such appointment, or its row was edited by hand."""

    code: ClassVar[str] = "holding_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no appointment {holding}.")
    hint: ClassVar[str] = N_("List those that wait with: valise committee seats")


class HoldingDecided(CharterError):
    """An appointment is confirmed or refused once."""

    code: ClassVar[str] = "holding_decided"
    message: ClassVar[str] = N_("This appointment does not wait any more: it was confirmed, refused or replaced.")
    hint: ClassVar[str] = N_("Propose it anew if it is still wanted.")


class BodyUnknown(CharterError):
    """The convention in force has no such body."""

    code: ClassVar[str] = "body_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The convention in force has no body “{body}”. It has: {known}.")


class NoAccount(CharterError):
    """A person who is to sit in the committee must be able to sign in."""

    code: ClassVar[str] = "no_account"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nobody can sign in here as “{login}”.")
    hint: ClassVar[str] = N_("The account must be there before the seat is filled.")


class MayNotConfirm(CharterError):
    """The person has no say in this appointment."""

    code: ClassVar[str] = "may_not_confirm"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("You may not decide this appointment: {reason}.")
    hint: ClassVar[str] = N_("Somebody decides it who holds a seat, neither proposed it nor is appointed by it.")


class TermOver(CharterError):
    """The term that is given is over already."""

    code: ClassVar[str] = "term_over"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The term of this seat would be over already.")
    hint: ClassVar[str] = N_("Give the day on which the term will end.")


class FoundingFileWrong(CharterError):
    """The file does not say with what the charter is founded."""

    code: ClassVar[str] = "founding_file_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("{file} does not found a charter: {reason}.")
    hint: ClassVar[str] = N_(
        "It names the territory, the convention with its reference, and the seats: see docs/charter.md."
    )
