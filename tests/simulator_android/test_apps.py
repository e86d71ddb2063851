"""Installing and removing: which applications, in which order, and what happens when it fails."""

from datetime import UTC, datetime, timedelta

import pytest

from mdm.simulator.android.apk import ApkShelf, read_package
from mdm.simulator.android.apps import file_name, is_hour_for_updates
from mdm.simulator.android.config import ServerConfig
from mdm.simulator.android.device import InstalledApp, VirtualTablet, make_tablets
from mdm.simulator.android.means import Occasion
from mdm.simulator.apk_maker import make_xapk
from mdm.simulator.apk_signature import SigningKey
from tests.simulator_android.headwind import SECRET, sha1
from tests.simulator_android.tablets import apk

HIDDEN = Occasion(screen=False)


@pytest.fixture
def listed(headwind, joined):
    """Sets the applications of the configuration; an entry's ``file`` is its package's file."""

    def set_them(*entries: dict, **more: object) -> None:
        applications = []
        for entry in entries:
            made = {"version": "1.0", "url": f"{headwind.url}/files/{entry.get('file', entry['pkg'])}", **entry}
            applications.append({key: value for key, value in made.items() if key != "file"})
        headwind.configs["k-kit"] = {"pushOptions": "polling", "applications": applications, **more}

    return set_them


def version(agent, package: str) -> str | None:
    app = agent.tablet.installed.get(package)
    return app.version_name if app is not None else None


async def test_applications_are_installed_in_order_once(headwind, joined, listed) -> None:
    for name in ("b", "a", "c"):
        headwind.files[f"org.{name}"] = apk(f"org.{name}")
    listed({"pkg": "org.b"}, {"pkg": "org.a", "runAfterInstall": True}, {"pkg": "org.c", "version": "0"})
    await joined.update()
    assert joined.told("installed") == ["org.b 1.0", "org.a 1.0", "org.c 1.0"]
    assert joined.tablet.foreground == "org.a"
    await joined.update()
    assert len(headwind.of("file")) == 3


async def test_a_download_is_signed_and_not_compressed(headwind, joined, listed) -> None:
    headwind.files["org.a"] = apk("org.a")
    listed({"pkg": "org.a"})
    await joined.update()
    headers = headwind.of("file")[0].headers
    assert headers["X-Request-Signature"] == sha1(SECRET + "org.a")
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("entry", "after"),
    [
        ({"version": "3.0"}, "3.0"),
        ({"version": "2.0"}, "2.0"),
        ({"version": "2.0-beta"}, "2.0"),
        ({"version": "1.0"}, "2.0"),
        ({"version": "0"}, "2.0"),
        ({"version": "3.0", "skipVersion": True}, "2.0"),
        ({"version": "3.0", "code": 2}, "2.0"),
        ({"version": "2.0", "code": 3}, "3.0"),
        ({"version": "9", "code": 1}, "2.0"),
        ({"version": "3.0", "url": None}, "2.0"),
        ({"version": "3.0", "url": ""}, "2.0"),
        ({"version": "3.0", "type": "web"}, "2.0"),
        ({"version": "3.0", "type": "intent"}, "2.0"),
    ],
)
async def test_only_a_newer_version_replaces_what_is_there(headwind, joined, listed, entry, after) -> None:
    headwind.files["org.a"] = apk("org.a", "2.0", 2)
    listed({"pkg": "org.a", "version": "2.0"})
    await joined.update()
    headwind.files["new"] = apk("org.a", "3.0", 3)
    listed({"pkg": "org.a", "file": "new", **entry})
    await joined.update()
    assert version(joined, "org.a") == after


async def test_removing_needs_an_entry_that_says_so(headwind, joined, listed) -> None:
    for name in ("org.a", "org.b", "org.c"):
        headwind.files[name] = apk(name, "2.0", 2)
    listed(*({"pkg": name, "version": "2.0"} for name in ("org.a", "org.b", "org.c")))
    await joined.update()
    listed(
        {"pkg": "org.a", "version": "0", "remove": True},
        {"pkg": "org.b", "version": "2.0", "remove": True},
        {"pkg": "com.android.chrome", "version": "0", "remove": True},
    )
    await joined.update()
    assert joined.told("removed") == ["org.a", "org.b"]
    assert version(joined, "org.c") == "2.0"
    assert "com.android.chrome" in joined.tablet.installed
    listed({"pkg": "org.c", "version": "1.0", "remove": True})
    await joined.update()
    assert version(joined, "org.c") == "2.0"


async def test_an_older_version_comes_back_only_beside_the_removal_of_the_installed_one(
    headwind, joined, listed
) -> None:
    headwind.files |= {"v2": apk("org.a", "2.0", 2), "v1": apk("org.a", "1.0", 1)}
    listed({"pkg": "org.a", "version": "2.0", "file": "v2"})
    await joined.update()
    listed({"pkg": "org.a", "version": "1.0", "file": "v1"}, {"pkg": "org.a", "version": "2.0", "remove": True})
    await joined.update()
    assert version(joined, "org.a") == "1.0"
    assert joined.told("removed") == ["org.a"]


async def test_a_version_that_the_package_does_not_have_is_installed_again_and_again(headwind, joined, listed) -> None:
    headwind.files["org.a"] = apk("org.a", "1.0", 1)
    listed({"pkg": "org.a", "version": "1.1"})
    await joined.update()
    await joined.update()
    assert len(joined.told("installed")) == 2


async def test_a_package_that_cannot_be_had_stops_an_update_that_nobody_sees(headwind, joined, listed) -> None:
    headwind.files["org.b"] = apk("org.b")
    listed({"pkg": "org.a"}, {"pkg": "org.b"}, restrictions="no_sms")
    joined.tablet.screen_alive = False
    assert await joined.update() == "stopped"
    assert joined.told("stopped")
    assert version(joined, "org.b") is None
    assert joined.tablet.restrictions == {"no_safe_boot"}
    assert not headwind.infos
    headwind.files["org.a"] = apk("org.a")
    assert await joined.update() == "done"
    assert "no_sms" in joined.tablet.restrictions
    assert not headwind.infos  # without a screen an update reports nothing


async def test_with_the_screen_alive_what_cannot_be_had_is_passed_over(headwind, joined, listed) -> None:
    headwind.files["org.b"] = apk("org.b")
    listed({"pkg": "org.a"}, {"pkg": "org.b"}, restrictions="no_sms")
    assert await joined.update() == "done"
    assert version(joined, "org.b") == "1.0"
    assert "no_sms" in joined.tablet.restrictions
    assert [app["pkg"] for app in headwind.infos[0]["applications"]] == ["org.b"]
    assert len(headwind.of("file")) == 2


async def test_at_the_first_start_a_person_repeats_a_failed_download_once(headwind, make_agent) -> None:
    headwind.configs["k-kit"]["applications"] = [
        {"pkg": "org.a", "version": "1.0", "url": f"{headwind.url}/files/org.a"},
    ]
    headwind.files["org.a"] = apk("org.a")
    headwind.script("file", 200, 503)
    agent = make_agent()
    await agent.join(headwind.code())
    assert version(agent, "org.a") == "1.0"
    assert len(headwind.of("file")) == 3


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (b"no package", "INVALID"),
        (apk("org.other"), "INVALID"),
        (apk("org.a", "3.0", 3, min_sdk=99), "INCOMPATIBLE"),
        (apk("org.a", "3.0", 3, abis=("mips",)), "INCOMPATIBLE"),
        (apk("org.a", "3.0", 1), "INVALID"),
        (apk("org.a", "3.0", 3, key=SigningKey.create("A stranger")), "CONFLICT"),
    ],
)
async def test_what_android_refuses_is_logged_and_not_tried_again(headwind, joined, listed, made, why) -> None:
    headwind.files |= {"v2": apk("org.a", "2.0", 2), "v3": made}
    listed({"pkg": "org.a", "version": "2.0", "file": "v2"})
    await joined.update()
    listed({"pkg": "org.a", "version": "3.0", "file": "v3"})
    headwind.asked.clear()
    assert await joined.update(HIDDEN) == "stopped"
    assert version(joined, "org.a") == "2.0"
    errors = [item for sent in headwind.of("logs") for item in sent.body if item["logLevel"] == 1]
    assert [item["message"] for item in errors] == [f"Failed to install org.a: {why}"]
    assert await joined.update(HIDDEN) == "done"
    assert len(headwind.of("file")) == 1
    listed({"pkg": "org.a", "version": "3.0", "file": "v3b"})  # another name is another file
    headwind.files["v3b"] = apk("org.a", "3.0", 3)
    assert await joined.update(HIDDEN) == "done"
    assert version(joined, "org.a") == "3.0"


async def test_a_person_or_a_message_makes_a_failed_package_be_tried_again(headwind, joined, listed) -> None:
    headwind.files["org.a"] = b"no package"
    listed({"pkg": "org.a"})
    await joined.update()
    headwind.files["org.a"] = apk("org.a")
    await joined.update()
    assert version(joined, "org.a") is None
    await joined.update(Occasion(background=False, waits=True))
    assert version(joined, "org.a") == "1.0"


async def test_a_full_tablet_installs_nothing(headwind, joined, listed) -> None:
    headwind.files["org.a"] = apk("org.a", padding=100_000)
    listed({"pkg": "org.a"})
    filler = InstalledApp(package="org.filler", version_name="1", version_code=1, size=joined.tablet.free)
    joined.tablet.install(filler)
    await joined.update()
    assert "STORAGE" in joined.told("failed")[0]


async def test_split_packages_come_in_one_archive(headwind, joined, listed) -> None:
    base, split = apk("org.a", "2.0", 2, abis=("arm64-v8a",)), apk("org.a", "2.0", 2, split="config.fr")
    headwind.files["org.a.xapk"] = make_xapk([("config.fr.apk", split), ("org.a.apk", base)])
    listed({"pkg": "org.a", "version": "2.0", "file": "org.a.xapk"})
    await joined.update()
    assert version(joined, "org.a") == "2.0"


async def test_the_agent_updates_itself_and_a_master_package_every_time(headwind, joined, listed) -> None:
    for name in ("launcher-7.apk", "hmdm-master.apk"):
        headwind.files[name] = apk("com.hmdm.launcher", "7.0", 16000)
    listed({"pkg": "com.hmdm.launcher", "version": "7.0", "file": "launcher-7.apk"})
    await joined.update()
    await joined.update()
    assert len(joined.told("installed")) == 1
    listed({"pkg": "com.hmdm.launcher", "version": "7.0", "file": "hmdm-master.apk"})
    await joined.update()
    await joined.update()
    assert len(joined.told("installed")) == 3


async def test_a_page_of_the_store_waits_for_a_person(headwind, joined, listed) -> None:
    listed({"pkg": "org.a", "url": "market://details?id=org.a"})
    assert await joined.update() == "done"
    assert "org.a" in joined.told("asked")[0]


@pytest.mark.parametrize(
    ("start", "end", "now", "is_hour"),
    [
        (None, None, "12:00", True),
        ("08:00", "08:00", "12:00", True),
        ("08:00", "18:00", "12:00", True),
        ("08:00", "18:00", "18:00", False),
        ("22:00", "06:00", "23:30", True),
        ("22:00", "06:00", "05:59", True),
        ("22:00", "06:00", "12:00", False),
    ],
)
def test_the_hours_of_updates_may_cross_midnight(start, end, now, is_hour) -> None:
    config = ServerConfig(app_update_from=start, app_update_to=end)
    assert is_hour_for_updates(config, datetime.fromisoformat(f"2026-09-01T{now}:00+02:00")) is is_hour


async def test_applications_wait_for_the_hours_of_updates(headwind, make_agent) -> None:
    spec = make_tablets(1)[0].spec
    agent = make_agent(VirtualTablet(spec, clock=lambda: datetime(2026, 9, 1, 12, tzinfo=UTC)))
    await agent.join(headwind.code())
    headwind.files["org.a"] = apk("org.a")
    headwind.configs["k-kit"] |= {
        "appUpdateFrom": "20:00",
        "appUpdateTo": "22:00",
        "applications": [{"pkg": "org.a", "version": "1.0", "url": f"{headwind.url}/files/org.a"}],
    }
    await agent.update()
    await agent.job()
    assert version(agent, "org.a") is None
    agent.tablet.clock_offset = timedelta(hours=9)
    await agent.job()
    assert version(agent, "org.a") == "1.0"


@pytest.mark.parametrize(("rule", "tries"), [(None, 5), ("wifi", 0), ("limited", 4)])
async def test_mobile_data_is_spared_as_the_configuration_says(headwind, joined, listed, rule, tries) -> None:
    listed({"pkg": "org.a"}, downloadUpdates=rule)
    joined.tablet.on_mobile_data = True
    for _ in range(5):
        await joined.update()
    assert len(headwind.of("file")) == tries


async def test_a_package_is_read_once_for_all_tablets(headwind, make_agent) -> None:
    reads = []

    def read(path):
        reads.append(path)
        return read_package(path)

    shelf = ApkShelf(read)
    for seed in range(3):
        await make_agent(seed=seed, read_apk=shelf).join(headwind.code())
    assert len(reads) == 1


def test_a_file_is_known_by_the_last_segment_of_its_address() -> None:
    assert file_name("https://h/files/a/app-1.apk?v=2") == "app-1.apk?v=2"
