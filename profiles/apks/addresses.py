"""Where tablets fetch APKs: an address that cannot be guessed, without a query, distinct for each file.

The agent asks without proof of who it is, and Android's provisioner does too, so that the address is the secret.
"""

import hashlib
import hmac

from profiles.apks.apk import Apk

_TOKEN_LENGTH = 32


class ApkAddresses:
    """Makes and checks addresses; ``key`` is the server's, ``device_url`` what tablets call."""

    def __init__(self, key: bytes, device_url: str) -> None:
        self._key = key
        self._device_url = device_url.rstrip("/")

    def url(self, apk: Apk) -> str:
        """Return the address of a file."""
        return f"{self._device_url}/files/{apk.hash}-{self._token(apk.hash)}/{apk.file_name}"

    def hash_of(self, segment: str) -> str | None:
        """Return the hash of the file that an address' second segment names; None when the address is not ours."""
        digest, _, token = segment.partition("-")
        return digest if hmac.compare_digest(token.encode(), self._token(digest).encode()) else None

    def _token(self, digest: str) -> str:
        return hmac.new(self._key, b"apk " + digest.encode(), hashlib.sha256).hexdigest()[:_TOKEN_LENGTH]
