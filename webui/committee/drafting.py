"""Proposals as people write them in forms: which thing, for whom, and why, made into drafts. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

from mdm.i18n import N_
from profiles.catalogue.item import Item, app_of, book_of, site_of, web_clip_of
from profiles.charter.change import Add, AnyChange, Path, Remove, Replace
from profiles.charter.convention import Kind
from profiles.charter.drafting import Draft
from profiles.charter.proposal import APPS, Scope
from webui.committee.agreed_things import Thing
from webui.committee.speech import Speech
from webui.forms import Given

Install = Literal["required", "allowed"]

_PLACES: dict[str, Path] = {
    "app": APPS,
    "web_clip": ("web_clips",),
    "book": ("books",),
    "web_site": ("web_filter", "allowed"),
}
_TITLE = 200
_SLUG = 30
_STORE_ID = re.compile(r"/id(\d{4,15})")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why something is proposed: the author's words, the cycles that it is for, and a link where there is one."""

    why: str
    levels: Sequence[int] = ()
    link: str = ""

    def purpose(self, speech: Speech) -> str:
        """Return the text that the committee reads."""
        parts = [self.why]
        if self.levels:
            levels = ", ".join(speech.cycle(one) for one in self.levels)
            parts.append(speech.translate(N_("For: {levels}."), levels=levels))
        if self.link:
            parts.append(speech.translate(N_("Link: {link}"), link=self.link))
        return "\n\n".join(part for part in parts if part)


def value_of(item: Item, install: Install) -> tuple[Path, Any]:
    """Return the list of the policy that an item belongs to, and its entry there; raise `FieldInvalid`."""
    path = _PLACES[item.kind]
    if item.kind == "app":
        # An iPad cannot be told to fetch what has no number in the store: such an app may be there, and no more.
        fetched = item.bundle_id is None or item.store_id is not None or item.manifest_url is not None
        return path, msgspec.to_builtins(app_of(item, install=install if fetched else "allowed"))
    if item.kind == "web_clip":
        return path, msgspec.to_builtins(web_clip_of(item))
    return path, msgspec.to_builtins(book_of(item)) if item.kind == "book" else site_of(item)


def adding(item: Item, install: Install) -> tuple[Kind, tuple[AnyChange, ...]]:
    """Return the kind of proposal that brings an item, and its changes."""
    path, value = value_of(item, install)
    return ("add_app" if item.kind == "app" else "resource"), (Add(path=path, value=value),)


def removing(thing: Thing) -> tuple[Kind, tuple[AnyChange, ...]]:
    """Return the kind of proposal that takes a thing away, and its changes."""
    return ("remove_app" if thing.path == APPS else "resource"), (Remove(path=thing.path, match=thing.match),)


def replacing(thing: Thing, item: Item, install: Install) -> tuple[Kind, tuple[AnyChange, ...]]:
    """Return the kind of proposal that puts an item in the place of a thing of the same sort, and its changes."""
    path, value = value_of(item, install)
    if path == thing.path:
        change: tuple[AnyChange, ...] = (Replace(path=path, match=thing.match, value=value),)
        return ("replace_app" if path == APPS else "resource"), change
    return "review", ()


def draft_of(
    kind: Kind,
    title: str,
    purpose: str,
    changes: tuple[AnyChange, ...] = (),
    *,
    items: Sequence[str] = (),
    price_cents: int = 0,
    scope: Scope | None = None,
) -> Draft:
    """Return a draft; one with an end is a pilot."""
    return Draft(
        kind="pilot" if scope is not None else kind,
        title=title[:_TITLE],
        purpose=purpose,
        changes=changes,
        items=tuple(items),
        price_cents=price_cents,
        scope=scope,
    )


def pilot_scope(name: str, schools: Sequence[str], until: int | None) -> Scope:
    """Return whom a pilot concerns, under a short name made of the title."""
    return Scope(name=short_name(name), schools=tuple(dict.fromkeys(schools)), until=until)


def short_name(text: str) -> str:
    """Return a text in small letters, digits and dashes, as groups and pilots are called."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG].strip("-")
    return slug if re.match(r"[a-z][a-z0-9-]", slug) else f"pilot-{slug}".strip("-")


def named_in(link: str) -> dict[str, Any]:
    """Return what a link to a store tells of an app: ``store_id`` from Apple's, ``package`` from Google's."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return {}
    if host == "apps.apple.com" and (found := _STORE_ID.search(parts.path)):
        return {"store_id": int(found[1])}
    package = (parse_qs(parts.query).get("id") or [""])[0]
    if host == "play.google.com" and _PACKAGE.fullmatch(package):
        return {"package": package}
    return {}


def install_in(given: Given) -> Install:
    """Return how a form wants an app on the tablets."""
    return "allowed" if given.text("install") == "allowed" else "required"


def price_in(given: Given) -> int:
    """Return what a form says that it costs in a year, in cents; raise `FieldUnreadable`."""
    return given.cents("price", N_("Price a year")) or 0
