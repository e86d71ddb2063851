"""Which requests carry out which wishes: pure. A request is for each of some apps and each of some devices."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from profiles.licences.answers import Limits
from profiles.licences.call_store import Kind
from profiles.licences.licence_store import Pair
from profiles.licences.wish_store import Key, OpenWish

T = TypeVar("T")

NOT_OWNED = "not_owned"
NOT_ENOUGH = "not_enough"
NOT_REVOCABLE = "not_revocable"


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """A location as far as planning goes.

    ``free``: how many licences of each app it owns are left, None without end. ``is_common``: no school's own.
    ``is_usable``: requests may be made now; ``is_counted``: it is known what it owns.
    """

    location_id: str
    is_common: bool
    is_usable: bool
    is_counted: bool
    free: Mapping[int, int | None]
    irrevocable: frozenset[int] = frozenset()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request to Apple, and the wishes that it carries out."""

    location_id: str
    kind: Kind
    store_ids: tuple[int, ...]
    serials: tuple[str, ...]
    keys: tuple[Key, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about open wishes: each is in one of the lists, or in one request.

    ``done``: the licence is there already; ``gone``: there is none to give back; ``short`` and ``refused`` say why;
    ``waiting``: until its location can be asked.
    """

    requests: tuple[Request, ...]
    waiting: tuple[Key, ...]
    done: tuple[Key, ...]
    gone: tuple[Key, ...]
    short: tuple[tuple[Key, str], ...]
    refused: tuple[tuple[Key, str], ...]


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    wish: OpenWish
    kind: Kind
    location_id: str


def plan_requests(
    wishes: Sequence[OpenWish], pools: Sequence[Pool], under_way: Collection[Pair], limits: Limits
) -> Plan:
    """Return what to ask for; what is asked for already (``under_way``) waits until that is finished.

    A tablet gets its licence from its school's own location, or, when that has no more, from one that is everybody's.
    """
    free = {pool.location_id: dict(pool.free) for pool in pools}
    known = {pool.location_id: pool for pool in pools}
    items: list[_Item] = []
    waiting: list[Key] = []
    done: list[Key] = []
    gone: list[Key] = []
    short: list[tuple[Key, str]] = []
    refused: list[tuple[Key, str]] = []
    for wish in wishes:
        key = (wish.tablet_id, wish.store_id)
        if (wish.store_id, wish.serial) in under_way:
            waiting.append(key)
        elif not wish.wanted:
            _give_back(wish, known, items, waiting, gone, refused)
        elif wish.held_at:
            done.append(key)
        else:
            open_to = [known[wish.own]] if wish.own in known else []
            open_to += [pool for pool in pools if pool.is_common]
            chosen = next((pool for pool in open_to if _has_free(free[pool.location_id], wish.store_id)), None)
            if chosen is not None and chosen.is_usable:
                _take(free[chosen.location_id], wish.store_id)
                items.append(_Item(wish=wish, kind="associate", location_id=chosen.location_id))
            elif chosen is None and all(pool.is_counted for pool in open_to):
                owned = any(wish.store_id in pool.free for pool in open_to)
                short.append((key, NOT_ENOUGH if owned else NOT_OWNED))
            else:
                waiting.append(key)
    return Plan(
        requests=tuple(_requests(items, limits)),
        waiting=tuple(waiting),
        done=tuple(done),
        gone=tuple(gone),
        short=tuple(short),
        refused=tuple(refused),
    )


def _give_back(
    wish: OpenWish,
    known: Mapping[str, Pool],
    items: list[_Item],
    waiting: list[Key],
    gone: list[Key],
    refused: list[tuple[Key, str]],
) -> None:
    key = (wish.tablet_id, wish.store_id)
    if not wish.held_at:
        gone.append(key)
        return
    usual = [known[one] for one in wish.held_at if one in known and wish.store_id not in known[one].irrevocable]
    if not usual:
        refused.append((key, NOT_REVOCABLE))
    elif usual[0].is_usable:
        items.append(_Item(wish=wish, kind="disassociate", location_id=usual[0].location_id))
    else:
        waiting.append(key)


def _has_free(free: Mapping[int, int | None], store_id: int) -> bool:
    left = free.get(store_id, 0)
    return left is None or left > 0


def _take(free: dict[int, int | None], store_id: int) -> None:
    left = free[store_id]
    if left is not None:
        free[store_id] = left - 1


def _requests(items: Sequence[_Item], limits: Limits) -> Iterator[Request]:
    """Put devices that want the same apps together; what failed before goes alone, an app at a time."""
    wanted: dict[tuple[str, Kind, bool, str], list[_Item]] = {}
    for item in items:
        failed = item.wish.attempts > 0
        which = f"{item.wish.store_id} {item.wish.serial}" if failed else item.wish.serial
        wanted.setdefault((item.location_id, item.kind, failed, which), []).append(item)
    alike: dict[tuple[str, Kind, bool, tuple[int, ...]], list[list[_Item]]] = {}
    for (location_id, kind, failed, _), of_device in wanted.items():
        store_ids = tuple(sorted(item.wish.store_id for item in of_device))
        alike.setdefault((location_id, kind, failed, store_ids), []).append(of_device)
    for (location_id, kind, _, store_ids), devices in alike.items():
        for some_devices in _chunks(devices, limits.max_serial_numbers):
            for some_apps in _chunks(store_ids, limits.max_assets):
                held = frozenset(some_apps)
                yield Request(
                    location_id=location_id,
                    kind=kind,
                    store_ids=tuple(some_apps),
                    serials=tuple(of_device[0].wish.serial for of_device in some_devices),
                    keys=tuple(
                        (item.wish.tablet_id, item.wish.store_id)
                        for of_device in some_devices
                        for item in of_device
                        if item.wish.store_id in held
                    ),
                )


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for begin in range(0, len(items), max(1, size)):
        yield items[begin : begin + max(1, size)]
