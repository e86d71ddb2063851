"""What this room refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class PrivacyError(ValiseError):
    """Something about personal data that is refused."""


class DeclarationWrong(PrivacyError):
    """A declaration contradicts itself or the schema: a mistake in the code."""

    code: ClassVar[str] = "declaration_wrong"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The declaration of {name} is not right: {reason}.")
    hint: ClassVar[str] = N_("Correct the room's file personal_data.py; docs/privacy.md says how.")


class FieldUnknown(PrivacyError):
    """No declaration has this key."""

    code: ClassVar[str] = "field_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("Nothing is declared under “{key}”.")
    hint: ClassVar[str] = N_("Take a key such as session.account_id; they are in: valise privacy assessment --csv FILE")


class SubjectUnknown(PrivacyError):
    """Nothing is stored about this person."""

    code: ClassVar[str] = "subject_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("Nobody is known here as “{subject}”.")
    hint: ClassVar[str] = N_("Write account:LOGIN, pupil:IDENTIFIER, guardian:IDENTIFIER or cli:NAME.")


class StillNeeded(PrivacyError):
    """The person has a part in the tool that must end first."""

    code: ClassVar[str] = "still_needed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This person's data cannot be erased yet: {reason}.")
    hint: ClassVar[str] = N_("End that first, then erase. What the law lets a person object to can be noted at once.")


class RequestUnknown(PrivacyError):
    """There is no such request."""

    code: ClassVar[str] = "data_request_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no request with this identifier.")
    hint: ClassVar[str] = N_("Reload the list: it may have been answered and erased in the meantime.")


class RequestAnswered(PrivacyError):
    """The request has its answer already."""

    code: ClassVar[str] = "data_request_answered"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This request was answered already.")
    hint: ClassVar[str] = N_("Look at the answer; the person may make another request.")


class NothingToObject(PrivacyError):
    """The law lets nobody object to this."""

    code: ClassVar[str] = "nothing_to_object"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nobody can object to this: {reason}.")
    hint: ClassVar[str] = N_("You can ask for a correction or for erasure, or write to the data protection officer.")


class NothingWouldStop(PrivacyError):
    """An objection cannot be granted, since nothing would end by it."""

    code: ClassVar[str] = "nothing_would_stop"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This objection cannot be granted: {reason}.")
    hint: ClassVar[str] = N_("Refuse it with that reason. Where the person is right after all, erase what is asked.")


class NoSuchObjection(PrivacyError):
    """No such objection holds."""

    code: ClassVar[str] = "objection_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("No such objection holds any more.")
    hint: ClassVar[str] = N_("Reload the list: it was taken back meanwhile, or the child's data are erased.")


class WordsWrong(PrivacyError):
    """A text is missing or too long."""

    code: ClassVar[str] = "privacy_words_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The text of “{field}” is empty or has more than {most} characters.")
    hint: ClassVar[str] = N_("Write it anew, shorter.")
