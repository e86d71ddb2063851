"""A catalogue on a database, and what goes into it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.exchange import Exchange
from profiles.catalogue.item import Item, item_of

ACTOR = "account:anne"
KIWIX: dict[str, Any] = {
    "kind": "app",
    "name": "Kiwix",
    "publisher": "Kiwix",
    "bundle_id": "self.Kiwix",
    "store_id": 997079563,
    "package": "org.kiwix.kiwixmobile",
    "levels": [2, 3],
    "subjects": ["science", "history_geography"],
    "languages": ["fr", "oc"],
}

MakeCatalogue = Callable[[Database], Catalogue]


def app(name: str = "Kiwix", **more: Any) -> Item:
    """An app for both kinds of tablet; another name gives another package."""
    if name != "Kiwix":
        more = {"package": f"org.example.{name.lower()}", "bundle_id": None, "store_id": None, **more}
    tree = {key: value for key, value in {**KIWIX, "name": name, **more}.items() if value is not None}
    return item_of(tree)


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "attachments")


@pytest.fixture
def make_catalogue(clock: ManualClock, attachments: Attachments) -> MakeCatalogue:
    return lambda database: Catalogue(database, clock, Journal(clock), attachments)


@pytest.fixture
def catalogue(database: Database, make_catalogue: MakeCatalogue) -> Catalogue:
    return make_catalogue(database)


@pytest.fixture
def any_catalogue(any_database: Database, make_catalogue: MakeCatalogue) -> Catalogue:
    """The catalogue on each engine in turn."""
    return make_catalogue(any_database)


@pytest.fixture
def exchange(database: Database, clock: ManualClock) -> Exchange:
    return Exchange(database, clock, Journal(clock))
