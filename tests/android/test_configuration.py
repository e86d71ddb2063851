"""The configuration that an agent gets: in the form that it reads, from the edition, with its own fields."""

import hashlib
from datetime import timedelta

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.kit import SlotStage
from mdm.settings import Android
from tests.android.conftest import EDITION, AgentSite, MakeTablet, apk


async def test_the_envelope_is_the_one_that_a_checking_build_cuts(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    answer = await one.join(await site.kit_path())
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.body.startswith(b'{"status":"OK","message":null,"data":{')
    assert answer.body.endswith(b"}}")
    cut = answer.body[answer.body.index(b'"data":') + 7 : -1]
    bare = b"".join(cut.split())
    signature = hashlib.sha1(b"changeme-C3z9vi54" + bare, usedforsecurity=False).hexdigest().upper()
    assert answer.headers["x-response-signature"] == signature
    assert answer.headers["x-ip-address"] == "203.0.113.9"


async def test_the_edition_arrives_whole(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    found = one.configuration
    apps = {entry["pkg"]: entry for entry in found["applications"]}
    geogebra = apps["org.geogebra.android"]
    assert (geogebra["version"], geogebra["code"], geogebra["showIcon"]) == ("5.2", 52, True)
    assert geogebra["url"].endswith("/org.geogebra.android-52-00000000.apk")
    assert "url" not in apps["com.android.chrome"]
    web = next(entry for entry in found["applications"] if entry["type"] == "web")
    assert (web["iconText"], web["url"], web["version"]) == ("Lumni", "https://www.lumni.fr/", "0")
    assert set(found["restrictions"].split(",")) >= {"no_install_apps", "no_factory_reset"}
    assert found["timeZone"] == "Europe/Paris"
    assert found["pushOptions"] == "polling"
    assert found["appPermissions"] == "denylocation"
    assert found["description"] == "Pégase 01"
    assert "requestUpdates" not in found
    assert len(found["password"]) == 32
    assert found["password"] != "25D55AD283AA400AF464C76D713C07AD"
    settings = {(one["packageId"], one["name"]): one["value"] for one in found["applicationSettings"]}
    assert settings["com.hmdm.launcher", "locked_packages"] == "com.android.vending"
    assert settings["com.android.chrome", "URLBlocklist"] == "[https://example.org]"


async def test_nothing_of_it_is_null_where_that_would_stop_the_agent(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert all(
        one.configuration[key] is not None for key in ("applications", "applicationSettings", "files", "actions")
    )
    assert all(entry["pkg"] and entry["version"] is not None for entry in one.configuration["applications"])
    packages = [entry["pkg"] for entry in one.configuration["applications"]]
    assert len(packages) == len(set(packages))


async def test_what_left_the_edition_is_taken_away(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    await site.load('name = "Less"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    gone = next(entry for entry in one.configuration["applications"] if entry["pkg"] == "org.geogebra.android")
    assert gone["remove"] is True
    assert gone["version"] == "0"
    settings = {one["name"]: one["value"] for one in one.configuration["applicationSettings"]}
    assert settings["unlocked_packages"] == "com.android.vending"
    assert "locked_packages" not in settings


async def test_going_back_to_an_older_version_removes_the_newer_one_first(site: AgentSite, tablet: MakeTablet) -> None:
    pinned = EDITION.replace('package = "org.geogebra.android"', 'package = "org.geogebra.android"\nversion = "5.2"')
    await site.load(pinned, apk(), apk(version="5.3", code=53))
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    entries = [entry for entry in one.configuration["applications"] if entry["pkg"] == "org.geogebra.android"]
    assert [(entry["version"], entry.get("remove", False)) for entry in entries] == [("5.2", False), ("5.3", True)]


async def test_an_app_without_a_file_for_the_tablet_is_not_listed(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk(abis=("x86_64",)))
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert "org.geogebra.android" not in {entry["pkg"] for entry in one.configuration["applications"]}


async def test_all_tablets_of_a_kit_share_one_compiled_configuration(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    path = await site.kit_path()
    for serial in ("AAA1", "BBB2", "CCC3"):
        await tablet(serial).join(path)
    rows = await site.sql("SELECT report FROM convergence")
    assert len({row["report"].split('"configuration":"')[1][:64] for row in rows}) == 1
    assert len(await site.sql("SELECT 1 FROM artifact WHERE media_type = 'application/json'")) == 1


async def test_a_tablet_is_ready_when_it_reports_all_its_apps(
    site: AgentSite, tablet: MakeTablet, clock: ManualClock
) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report()
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED
    await one.report(applications=[{"name": "GeoGebra", "pkg": "org.geogebra.android", "version": "5.2"}])
    assert (await site.view()).slots[0].stage is SlotStage.READY
    await one.report()
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED
    clock.advance(timedelta(minutes=29))
    await one.report()
    assert await site.sql("SELECT 1 FROM delivery WHERE state = 'queued'") == []
    clock.advance(timedelta(minutes=2))
    await one.report()
    messages = [one["messageType"] for one in (await one.poll()).data]
    assert messages == ["clearDownloadHistory", "configUpdated"]


async def test_an_app_that_nobody_agreed_to_is_removed(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report(applications=[{"pkg": "com.game", "version": "1"}])
    assert await _unwanted(site) == ["com.game"]
    assert (await one.poll()).data == [{"messageType": "uninstallApp", "payload": '{"pkg":"com.game"}'}]


async def test_drift_is_shown_until_it_is_repaired(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    there = [{"pkg": "org.geogebra.android", "version": "5.2"}]
    await one.report(applications=[*there, {"pkg": "com.game", "version": "1"}])
    assert await _unwanted(site) == ["com.game"]
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED
    await one.report(applications=there)
    assert await _unwanted(site) == []
    assert (await site.view()).slots[0].stage is SlotStage.READY


async def _unwanted(site: AgentSite) -> list[str]:
    [row] = await site.sql("SELECT report FROM convergence")
    return list(msgspec.json.decode(row["report"]).get("unwanted", []))


async def test_a_tablet_that_lost_its_owner_rights_is_not_ready(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load('name = "Empty"\n')
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    await one.report(mdmMode=False)
    assert (await site.view()).slots[0].stage is SlotStage.ENROLLED
    await one.report()
    assert (await site.view()).slots[0].stage is SlotStage.READY


async def test_requests_are_never_redirected_and_say_which_methods_there_are(
    site: AgentSite, tablet: MakeTablet
) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    answer = await one.call("DELETE", f"/rest/public/sync/configuration/{one.number}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert (await one.call("GET", "/rest/public/qr/x")).status == 404


class TestOwnSecret:
    """A server whose technician built an agent with a secret of its own."""

    @pytest.fixture
    def android(self) -> Android:
        return Android(agent_secret="own", check_signature=True, poll_seconds=5)

    async def test_requests_must_be_signed_but_polls_need_not(self, site: AgentSite, tablet: MakeTablet) -> None:
        one = tablet("T001")
        path = await site.kit_path()
        assert (await one.ask(path)).json["message"] == "error.permission.denied"

        def signed(number: str) -> dict[str, str]:
            digest = hashlib.sha1(f"own{number}".encode(), usedforsecurity=False).hexdigest()
            return {"X-Request-Signature": digest}

        answer = await one.call(
            "POST", "/rest/public/sync/configuration/T001", project=path, json={}, headers=signed("T001")
        )
        assert answer.status == 200
        one._adopt(answer.data)
        one.project = one.configuration["newServerUrl"].rsplit("/", 1)[1]
        assert (await one.fetch(headers=signed(one.number))).status == 200
        await site.load('name = "Later"\n')
        await site.checks.look_at_due()
        assert (await one.poll()).status == 200
