"""What the charter refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError, Words
from mdm.i18n import N_


class CharterError(ValiseError):
    """The root of what the charter refuses."""

    code: ClassVar[str] = "charter_error"
    status: ClassVar[int] = 409


class RecordMalformed(CharterError):
    """A record of the charter cannot be read or written."""

    code: ClassVar[str] = "record_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This record of the charter is not right: {reason}.")


def malformed(reason: str) -> RecordMalformed:
    """Return the error for a record that is not right, with a gettext text that says why."""
    return RecordMalformed(reason=Words(reason))


class ChangeImpossible(CharterError):
    """A change cannot be made to the policy as it is."""

    code: ClassVar[str] = "change_impossible"
    message: ClassVar[str] = N_("This change cannot be made at {where}: {reason}.")
    hint: ClassVar[str] = N_("What is agreed may have changed since the proposal was written: compare, and correct it.")


class ConventionInvalid(CharterError):
    """A convention does not hold together."""

    code: ClassVar[str] = "convention_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The convention is not right at {where}: {reason}.")
    hint: ClassVar[str] = N_("See docs/charter.md for what a convention says.")


class NoSuchRule(CharterError):
    """The convention has no rule for such a decision."""

    code: ClassVar[str] = "no_such_rule"
    message: ClassVar[str] = N_("The convention in force has no rule for a decision of the kind “{kind}”.")
    hint: ClassVar[str] = N_("Propose a change of the convention first.")


class ProposalMalformed(CharterError):
    """A proposal lacks what its kind needs, or holds what it cannot."""

    code: ClassVar[str] = "proposal_malformed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The proposal is not right: {reason}.")
    hint: ClassVar[str] = N_("See docs/charter.md for what each kind of proposal holds.")


class BallotRefused(CharterError):
    """A ballot does not prove what it says."""

    code: ClassVar[str] = "ballot_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This ballot is not accepted: {reason}.")
    hint: ClassVar[str] = N_("Vote again. If it is refused again, register your passkey anew.")


class EditionNotVerified(CharterError):
    """An edition in the store is not what was signed: nothing is made of it."""

    code: ClassVar[str] = "edition_not_verified"
    message: ClassVar[str] = N_("Edition {number} does not verify: {reason}. Nothing is made of it.")
    hint: ClassVar[str] = N_("Tablets keep the last good edition. Run: valise charter verify")


class NoCharter(CharterError):
    """The charter was not founded."""

    code: ClassVar[str] = "no_charter"
    message: ClassVar[str] = N_("No charter was founded on this server yet.")
    hint: ClassVar[str] = N_("Found it with the convention that was deliberated: valise charter found FILE")


class AlreadyFounded(CharterError):
    """There is a charter."""

    code: ClassVar[str] = "already_founded"
    message: ClassVar[str] = N_("The charter was founded already.")
    hint: ClassVar[str] = N_("The convention is changed by a proposal, seats by an appointment that is confirmed.")


class EditionUnknown(CharterError):
    """There is no such edition."""

    code: ClassVar[str] = "edition_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no edition {edition}.")
    hint: ClassVar[str] = N_("List them with: valise edition list")


class EditionTooOld(CharterError):
    """Kits follow the newest edition, the current one, or the one before the newest."""

    code: ClassVar[str] = "edition_too_old"
    message: ClassVar[str] = N_("Edition {number} was replaced: the newest is {newest}.")
    hint: ClassVar[str] = N_("A kit can follow the newest edition, the one before it, or the territory's current one.")


class NothingToPublish(CharterError):
    """No adopted proposal waits for an edition."""

    code: ClassVar[str] = "nothing_to_publish"
    message: ClassVar[str] = N_("No adopted proposal waits for an edition.")
