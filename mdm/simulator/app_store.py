"""The apps that exist: what the App Store knows of them, and the manifests of a school's own apps."""

import plistlib
from collections.abc import Mapping
from typing import Protocol
from xml.parsers.expat import ExpatError

import msgspec


class StoreApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app as the store describes it; ``size`` in bytes, ``release`` is the external version identifier."""

    bundle_id: str
    name: str
    store_id: int | None = None
    version: str = "1.0"
    size: int = 120_000_000
    release: int = 850000000


class AppStore(Protocol):
    """Where a tablet looks an app up."""

    def by_store_id(self, store_id: int) -> StoreApp | None:
        """Return the app of that number, None when there is none."""
        ...

    def by_bundle_id(self, bundle_id: str) -> StoreApp | None:
        """Return the app of that identifier, None when there is none."""
        ...


class Catalogue:
    """A store with some well-known apps, and with all that its owner adds.

    With ``open_ended`` an unknown app exists too, under a name made from what was asked for.
    """

    def __init__(self, apps: tuple[StoreApp, ...] = (), *, open_ended: bool = True) -> None:
        self._open_ended = open_ended
        self._by_bundle_id = {app.bundle_id: app for app in (*WELL_KNOWN, *apps)}
        self._by_store_id = {app.store_id: app for app in self._by_bundle_id.values() if app.store_id is not None}

    @classmethod
    def with_ids(cls, bundle_ids: Mapping[int, str]) -> "Catalogue":
        """Return a store that also has these apps: App Store number to bundle identifier."""
        return cls(
            tuple(
                StoreApp(bundle_id=bundle_id, name=bundle_id.rsplit(".", 1)[-1], store_id=store_id)
                for store_id, bundle_id in bundle_ids.items()
            )
        )

    def by_store_id(self, store_id: int) -> StoreApp | None:
        """Return the app of that number."""
        found = self._by_store_id.get(store_id)
        if found is None and self._open_ended:
            return StoreApp(bundle_id=f"store.app.id{store_id}", name=f"App {store_id}", store_id=store_id)
        return found

    def by_bundle_id(self, bundle_id: str) -> StoreApp | None:
        """Return the app of that identifier."""
        found = self._by_bundle_id.get(bundle_id)
        if found is None and self._open_ended:
            return StoreApp(bundle_id=bundle_id, name=bundle_id.rsplit(".", 1)[-1])
        return found


def read_manifest(body: bytes) -> StoreApp:
    """Return the app that a manifest offers (Apple's schema: other/manifesturl.yaml); raise ValueError."""
    try:
        items = plistlib.loads(body)["items"]
        metadata = items[0]["metadata"]
        if metadata["kind"] != "software":
            raise ValueError("the manifest offers no software")
        return StoreApp(
            bundle_id=metadata["bundle-identifier"],
            name=metadata["title"],
            version=metadata.get("bundle-version", "1.0"),
        )
    except (plistlib.InvalidFileException, ExpatError, KeyError, IndexError, TypeError, AttributeError) as cause:
        raise ValueError("the manifest cannot be read") from cause


WELL_KNOWN = (
    StoreApp(bundle_id="com.apple.Pages", name="Pages", store_id=361309726, version="14.2", size=620_000_000),
    StoreApp(bundle_id="com.apple.Keynote", name="Keynote", store_id=361285480, version="14.2", size=640_000_000),
    StoreApp(bundle_id="com.apple.Numbers", name="Numbers", store_id=361304891, version="14.2", size=590_000_000),
    StoreApp(bundle_id="com.apple.iMovie", name="iMovie", store_id=377298193, version="3.0.2", size=700_000_000),
    StoreApp(bundle_id="com.apple.mobilegarageband", name="GarageBand", store_id=408709785, size=1_600_000_000),
    StoreApp(bundle_id="org.geogebra.Geometry", name="GeoGebra Classic", store_id=1146717204, version="5.2.874"),
    StoreApp(bundle_id="org.scratchjr.ScratchJr", name="ScratchJr", store_id=895485086, version="1.5.11"),
    StoreApp(bundle_id="self.Kiwix", name="Kiwix", store_id=997079563, version="3.7"),
    StoreApp(bundle_id="net.redjumper.bookcreatorfree", name="Book Creator", store_id=661166101, version="5.9"),
)
PREINSTALLED = WELL_KNOWN[:3]
