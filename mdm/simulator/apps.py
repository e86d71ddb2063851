"""How an app comes to a tablet and leaves it: the same for a command and for a declaration."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from mdm.simulator.app_store import StoreApp, read_manifest
from mdm.simulator.command import Refused, mdm_error
from mdm.simulator.errors import ServerRefused, ServerUnreachable
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import App, Tablet

_BYTES_PER_SECOND = 12_000_000
_GIGABYTE = 1e9

Finished = Callable[[], Awaitable[None]]


async def find_app(
    around: Surroundings, *, store_id: int | None, bundle_id: str | None, manifest_url: str | None
) -> StoreApp:
    """Return the app that was asked for; raise `Refused` as iOS does when there is none."""
    if manifest_url is not None:
        return await _by_manifest(around, manifest_url)
    found = around.store.by_store_id(store_id) if store_id is not None else None
    if found is None and bundle_id is not None:
        found = around.store.by_bundle_id(bundle_id)
    if found is None:
        raise mdm_error(12023, "The app could not be found in the store.", RejectionReason="CouldNotVerifyAppID")
    if bundle_id is not None and found.bundle_id != bundle_id:
        return msgspec.structs.replace(found, bundle_id=bundle_id)
    return found


async def _by_manifest(around: Surroundings, url: str) -> StoreApp:
    if not url.lower().startswith("https://"):
        raise mdm_error(12034, "The address of the manifest does not begin with https.")
    try:
        return read_manifest(await around.fetch(url))
    except (ServerUnreachable, ServerRefused) as cause:
        raise mdm_error(12024, f"The manifest could not be fetched: {cause}.") from cause
    except ValueError as cause:
        raise mdm_error(12033, "The manifest is not valid.") from cause


def bring_app(
    tablet: Tablet,
    around: Surroundings,
    app: StoreApp,
    *,
    flags: int = 0,
    configuration: Mapping[str, Any] | None = None,
    removable: bool = True,
    declaration: str | None = None,
    finished: Finished | None = None,
) -> App:
    """Start to install an app, and return what the tablet says of it at once; raise `Refused` when it has no room.

    ``finished`` runs when the app is there.
    """
    before = tablet.apps.get(app.bundle_id)
    if before is None and tablet.available_gb < app.size / _GIGABYTE:
        raise Refused(mdm_error(12026, "There is not enough storage for the app.").chain[0])
    update = before is not None and before.present
    bringing = App(
        app=app,
        state="Updating" if update else "Installing",
        flags=flags,
        configuration=configuration,
        removable=removable,
        declaration=declaration,
    )
    tablet.apps[app.bundle_id] = bringing

    async def arrive() -> None:
        if tablet.apps.get(app.bundle_id) is bringing:
            tablet.apps[app.bundle_id] = msgspec.structs.replace(bringing, state="Managed")
            if finished is not None:
                await finished()

    around.later(5 + app.size / _BYTES_PER_SECOND, arrive)
    return bringing
