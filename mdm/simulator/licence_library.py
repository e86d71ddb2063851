"""What a location of Apple's Apps and Books owns, who has it, and requests about it that are carried out later.

Sources: Apple's documentation of Device Management, "Managing assets", the objects ResponseAsset, Assignment and
StatusResponse.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNLIMITED = 2_147_483_647
TOO_FEW = 9709


@dataclass(kw_only=True)
class Product:
    """An app that a location owns; the serial numbers that have it."""

    adam_id: str
    total: int
    device_assignable: bool = True
    revocable: bool = True
    kind: str = "App"
    holders: list[str] = field(default_factory=list)

    @property
    def available(self) -> int:
        """How many more can be assigned."""
        return UNLIMITED if self.total >= UNLIMITED else self.total - len(self.holders)


@dataclass(kw_only=True)
class Library:
    """A location."""

    uid: str
    name: str
    organization: str
    products: dict[str, Product] = field(default_factory=dict)
    mdm_info: dict[str, str] | None = None
    version: str = field(default_factory=lambda: str(uuid.uuid4()))

    def own(
        self,
        adam_id: int | str,
        total: int,
        *,
        device_assignable: bool = True,
        revocable: bool = True,
        kind: str = "App",
    ) -> Product:
        """Buy licences of an app, or have another number of them from now on."""
        known = self.products.get(str(adam_id))
        product = Product(
            adam_id=str(adam_id), total=total, device_assignable=device_assignable, revocable=revocable, kind=kind
        )
        if known is not None:
            product.holders = known.holders
        self.products[str(adam_id)] = product
        self.touch()
        return product

    def holders(self, adam_id: int | str) -> set[str]:
        """Return which devices have an app."""
        return set(self.products[str(adam_id)].holders)

    def take_back(self, adam_id: int | str, serial: str) -> None:
        """Take a licence from a device, as a person does in Apple School Manager."""
        self.products[str(adam_id)].holders.remove(serial)
        self.touch()

    def touch(self) -> None:
        """Change the version of what is listed."""
        self.version = str(uuid.uuid4())

    def assets(self, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what is owned, as far as a query asks for it."""
        return [
            {
                "adamId": one.adam_id,
                "assignedCount": len(one.holders),
                "availableCount": one.available,
                "deviceAssignable": one.device_assignable,
                "pricingParam": "STDQ",
                "productType": one.kind,
                "retiredCount": 0,
                "revocable": one.revocable,
                "supportedPlatforms": ["iOS"],
                "totalCount": one.total,
            }
            for one in self._asked(wanted)
            if wanted.get("productType", one.kind) == one.kind
        ]

    def assignments(self, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what is assigned, as far as a query asks for it."""
        return [
            {"adamId": one.adam_id, "serialNumber": serial, "pricingParam": "STDQ"}
            for one in self._asked(wanted)
            for serial in one.holders
            if wanted.get("serialNumber", serial) == serial
        ]

    def _asked(self, wanted: Mapping[str, str]) -> list[Product]:
        if wanted.get("pricingParam", "STDQ") != "STDQ":
            return []
        return [one for one in self.products.values() if wanted.get("adamId", one.adam_id) == one.adam_id]


@dataclass(kw_only=True)
class LicenceEvent:
    """A request that was accepted. ``looks``: how often it is seen pending yet before it is carried out."""

    library: Library
    kind: str
    adam_ids: list[str]
    serials: list[str]
    looks: int
    status: str = "PENDING"
    completed: int = 0
    missed: dict[str, list[str]] = field(default_factory=dict)
    error: tuple[int, str] = (TOO_FEW, "There aren't enough assets available to complete this association.")

    def fail(self, number: int) -> None:
        """Carry nothing out, because of an error inside the service."""
        self.missed = dict.fromkeys(self.adam_ids, self.serials)
        self.error = (number, "Internal error.")
        self.status = "FAILED"

    def carry_out(self) -> None:
        """Assign or take back each; an assignment that is there already counts as done and takes nothing."""
        for adam_id in self.adam_ids:
            product = self.library.products[adam_id]
            for serial in self.serials:
                if self.kind == "disassociate":
                    if serial in product.holders:
                        product.holders.remove(serial)
                elif serial not in product.holders:
                    if product.available <= 0:
                        self.missed.setdefault(adam_id, []).append(serial)
                        continue
                    product.holders.append(serial)
                self.completed += 1
        self.library.touch()
        self.status = "FAILED" if self.missed else "COMPLETE"

    def described(self) -> dict[str, Any]:
        """Return it as StatusResponse tells it."""
        answer: dict[str, Any] = {
            "eventType": self.kind.upper(),
            "eventStatus": self.status,
            "numCompleted": self.completed,
            "numRequested": len(self.adam_ids) * len(self.serials),
        }
        if self.missed:
            answer["failures"] = [
                {
                    "errorInfo": {
                        "assets": [{"adamId": adam_id, "pricingParam": "STDQ"}],
                        "serialNumbers": serials,
                    },
                    "errorNumber": self.error[0],
                    "errorMessage": self.error[1],
                }
                for adam_id, serials in self.missed.items()
            ]
        return answer
