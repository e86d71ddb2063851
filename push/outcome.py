"""What became of a push, as Apple answers it.

Source: Apple, "Handling notification responses from APNs".
"""

import msgspec


class Delivered(msgspec.Struct, frozen=True):
    """Apple took it (200)."""


class AddressDead(msgspec.Struct, frozen=True):
    """Nobody lives at this address any more (410 Unregistered, 400 BadDeviceToken)."""

    reason: str


class CertificateRefused(msgspec.Struct, frozen=True):
    """Apple does not take our certificate or topic (403, and 400 for a wrong topic): no push will pass."""

    reason: str


class Refused(msgspec.Struct, frozen=True):
    """This very request is wrong (other 400s, 404, 405, 413): the same again would be refused again."""

    status: int
    reason: str


class RetryLater(msgspec.Struct, frozen=True):
    """Apple asks for patience (429, 500, 503), or the connection was lost. ``after``: seconds, where Apple said so.

    ``everybody``: it is not about this one address.
    """

    reason: str
    after: float | None = None
    everybody: bool = False


Outcome = Delivered | AddressDead | CertificateRefused | Refused | RetryLater

_DEAD = frozenset({"BadDeviceToken", "Unregistered", "ExpiredToken"})
_CERTIFICATE = frozenset({"BadCertificate", "BadCertificateEnvironment", "DeviceTokenNotForTopic", "TopicDisallowed"})


def outcome_of(status: int, reason: str, retry_after: str | None) -> Outcome:
    """Return what an answer of Apple's means; ``retry_after`` in seconds."""
    if status == 200:
        return Delivered()
    if status == 410 or reason in _DEAD:
        return AddressDead(reason=reason or "Unregistered")
    if status == 403 or reason in _CERTIFICATE:
        return CertificateRefused(reason=reason or str(status))
    if status == 429:
        # Too many for one address is said so; without a reason it is about all of them.
        return RetryLater(reason=reason or "TooManyRequests", after=_seconds(retry_after), everybody=not reason)
    if status >= 500:
        return RetryLater(reason=reason or str(status), after=_seconds(retry_after), everybody=True)
    return Refused(status=status, reason=reason or str(status))


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else None
    except ValueError:
        return None
    return min(seconds, 86_400.0) if seconds is not None and seconds >= 0 else None
