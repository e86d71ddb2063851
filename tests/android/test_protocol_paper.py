"""The papers on the agent name what the code does."""

from pathlib import Path

import pytest

from mdm.android.orders import ORDERS
from mdm.settings import Android

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROTOCOL, GUIDE = ((DOCS / name).read_text("utf-8") for name in ("protocols/android.md", "android.md"))
RESOURCES = (DOCS.parent / "mdm" / "android" / "resources.py").read_text("utf-8")


@pytest.mark.parametrize("key", Android.__struct_fields__)
def test_each_setting_is_explained(key: str) -> None:
    assert f"`{key}`" in GUIDE


@pytest.mark.parametrize(
    "path", ["sync/configuration", "sync/info", "notification/polling", "notifications/device", "log/rules", "log/list"]
)
def test_each_endpoint_is_in_the_paper(path: str) -> None:
    assert path in PROTOCOL
    assert all(f'"{part}"' in RESOURCES for part in path.split("/"))


def test_orders_that_are_flags_are_explained() -> None:
    assert {"reboot", "factoryReset", "passwordReset", "lock", "unlock"} <= set(ORDERS)
    assert all(name in PROTOCOL for name in ("reboot", "factoryReset", "passwordReset", "lock", "unlock"))
