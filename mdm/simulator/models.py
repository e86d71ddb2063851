"""The iPads that schools have: their models, their systems, and one tablet's particulars."""

import random
import uuid
from collections.abc import Sequence

import msgspec


class IpadModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it names itself: ``product`` is iPad13,18; ``capacity`` is in decimal gigabytes."""

    product: str
    marketing_name: str
    number: str
    capacity: float
    chip: str
    cellular: bool = False


class OsRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release of iPadOS."""

    version: str
    build: str

    def at_least(self, version: str) -> bool:
        """Tell whether this release is ``version`` or later."""
        return version_parts(self.version) >= version_parts(version)


class IpadSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet is before anybody touches it.

    ``awaits_configuration``: the Setup Assistant waits for DeviceConfigured, as with Automated Device Enrollment.
    ``passcode``: the tablet has a code and so a screen that locks.
    """

    serial: str
    udid: str
    model: IpadModel
    os: OsRelease
    supervised: bool = True
    awaits_configuration: bool = False
    passcode: bool = False
    seed: int = 0


MODELS: tuple[IpadModel, ...] = (
    IpadModel(product="iPad12,1", marketing_name="iPad (9th generation)", number="MK2K3NF/A", capacity=64, chip="8030"),
    IpadModel(
        product="iPad13,18", marketing_name="iPad (10th generation)", number="MPQ03NF/A", capacity=64, chip="8101"
    ),
    IpadModel(product="iPad15,7", marketing_name="iPad (A16)", number="MD3Y4NF/A", capacity=128, chip="8120"),
    IpadModel(
        product="iPad13,16", marketing_name="iPad Air (5th generation)", number="MM9C3NF/A", capacity=64, chip="8103"
    ),
)

RELEASES: tuple[OsRelease, ...] = (
    OsRelease(version="16.7.10", build="20H350"),
    OsRelease(version="17.4.1", build="21E236"),
    OsRelease(version="17.7.2", build="21H221"),
    OsRelease(version="18.1.1", build="22B91"),
    OsRelease(version="18.3.2", build="22D82"),
)
"""From the oldest to the newest."""

_SERIAL_SIGNS = "0123456789CDFGHJKLMNPQRTVWXY"


def version_parts(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare; raise ValueError when it is none."""
    parts = [int(part) for part in version.split(" ")[0].split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def release(version: str) -> OsRelease:
    """Return the known release of that version (``17.4`` finds 17.4.1), or one with a build made up for it."""
    for known in RELEASES:
        if known.version == version or known.version.startswith(version + "."):
            return known
    major = version_parts(version)[0]
    return OsRelease(version=version, build=f"{major + 4}A{sum(version_parts(version)[1:]) * 10 + 329}")


def make_ipads(
    count: int,
    *,
    seed: int = 1,
    models: Sequence[IpadModel] = MODELS,
    releases: Sequence[OsRelease] = RELEASES,
    supervised: bool = True,
    passcode: bool = False,
) -> list[IpadSpec]:
    """Return ``count`` tablets, the same for the same ``seed``, with a mix of models and releases."""
    made = []
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        model = rng.choice(list(models))
        made.append(
            IpadSpec(
                serial="".join(rng.choice(_SERIAL_SIGNS) for _ in range(10)),
                udid=f"0000{model.chip}-{rng.getrandbits(64):016X}",
                model=model,
                os=rng.choice(list(releases)),
                supervised=supervised,
                passcode=passcode,
                seed=rng.getrandbits(32),
            )
        )
    return made


def made_uuid(rng: random.Random) -> str:
    """Return a random UUID in Apple's writing."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4)).upper()
