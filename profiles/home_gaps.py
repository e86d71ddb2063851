"""What of the home rules tablets do not enforce by themselves, in words, for the committee to see before it decides."""

from mdm.i18n import N_
from profiles.payloads.base import SUPERVISION, NotEnforced
from profiles.policy import Policy

_NETWORK = N_("a network when the hours begin and end: until it next connects, a tablet stays as it was")
_SPANS = ("school_days_from", "other_days_from", "night_from")


def home_gaps(policy: Policy, *, supervised: bool) -> tuple[NotEnforced, ...]:
    """Return what tablets need to obey the home rules; no platform keeps hours by itself.

    ``supervised`` is whether the tablets are supervised iPads, or Android tablets that their agent owns.
    """
    home = policy.home
    if home is None:
        return ()
    hours = any(getattr(home, field) is not None for field in _SPANS)
    found = [NotEnforced(field="home.hours", needs=_NETWORK)] if hours else []
    if not supervised:
        found += [NotEnforced(field="home.hours", needs=SUPERVISION)] if hours else []
        found += [NotEnforced(field="home.apps_taken_away", needs=SUPERVISION)] if home.apps_taken_away else []
        found += [NotEnforced(field="home.web_filter", needs=SUPERVISION)] if home.web_filter is not None else []
    return tuple(found)
