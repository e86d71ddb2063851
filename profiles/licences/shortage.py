"""How many licences are missing: pure arithmetic, and the words for it.

A licence lets one iPad have one app of the App Store, and a free app needs one too. Android tablets need none, nor do
apps that come from a manifest.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from mdm.i18n import N_, Translator
from profiles.licences.errors import LicenceError
from profiles.policy import App, Policy

_HOUR = 3600 * 1000

Free = Mapping[str | None, int | None]
"""Free licences of one app, by the location that is some schools' own; under None those for everybody. None: no end."""

Needs = Mapping[str | None, int]
"""How many tablets need one, by their school's own location; under None those of schools that have none."""


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """An app of which too few licences are free for some tablets.

    ``needed`` by those that have none yet; ``more`` are missing. ``counted_at`` (ms): when licences were counted, None
    when they never were.
    """

    store_id: int
    name: str
    needed: int
    more: int
    counted_at: int | None

    @property
    def free(self) -> int:
        """How many of the needed ones are free."""
        return self.needed - self.more

    def in_words(self, words: Translator | Callable[..., str], now: int) -> str:
        """Return the shortage in a translator's language, with how old the count is at ``now`` (ms)."""
        told = words(
            "{name}: {needed} licences needed, {free} free: {more} more",
            name=self.name or str(self.store_id),
            needed=self.needed,
            free=self.free,
            more=self.more,
        )
        return f"{told} ({age_in_words(words, self.counted_at, now)})"


class LicencesMissing(LicenceError):
    """Too few licences are free for what was asked; ``shortages`` has every app, ``now`` (ms) is when."""

    code: ClassVar[str] = "licences_missing"
    message: ClassVar[str] = N_("Licences are missing: {apps}")
    hint: ClassVar[str] = N_("Get more in Apple School Manager, count them with valise licence sync, and try again.")

    def __init__(self, shortages: Sequence[Shortage], now: int) -> None:
        self.shortages = tuple(shortages)
        self.now = now
        super().__init__(apps=", ".join(f"{one.name or one.store_id} ({one.more})" for one in shortages))

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what is missing, an app a line."""
        return "\n".join(one.in_words(translate, self.now) for one in self.shortages)


def age_in_words(words: Translator | Callable[..., str], counted_at: int | None, now: int) -> str:
    """Return how long ago licences were counted."""
    if counted_at is None:
        return words("never counted")
    hours = max(0, now - counted_at) // _HOUR
    if hours < 1:
        return words("counted less than an hour ago")
    if hours < 48:
        return words("counted {hours} h ago", hours=hours)
    return words("counted {days} days ago", days=hours // 24)


def needs_licence(app: App) -> bool:
    """Tell whether an app of a policy takes a licence on each iPad."""
    return (
        app.install == "required"
        and app.bundle_id is not None
        and app.store_id is not None
        and app.manifest_url is None
    )


def licensed_apps(policy: Policy) -> dict[int, str]:
    """Return the apps of a policy that take a licence on each iPad: the App Store's number and the name."""
    return {app.store_id: app.name for app in policy.apps if app.store_id is not None and needs_licence(app)}


def wanted_by(policy: Policy, ipads: Collection[str]) -> dict[int, tuple[str, ...]]:
    """Return which of these iPads want a licence of which app under a policy."""
    return {store_id: tuple(ipads) for store_id in licensed_apps(policy)}


def missing_licences(needed: Needs, promised: Needs, free: Free) -> int:
    """Return how many licences are missing for ``needed`` once those that were ``promised`` before have theirs.

    Each tablet takes from its school's own location first, then from what is everybody's.
    """
    left, _ = _taken(promised, dict(free))
    return _taken(needed, left)[1]


def _taken(needs: Needs, free: dict[str | None, int | None]) -> tuple[dict[str | None, int | None], int]:
    """Return what is left of ``free``, and how many found nothing."""
    wanting = needs.get(None, 0)
    for own, number in needs.items():
        if own is not None:
            wanting += _take(free, own, number)
    return free, _take(free, None, wanting)


def _take(free: dict[str | None, int | None], location: str | None, number: int) -> int:
    here = free.get(location, 0)
    if here is None:
        return 0
    given = min(max(here, 0), number)
    free[location] = here - given
    return number - given


def by_location(tablets: Iterable[str], own: Mapping[str, str | None]) -> dict[str | None, int]:
    """Return how many of these tablets there are for each location that is their school's own."""
    found: dict[str | None, int] = {}
    for tablet_id in tablets:
        found[own[tablet_id]] = found.get(own[tablet_id], 0) + 1
    return found
