"""Orders arrive once, dangerous ones are refused, and a tablet is erased or restarted only if somebody wants it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.android.errors import MessageRefused
from mdm.android.flags import expire
from mdm.android.messages import FORMS, message_of
from mdm.android.orders import AgentOrders, Ordered
from mdm.clock import ManualClock
from mdm.fleet.kit import SlotStage
from mdm.i18n import Catalogs
from tests.android.conftest import EDITION, AgentSite, MakeTablet, Tablet, apk

CONFIRM = "/rest/plugins/devicereset/public"


async def joined(site: AgentSite, tablet: MakeTablet) -> Tablet:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report()
    return one


async def order(site: AgentSite, name: str, *, push: str = "polling", **arguments: str) -> Ordered:
    orders = AgentOrders(site.database, site.clock, site.journal, site.vault, push=push)
    tablets = [slot.tablet_id for slot in (await site.view()).slots if slot.tablet_id is not None]
    return await orders.give(name, arguments, tablets, actor="account:anne")


async def states(site: AgentSite, name: str) -> list[Any]:
    rows = await site.sql(
        "SELECT d.state FROM delivery d JOIN command c ON c.command_id = d.command_id WHERE c.request_type = :name",
        name=name,
    )
    return [row["state"] for row in rows]


async def test_a_message_carries_its_payload_as_text(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "runApp", pkg="org.geogebra.android", **{"extra.level": "3"})
    [message] = (await one.poll()).data
    assert message["messageType"] == "runApp"
    assert message["payload"] == '{"pkg":"org.geogebra.android","extra":{"level":"3"}}'
    assert await states(site, "runApp") == ["sent"]
    await one.report()
    assert await states(site, "runApp") == ["acknowledged"]


async def test_an_app_that_is_still_reported_was_not_removed(
    site: AgentSite, tablet: MakeTablet, clock: ManualClock
) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    there = [{"pkg": "com.android.chrome", "version": "1"}, {"pkg": "org.geogebra.android", "version": "5.2"}]
    await one.report(applications=there)
    await order(site, "uninstallApp", pkg="com.android.chrome")
    assert [m["messageType"] for m in (await one.poll()).data] == ["uninstallApp"]
    await one.report(applications=there)
    assert await states(site, "uninstallApp") == ["sent"]
    clock.advance(timedelta(minutes=31))
    await one.report(applications=there)
    assert await states(site, "uninstallApp") == ["error"]
    await order(site, "uninstallApp", pkg="com.android.chrome")
    assert (await one.poll()).data
    await one.report(applications=there[1:])
    assert sorted(await states(site, "uninstallApp")) == ["acknowledged", "error"]


async def test_several_wishes_to_look_again_are_one_message_at_the_end(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "configUpdated")
    await order(site, "clearDownloadHistory")
    await order(site, "configUpdated")
    assert [m["messageType"] for m in (await one.poll()).data] == ["clearDownloadHistory", "configUpdated"]


async def test_a_restart_is_in_the_configuration_until_it_is_confirmed(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    assert (await one.call("POST", f"{CONFIRM}/reboot/{one.number}", json={})).status == 409
    await order(site, "reboot")
    assert [m["messageType"] for m in (await one.poll()).data] == ["configUpdated"]
    assert (await one.fetch()).data["reboot"] is True
    assert (await one.call("POST", f"{CONFIRM}/reboot/{one.number}", json={})).status == 200
    assert "reboot" not in (await one.fetch()).data
    assert await states(site, "reboot") == ["acknowledged"]


async def test_a_confirmation_whose_answer_was_lost_is_told_the_same(
    site: AgentSite, tablet: MakeTablet, clock: ManualClock
) -> None:
    one = await joined(site, tablet)
    await order(site, "reboot")
    path = f"{CONFIRM}/reboot/{one.number}"
    assert [(await one.call("POST", path, json={})).status for _ in range(2)] == [200, 200]
    clock.advance(timedelta(minutes=2))
    assert (await one.call("POST", path, json={})).status == 409


async def test_an_erased_tablet_leaves_and_its_address_with_it(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "factoryReset")
    assert (await one.fetch()).data["factoryReset"] is True
    body = {"deviceId": one.number, "factoryReset": True}
    path = f"{CONFIRM}/{one.number}"
    assert [(await one.call("POST", path, json=body)).status for _ in range(2)] == [200, 200]
    assert (await one.fetch()).status == 404
    assert (await site.view()).slots[0].stage is SlotStage.WAITING


async def test_an_agent_without_the_right_to_erase_says_so(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "factoryReset")
    await one.call("POST", f"{CONFIRM}/{one.number}", json={"factoryReset": False})
    assert await states(site, "factoryReset") == ["error"]
    assert (await one.fetch()).status == 200


async def test_a_new_password_is_nowhere_in_clear_but_in_the_configuration(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "passwordReset", password="soleil-4821")
    assert (await one.fetch()).data["passwordReset"] == "soleil-4821"
    rows = await site.sql("SELECT body FROM command")
    assert all(b"soleil" not in bytes(row["body"]) for row in rows)
    await one.call("POST", f"{CONFIRM}/password/{one.number}", json={})
    assert "passwordReset" not in (await one.fetch()).data


async def test_an_old_order_to_erase_is_forgotten(site: AgentSite, tablet: MakeTablet, clock: ManualClock) -> None:
    one = await joined(site, tablet)
    await order(site, "factoryReset")
    clock.advance(timedelta(days=8))
    await site.database.write(lambda conn: expire(conn, now=clock.ms()))
    assert "factoryReset" not in (await one.fetch()).data


async def test_a_lock_stays_until_it_is_undone(site: AgentSite, tablet: MakeTablet) -> None:
    one = await joined(site, tablet)
    await order(site, "lock", message="Regardez le tableau")
    assert ((await one.fetch()).data["lock"], one.configuration["lockMessage"]) == (True, "Regardez le tableau")
    assert (await one.fetch()).data["lock"] is True
    await order(site, "unlock")
    assert "lock" not in (await one.fetch()).data


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("runCommand", {"command": "id"}),
        ("adminPanel", {}),
        ("deleteFile", {"path": "../../data"}),
        ("deleteFile", {"path": "/system"}),
        ("deleteDir", {"path": "."}),
        ("runApp", {"pkg": "x; reboot"}),
        ("runApp", {}),
        ("uninstallApp", {"pkg": "a.b", "more": "1"}),
        ("intent", {"action": "a\nb"}),
        ("reboot", {"now": "1"}),
        ("passwordReset", {"password": "1"}),
    ],
)
async def test_what_is_dangerous_or_wrong_is_refused_in_words(
    site: AgentSite, tablet: MakeTablet, name: str, arguments: dict[str, str]
) -> None:
    await joined(site, tablet)
    with pytest.raises(MessageRefused) as refused:
        await order(site, name, **arguments)
    english, french = (refused.value.text(Catalogs("mdm.android").for_language(one)) for one in ("en", "fr"))
    assert english == str(refused.value)
    assert french.startswith("L'ordre ")
    assert english.split(": ", 1)[1] not in french
    assert await states(site, name) == []


async def test_by_mqtt_a_tablet_is_only_told_to_look_again(site: AgentSite, tablet: MakeTablet) -> None:
    await joined(site, tablet)
    with pytest.raises(MessageRefused):
        await order(site, "runApp", push="mqttWorker", pkg="org.geogebra.android")
    assert (await order(site, "reboot", push="mqttWorker")).queued


@given(
    st.sampled_from(sorted(FORMS)), st.dictionaries(st.sampled_from(["pkg", "path", "action", "extra.x"]), st.text())
)
def test_any_arguments_make_a_safe_message_or_none(name: str, arguments: dict[str, str]) -> None:
    try:
        message = message_of(name, arguments)
    except MessageRefused:
        return
    path = (message.payload or {}).get("path", "")
    assert not path.startswith("/")
    assert ".." not in path.split("/")
