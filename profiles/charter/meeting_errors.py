"""What is refused about meetings, in words."""

from typing import ClassVar

from mdm.i18n import N_
from profiles.charter.errors import CharterError


class MeetingMalformed(CharterError):
    """What was given of a meeting is not right."""

    code: ClassVar[str] = "meeting_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The meeting is not right: {reason}.")


class MeetingUnknown(CharterError):
    """There is no such meeting."""

    code: ClassVar[str] = "meeting_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no meeting {meeting}.")
    hint: ClassVar[str] = N_("List them with: valise meeting list")


class MeetingAmbiguous(CharterError):
    """Several meetings are meant."""

    code: ClassVar[str] = "meeting_ambiguous"
    message: ClassVar[str] = N_("“{meeting}” means several meetings.")
    hint: ClassVar[str] = N_("Give more of its identifier.")


class MeetingChanged(CharterError):
    """Somebody changed the meeting meanwhile."""

    code: ClassVar[str] = "meeting_changed"
    message: ClassVar[str] = N_("The meeting was changed meanwhile: it is at revision {revision}.")
    hint: ClassVar[str] = N_("Look at it as it is now, then do this again.")


class MeetingNotCalled(CharterError):
    """A meeting is opened once."""

    code: ClassVar[str] = "meeting_not_called"
    message: ClassVar[str] = N_("This meeting was opened already.")


class MeetingNotHeld(CharterError):
    """A meeting is closed while it is held."""

    code: ClassVar[str] = "meeting_not_held"
    message: ClassVar[str] = N_("This meeting is not open.")
    hint: ClassVar[str] = N_("Open it first with: valise meeting open")


class MeetingClosed(CharterError):
    """Nothing of a closed meeting changes."""

    code: ClassVar[str] = "meeting_closed"
    message: ClassVar[str] = N_("This meeting is closed: its minutes stay as they are.")
    hint: ClassVar[str] = N_("What is to be corrected goes into the minutes of the next one.")


class VotesOpen(CharterError):
    """A meeting is closed after its votes."""

    code: ClassVar[str] = "votes_open"
    message: ClassVar[str] = N_("Votes of this meeting are still open: {count}.")
    hint: ClassVar[str] = N_("Close them first; their results go into the minutes.")


class ItemUnknown(CharterError):
    """The agenda has no such item."""

    code: ClassVar[str] = "agenda_item_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The agenda has no item {number}.")


class NotOnAgenda(CharterError):
    """What is voted in a meeting is on its agenda, or its minutes would not tell of it."""

    code: ClassVar[str] = "not_on_agenda"
    message: ClassVar[str] = N_("This proposal is not on the agenda of the meeting.")
    hint: ClassVar[str] = N_("Put it onto the agenda, then open the vote.")


class NotForAgenda(CharterError):
    """A proposal cannot be on an agenda."""

    code: ClassVar[str] = "not_for_agenda"
    message: ClassVar[str] = N_("“{title}” cannot be put on the agenda: its state is “{state}”.")
    hint: ClassVar[str] = N_("A proposal can be discussed once it is submitted.")
