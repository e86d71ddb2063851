"""The catalogue over HTTP: added, found, changed by several people at once, and told to everybody."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, entries, verify
from mdm.store import Database
from profiles.apks.apks import Apks
from tests.api.conftest import Api, Reply
from tests.catalogue.test_findings import FIREBASE, OWN, apk
from webui.roles import Role

KIWIX: dict[str, Any] = {
    "kind": "app",
    "name": "Kiwix",
    "publisher": "Kiwix",
    "bundle_id": "self.Kiwix",
    "package": "org.kiwix.kiwixmobile",
    "levels": [2, 3],
    "subjects": ["science"],
}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
ENGLISH = {"Accept-Language": "en"}


async def add(api: Api, item: dict[str, Any] | None = None, **dossier: Any) -> Reply:
    body = {"item": item or KIWIX, "dossier": dossier}
    reply = await api.ask("POST", "/catalogue/items", role=Role.MANAGER, json=body)
    assert reply.status == 201, reply.body
    return reply


async def change(
    api: Api, path: str, tag: str, body: Any, *, method: str = "PATCH", role: Role = Role.MANAGER
) -> Reply:
    return await api.ask(method, path, role=role, json=body, headers={"If-Match": tag})


def page(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "web_clip", "name": name, "url": f"https://example.org/{name}", **more}


async def test_what_a_manager_adds_everybody_reads(api: Api, database: Database) -> None:
    made = await add(api, purpose="Lire Wikipédia sans réseau.", data={"hosting": ["FR"], "trackers": []})
    item_id = made.json["item_id"]
    assert made.headers["Location"] == f"/api/v1/catalogue/items/{item_id}"
    assert made.headers["ETag"] == '"r1"'
    for role in Role:
        shown = await api.ask("GET", f"/catalogue/items/{item_id}", role=role)
        assert (shown.status, shown.headers["ETag"], shown.json) == (200, '"r1"', made.json), role
    assert shown.json["item"] == {**KIWIX, "item_id": item_id}
    assert shown.json["dossier"] == {
        "purpose": "Lire Wikipédia sans réseau.", "data": {"hosting": ["FR"], "trackers": []},
    }  # fmt: skip
    assert shown.json["changed_by"].startswith("token:")
    (told,) = await database.read(lambda conn: entries(conn, subject=f"item:{item_id}"))
    assert (told.kind, told.actor) == ("catalogue_item_added", shown.json["changed_by"])
    assert (await database.read(verify)).intact


async def test_a_technician_adds_nothing_and_changes_no_dossier(api: Api) -> None:
    made = await add(api)
    path, tag = f"/catalogue/items/{made.json['item_id']}", made.headers["ETag"]
    for role in (Role.TECHNICIAN, Role.ADMINISTRATOR, Role.TEACHER, Role.DPO):
        refused = await api.ask("POST", "/catalogue/items", role=role, json={"item": page("x")})
        assert (refused.status, refused.code) == (403, "not_allowed"), role
        assert (await change(api, path, tag, {"item": page("x")}, role=role)).status == 403, role
    assert [one["name"] for one in (await api.ask("GET", "/catalogue/items")).json["items"]] == ["Kiwix"]


async def test_an_item_that_is_added_twice_with_a_key_is_there_once(api: Api) -> None:
    body = {"item": KIWIX}
    first = await api.ask("POST", "/catalogue/items", role=Role.DSDEN, json=body, headers=KEY)
    again = await api.ask("POST", "/catalogue/items", role=Role.DSDEN, json=body, headers=KEY)
    assert (first.status, again.status, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.body == again.body
    without = await api.ask("POST", "/catalogue/items", role=Role.DSDEN, json=body)
    assert (without.status, without.code) == (409, "catalogue_item_exists")
    assert len((await api.ask("GET", "/catalogue/items")).json["items"]) == 1


@pytest.mark.parametrize(
    ("item", "dossier", "code", "said"),
    [
        ({"kind": "app", "name": "Kiwix"}, {}, "catalogue_field_invalid", "bundle identifier"),
        (page("x", package="org.x"), {}, "catalogue_field_invalid", "has none"),
        (page("x", url="https://a:b@example.org/"), {}, "catalogue_field_invalid", "password"),
        (page("x", icon="aGVsbG8="), {}, "catalogue_field_invalid", "PNG"),
        (page("x", item_id="0" * 32), {}, "catalogue_field_invalid", "leave it out"),
        (page("x\u202e"), {}, "catalogue_field_invalid", "cannot be seen"),
        (page("x", colour="red"), {}, "body_wrong", "/item"),
        (page("x", levels=[5]), {}, "body_wrong", "/item/levels/0"),
        (page(""), {}, "body_wrong", "/item/name"),
        (page("x"), {"data": {"hosting": ["France"]}}, "body_wrong", "/dossier/data/hosting/0"),
        (page("x"), {"tried_by": ["Anne Martin"]}, "body_wrong", "/dossier/tried_by/0"),
        (page("x"), {"cost_cents": 2**70}, "body_wrong", "/dossier/cost_cents"),
    ],
)
async def test_what_cannot_be_an_item_is_refused_with_the_place(
    api: Api, item: dict[str, Any], dossier: dict[str, Any], code: str, said: str
) -> None:
    body = {"item": item, "dossier": dossier}
    reply = await api.ask("POST", "/catalogue/items", role=Role.MANAGER, json=body, headers=ENGLISH)
    assert (reply.status, reply.code) == (422, code)
    told = reply.json["errors"][0]["place"] if reply.json["errors"] else reply.json["detail"]
    assert said in told
    assert (await api.ask("GET", "/catalogue/items")).json["items"] == []


async def test_of_many_changes_to_one_revision_exactly_one_is_made(api: Api) -> None:
    made = await add(api)
    path = f"/catalogue/items/{made.json['item_id']}"
    replies = await asyncio.gather(
        *(change(api, path, '"r1"', {"dossier": {"purpose": f"But {number}"}}) for number in range(8))
    )
    assert sorted(one.status for one in replies) == [200] + [412] * 7
    assert {one.code for one in replies if one.status == 412} == {"stale"}
    (done,) = [one for one in replies if one.status == 200]
    now = await api.ask("GET", path)
    assert (now.json, now.headers["ETag"], done.headers["ETag"]) == (done.json, '"r2"', '"r2"')
    assert (await change(api, path, '"r1"', {"item": page("x")})).code == "stale"
    without = await api.ask("PATCH", path, role=Role.MANAGER, json={})
    assert (without.status, without.code) == (428, "precondition_needed")


async def test_a_change_leaves_what_it_does_not_name(api: Api) -> None:
    made = await add(api, purpose="Lire.")
    path = f"/catalogue/items/{made.json['item_id']}"
    item = {**made.json["item"], "publisher": "Openzim"}
    changed = await change(api, path, '"r1"', {"item": item})
    assert (changed.status, changed.json["item"], changed.json["dossier"]) == (200, item, {"purpose": "Lire."})
    same = await change(api, path, '"r2"', {"item": item})
    assert (same.status, same.headers["ETag"]) == (200, '"r2"')
    other = await change(api, path, '"r2"', {"item": {**item, "item_id": "f" * 32}})
    assert other.code == "catalogue_field_invalid"
    await add(api, page("Lumni"))
    taken = await change(api, path, '"r2"', {"item": page("Lumni")})
    assert (taken.status, taken.code) == (409, "catalogue_item_exists")
    unknown = await change(api, f"/catalogue/items/{'0' * 32}", '"r1"', {"item": page("x")})
    assert (unknown.status, unknown.code) == (404, "catalogue_item_unknown")


async def test_a_technician_tells_facts_and_the_data_protection_officer_the_data_sheet(api: Api) -> None:
    made = await add(api, purpose="Lire.", data={"hosting": ["US"]})
    path = f"/catalogue/items/{made.json['item_id']}"
    told = {"size_bytes": 50_000_000, "offline": "yes", "languages": ["oc", "fr", "fr"]}
    facts = await change(api, f"{path}/technical-facts", '"r1"', told, role=Role.TECHNICIAN)
    assert facts.status == 200
    assert facts.json["item"] == {**made.json["item"], **told, "languages": ["fr", "oc"]}
    assert facts.json["dossier"] == made.json["dossier"]
    taken = await change(api, f"{path}/technical-facts", '"r2"', {"size_bytes": None}, role=Role.TECHNICIAN)
    assert "size_bytes" not in taken.json["item"]
    assert taken.json["item"]["offline"] == "yes"
    sheet = {"hosting": ["FR"], "transfers": [], "advertising": False}
    data = await change(api, f"{path}/data-sheet", '"r3"', sheet, method="PUT", role=Role.DPO)
    assert data.json["dossier"] == {"purpose": "Lire.", "data": sheet}
    stale = await change(api, f"{path}/data-sheet", '"r3"', {}, method="PUT", role=Role.DPO)
    assert (stale.status, stale.code) == (412, "stale")
    for role in (Role.MANAGER, Role.DPO):
        assert (await change(api, f"{path}/technical-facts", '"r4"', {}, role=role)).status == 403
    for role in (Role.MANAGER, Role.TECHNICIAN):
        assert (await change(api, f"{path}/data-sheet", '"r4"', {}, method="PUT", role=role)).status == 403
    wrong = await change(api, f"{path}/technical-facts", '"r4"', {"package": "org.evil"}, role=Role.TECHNICIAN)
    assert (wrong.status, wrong.code) == (422, "body_wrong")


async def test_the_history_tells_who_changed_what(api: Api) -> None:
    made = await add(api)
    path = f"/catalogue/items/{made.json['item_id']}"
    for number in range(1, 5):
        await change(api, path, f'"r{number}"', {"dossier": {"purpose": f"But {number}"}})
    first = (await api.ask("GET", f"{path}/revisions?limit=3", role=Role.PARENT)).json
    rest = (await api.ask("GET", f"{path}/revisions?limit=3&cursor={first['next']}", role=Role.PARENT)).json
    assert [one["revision"] for one in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next"] is None
    assert (first["items"][0]["changed"], rest["items"][1]["digest"]) == (["dossier.purpose"], made.json["digest"])
    was = (await api.ask("GET", f"{path}/revisions/2")).json
    assert was["dossier"] == {"purpose": "But 1"}
    assert (await api.ask("GET", f"{path}/revisions/9")).code == "catalogue_revision_unknown"
    assert (await api.ask("GET", f"/catalogue/items/{'0' * 32}/revisions")).code == "catalogue_item_unknown"


async def test_what_is_open_is_told_in_the_asker_language(api: Api) -> None:
    made = await add(api, data={"hosting": ["US"], "transfers": []})
    path = f"/catalogue/items/{made.json['item_id']}/remarks"
    french = (await api.ask("GET", path, role=Role.PARENT)).json
    english = (await api.ask("GET", path, role=Role.PARENT, headers=ENGLISH)).json
    contradiction = next(one for one in english["remarks"] if one["kind"] == "contradiction")
    assert (contradiction["where"], contradiction["words"]) == (
        "data.transfers", "Data are kept in US, and the dossier says that none leave the European Union.",
    )  # fmt: skip
    assert "Who publishes it?" not in {one["words"] for one in english["remarks"]}
    assert [one["where"] for one in french["remarks"]] == [one["where"] for one in english["remarks"]]
    assert french["remarks"] != english["remarks"]


async def test_items_are_found_by_words_kind_platform_cycle_and_subject(api: Api) -> None:
    await add(api)
    await add(api, page("Éduscol", publisher="Ministère", levels=[1]))
    await add(api, {"kind": "web_site", "name": "Lumni", "url": "https://www.lumni.fr/", "subjects": ["french"]})
    for query, names in (
        ("", ["Éduscol", "Kiwix", "Lumni"]),
        ("text=eduscol", ["Éduscol"]),
        ("text=MINISTERE", ["Éduscol"]),
        ("text=kiwixmobile", ["Kiwix"]),
        ("text=%25", ["Éduscol", "Kiwix", "Lumni"]),
        ("kind=web_site", ["Lumni"]),
        ("platform=android", ["Éduscol", "Kiwix", "Lumni"]),
        ("level=1", ["Éduscol"]),
        ("level=2&subject=science", ["Kiwix"]),
        ("subject=french&kind=app", []),
    ):
        found = (await api.ask("GET", f"/catalogue/items?{query}", role=Role.TEACHER)).json["items"]
        assert [one["name"] for one in found] == names, query
    for query in ("level=5", "kind=film", "subject=cooking", "colour=red", "text=" + "x" * 201):
        assert (await api.ask("GET", f"/catalogue/items?{query}")).code == "parameter_wrong", query


async def test_a_rename_between_two_parts_loses_no_other_item(api: Api) -> None:
    tags = {name: (await add(api, page(name))).json["item_id"] for name in ("A", "B", "C", "D", "E")}
    first = (await api.ask("GET", "/catalogue/items?limit=2")).json
    await change(api, f"/catalogue/items/{tags['B']}", '"r1"', {"item": page("Z")})
    rest = (await api.ask("GET", f"/catalogue/items?limit=100&cursor={first['next']}")).json
    assert [one["name"] for one in first["items"]] == ["A", "B"]
    assert [one["name"] for one in rest["items"]] == ["C", "D", "E", "Z"]


async def test_the_machine_notes_what_it_finds_in_the_stores_apk(
    api: Api, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    made = await add(api, data={"trackers": []})
    path = f"/catalogue/items/{made.json['item_id']}/findings"
    missing = await api.ask("POST", path, role=Role.TECHNICIAN)
    assert (missing.status, missing.code) == (404, "catalogue_apk_missing")
    apks = Apks(database, clock, Journal(clock), tmp_path / "apks")
    stored = await apks.add(apk(tmp_path, OWN, [FIREBASE]), actor="test")
    found = await api.ask("POST", path, role=Role.TECHNICIAN)
    assert (found.status, found.headers["ETag"]) == (200, '"r2"')
    (finding,) = found.json["findings"]
    assert (finding["source"], [one["id"] for one in finding["trackers"]]) == (
        f"apk:{stored.hash}", ["google-firebase-analytics"],
    )  # fmt: skip
    again = await api.ask("POST", path, role=Role.TECHNICIAN)
    assert (again.headers["ETag"], again.json) == ('"r2"', found.json)
    remarks = (await api.ask("GET", f"/catalogue/items/{made.json['item_id']}/remarks")).json["remarks"]
    assert ("data.trackers", "contradiction") in {(one["where"], one["kind"]) for one in remarks}
    assert (await api.ask("POST", path, role=Role.MANAGER)).status == 403
    site = await add(api, page("Lumni"))
    refused = await api.ask("POST", f"/catalogue/items/{site.json['item_id']}/findings", role=Role.TECHNICIAN)
    assert (refused.status, refused.code) == (422, "catalogue_no_package")
    apks.path_of(stored.hash).write_bytes(b"no archive")
    broken = await api.ask("POST", path, role=Role.TECHNICIAN)
    assert (broken.status, broken.code) == (422, "apk_unreadable")
