"""What others than a dossier's authors may say of an item: technical facts, the data sheet, the machine's finds."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from profiles.apks.apks import Apks
from profiles.apks.errors import ApkUnreadable
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import DataSheet, dossier_of
from profiles.catalogue.errors import ApkMissing, ApkOfAnother, FieldInvalid, ItemUnknown, NoPackage
from profiles.catalogue.item import Language, item_of
from webui.api.operation import Call, Operation, operation
from webui.api.resources.catalogue import DOSSIER_BYTES, ItemPath, ItemShown, changed, versioned
from webui.api.results import Nothing, Versioned
from webui.permissions import Action


class TechnicalFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a technician can tell of an item; what is left out stays, null takes it away.

    `size_bytes` once installed; `offline`: whether it works without a network.
    """

    size_bytes: Annotated[int, Meta(gt=0, le=2**50)] | UnsetType | None = UNSET
    offline: Literal["yes", "partly", "no"] | UnsetType | None = UNSET
    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] | UnsetType = UNSET


class CatalogueFactOperations:
    """Changes parts of items."""

    def __init__(self, catalogue: Catalogue, apks: Apks) -> None:
        self._catalogue = catalogue
        self._apks = apks

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "PATCH",
                "/catalogue/items/{item_id}/technical-facts",
                self.change_facts,
                name="change_technical_facts",
                summary="Say how large an item is, whether it works without a network, and in which languages.",
                needs=Action.EDIT_TECHNICAL_FACTS,
                edits=True,
                errors=(ItemUnknown, FieldInvalid),
            ),
            operation(
                "PUT",
                "/catalogue/items/{item_id}/data-sheet",
                self.replace_data_sheet,
                name="replace_data_sheet",
                summary="Put another data-protection sheet in the place of what a dossier has.",
                needs=Action.EDIT_DATA_PROTECTION,
                edits=True,
                errors=(ItemUnknown, FieldInvalid),
                body_bytes=DOSSIER_BYTES,
            ),
            operation(
                "POST",
                "/catalogue/items/{item_id}/findings",
                self.find,
                name="find_in_apk",
                summary="Note the permissions, the size and the known trackers of an app, from its APK in the store.",
                needs=Action.EDIT_TECHNICAL_FACTS,
                errors=(ItemUnknown, NoPackage, ApkMissing, ApkUnreadable, ApkOfAnother),
            ),
        ]

    async def change_facts(self, call: Call[ItemPath, Nothing, TechnicalFacts]) -> Versioned[ItemShown]:
        """Change technical facts of an item that nobody changed since it was read."""
        before = await self._catalogue.show(call.path.item_id)
        call.expected.check(before.revision)
        item = item_of({**msgspec.to_builtins(before.item), **msgspec.to_builtins(call.body)})
        return versioned(await changed(self._catalogue, before, item=item, actor=call.person.actor))

    async def replace_data_sheet(self, call: Call[ItemPath, Nothing, DataSheet]) -> Versioned[ItemShown]:
        """Replace the data sheet of an item that nobody changed since it was read."""
        before = await self._catalogue.show(call.path.item_id)
        call.expected.check(before.revision)
        dossier = dossier_of({**msgspec.to_builtins(before.dossier), "data": msgspec.to_builtins(call.body)})
        return versioned(await changed(self._catalogue, before, dossier=dossier, actor=call.person.actor))

    async def find(self, call: Call[ItemPath, Nothing, Nothing]) -> Versioned[ItemShown]:
        """Look at the newest APK of an item; the same finds again change nothing."""
        item_id = call.path.item_id
        apk = await self._catalogue.newest_apk(item_id)
        path = self._apks.path_of(apk.hash)
        return versioned(await self._catalogue.note_findings(item_id, path, stored=apk, actor=call.person.actor))
