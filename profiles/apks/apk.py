"""An installable file for Android, as the store knows it."""

import re

import msgspec

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


class Apk(msgspec.Struct, frozen=True, kw_only=True):
    """An APK, or an XAPK with its splits (``split``). ``hash`` and ``signer`` are SHA-256 in hex, ``size`` in bytes.

    ``abis``: the machine codes that it holds; none means that it runs on any. ``signer`` is the certificate's.
    """

    hash: str
    package: str
    version_name: str
    version_code: int
    label: str
    min_sdk: int
    abis: tuple[str, ...]
    permissions: tuple[str, ...]
    signer: str
    split: bool
    size: int
    added_at: int
    added_by: str

    @property
    def file_name(self) -> str:
        """A name that no other file has: agents know downloads by it."""
        suffix = "xapk" if self.split else "apk"
        return _NOT_IN_NAMES.sub("_", f"{self.package}-{self.version_code}-{self.hash[:8]}.{suffix}")
