"""The things that are agreed now, one by one, as forms offer them: apps, web pages, books, sites, files. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from mdm.i18n import N_
from profiles.charter.change import Match, Path, PolicyTree
from profiles.charter.making import policies_of
from profiles.charter.proposal import APPS, WITHDRAWABLE, app_key
from profiles.charter.state import State
from webui.committee.change_words import means, named
from webui.committee.errors import NotThereAnyMore
from webui.errors import NothingChosen

_SORTS: dict[Path, str] = {
    APPS: N_("app"),
    ("web_clips",): N_("web page"),
    ("books",): N_("book"),
    ("web_filter", "allowed"): N_("site that can be opened"),
    ("android", "files"): N_("file of Android tablets"),
}
_KEYS: dict[Path, tuple[str, ...]] = {("web_clips",): ("label", "url"), ("books",): ("identifier",)}


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list of the policy. ``sort`` is a message to translate; ``token`` names it in forms."""

    path: Path
    match: Match
    name: str
    sort: str

    @property
    def token(self) -> str:
        """What a form sends back for it."""
        return f"{'.'.join(self.path)}:{means(self.match)}"


def things_of(policies: Sequence[PolicyTree], *, apps_only: bool = False) -> tuple[Thing, ...]:
    """Return what can be taken away from any of the policies, each once, by sort and name."""
    found: dict[str, Thing] = {}
    for path in _SORTS:
        if path not in WITHDRAWABLE or (apps_only and path != APPS):
            continue
        here = [thing for policy in policies for thing in _in_list(policy, path)]
        for thing in sorted(here, key=lambda one: one.name.casefold()):
            found.setdefault(thing.token, thing)
    return tuple(found.values())


def things_agreed(state: State, now: int, *, everywhere: bool = False) -> tuple[Thing, ...]:
    """Return what is agreed for everybody; with ``everywhere`` also what groups and pilots alone have."""
    policies = policies_of(state, now)
    return things_of(policies if everywhere else policies[:1])


def chosen(things: Sequence[Thing], token: str) -> Thing:
    """Return the thing that a form names; raise `NothingChosen` or `NotThereAnyMore`."""
    if not token:
        raise NothingChosen
    for thing in things:
        if thing.token == token:
            return thing
    raise NotThereAnyMore


def _in_list(policy: PolicyTree, path: Path) -> Iterator[Thing]:
    here: Any = policy
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    for entry in here if isinstance(here, list) else ():
        yield Thing(path=path, match=_match(path, entry), name=named(entry), sort=_SORTS[path])


def _match(path: Path, entry: Any) -> Match:
    if not isinstance(entry, dict):
        return str(entry)
    if path == APPS:
        return app_key(entry)
    keys = _KEYS.get(path, ("path",))
    return {key: entry[key] for key in keys if key in entry}
