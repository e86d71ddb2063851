"""InstallApplication and RemoveApplication."""

from typing import Any

import msgspec

from mdm.simulator.apps import bring_app, find_app
from mdm.simulator.command import Answer, Command, CommandMalformed, mdm_error
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import App, Tablet

_BY_USER_ACCOUNT = 0


async def install_application(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey InstallApplication: the download goes on in the background; an unsupervised tablet asks its user first."""
    store_id = command.need("iTunesStoreID", int) if "iTunesStoreID" in command.keys else None
    bundle_id, manifest_url = command.text("Identifier"), command.text("ManifestURL")
    if store_id is None and bundle_id is None and manifest_url is None:
        raise CommandMalformed("InstallApplication names no app")
    method = command.may("Options", dict, {}).get("PurchaseMethod", _BY_USER_ACCOUNT)
    if manifest_url is None and method == _BY_USER_ACCOUNT:
        # These tablets have no Apple Account: what comes from the store needs a licence of the device.
        raise mdm_error(12040, "Sign in to the App Store first: the app has no license for this device.")
    app = await find_app(around, store_id=store_id, bundle_id=bundle_id, manifest_url=manifest_url)
    before = tablet.apps.get(app.bundle_id)
    if before is not None:
        _check_takeover(before, command)
    attributes = command.may("Attributes", dict, {})
    options: dict[str, Any] = {
        "flags": command.may("ManagementFlags", int, 0),
        "configuration": command.may("Configuration", dict, {}) or None,
        "removable": attributes.get("Removable", True) is not False,
    }
    if not tablet.spec.supervised and before is None:
        tablet.apps[app.bundle_id] = App(app=app, state="Prompting", **options)

        async def accept() -> None:
            if tablet.apps.get(app.bundle_id, None) and tablet.apps[app.bundle_id].state == "Prompting":
                bring_app(tablet, around, app, **options)

        around.later(20, accept)
        return Answer(keys={"Identifier": app.bundle_id, "State": "Prompting"})
    if before is not None and not before.managed:
        tablet.apps[app.bundle_id] = App(app=before.app, state="Managed", **options)
        return Answer(keys={"Identifier": app.bundle_id, "State": "Managed"})
    bringing = bring_app(tablet, around, app, **options)
    return Answer(keys={"Identifier": app.bundle_id, "State": bringing.state})


async def remove_application(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Obey RemoveApplication, of apps that commands brought."""
    bundle_id = command.need("Identifier", str)
    found = tablet.apps.get(bundle_id)
    if found is None or not found.managed or found.declaration is not None:
        raise mdm_error(12029, f"The app “{bundle_id}” is not managed.")
    await around.pace.rest(1)
    del tablet.apps[bundle_id]
    return Answer()


def user_deletes_app(tablet: Tablet, bundle_id: str) -> bool:
    """Let the user delete an app; return whether the tablet allowed it."""
    found = tablet.apps.get(bundle_id)
    if found is None or not found.present or not found.removable:
        return False
    if tablet.spec.supervised and tablet.restrictions().get("allowAppRemoval") is False:
        return False
    if found.managed:
        tablet.apps[bundle_id] = msgspec.structs.replace(found, state="ManagedButUninstalled")
    else:
        del tablet.apps[bundle_id]
    return True


def _check_takeover(before: App, command: Command) -> None:
    if before.declaration is not None:
        raise mdm_error(12025, "A declaration manages the app.", RejectionReason="AppAlreadyInstalled")
    if before.state in ("Installing", "Queued"):
        raise mdm_error(12025, "The app is being installed.", RejectionReason="AppAlreadyQueued")
    if not before.managed and command.text("ChangeManagementState") != "Managed" and before.present:
        raise mdm_error(
            12025,
            f"The app “{before.app.bundle_id}” is already installed.",
            Identifier=before.app.bundle_id,
            State="UserInstalledApp",
            RejectionReason="AppAlreadyInstalled",
        )
