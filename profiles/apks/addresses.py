"""Where tablets fetch APKs: an address that cannot be guessed, without a query, distinct for each file.

The agent asks without proof of who it is, and Android's provisioner does too, so that the address is the secret.
"""

import base64
import hashlib
import hmac

from profiles.apks.apk import Apk

_TOKEN_BYTES = 16
_BEGINNING = 16
"""Digits of a file's hash in its address: a code that a tablet scans must stay small."""


class ApkAddresses:
    """Makes and checks addresses; ``key`` is the server's, ``device_url`` what tablets call."""

    def __init__(self, key: bytes, device_url: str) -> None:
        self._key = key
        self._device_url = device_url.rstrip("/")

    def url(self, apk: Apk) -> str:
        """Return the address of a file."""
        begun = apk.hash[:_BEGINNING]
        return f"{self._device_url}/files/{begun}-{self._token(begun)}/{apk.file_name}"

    def hash_of(self, segment: str) -> str | None:
        """Return the beginning of the hash of the file that an address names; None when the address is not ours."""
        begun, _, token = segment.partition("-")
        return begun if hmac.compare_digest(token.encode(), self._token(begun).encode()) else None

    def _token(self, begun: str) -> str:
        digest = hmac.new(self._key, b"apk " + begun.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode()
