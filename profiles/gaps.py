"""What tablets of each platform will not obey of a policy, for the committee to see before it decides."""

import msgspec

from mdm.store import Connection
from profiles.android.stock import AndroidClass, stock_for
from profiles.compiler import device_class
from profiles.compilers import Compilers
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

_USUAL_ANDROID = AndroidClass(abi="arm64-v8a", version=14)
_NEWEST_IPAD = device_class("18.0", supervised=True)


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets of each platform will not obey."""

    ipad: tuple[NotEnforced, ...]
    android: tuple[NotEnforced, ...]


def gaps_of(conn: Connection, policy: Policy, compilers: Compilers) -> Gaps:
    """Return what is not obeyed; raise `SecretUnknown` when the policy names a secret that is not here.

    An iPad is taken as supervised with the newest system, an Android tablet as the most usual one.
    """
    stock = stock_for(conn, policy, _USUAL_ANDROID, compilers.addresses)
    return Gaps(
        ipad=compilers.apple.gaps(policy, _NEWEST_IPAD),
        android=compilers.android.gaps(policy, _USUAL_ANDROID, stock),
    )
