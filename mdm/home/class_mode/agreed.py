"""What may be opened in class: what the kit's edition agrees to, as this room must know it."""

from typing import Protocol

import msgspec

from mdm.store import Connection


class AgreedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the edition. ``key``: its bundle identifier or package; ``required``: it is put on every tablet.

    ``preinstalled``: it comes with the tablet.
    """

    key: str
    name: str
    required: bool
    preinstalled: bool


class AgreedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A web page of the edition; no two have one label."""

    label: str
    url: str


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition agrees to on a kit's platform; ``browser``: the one in which pages can be held."""

    edition_id: str
    apps: tuple[AgreedApp, ...] = ()
    pages: tuple[AgreedPage, ...] = ()
    browser: bool = False

    def app(self, key: str) -> AgreedApp | None:
        """Return the app of that identifier."""
        return next((one for one in self.apps if one.key == key), None)

    def page(self, label: str) -> AgreedPage | None:
        """Return the page of that label."""
        return next((one for one in self.pages if one.label == label), None)


class AgreedThings(Protocol):
    """Knows what a kit's edition agrees to."""

    def of_kit(self, conn: Connection, kit_id: str, platform: str) -> Agreed | None:
        """Return it; None where no edition is followed."""
        ...
