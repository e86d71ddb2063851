"""Where a tablet's RSA keys come from: made when needed, or drawn from keys that were made before."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class Keys(Protocol):
    """Gives each identity its key."""

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return a key of that size."""
        ...


class FreshKeys:
    """Makes a key each time, in a thread; at most ``at_once`` at a time, as each takes a processor."""

    def __init__(self, at_once: int = 2) -> None:
        self._turn = asyncio.Semaphore(at_once)

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return a key that nobody else has."""
        async with self._turn:
            return await asyncio.to_thread(rsa.generate_private_key, public_exponent=65537, key_size=bits)


class PooledKeys:
    """Gives keys made before, over and over: for measuring thousands of enrolments, never for secrets."""

    def __init__(self, keys: Iterable[rsa.RSAPrivateKey]) -> None:
        self._keys = list(keys)
        self._next = 0
        if not self._keys:
            raise ValueError("a pool needs at least one key")

    @classmethod
    def from_folder(cls, folder: Path) -> "PooledKeys":
        """Read every ``*.pem`` of a folder; raise ValueError when one is no RSA key or there is none."""
        keys = [load_pem_private_key(file.read_bytes(), None) for file in sorted(folder.glob("*.pem"))]
        return cls([key for key in keys if isinstance(key, rsa.RSAPrivateKey)])

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return the next key of the pool, whatever its size."""
        del bits
        key = self._keys[self._next % len(self._keys)]
        self._next += 1
        return key
