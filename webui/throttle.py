"""Slows down the guessing of passwords and codes, in such a way that nobody can lock the owner out.

A device on which somebody signed in before bears a signed cookie for that account: what others try from elsewhere, from
the same school's address, or at the same login, is not counted against it. A passkey is not slowed down by what was
tried with passwords. Counts are in this process's memory, and half an hour of quiet forgets them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from mdm.clock import Clock
from webui.errors import TooManyAttempts
from webui.failures import FailureBook, wait_after

_FREE_PER_LOGIN_HERE = 5
_FREE_PER_ADDRESS = 40
_FREE_PER_LOGIN = 30
_FREE_PER_DEVICE = 10
_AT_ONCE = 30
_BUSY_MS = 5_000

Key = tuple[str, str, str]


class SignInThrottle:
    """Counts wrong passwords.

    Of unknown devices: per address and login together (5), per address (40), and per login (30) wherever they come
    from. Of a known device: for its own account there alone (10). Beyond, the wait is one minute, and doubles up to a
    quarter of an hour. At most thirty passwords of unknown devices are looked at together: each takes much memory.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = FailureBook[Key]()
        self._under_way = 0

    @contextmanager
    def attempt(self, address: str, login: str, *, device: str | None = None) -> Iterator[None]:
        """Count an attempt as failed until `forgive` is called; raise `TooManyAttempts` when it must wait.

        ``device``: the known device's identifier; None for one that this login is not known on. Counting first keeps
        many simultaneous attempts from passing together.
        """
        now = self._clock.ms()
        limits = _limits(address, login, device)
        counts = [(self._seen.of(key, now), free) for key, free in limits.items()]
        wait = max(failures.last_at + wait_after(failures.count, free=free) - now for failures, free in counts)
        if wait > 0:
            raise TooManyAttempts(wait_ms=wait)
        if device is None and self._under_way >= _AT_ONCE:
            raise TooManyAttempts(wait_ms=_BUSY_MS)
        for failures, _ in counts:
            failures.add(now)
        self._under_way += device is None
        try:
            yield
        finally:
            self._under_way -= device is None

    def forgive(self, address: str, login: str, *, device: str | None = None) -> None:
        """Forget the failures of a login here, since its password was right; the others' counts lose this attempt."""
        for number, key in enumerate(_limits(address, login, device)):
            if number == 0:
                self._seen.forget(key)
            elif (known := self._seen.known(key)) is not None:
                known.count = max(0, known.count - 1)


class Gate:
    """Counts attempts at something per key, such as an address, until they are forgiven; ``free`` need not wait."""

    def __init__(self, clock: Clock, *, free: int) -> None:
        self._clock = clock
        self._free = free
        self._seen = FailureBook[str]()

    def admit(self, key: str) -> None:
        """Count an attempt; raise `TooManyAttempts` when it must wait."""
        now = self._clock.ms()
        failures = self._seen.of(key, now)
        wait = failures.last_at + wait_after(failures.count, free=self._free) - now
        if wait > 0:
            raise TooManyAttempts(wait_ms=wait)
        failures.add(now)

    def forgive(self, key: str) -> None:
        """Take an attempt back, since it was right."""
        known = self._seen.known(key)
        if known is not None:
            known.count = max(0, known.count - 1)


def neighbourhood(address: str) -> str:
    """Return whom an address stands for: an IPv6 one is one of very many of the same line, told by its first half."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))


def _limits(address: str, login: str, device: str | None) -> dict[Key, int]:
    """Return what an attempt is counted under, with how many failures are free; the login's own count comes first."""
    if device is not None:
        return {("device", device, login): _FREE_PER_DEVICE}
    near = neighbourhood(address)
    return {
        ("here", near, login): _FREE_PER_LOGIN_HERE,
        ("address", near, ""): _FREE_PER_ADDRESS,
        ("login", "", login): _FREE_PER_LOGIN,
    }
