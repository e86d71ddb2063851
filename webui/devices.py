"""Devices that somebody signed in on: a signed cookie says so, and the server keeps nothing of it.

The cookie has the device's random name, and a tag for each account that was used there, the last five. A tag is an HMAC
over the device, the account and the account's epoch, with a key of the vault; another epoch makes all tags worthless.
"""

import base64
import hmac
import re
import secrets

from mdm.vault import Vault

AGE_S = 180 * 24 * 3600

_REMEMBERED = 5
_NAME = re.compile(r"[A-Za-z0-9_-]{22}")
_TAG_BYTES = 15


class Devices:
    """Reads and writes the cookie of known devices."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("devices that accounts are known on")

    def known(self, cookie: str, account_id: str, epoch: int) -> str | None:
        """Return the device's name when the account was used on it, else None."""
        name, tags = _parsed(cookie)
        return name if name and self._tag(name, account_id, epoch) in tags else None

    def with_account(self, cookie: str, account_id: str, epoch: int) -> str:
        """Return the cookie of a device on which the account was used now."""
        name, tags = _parsed(cookie)
        name = name or secrets.token_urlsafe(16)
        tag = self._tag(name, account_id, epoch)
        kept = [tag, *(one for one in tags if one != tag)][:_REMEMBERED]
        return ".".join((name, *kept))

    def _tag(self, name: str, account_id: str, epoch: int) -> str:
        mac = hmac.digest(self._key, f"{name} {account_id} {epoch}".encode(), "sha256")
        return base64.urlsafe_b64encode(mac[:_TAG_BYTES]).decode()


def _parsed(cookie: str) -> tuple[str, list[str]]:
    name, *tags = cookie[:300].split(".")
    return (name, tags[:_REMEMBERED]) if _NAME.fullmatch(name) else ("", [])


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
             ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("CrOS", "ChromeOS"), ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip


def device_of(user_agent: str) -> str:
    """Return browser and system as ``Firefox/Windows``, each out of a short list; empty parts where unknown."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return f"{browser}/{system}" if browser or system else ""
