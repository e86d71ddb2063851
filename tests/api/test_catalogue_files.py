"""The catalogue as a file over HTTP: out for a spreadsheet, and in again, tried first."""

import msgspec

from mdm.store import Database
from tests.api.conftest import Api, Reply
from tests.api.test_catalogue import ENGLISH, KIWIX, add, page
from webui.roles import Role

CSV = {"Content-Type": "text/csv"}
FILE = "Nature;Nom;Paquet Android;Cycles\napplication;Kiwix;org.kiwix.kiwixmobile;2, 3\npage web;Lumni;;9\n"
GOOD = "Nature;Nom;Paquet Android;Cycles\napplication;Kiwix;org.kiwix.kiwixmobile;2, 3\n"


async def send(api: Api, body: str | bytes, query: str = "", role: Role = Role.MANAGER, **headers: str) -> Reply:
    data = body.encode() if isinstance(body, str) else body
    return await api.ask("POST", f"/catalogue/import{query}", role=role, data=data, headers={**CSV, **headers})


async def test_a_file_is_tried_and_then_imported(api: Api) -> None:
    tried = await send(api, GOOD)
    assert (tried.status, tried.json["applied"], tried.json["problems"]) == (200, False, [])
    assert [(one["line"], one["name"], one["item_id"]) for one in tried.json["created"]] == [(2, "Kiwix", "")]
    assert (await api.ask("GET", "/catalogue/items")).json["items"] == []
    done = await send(api, GOOD, "?apply=true")
    assert (done.json["applied"], len(done.json["created"])) == (True, 1)
    again = await send(api, GOOD, "?apply=true")
    assert (again.json["unchanged"], again.json["created"], again.json["changed"]) == (1, [], [])
    (item,) = (await api.ask("GET", "/catalogue/items")).json["items"]
    assert (item["name"], item["levels"]) == ("Kiwix", [2, 3])


async def test_every_mistake_of_a_file_is_told_with_its_place_and_nothing_is_imported(api: Api) -> None:
    tried = await send(api, FILE, **ENGLISH)
    assert (tried.status, tried.json["applied"], tried.json["created"]) == (200, False, [])
    places = {(one["line"], one["column"], one["value"]) for one in tried.json["problems"]}
    assert (3, "Cycles", "9") in places
    assert all(one["detail"] and one["hint"] for one in tried.json["problems"])
    refused = await send(api, FILE, "?apply=true", **ENGLISH)
    assert (refused.status, refused.code) == (422, "import_refused")
    assert "Line 3, Cycles:" in refused.json["detail"]
    french = await send(api, FILE, "?apply=true")
    assert "Ligne 3, Cycles :" in french.json["detail"]
    assert (await api.ask("GET", "/catalogue/items")).json["items"] == []
    many = "Nature;Nom\n" + "application;\n" * 30
    detail = (await send(api, many, "?apply=true")).json["detail"]
    assert (len(detail.splitlines()), detail.splitlines()[-1]) == (22, "…")


async def test_what_was_exported_can_be_imported_again(api: Api) -> None:
    await add(api, purpose="Lire.", data={"hosting": ["FR"], "trackers": []})
    await add(api, page("Lumni"))
    before = (await api.ask("GET", "/catalogue/items")).json["items"]
    french = await api.ask("GET", "/catalogue/export.csv", role=Role.PARENT)
    assert (french.status, french.headers["Content-Type"]) == (200, "text/csv")
    assert french.headers["Content-Disposition"] == "attachment; filename*=UTF-8''catalogue.csv"
    assert french.body.startswith(b"\xef\xbb\xbf")
    assert "intérêt pédagogique".encode() in french.body
    english = await api.ask("GET", "/catalogue/export.csv", headers=ENGLISH)
    assert b"purpose" in english.body
    whole = await api.ask("GET", "/catalogue/export.json", role=Role.EVALUATOR)
    kind = "application/vnd.valise.catalogue+json"
    assert whole.headers["Content-Type"] == kind
    assert [one["item"]["name"] for one in msgspec.json.decode(whole.body)["items"]] == ["Kiwix", "Lumni"]
    for body, media_type in (
        (french.body, "text/csv"), (english.body, "text/csv"), (whole.body, kind), (whole.body, "application/json"),
    ):  # fmt: skip
        done = await send(api, body, "?apply=true", **{"Content-Type": media_type})
        assert (done.status, done.json["unchanged"], done.json["changed"]) == (200, 2, []), media_type
    assert (await api.ask("GET", "/catalogue/items")).json["items"] == before
    known = await api.ask("GET", "/catalogue/export.json", headers={"If-None-Match": whole.headers["ETag"]})
    assert known.status == 304


async def test_a_line_that_says_an_older_revision_is_refused(api: Api) -> None:
    made = await add(api)
    file = (await api.ask("GET", "/catalogue/export.csv")).body.replace(b'"Kiwix";"Kiwix"', b'"Kiwix";"Autre"')
    body = {"dossier": {"purpose": "Lire."}}
    path = f"/catalogue/items/{made.json['item_id']}"
    await api.ask("PATCH", path, role=Role.MANAGER, json=body, headers={"If-Match": '"r1"'})
    refused = await send(api, file, "?apply=true")
    assert (refused.status, refused.code) == (422, "import_refused")
    assert (await api.ask("GET", path)).json["item"]["publisher"] == KIWIX["publisher"]


async def test_who_may_not_edit_imports_nothing(api: Api, database: Database) -> None:
    for role in (Role.TECHNICIAN, Role.ADMINISTRATOR, Role.MEMBER):
        assert (await send(api, GOOD, "?apply=true", role)).status == 403
    for body, media_type, status, code in (
        ("", "text/csv", 400, "body_missing"),
        ("{", "application/json", 422, "import_refused"),
        ("[" * 100_000, "application/json", 422, "import_refused"),
        ("hello", "text/csv", 422, "import_refused"),
        ("\0\1", "text/csv", 422, "import_refused"),
        (GOOD, "text/plain", 415, "media_type_refused"),
    ):
        reply = await send(api, body, "?apply=true", **{"Content-Type": media_type})
        assert (reply.status, reply.code) == (status, code), (body[:10], media_type)
    assert (await send(api, GOOD, "?apply=maybe")).code == "parameter_wrong"
    assert await database.read(lambda conn: conn.all("SELECT * FROM catalogue_item")) == []
