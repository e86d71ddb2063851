"""Passwords: argon2id, never on the loop's thread, two at a time."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 1024

_AT_ONCE = 2


class Passwords:
    """Hashes and verifies with the parameters of RFC 9106 (64 MiB each time, hence few at once)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the password's hash in argon2's text form."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password is the one that was hashed. None, for nobody, takes as long and is False."""
        if len(password) > MAXIMUM_LENGTH:
            return False
        if password_hash is None:
            if self._nobody is None:
                self._nobody = await self.hash(secrets.token_urlsafe())
            await self._check(self._nobody, password)
            return False
        return await self._check(password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    async def _check(self, password_hash: str, password: str) -> bool:
        async with self._room:
            try:
                return await asyncio.to_thread(self._hasher.verify, password_hash, password)
            except (VerificationError, InvalidHashError):
                return False
