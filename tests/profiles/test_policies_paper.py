"""docs/policies.md names every field of a policy."""

from pathlib import Path

import pytest

from profiles.policy import (
    Android,
    AndroidFile,
    App,
    Book,
    Folder,
    Home,
    HomeScreen,
    OsUpdates,
    Passcode,
    Policy,
    Restrictions,
    WebClip,
    WebFilter,
    Wifi,
)

PAPER = (Path(__file__).resolve().parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "kind",
    [
        Android,
        AndroidFile,
        App,
        Book,
        Policy,
        Folder,
        Home,
        HomeScreen,
        OsUpdates,
        Passcode,
        Restrictions,
        WebClip,
        WebFilter,
        Wifi,
    ],
)
def test_every_field_is_documented(kind: type) -> None:
    missing = [name for name in kind.__struct_fields__ if f"`{name}" not in PAPER and f"{name} =" not in PAPER]  # type: ignore[attr-defined]
    missing = [name for name in missing if f"{name}:" not in PAPER]
    assert [name for name in missing if name not in ("folder", "apps")] == []
