"""What enrollment refuses, in the words of the page that a teacher sees."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class EnrollmentError(ValiseError):
    """A tablet cannot join in this way, or not now."""

    code: ClassVar[str] = "enrollment_refused"


class TicketUnknown(EnrollmentError):
    """No ticket has this secret, or this identifier."""

    code: ClassVar[str] = "ticket_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This code is not known here.")
    hint: ClassVar[str] = N_("Scan the QR code of the kit again, from its page or its label.")


class TicketExpired(EnrollmentError):
    """The ticket's time is over."""

    code: ClassVar[str] = "ticket_expired"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("This code is too old.")
    hint: ClassVar[str] = N_("Ask the technician for a new code, then scan it with this tablet.")


class TicketRevoked(EnrollmentError):
    """Somebody withdrew the ticket, or made a new one in its place."""

    code: ClassVar[str] = "ticket_revoked"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("This code was withdrawn.")
    hint: ClassVar[str] = N_(
        "Scan the code that the kit's page shows now; if it shows none, ask the technician for one."
    )


class TicketUsed(EnrollmentError):
    """Every slot of the kit has its tablet."""

    code: ClassVar[str] = "ticket_used"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("Every place in the kit “{kit}” has its tablet already.")
    hint: ClassVar[str] = N_(
        "If this tablet was erased and belongs to the kit, scan the label of its own place. "
        "Otherwise ask the technician to free a place."
    )


class SlotsJoining(EnrollmentError):
    """The places that are left are being joined by other tablets."""

    code: ClassVar[str] = "slots_joining"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The last free places in the kit “{kit}” are being taken at this moment.")
    hint: ClassVar[str] = N_(
        "Wait until those tablets are done. A place that is not taken is free again after 15 minutes."
    )


class OtherTabletsOnly(EnrollmentError):
    """The kit is for another platform."""

    code: ClassVar[str] = "other_tablets_only"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The kit “{kit}” is not for iPads.")
    hint: ClassVar[str] = N_("Scan the code of a kit of iPads.")


class NotReadyToEnrol(EnrollmentError):
    """The server has no push certificate, so that no tablet could be managed."""

    code: ClassVar[str] = "not_ready_to_enrol"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("This server is not ready to take in iPads.")
    hint: ClassVar[str] = N_("The technician must first import the Apple push certificate: valise push-cert import.")


class AgentMissing(EnrollmentError):
    """A code for Android tablets tells them where to fetch the agent, and it is not on the server."""

    code: ClassVar[str] = "agent_missing"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The agent for Android tablets is not on this server yet.")
    hint: ClassVar[str] = N_("Add its APK (com.hmdm.launcher), then make the codes again: valise apk add FILE")


class TooManyRequests(EnrollmentError):
    """Too many requests from one address or with one ticket."""

    code: ClassVar[str] = "too_many_requests"
    status: ClassVar[int] = 429
    message: ClassVar[str] = N_("Too many requests came at once.")
    hint: ClassVar[str] = N_("Wait a minute, then try again.")

    def __init__(self, *, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__()


class MethodNotAllowed(EnrollmentError):
    """The address answers other methods."""

    code: ClassVar[str] = "method_not_allowed"
    status: ClassVar[int] = 405
    message: ClassVar[str] = N_("This address cannot be used in that way.")
    hint: ClassVar[str] = N_("Scan the QR code of the kit again, from its page or its label.")


class ServerBusy(EnrollmentError):
    """The store did not answer."""

    code: ClassVar[str] = "enrollment_busy"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("The server is too busy to answer.")
    hint: ClassVar[str] = N_("Wait a minute, then try again.")
