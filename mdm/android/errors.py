"""What the agent is refused, in the words that its details show to the person at the tablet."""

from collections.abc import Callable
from typing import ClassVar

from mdm.errors import Param, ValiseError
from mdm.i18n import N_, Translator


class AgentRefused(ValiseError):
    """The agent may not do this, or not in this way."""

    code: ClassVar[str] = "agent_refused"
    status: ClassVar[int] = 403


class PathUnknown(AgentRefused):
    """No tablet and no kit has this path, or the number is not the path's: one answer for all."""

    code: ClassVar[str] = "agent_path_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This address is not known here.")
    hint: ClassVar[str] = N_("Reset the tablet, then scan the code that its kit's page shows now.")


class CodeOver(AgentRefused):
    """The kit's path takes nobody in any more."""

    code: ClassVar[str] = "agent_code_over"
    message: ClassVar[str] = N_("This code is too old, or was withdrawn.")
    hint: ClassVar[str] = N_("Ask the technician for a new code, reset the tablet, and scan it.")


class KitFull(AgentRefused):
    """No slot is left."""

    code: ClassVar[str] = "agent_kit_full"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Every place in the kit “{kit}” has its tablet already, or is being joined.")
    hint: ClassVar[str] = N_("If this tablet belongs to the kit, scan the code of its own place.")


class AlreadyKnown(AgentRefused):
    """A tablet asks to join by its own path: the agent's data were cleared."""

    code: ClassVar[str] = "error.duplicate.device"
    message: ClassVar[str] = N_("This tablet is known already.")
    hint: ClassVar[str] = N_("To take it in again, reset it and scan the code of its place.")


class SignatureWrong(AgentRefused):
    """The agent's build does not hold the secret that this server was given."""

    code: ClassVar[str] = "error.permission.denied"
    message: ClassVar[str] = N_("This agent was not made for this server.")
    hint: ClassVar[str] = N_("Install the agent that the technician put on the server.")


class ReportUnreadable(AgentRefused):
    """The body is not what the agent sends."""

    code: ClassVar[str] = "agent_report_unreadable"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The message cannot be read: {reason}.")
    hint: ClassVar[str] = N_("Send what the agent's protocol says, as JSON in UTF-8.")


class NothingToConfirm(AgentRefused):
    """The tablet asks whether to erase itself or restart, and nobody told it to."""

    code: ClassVar[str] = "agent_nothing_to_confirm"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Nothing waits to be confirmed for this tablet.")
    hint: ClassVar[str] = N_("The tablet goes on as it is.")


class MessageRefused(AgentRefused):
    """An order for a tablet is not one that may be given; ``reason`` is a gettext text with parameters of its own."""

    code: ClassVar[str] = "agent_message_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The order {name} cannot be given: {reason}.")
    hint: ClassVar[str] = N_("Look at docs/android.md for the orders and what each needs.")

    def __init__(self, *, reason: str, **params: Param) -> None:
        self._reason = reason
        super().__init__(reason=reason.format(**params), **params)

    def text(self, translate: "Translator | Callable[..., str]") -> str:
        """Return what happened and why, both in the translator's language."""
        return translate(self.message, **{**self.params, "reason": translate(self._reason, **self.params)})


class ChoiceImpossible(AgentRefused):
    """A person's choice about a tablet that waits cannot be carried out."""

    code: ClassVar[str] = "agent_choice_impossible"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This cannot be done: {reason}.")
    hint: ClassVar[str] = N_("Look at the kit's page again: something has changed.")
