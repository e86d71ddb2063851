"""An item of the catalogue and its dossier as a form sends them, and what a form shows of them. Pure."""

from typing import Any

import msgspec

from mdm.i18n import N_
from profiles.catalogue.dossier import DataSheet, Dossier, dossier_of
from profiles.catalogue.entry import Entry
from profiles.catalogue.item import Item, item_of
from webui.forms import Given

_TEXTS = ("name", "publisher", "bundle_id", "manifest_url", "package", "url", "version")
_CHOICES = ("levels", "subjects", "languages", "offline", "size_bytes", "store_id", "licences", "kind")
_LISTS = ("collected", "sub_processors", "transfers", "trackers")
_MEGABYTE = 10**6


def item_from(given: Given, before: Item | None) -> Item:
    """Return the item that a form describes; what no form shows, such as its icon, stays. Raises `FieldInvalid`."""
    tree: dict[str, Any] = {} if before is None else msgspec.to_builtins(before)
    for name in (*_TEXTS, *_CHOICES):
        tree.pop(name, None)
    tree |= {name: given.text(name) for name in _TEXTS if given.text(name)}
    tree["kind"] = given.text("kind") or (before.kind if before is not None else "app")
    store_id = given.whole("store_id", N_("Number in Apple's store"))
    if store_id is not None:
        tree["store_id"] = store_id
    tree["levels"] = [int(one) for one in given.every("levels") if one in ("1", "2", "3", "4")]
    tree["subjects"] = given.every("subjects")
    tree["licences"] = _licences(given, before)
    return item_of(tree | facts_of(given))


def facts_of(given: Given) -> dict[str, Any]:
    """Return the technical facts that a form gives; what is left empty is not known."""
    tree: dict[str, Any] = {"languages": given.text("languages").replace(",", " ").split()}
    size = given.whole("size", N_("Size once installed, in megabytes"))
    if size:
        tree["size_bytes"] = size * _MEGABYTE
    if given.text("offline"):
        tree["offline"] = given.text("offline")
    return tree


def with_facts(item: Item, given: Given) -> Item:
    """Return an item with other technical facts; raise `FieldInvalid`."""
    tree: dict[str, Any] = msgspec.to_builtins(item)
    for name in ("languages", "size_bytes", "offline"):
        tree.pop(name, None)
    return item_of(tree | facts_of(given))


def dossier_from(given: Given) -> Dossier:
    """Return the dossier that a form describes; raise `FieldInvalid`."""
    tree: dict[str, Any] = {name: given.text(name) for name in ("purpose", "accessibility", "evidence")}
    cost = given.cents("cost", N_("Cost for each pupil and year"))
    if cost is not None:
        tree["cost_cents"] = cost
    tree["tried_by"] = [f"account:{one}" if ":" not in one else one for one in _lines(given, "tried_by")]
    return dossier_of(tree | {"data": _data(given)})


def with_data(dossier: Dossier, given: Given) -> Dossier:
    """Return a dossier with another data-protection sheet; raise `FieldInvalid`."""
    return dossier_of({**msgspec.to_builtins(dossier), "data": _data(given)})


def shown(entry: Entry) -> dict[str, str]:
    """Return the texts that a form's fields have at first."""
    item, dossier = entry.item, entry.dossier
    licences, data = item.licences, dossier.data
    return {
        **{name: str(getattr(item, name) or "") for name in (*_TEXTS, "store_id", "offline", "kind")},
        "languages": " ".join(item.languages),
        "size": str(item.size_bytes // _MEGABYTE) if item.size_bytes else "",
        "price": _euros(licences.price_cents or None),
        "unit": licences.unit,
        "period": licences.period,
        "held": "" if licences.held is None else str(licences.held),
        "held_until": licences.held_until or "",
        "terms": licences.terms,
        "purpose": dossier.purpose,
        "accessibility": dossier.accessibility,
        "evidence": dossier.evidence,
        "cost": _euros(dossier.cost_cents),
        "tried_by": "\n".join(dossier.tried_by),
        **_sheet(data),
    }


def _sheet(data: DataSheet) -> dict[str, str]:
    return {
        **{name: _told(getattr(data, name)) for name in _LISTS},
        "hosting": "" if data.hosting is None else " ".join(data.hosting),
        "minimum_age": "" if data.minimum_age is None else str(data.minimum_age),
        "advertising": _answer(data.advertising),
        "in_app_purchases": _answer(data.in_app_purchases),
    }


def _licences(given: Given, before: Item | None) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "price_cents": given.cents("price", N_("Price of a licence")) or 0,
        "unit": given.text("unit") or "tablet",
        "period": given.text("period") or "once",
        "terms": given.text("terms"),
    }
    held = given.whole("held", N_("Licences held")) if "held" in given else (before.licences.held if before else None)
    if held is not None:
        tree["held"] = held
    if given.text("held_until"):
        tree["held_until"] = given.text("held_until")
    return tree


def _data(given: Given) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name in _LISTS:
        lines = _lines(given, name)
        if lines:
            tree[name] = lines
    hosting = given.text("hosting").upper().replace(",", " ").split()
    if hosting:
        tree["hosting"] = hosting
    age = given.whole("minimum_age", N_("Minimum age"))
    if age is not None:
        tree["minimum_age"] = age
    for name in ("advertising", "in_app_purchases"):
        if given.text(name) in ("yes", "no"):
            tree[name] = given.text(name) == "yes"
    return tree


def _lines(given: Given, name: str) -> list[str]:
    return [line.strip() for line in given.text(name).splitlines() if line.strip()]


def _told(lines: tuple[str, ...] | None) -> str:
    if lines is None:
        return ""
    return "\n".join(lines) if lines else "none"


def _answer(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _euros(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100},{cents % 100:02d}"
