"""School network or elsewhere: the one thing about a tablet's place that is kept, and no address.

A school names the public addresses of its network. A contact from one of them was made at school; the address itself is
compared and forgotten.
"""

import ipaddress
from collections.abc import Sequence

from mdm.home.modes import mode_store, place_store
from mdm.home.modes.network import Network
from mdm.store import Connection

_REMEMBERED_MS = 60_000
_AGAIN_MS = 15 * 60_000


class Places:
    """Notes where tablets are seen; one instance a process, inside the transactions that take their contacts in."""

    def __init__(self) -> None:
        self._networks: dict[str, tuple[Network, ...]] = {}
        self._read_at = -_REMEMBERED_MS
        self._known: dict[str, tuple[bool, int]] = {}

    def note(self, conn: Connection, seen: Sequence[tuple[str, str]], *, now: int) -> None:
        """Take contacts in, as tablet and address; what did not change is written again every 15 minutes at most."""
        if now - self._read_at >= _REMEMBERED_MS:
            found = place_store.all_networks(conn)
            self._networks = {
                uai: tuple(ipaddress.ip_network(one) for one in networks) for uai, networks in found.items()
            }
            self._read_at = now
        if not self._networks:
            return
        for tablet_id, address in seen:
            self._note(conn, tablet_id, address, now)

    def _note(self, conn: Connection, tablet_id: str, address: str, now: int) -> None:
        networks = self._networks.get(place_store.school_of_tablet(conn, tablet_id) or "")
        if networks is None:
            return
        at_school = is_within(address, networks)
        known = self._known.get(tablet_id)
        if known is not None and known[0] == at_school and now - known[1] < _AGAIN_MS:
            return
        before = place_store.place_of_tablet(conn, tablet_id)
        place_store.save_place(conn, tablet_id, at_school=at_school, now=now)
        if before is None or before.at_school != at_school:
            mode_store.hasten_known(conn, tablet_id, now=now)
        self._known[tablet_id] = (at_school, now)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Tell whether an address lies in one of the networks; a text that is no address lies nowhere."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return any((mapped or found) in network for network in networks)
