"""Wishes in words: what is to be done for a tablet, how far it is, and why it is not done."""

from collections.abc import Callable

from mdm.i18n import N_, Translator
from profiles.licences.batches import NOT_ENOUGH, NOT_OWNED, NOT_REVOCABLE
from profiles.licences.wish_store import WishView

STATE_NAMES: dict[str, str] = {
    "open": N_("waits to be asked for"),
    "calling": N_("asked for"),
    "done": N_("assigned"),
    "short": N_("no licence free"),
    "refused": N_("turned down"),
}

_REASONS: dict[str, str] = {
    NOT_ENOUGH: N_("all licences of this app are in use: buy more in Apple School Manager"),
    NOT_OWNED: N_("no location owns this app: get it in Apple School Manager, for nothing if it is free"),
    NOT_REVOCABLE: N_("Apple does not take back licences of this app"),
}
_NUMBERED = "error_"


def state_in_words(words: Translator | Callable[..., str], wish: WishView) -> str:
    """Return how far a wish is, in a translator's language."""
    told = words(STATE_NAMES[wish.state])
    if not wish.wanted:
        told = words("to be given back: {state}", state=told)
    return told


def reason_in_words(words: Translator | Callable[..., str], reason: str) -> str:
    """Return why a wish is not done, in a translator's language; empty when there is nothing to say."""
    if reason.startswith(_NUMBERED):
        return words("Apple's error {number}", number=reason.removeprefix(_NUMBERED))
    return words(_REASONS[reason]) if reason in _REASONS else ""
