"""Promises that hold in whatever order a tablet is used: no answer is missing, no state contradicts itself."""

import asyncio
import contextlib
import plistlib
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.simulator.app_store import Catalogue
from mdm.simulator.command import Command, CommandMalformed, read_command
from mdm.simulator.errors import ProfileError, SimulatorError
from mdm.simulator.models import RELEASES, make_ipads
from mdm.simulator.obey import RULES, obey
from mdm.simulator.pace import Pace
from mdm.simulator.profile import Enrollment, MdmContent, Profile, ScepContent, read_profile
from mdm.simulator.tablet import Tablet

NAMES = ["org.example.a", "org.example.b", "org.example.enroll"]
BOOKS = ["https://livres.example/a.pdf", "https://livres.example/a.txt"]
APPS = ["org.geogebra.Geometry", "com.apple.Pages", "fr.ecole.none"]


class Around:
    """A tablet's surroundings without a network."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.store = Catalogue()
        self.identity = None
        self.waiting: list = []

    def now(self) -> datetime:
        return datetime(2026, 9, 1, tzinfo=UTC)

    async def fetch(self, url: str) -> bytes:
        raise SimulatorError(url)

    def later(self, seconds: float, work) -> None:
        self.waiting.append(work)

    async def replace_enrollment(self, enrollment: Enrollment) -> None:
        return None


def profile(identifier: str) -> bytes:
    keys = {"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": identifier, "PayloadUUID": "U"}
    return plistlib.dumps({**keys, "PayloadContent": []})


def managed_tablet(seed: int, supervised: bool, passcode: bool) -> Tablet:
    spec = make_ipads(1, seed=seed, releases=RELEASES, supervised=supervised, passcode=passcode)[0]
    tablet = Tablet(spec)
    mdm = MdmContent(
        topic="com.apple.mgmt.x",
        server_url="https://x/",
        checkin_url="https://x/",
        access_rights=8191,
        sign_message=False,
        checkout_when_removed=False,
        server_capabilities=frozenset(),
    )
    read: Profile = read_profile(profile("org.example.enroll"))
    tablet.enrolled(Enrollment(profile=read, roots=(), scep=ScepContent(url="x"), mdm=mdm))
    return tablet


words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=4)
"""What the XML of a property list can hold."""
values = st.recursive(
    st.none().map(lambda _: "text") | st.booleans() | st.integers(-5, 5) | st.binary(max_size=4) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
anything = st.builds(
    lambda name, keys: (name, keys),
    st.sampled_from([*RULES, "", "Nonsense"]),
    st.dictionaries(
        st.sampled_from(
            [
                *("Queries", "Payload", "Identifier", "Settings", "Options", "Message", "UnlockToken", "Data", "Items"),
                *("iTunesStoreID", "ManifestURL", "ReturnToService", "Identifiers", "Configuration", "Attributes"),
                *("MediaURL", "MediaType", "PersistentID", "Kind", "Version"),
            ]
        ),
        values,
    ),
)  # fmt: skip
sensible = st.one_of(
    st.sampled_from(NAMES).map(lambda name: ("InstallProfile", {"Payload": profile(name)})),
    st.sampled_from(NAMES[:2]).map(lambda name: ("RemoveProfile", {"Identifier": name})),
    st.sampled_from(APPS).map(
        lambda name: ("InstallApplication", {"Identifier": name, "Options": {"PurchaseMethod": 1}})
    ),
    st.sampled_from(APPS).map(lambda name: ("RemoveApplication", {"Identifier": name})),
    st.sampled_from(BOOKS).map(
        lambda url: ("InstallMedia", {"MediaType": "Book", "PersistentID": "org.example.a", "MediaURL": url})
    ),
    st.integers(-1, 2).map(lambda number: ("InstallMedia", {"MediaType": "Book", "iTunesStoreID": number})),
    st.just(("ManagedMediaList", {})),
    st.just(("RemoveMedia", {"MediaType": "Book", "PersistentID": "org.example.a"})),
    st.just(("EnableLostMode", {"Message": "Perdu"})),
    st.just(("DisableLostMode", {})),
    st.just(("DeviceLock", {})),
    st.just(("unlock", {})),
    st.just(("arrive", {})),
)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 50),
    supervised=st.booleans(),
    passcode=st.booleans(),
    steps=st.lists(sensible | anything, max_size=15),
)
def test_every_command_has_an_answer_and_the_state_stays_sound(seed, supervised, passcode, steps) -> None:
    asyncio.run(_use(managed_tablet(seed, supervised, passcode), steps))


async def _use(tablet: Tablet, steps: list) -> None:
    around = Around()
    for number, (name, keys) in enumerate(steps):
        if name == "unlock":
            tablet.unlock()
        elif name == "arrive":
            while around.waiting:
                await around.waiting.pop(0)()
        else:
            locked, lost, before = tablet.locked, tablet.lost, dict(tablet.profiles)
            outcome = await obey(tablet, around, Command(uuid=str(number), request_type=name, keys=keys))
            assert plistlib.dumps(dict(outcome.keys))
            assert (outcome.status == "Error") == ("ErrorChain" in outcome.keys)
            if outcome.status != "Acknowledged":
                assert (dict(tablet.profiles), tablet.lost) == (before, lost)
            if locked:
                assert set(tablet.profiles) == set(before)
        _sound(tablet)


def _sound(tablet: Tablet) -> None:
    assert tablet.passcode or not tablet.locked
    assert "org.example.enroll" in tablet.profiles
    assert 0 <= tablet.available_gb <= tablet.spec.model.capacity
    assert tablet.lost is None or tablet.spec.supervised
    assert all(name == one.app.bundle_id for name, one in tablet.apps.items())
    for name, book in tablet.books.items():
        assert name in (book.persistent_id, f"store/{book.store_id}")
        assert book.earlier is None or (book.earlier.present and book.state in ("Updating", "Failed"))
    assert all(name == one.profile.identifier for name, one in tablet.profiles.items())


@settings(max_examples=100, deadline=None)
@given(identifiers=st.lists(st.sampled_from(NAMES[:2]), max_size=6))
def test_obeying_twice_is_as_obeying_once(identifiers) -> None:
    async def use(times: int) -> list[str]:
        tablet, around = managed_tablet(1, True, False), Around()
        for name in identifiers:
            for _ in range(times):
                await obey(
                    tablet, around, Command(uuid="1", request_type="InstallProfile", keys={"Payload": profile(name)})
                )
        return sorted(tablet.profiles)

    assert asyncio.run(use(1)) == asyncio.run(use(2))


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | values.map(plistlib.dumps))
def test_what_is_no_command_is_never_obeyed(body: bytes) -> None:
    try:
        command = read_command(body)
    except CommandMalformed:
        return
    assert isinstance(command.uuid, str)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | values.map(plistlib.dumps))
def test_what_is_no_profile_is_refused_and_nothing_else(body: bytes) -> None:
    with contextlib.suppress(ProfileError):
        assert isinstance(read_profile(body), Profile)
