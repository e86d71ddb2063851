"""Checks of single settings: each returns None, or what would be right."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

OWN_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def https_address(value: str) -> str | None:
    """Check an address that tablets call."""
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query:
        return "must be https://host or https://host:port, the address that tablets call"
    return None


def apple_address(value: str) -> str | None:
    """Check the address of an Apple service."""
    parts = urlsplit(value)
    good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))
    if not good or not parts.hostname or parts.path not in ("", "/") or parts.query:
        return "must be https://host, for content tokens are secrets; http only to a stand-in on 127.0.0.1"
    return None


def web_address(value: str) -> str | None:
    """Check an address that people open."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        return "must be http://host:port or https://host, the address that people open"
    return None


def listen_address(value: str) -> str | None:
    """Check what a listener listens on."""
    try:
        host, port = split_listen(value)
        ipaddress.ip_address(host)
    except ValueError:
        return "must be address:port, such as 127.0.0.1:8080 or [::]:8443"
    return None if 0 <= port <= 65535 else "the port must be between 0 and 65535"


def between(low: int, high: int) -> Callable[[int], str | None]:
    """Return a check of a number."""
    return lambda value: None if low <= value <= high else f"must be between {low} and {high}"


def absolute(value: str) -> str | None:
    """Check a path."""
    return None if Path(value).is_absolute() else "must be a path from the root, such as /var/lib/valise"


def network(value: str) -> str | None:
    """Check an address or a network."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8"
    return None


def split_listen(value: str) -> tuple[str, int]:
    """Return host and port of ``address:port`` or ``[address]:port``; raise ValueError for another form."""
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(value)
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(listen: str) -> bool:
    """Tell whether a listener is reached from this machine only."""
    return ipaddress.ip_address(split_listen(listen)[0]).is_loopback


def issuer_address(value: str) -> str | None:
    """Check the address of a login service."""
    parts = urlsplit(value)
    good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in OWN_HOSTS)
    if not value or (good and parts.hostname and not parts.query and not parts.fragment):
        return None
    return "must be https://host or https://host/path, as the service names itself; http only on this machine"


def telephone(value: str) -> str | None:
    """Check a telephone number as a screen shows it."""
    digits = sum(character in "0123456789" for character in value)
    if not value or (3 <= digits <= 15 and all(character in "0123456789+ .()-" for character in value)):
        return None
    return "must be a telephone number, such as 05 58 00 00 00"
