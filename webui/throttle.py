"""Slows down the guessing of passwords and codes, in such a way that nobody can lock the owner out.

A device on which somebody signed in before bears a signed cookie for that account: what others try from elsewhere, from
the same school's address, or at the same login, is not counted against it. A passkey is not slowed down by what was
tried with passwords. Counts are in the database, for all server processes together; half an hour of quiet forgets them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address

from webui.errors import TooManyAttempts
from webui.failures import Failures, Key

_FREE_PER_LOGIN_HERE = 5
_FREE_PER_ADDRESS = 40
_FREE_PER_LOGIN = 30
_FREE_PER_DEVICE = 10
_AT_ONCE = 30
_BUSY_MS = 5_000


class SignInThrottle:
    """Counts wrong passwords.

    Of unknown devices: per address and login together (5), per address (40), and per login (30) wherever they come
    from. Of a known device: for its own account there alone (10). Beyond, the wait is one minute, and doubles up to a
    quarter of an hour. At most thirty passwords of unknown devices are looked at together by one process: each takes
    much memory.
    """

    def __init__(self, failures: Failures) -> None:
        self._failures = failures
        self._under_way = 0

    @asynccontextmanager
    async def attempt(self, address: str, login: str, *, device: str | None = None) -> AsyncIterator[None]:
        """Count an attempt as failed until `forgive` is called; raise `TooManyAttempts` when it must wait.

        ``device``: the known device's identifier; None for one that this login is not known on.
        """
        limits = _limits(address, login, device)
        await self._failures.admit(limits)
        if device is None and self._under_way >= _AT_ONCE:
            await self._failures.take_back([*limits])
            raise TooManyAttempts(wait_ms=_BUSY_MS)
        self._under_way += device is None
        try:
            yield
        finally:
            self._under_way -= device is None

    async def forgive(self, address: str, login: str, *, device: str | None = None) -> None:
        """Forget the failures of a login here, since its password was right; the others' counts lose this attempt."""
        own, *others = _limits(address, login, device)
        await self._failures.take_back(others, forget=own)


class Gate:
    """Counts attempts at something per key, such as an address, until they are forgiven; ``free`` need not wait.

    ``name``: what is attempted; gates of one name count together.
    """

    def __init__(self, failures: Failures, name: str, *, free: int) -> None:
        self._failures = failures
        self._name = name
        self._free = free

    async def admit(self, key: str) -> None:
        """Count an attempt; raise `TooManyAttempts` when it must wait."""
        await self._failures.admit({self._counted(key): self._free})

    async def forgive(self, key: str, *, times: int = 1) -> None:
        """Take attempts back, since they were right."""
        await self._failures.take_back([self._counted(key)] * times)

    def _counted(self, key: str) -> Key:
        return self._name, neighbourhood(key)


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
