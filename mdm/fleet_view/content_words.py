"""What tablets hold and are brought to hold, in words: apps and books by their agreed names, settings by their subject.

``names`` has the names that were agreed, by what identifies an app on its platform, a book, or a book's path; what has
no name there is called by its identifier.
"""

from collections.abc import Mapping

from mdm.commands.planner import PROFILE_PREFIX
from mdm.i18n import N_, Translator

_SETTINGS: Mapping[str, str] = {
    "activation.policy": N_("Switching its settings on"),
    "enrollment": N_("Its link with this server"),
    "home-screen": N_("Order of the home screen"),
    "management.organization": N_("Name of whoever manages it"),
    "mode.focus": N_("Class mode"),
    "os-delay": N_("Time before a new system is offered"),
    "os-version": N_("Version of the system"),
    "passcode": N_("Passcode"),
    "restrictions": N_("What it may not do"),
    "status": N_("What it reports"),
    "web-clips": N_("Web pages on the home screen"),
    "web-filter": N_("Web filter"),
    "wifi": N_("Wi-Fi networks"),
}
SETTINGS = frozenset(_SETTINGS)
"""The names of profiles and declarations that there are words for."""

_APP = N_("App: {name}")
_WAYS = ("declared.", "policy.")
_STEPS: Mapping[str, str] = {
    "query": N_("Ask it how it is"),
    "declarations": N_("Fetch its settings"),
    "profile": N_("Install: {name}"),
    "remove-profile": N_("Remove: {name}"),
    "app": N_("Install: {name}"),
    "remove-app": N_("Remove: {name}"),
    "book": N_("Put the book on it: {name}"),
    "remove-book": N_("Take the book off it: {name}"),
    "name": N_("Name it {name}"),
    "time-zone": N_("Time zone: {name}"),
    "wallpaper": N_("Wallpaper"),
    "finish-setup": N_("Leave the setup assistant"),
    "configuration": N_("Apply its configuration"),
    "agent": N_("Its agent"),
}


def setting_in_words(identifier: str, words: Translator, names: Mapping[str, str]) -> str:
    """Return the subject of a profile or a declaration: ``org.valise.declared.wifi`` is about its Wi-Fi networks."""
    name = identifier.removeprefix(PROFILE_PREFIX)
    for way in _WAYS:
        name = name.removeprefix(way)
    if name.startswith("app."):
        key = name.removeprefix("app.")
        return words(_APP, name=names.get(key, key))
    told = _SETTINGS.get(name)
    return words(told) if told is not None else name


def content_in_words(identifier: str, words: Translator, names: Mapping[str, str]) -> str:
    """Return what an identifier stands for: an app or a book by its name, a profile or a declaration by its subject."""
    if identifier in names:
        return names[identifier]
    if identifier.startswith(PROFILE_PREFIX):
        return setting_in_words(identifier, words, names)
    return identifier


def object_of(step: str | None, words: Translator, names: Mapping[str, str]) -> str:
    """Return what a planner's step is about; empty where that says nothing to a person."""
    kind, _, rest = (step or "").partition(":")
    if kind in ("profile", "book"):
        rest = rest.split(":")[0]
    if kind in ("app", "remove-app", "profile", "remove-profile", "book", "remove-book"):
        return content_in_words(rest, words, names)
    return rest if kind in ("name", "time-zone") else ""


def step_in_words(step: str, words: Translator, names: Mapping[str, str]) -> str:
    """Return what a step would have done that a tablet refused."""
    told = _STEPS.get(step.partition(":")[0])
    if told is None:
        return step
    return words(told, name=object_of(step, words, names)) if "{name}" in told else words(told)
