"""What SCEP refuses, with the code that the protocol has for it."""

from enum import IntEnum
from typing import ClassVar

import msgspec

from mdm.errors import ValiseError
from mdm.i18n import N_


class FailInfo(IntEnum):
    """Why a request is refused (RFC 8894 section 3.2.1.4)."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer repeats of its request, and the digest that its sender knows."""

    transaction_id: str
    sender_nonce: bytes
    digest: str


class NotScep(ValiseError):
    """The bytes are not a message that could be answered in the protocol."""

    code: ClassVar[str] = "scep_unreadable"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("This is not a SCEP message: {reason}.")


class ScepRefused(ValiseError):
    """A message that is answered with a failure; ``address`` is set once it is known."""

    code: ClassVar[str] = "scep_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("The certificate request was refused: {reason}.")

    def __init__(self, fail: FailInfo, reason: str, address: Address | None = None) -> None:
        self.fail = fail
        self.reason = reason
        self.address = address
        super().__init__(reason=reason)

    def to(self, address: Address) -> "ScepRefused":
        """Return the same refusal, addressed."""
        return ScepRefused(self.fail, self.reason, address)
