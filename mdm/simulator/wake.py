"""How a tablet is woken, seen from the tablet: it tells where it listens, and is called."""

from collections.abc import Callable
from typing import Protocol

Wake = Callable[[str], None]
"""Called with the push magic of the message; must not block."""


class WakeSource(Protocol):
    """Delivers push messages to tablets; Apple's push service in the small."""

    def register(self, token: bytes, wake: Wake) -> None:
        """Deliver what is sent to ``token`` by calling ``wake``."""
        ...


class Asleep:
    """The wake source of tablets that only poll."""

    def register(self, token: bytes, wake: Wake) -> None:
        """Keep nothing."""
