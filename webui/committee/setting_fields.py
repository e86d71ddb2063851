"""The settings of a policy as fields of a form: each says in words what it is about, and holds what is agreed now.

Made from the words of every field (`profiles.charter.setting_words`), so that a setting that is added is offered too.
Lists are not among them: what is in a list is added, replaced or removed by proposals of its own.
"""

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.change import AnyChange, Path, Set
from profiles.charter.policy_words import app_names
from profiles.charter.sentence import Sentence
from profiles.charter.setting_words import POLICY
from profiles.charter.word_kinds import Choice, Part, Switch, Value
from profiles.policy import Android, Home, OsUpdates, Passcode, Policy, Restrictions, WebFilter
from webui.errors import FieldUnreadable
from webui.forms import Given

Told = Switch | Choice | Value
Widget = Literal["switch", "choice", "whole", "time", "text"]

_PARTS: Mapping[str, type[msgspec.Struct]] = {
    "restrictions": Restrictions,
    "passcode": Passcode,
    "os_updates": OsUpdates,
    "web_filter": WebFilter,
    "android": Android,
    "home": Home,
}
_USE = frozenset(
    [
        "camera",
        "screenshots",
        "safari",
        "safari_autofill",
        "siri",
        "dictation",
        "messages",
        "facetime",
        "airdrop",
        "app_store",
        "app_removal",
        "app_clips",
        "automatic_app_downloads",
        "in_app_purchases",
        "explicit_content",
        "books",
        "music",
        "news",
        "podcasts",
        "game_center",
        "multiplayer_games",
    ]
)
"""The restrictions of what one does with a tablet; the others, a page of their own, are of its system."""
GROUPS: Mapping[str, str] = {
    "use": N_("Apps, pictures and messages"),
    "system": N_("Accounts and system"),
    "web_filter": N_("Filter of web pages"),
    "passcode": N_("Passcode"),
    "os_updates": N_("New versions of the system"),
    "android": N_("Android tablets only"),
    "general": N_("Clock and names"),
}
"""What a form about settings holds; the rules for use at home have one of their own."""
HOME = "home"
_TIMES = ("_from", "_to")

_SETTING = Words(N_("The value of the setting"))


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. ``label`` says what it is about; ``value`` is what is agreed now, as a form sends it.

    ``options`` are those of a choice; ``may_be_unsaid``: nothing may be said, so that the tablet's own default holds.
    """

    path: Path
    widget: Widget
    label: Sentence
    value: str
    options: tuple[tuple[str, Sentence], ...] = ()
    may_be_unsaid: bool = False

    @property
    def name(self) -> str:
        """Its name in the form."""
        return ".".join(self.path)


def fields_of(policy: Policy, group: str) -> tuple[Field, ...]:
    """Return the settings of a group as they are agreed."""
    return tuple(_field(words, holder, kind, path) for words, holder, kind, path in _leaves(policy, group))


def changes_in(policy: Policy, group: str, given: Given) -> tuple[tuple[AnyChange, ...], list[Sentence]]:
    """Return what a form changes, with the words for each; raise `FieldUnreadable`."""
    changes: list[AnyChange] = []
    told: list[Sentence] = []
    names = app_names(policy)
    for words, holder, kind, path in _leaves(policy, group):
        field = _field(words, holder, kind, path)
        if field.name not in given or given.text(field.name) == field.value:
            continue
        value = _value(words, field, kind, given.text(field.name))
        before = getattr(holder, path[-1]) if holder is not None else None
        if value is None and before is None:
            continue
        changes.append(Set(path=path, value=value))
        if value is not None:
            told.append(words.now(before, value, names))
        else:
            told.append(Sentence(N_("Nothing is said any more: {rule}"), {"rule": field.label}))
    return tuple(changes), told


def _leaves(policy: Policy, group: str) -> Iterator[tuple[Told, Any, type[msgspec.Struct], Path]]:
    if group == "general":
        for name, words in POLICY.items():
            if isinstance(words, Told) and name != "name":
                yield words, policy, Policy, (name,)
        return
    field = "restrictions" if group in ("use", "system") else group
    part = POLICY[field]
    for name, words in part.fields.items() if isinstance(part, Part) else ():
        if isinstance(words, Told) and (field == group or (name in _USE) == (group == "use")):
            yield words, getattr(policy, field), _PARTS[field], (field, name)


def _field(words: Told, holder: Any, kind: type[msgspec.Struct], path: Path) -> Field:
    now = getattr(holder, path[-1]) if holder is not None else None
    unsaid = NoneType in get_args(get_type_hints(kind)[path[-1]]) or holder is None
    shown = "" if now is None else ("yes" if now else "no") if isinstance(now, bool) else str(now)
    if isinstance(words, Switch):
        return Field(path=path, widget="switch", label=Sentence(words.yes), value=shown, may_be_unsaid=unsaid)
    if isinstance(words, Choice):
        options = tuple((str(value), Sentence(says)) for value, says in words.says.items())
        label = Sentence(N_("Nothing is said: choose what holds."))
        if now is not None:
            label = Sentence(N_("Now: {rule}"), {"rule": words.holds(now, {})})
        return Field(path=path, widget="choice", label=label, value=shown, options=options, may_be_unsaid=unsaid)
    label = Sentence(words.says, {"value": "…"})
    return Field(path=path, widget=_widget(kind, path), label=label, value=shown, may_be_unsaid=True)


def _widget(kind: type[msgspec.Struct], path: Path) -> Widget:
    if _is_whole(kind, path):
        return "whole"
    return "time" if path[-1].endswith(_TIMES) else "text"


def _is_whole(kind: type[msgspec.Struct], path: Path) -> bool:
    hint = get_type_hints(kind)[path[-1]]
    return int in (hint, *get_args(hint))


def _value(words: Told, field: Field, kind: type[msgspec.Struct], text: str) -> Any:
    if not text:
        return None
    if field.widget == "switch":
        if text not in ("yes", "no"):
            raise FieldUnreadable(field=_SETTING, reason=Words(N_("yes or no is expected")))
        return text == "yes"
    if isinstance(words, Choice):
        for value in words.says:
            if str(value) == text:
                return value
        raise FieldUnreadable(field=_SETTING, reason=Words(N_("it is none of the choices")))
    if _is_whole(kind, field.path):
        if not text.isdecimal() or len(text) > 9:
            raise FieldUnreadable(field=_SETTING, reason=Words(N_("a whole number is expected")))
        return int(text)
    return text
