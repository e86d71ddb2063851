"""Files that the configuration puts on a tablet, and certificates among them."""

import hashlib

import pytest

from mdm.simulator.android.errors import NotJoined
from mdm.simulator.android.means import Occasion


def content(agent, path: str) -> bytes | None:
    stored = agent.tablet.files.get(path)
    return stored.content if stored is not None else None


@pytest.fixture
def listed(headwind):
    def set_them(*files: dict, **more: object) -> None:
        headwind.configs["k-kit"] = {
            "pushOptions": "polling",
            "files": [{"url": f"{headwind.url}/files/{file['path'].strip('/')}", **file} for file in files],
            **more,
        }

    return set_them


async def test_a_file_is_fetched_once_and_again_when_it_is_newer(headwind, joined, listed) -> None:
    headwind.files["school.txt"] = b"one"
    listed({"path": "/school.txt", "lastUpdate": 5})
    await joined.update()
    await joined.update()
    assert len(headwind.of("file")) == 1
    assert headwind.infos[0]["files"][0] | {"url": None} == {
        "path": "/school.txt", "url": None, "lastUpdate": 5, "checksum": hashlib.md5(b"one").hexdigest(),
        "description": None, "remove": False, "varContent": False,
    }  # fmt: skip
    headwind.files["school.txt"] = b"two"
    listed({"path": "/school.txt", "lastUpdate": 4})
    await joined.update()
    assert content(joined, "/storage/emulated/0/school.txt") == b"one"
    listed({"path": "/school.txt", "lastUpdate": 6})
    await joined.update()
    assert content(joined, "/storage/emulated/0/school.txt") == b"two"


async def test_a_file_that_somebody_deleted_comes_back(headwind, joined, listed) -> None:
    headwind.files["a.txt"] = b"a"
    listed({"path": "a.txt"})
    await joined.update()
    joined.tablet.files.clear()
    await joined.update()
    assert content(joined, "/storage/emulated/0/a.txt") == b"a"


async def test_a_file_to_remove_is_removed(headwind, joined, listed) -> None:
    headwind.files["a.txt"] = b"a"
    listed({"path": "//data/a.txt", "url": f"{headwind.url}/files/a.txt"})
    await joined.update()
    assert content(joined, "/data/a.txt") == b"a"
    assert headwind.infos[-1]["files"] == []
    listed({"path": "//data/a.txt", "remove": True})
    await joined.update()
    assert not joined.tablet.files


async def test_words_in_a_file_are_replaced_when_the_configuration_says_so(headwind, joined, listed) -> None:
    headwind.files |= {"a.txt": b"DEVICE_NUMBER CUSTOM1", "b.txt": b"DEVICE_NUMBER"}
    listed({"path": "a.txt", "varContent": True}, {"path": "b.txt"}, custom1="5A")
    await joined.update()
    assert content(joined, "/storage/emulated/0/a.txt") == f"{joined.memory.number} 5A".encode()
    assert content(joined, "/storage/emulated/0/b.txt") == b"DEVICE_NUMBER"


async def test_a_file_that_cannot_be_had_stops_an_update_that_nobody_sees(headwind, joined, listed) -> None:
    listed({"path": "a.txt"}, restrictions="no_sms")
    assert await joined.update(Occasion(screen=False)) == "stopped"
    assert await joined.update() == "done"


async def test_without_access_to_all_files_nothing_is_written(headwind, joined, listed) -> None:
    headwind.files["a.txt"] = b"a"
    joined.tablet.all_files_access = False
    listed({"path": "a.txt"})
    assert await joined.update() == "done"
    assert bool(joined.tablet.files) is (joined.tablet.spec.model.sdk < 30)


async def test_certificates_among_the_files_are_trusted(headwind, joined, listed, secure_headwind) -> None:
    server, authority = secure_headwind
    headwind.files |= {"school.pem": authority, "broken.pem": b"no certificate"}
    server.configs["d-own"] = {"pushOptions": "polling"}
    settings = [
        {"packageId": "com.hmdm.launcher", "name": "certificates", "value": "school.pem;missing.pem:broken.pem"}
    ]
    listed({"path": "school.pem"}, {"path": "broken.pem"}, applicationSettings=settings)
    headwind.configs["k-kit"]["newServerUrl"] = f"{server.url}/d-own"
    await joined.update()
    assert joined.memory.project == "k-kit"
    await joined.update()
    assert joined.memory.project == "d-own"
    assert [one.project for one in server.of("info")] == ["d-own"]


async def test_a_wrong_certificate_address_in_a_code_does_not_stop_the_set_up(headwind, make_agent) -> None:
    agent = make_agent()
    await agent.join(headwind.code(CERTS=f"{headwind.url}/files/missing.pem,http://127.0.0.1:1/x.pem"))
    assert agent.enrolled
    with pytest.raises(NotJoined):
        await make_agent(seed=9).join(headwind.code(project="k-other"))
