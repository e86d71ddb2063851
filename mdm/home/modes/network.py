"""The network of a school: a public address, or a range of them from which no home can come.

A range is at most as wide as what one outlet has, for a provider's own range holds homes as well. A private address
says something only where the server knows the proxies before it: behind one that it does not know, every tablet comes
from the proxy's address, and every home would look like a school.
"""

import ipaddress
from collections.abc import Sequence

from mdm.home.modes.errors import NetworkInvalid, NetworkNowhere, NetworkOfProxy, NetworkPrivate, NetworkTooWide

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WIDEST = {4: 22, 6: 44}
"""The shortest prefix, by version."""

_SITE = 64
_PRIVATE = tuple(
    ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_NOWHERE = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8")
)


def parse_network(text: str, *, proxies: Sequence[str] = ()) -> Network:
    """Return the network in a text, one address or a range; ``proxies``: those that the server knows before it.

    Raises `NetworkInvalid`, `NetworkTooWide`, `NetworkNowhere`, `NetworkPrivate` or `NetworkOfProxy`.
    """
    said = text.strip()[:60]
    try:
        found = _plain(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise NetworkInvalid(text=said) from error
    if found.prefixlen < WIDEST[found.version]:
        raise NetworkTooWide(text=said, v4=WIDEST[4], v6=WIDEST[6])
    if _touches(found, _NOWHERE):
        raise NetworkNowhere(text=said)
    if _touches(found, _PRIVATE):
        if not proxies:
            raise NetworkPrivate(text=said)
        if _touches(found, [ipaddress.ip_network(one, strict=False) for one in proxies]):
            raise NetworkOfProxy(text=said)
    return found


def network_around(address: str) -> str:
    """Return the network to write for a browser's address: itself, or the site's /64, within which IPv6 ones change.

    Raises `NetworkInvalid`.
    """
    try:
        found = _plain(ipaddress.ip_network(address))
    except ValueError as error:
        raise NetworkInvalid(text=address[:60]) from error
    return str(found if found.version == 4 else found.supernet(new_prefix=_SITE))


def holds(wider: str, narrower: str) -> bool:
    """Tell whether one network lies within another, or is the same."""
    outer, inner = ipaddress.ip_network(wider), ipaddress.ip_network(narrower)
    if isinstance(outer, ipaddress.IPv4Network):
        return isinstance(inner, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _plain(network: Network) -> Network:
    """Return an IPv4 network that was written as an IPv6 one as what it is."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")


def _touches(network: Network, others: Sequence[Network]) -> bool:
    return any(network.version == one.version and network.overlaps(one) for one in others)
