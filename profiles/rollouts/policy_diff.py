"""What changes for a tablet between two policies: apps and books that come, go or change, and settings. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from profiles.policy import App, Book, Policy

Platform = Literal["ipad", "android"]
_SHOWN = 80
_NOT_SETTINGS = ("name", "apps", "books")
_PICTURES = ("wallpaper",)


class AppChange(msgspec.Struct, frozen=True, kw_only=True):
    """An app that comes, goes, or is given differently. ``identifier``: bundle identifier or package."""

    identifier: str
    name: str
    install: str
    version: str | None = None


class BookChange(msgspec.Struct, frozen=True, kw_only=True):
    """A book that comes, goes, or is another one under its identifier."""

    identifier: str
    name: str
    version: int


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A setting by its field, with its values as JSON, cut where they are long; None where it is not set."""

    field: str
    before: str | None
    after: str | None


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """All that changes on tablets of one platform."""

    platform: Platform
    added: tuple[AppChange, ...]
    removed: tuple[AppChange, ...]
    updated: tuple[AppChange, ...]
    settings: tuple[SettingChange, ...]
    books_added: tuple[BookChange, ...] = ()
    books_removed: tuple[BookChange, ...] = ()
    books_updated: tuple[BookChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing changes."""
        books = self.books_added or self.books_removed or self.books_updated
        return not (self.added or self.removed or self.updated or self.settings or books)


def policy_change(before: Policy | None, after: Policy, platform: Platform) -> PolicyChange:
    """Return what changes on tablets of a platform; ``before`` is None where they follow nothing yet."""
    old = _apps(before, platform) if before is not None else {}
    new = _apps(after, platform)
    held = books_on(before, platform) if before is not None else {}
    coming = books_on(after, platform)
    return PolicyChange(
        platform=platform,
        added=tuple(_line(name, app) for name, app in new.items() if name not in old),
        removed=tuple(_line(name, app) for name, app in old.items() if name not in new),
        updated=tuple(_line(name, app) for name, app in new.items() if name in old and old[name] != app),
        settings=tuple(_settings(_tree(before, platform), _tree(after, platform))),
        books_added=tuple(_book(book) for name, book in coming.items() if name not in held),
        books_removed=tuple(_book(book) for name, book in held.items() if name not in coming),
        books_updated=tuple(_book(book) for name, book in coming.items() if name in held and held[name] != book),
    )


def books_on(policy: Policy, platform: Platform) -> dict[str, Book]:
    """Return the books that reach tablets of a platform, by identifier: those of Apple's store are for iPads."""
    return {book.identifier: book for book in policy.books if platform == "ipad" or book.path is not None}


def _apps(policy: Policy, platform: Platform) -> dict[str, App]:
    found: dict[str, App] = {}
    for app in policy.apps:
        name = app.bundle_id if platform == "ipad" else app.package
        if name is not None:
            found[name] = _for_platform(app, platform)
    return found


def _for_platform(app: App, platform: Platform) -> App:
    """Return the app without what concerns the other platform, so that it is not taken for a change."""
    if platform == "ipad":
        return msgspec.structs.replace(app, package=None, version=None)
    return msgspec.structs.replace(app, bundle_id=None, store_id=None, manifest_url=None, configuration={})


def _line(identifier: str, app: App) -> AppChange:
    return AppChange(identifier=identifier, name=app.name, install=app.install, version=app.version)


def _book(book: Book) -> BookChange:
    return BookChange(identifier=book.identifier, name=book.name, version=book.version)


def _tree(policy: Policy | None, platform: Platform) -> dict[str, Any]:
    if policy is None:
        return {}
    tree = {name: value for name, value in msgspec.to_builtins(policy).items() if name not in _NOT_SETTINGS}
    if platform == "ipad":
        tree.pop("android", None)
    return tree


def _settings(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[SettingChange]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old or new, dict) and isinstance(old or {}, dict) and isinstance(new or {}, dict):
            yield from _settings(old or {}, new or {}, f"{path}{name}.")
        else:
            field = f"{path}{name}"
            yield SettingChange(field=field, before=_text(field, old), after=_text(field, new))


def _text(field: str, value: Any) -> str | None:
    if value is None:
        return None
    if field in _PICTURES:
        return "…"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
