"""What tablets are told, in words: by Apple's request types, the agent's messages, and the planner's steps."""

from mdm.android.orders import ORDERS
from mdm.apple.commands.by_name import CLEAR_PASSCODE, COMMANDS
from mdm.i18n import N_, Translator

_BY_SERVER: dict[str, str] = {
    "InstallProfile": N_("Install settings."),
    "RemoveProfile": N_("Remove settings."),
    "InstallApplication": N_("Install an app."),
    "RemoveApplication": N_("Remove an app."),
    "InstallMedia": N_("Put a book on it."),
    "RemoveMedia": N_("Take a book off it."),
    "ManagedMediaList": N_("Ask how far the books are."),
    "Settings": N_("Set its name, time zone or wallpaper."),
    "DeclarativeManagement": N_("Fetch its declarations."),
    "DeviceLocation": N_("Ask where a lost tablet is."),
    CLEAR_PASSCODE: N_("Remove the passcode."),
}
_REQUESTS: dict[str, str] = {
    **{name: form.about for name, form in ORDERS.items()},
    **{name: form.about for name, form in COMMANDS.items()},
    **_BY_SERVER,
}
REQUESTS = frozenset(_REQUESTS)
"""The types that there are words for."""

_RENEWAL = N_("Renew its certificate.")
_UNKNOWN = N_("A command of a kind that this version of Valise has no words for ({kind}).")


def command_in_words(request_type: str, step: str | None, words: Translator) -> str:
    """Return what a command asks for."""
    if step == "renew-identity":
        return words(_RENEWAL)
    told = _REQUESTS.get(request_type)
    return words(told) if told is not None else words(_UNKNOWN, kind=request_type[:40])
