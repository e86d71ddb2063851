"""What tablets say is kept as far as it has a purpose; who the pupil is and where is dropped at the door."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mdm.android.device_info import MalformedReport, parse_device_info
from mdm.android.device_log import blotted, parse_log
from mdm.clock import ManualClock
from tests.android.conftest import AgentSite, MakeTablet, Tablet

PERSONAL = {
    "imei": "356938035643809",
    "imei2": "356938035643817",
    "imsi": "208011234567890",
    "iccid": "8933011234567890123",
    "phone": "+33612345678",
    "phone2": "0612345679",
    "location": {"ts": 1, "lat": 43.68512, "lon": -1.19341},
    "custom1": "Camille",
}


async def test_numbers_of_people_and_places_reach_neither_the_store_nor_the_log(
    site: AgentSite, tablet: MakeTablet, tmp_path: Path
) -> None:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    line = {
        "timestamp": 1_790_000_000_000,
        "logLevel": 2,
        "packageId": "com.hmdm.launcher",
        "message": "SIM changed: +33 6 12 34 56 78, imei 356938035643809, at 43.68512,-1.19341",
    }
    with capture_logs() as logs:
        assert (await one.report(**PERSONAL)).status == 200
        kept = await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", json=[line, line])
        put = await one.call(
            "PUT",
            f"/rest/plugins/devicelocations/public/update/{one.number}",
            json=[{"id": 1, "ts": 1, "lat": 43.68512, "lon": -1.19341}],
        )
    assert (kept.status, put.status) == (200, 200)
    assert len(await site.sql("SELECT 1 FROM android_log")) == 1
    held = b"".join(path.read_bytes() for path in tmp_path.glob("valise.db*"))
    for secret in ("356938035643809", "208011234567890", "12345678", "43.68512", "-1.19341", "12 34 56 78", "Camille"):
        assert secret.encode() not in held
        assert secret not in json.dumps(logs)


async def test_logs_are_asked_for_warnings_only_and_kept_once(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    rules = await one.call("GET", f"/rest/plugins/devicelog/log/rules/{one.number}")
    assert rules.data == [{"packageId": "com.hmdm.launcher", "logLevel": 2, "filter": ""}]
    items = [
        {"timestamp": 5, "logLevel": 1, "packageId": "com.hmdm.launcher", "message": "download failed"},
        {"timestamp": 4, "logLevel": 2, "packageId": "com.hmdm.launcher", "message": "retry"},
        {"timestamp": 3, "logLevel": 5, "packageId": "com.hmdm.launcher", "message": "verbose"},
        {"timestamp": 2, "logLevel": 1, "packageId": "com.other", "message": "not asked"},
    ]
    for _ in range(2):
        await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", json=items)
    rows = await site.sql("SELECT at, level, message FROM android_log ORDER BY at")
    assert rows == [{"at": 4, "level": 2, "message": "retry"}, {"at": 5, "level": 1, "message": "download failed"}]


async def test_a_tablet_that_talks_without_end_fills_nothing(
    site: AgentSite, tablet: MakeTablet, clock: ManualClock
) -> None:
    await site.load('name = "Empty"\n')
    one, other = tablet("AAA1"), tablet("BBB2")
    path = await site.kit_path()
    await one.join(path)
    await other.join(path)

    async def say(who: Tablet, *numbers: int) -> None:
        items = [{"timestamp": n, "logLevel": 1, "packageId": "com.hmdm.launcher", "message": f"n{n}"} for n in numbers]
        assert (await who.call("POST", f"/rest/plugins/devicelog/log/list/{who.number}", json=items)).status == 200

    await say(other, 1)
    for first in range(0, 3000, 200):
        clock.advance(timedelta(seconds=1))
        await say(one, *range(first, first + 200))
    rows = await site.sql("SELECT at FROM android_log WHERE message LIKE 'n%' ORDER BY at")
    assert [row["at"] for row in rows] == [1, *range(2000, 3000)]


async def test_agents_of_other_makes_find_their_addresses(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    detail = f"/rest/plugins/deviceinfo/deviceinfo/public/{one.number}"
    assert (await one.call("PUT", detail, json=[{"id": 1}])).status == 200
    settings = await one.call("GET", f"/rest/plugins/deviceinfo/deviceinfo-plugin-settings/device/{one.number}")
    assert settings.data == {"sendData": False, "intervalMins": 0}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"batteryLevel":900}', b"\xff\xfe", b"[" * 100_000, b'{"applications":[{}]}']
)
async def test_what_is_no_report_is_refused_in_words(site: AgentSite, tablet: MakeTablet, body: bytes) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    answer = await one.call("POST", "/rest/public/sync/info", data=body)
    assert answer.status == 400
    assert answer.json["status"] == "ERROR"


async def test_a_body_over_the_limit_is_refused(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert (await one.call("POST", "/rest/public/sync/info", data=b"x" * 600_000)).status == 413


async def test_secret_addresses_in_a_log_are_not_kept(site: AgentSite, tablet: MakeTablet, tmp_path: Path) -> None:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    address = f"{site.settings.device.url}/{one.project}/rest/public/sync/info"
    message = f"Failed: {address} and https://x.example/files/0123456789abcdef-tokentoken/a-1.apk: timeout"
    item = {"timestamp": 5, "logLevel": 2, "packageId": "com.hmdm.launcher", "message": message}
    assert (await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", json=[item])).status == 200
    [row] = await site.sql("SELECT message FROM android_log")
    assert (
        row["message"] == "Failed: https://tablets.example.fr/…/rest/public/sync/info and https://x.example/… timeout"
    )
    assert one.project.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("valise.db*"))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_report_or_refused(body: bytes) -> None:
    for parse in (parse_device_info, parse_log):
        with suppress(MalformedReport):
            parse(body)


@given(st.from_regex(r"(\+33|0)[67]([ .-]?[0-9]{2}){4}", fullmatch=True), st.text(max_size=20))
def test_telephone_numbers_are_blotted_wherever_they_stand(number: str, around: str) -> None:
    assert number not in blotted(f"{around} {number} {around}")
