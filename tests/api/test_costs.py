"""Costs over HTTP: purchases, sharing keys, pupils, subsidies, shares, and the accountant's file."""

import asyncio
import csv
import hashlib
import io
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, entries, verify
from mdm.store import Database
from tests.api.conftest import Api, Reply
from tests.costs.conftest import AUDIGNON, BOURG, DAX, LAC, MARSAN, PINS, SOURCES, World
from webui.roles import Role

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
ENGLISH = {"Accept-Language": "en"}
IPADS: dict[str, Any] = {
    "label": "iPad pour les écoles",
    "kind": "hardware",
    "amount_cents": 1_000_000,
    "vat_per_mille": 200,
    "bought_on": "2026-03-02",
    "coverage": {"extent": "communes", "places": [MARSAN, DAX, AUDIGNON]},
}
DELIBERATION: dict[str, Any] = {
    "reference": "2026-14",
    "adopted_on": "2026-03-12",
    "first_year": 2026,
    "rule": {"common_per_mille": 400, "basis": "pupils"},
}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
async def places(api: Api, database: Database, clock: ManualClock) -> World:
    """Three communes with four schools, beside what the listener has."""
    made = World(database, clock, Journal(clock))
    await made.build()
    return made


async def post(api: Api, path: str, body: Any = None, *, role: Role = Role.MANAGER, **headers: str) -> Reply:
    return await api.ask("POST", path, role=role, json=body, headers=headers)


async def buy(api: Api, **more: Any) -> Reply:
    reply = await post(api, "/costs/purchases", {**IPADS, **more})
    assert reply.status == 201, reply.body
    return reply


async def test_a_purchase_is_entered_and_read_by_those_who_bear_it(api: Api, places: World, database: Database) -> None:
    made = await buy(api, lots=[{"label": "A", "amount_cents": 400_000}, {"label": "B", "amount_cents": 600_000}])
    assert made.headers["Location"] == f"/api/v1/costs/purchases/{made.json['purchase_id']}"
    assert made.headers["ETag"] == '"r1"'
    assert made.json["coverage"]["places"] == [AUDIGNON, DAX, MARSAN]
    assert made.json["place_names"] == [f"Audignon {AUDIGNON}", f"Dax {DAX}", f"Mont-de-Marsan {MARSAN}"]
    path = f"/costs/purchases/{made.json['purchase_id']}"
    for role in Role:
        shown = await api.ask("GET", path, role=role)
        reads = role in (Role.TECHNICIAN, Role.MANAGER, Role.DSDEN, Role.MEMBER, Role.HEAD)
        assert (shown.status, shown.json if reads else None) == ((200, made.json) if reads else (403, None)), role
        if role is not Role.MANAGER:
            assert (await post(api, "/costs/purchases", IPADS, role=role)).status == 403, role
    (told,) = await database.read(lambda conn: entries(conn, subject=f"purchase:{made.json['purchase_id']}"))
    assert (told.kind, "iPad" in told.detail) == ("purchase_added", False)
    assert (await database.read(verify)).intact


async def test_a_purchase_that_is_entered_twice_with_a_key_counts_once(api: Api, places: World) -> None:
    first = await post(api, "/costs/purchases", IPADS, **KEY)
    again = await post(api, "/costs/purchases", IPADS, **KEY)
    assert (first.status, again.status, first.body == again.body) == (201, 201, True)
    assert len((await api.ask("GET", "/costs/purchases", role=Role.HEAD)).json["items"]) == 1
    await buy(api)
    assert len((await api.ask("GET", "/costs/purchases", role=Role.HEAD)).json["items"]) == 2


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"amount_cents": 0}, 422, "body_wrong"),
        ({"amount_cents": 12.5}, 422, "body_wrong"),
        ({"amount_cents": 10**30}, 422, "body_wrong"),
        ({"vat_per_mille": 301}, 422, "body_wrong"),
        ({"bought_on": "2026-02-30"}, 422, "body_wrong"),
        ({"bought_on": "1789-07-14"}, 422, "year_absurd"),
        ({"kind": "lunch"}, 422, "body_wrong"),
        ({"colour": "red"}, 422, "body_wrong"),
        ({"label": "  "}, 422, "name_empty"),
        ({"label": "x\u202ey"}, 422, "name_unprintable"),
        ({"supplier_reference": "x\u202ey"}, 422, "text_refused"),
        ({"coverage": {"extent": "territory", "places": ["a", "b"]}}, 422, "nothing_covered"),
        ({"coverage": {"extent": "communes", "places": []}}, 422, "body_wrong"),
        ({"coverage": {"extent": "communes", "places": ["99999"]}}, 404, "commune_unknown"),
        ({"coverage": {"extent": "schools", "places": ["0400001X"]}}, 404, "school_unknown"),
        ({"coverage": {"extent": "kits", "places": ["Pégase"]}}, 404, "kit_unknown"),
        ({"coverage": {"extent": "territory", "places": ["Gers"]}}, 404, "territory_unknown"),
        ({"lots": [{"label": "A", "amount_cents": 5}]}, 422, "lots_do_not_add_up"),
        ({"last_year": 2027}, 422, "recurrence_contradicts"),
        ({"life_years": 5}, 422, "planned_life_needs_units"),
        ({"life_years": 7, "units": 5}, 422, "body_wrong"),
    ],
)
async def test_what_cannot_be_a_purchase_is_refused(
    api: Api, places: World, wrong: dict[str, Any], status: int, code: str
) -> None:
    reply = await post(api, "/costs/purchases", {**IPADS, **wrong})
    assert (reply.status, reply.code) == (status, code), reply.json
    assert reply.json["hint"]
    assert (await api.ask("GET", "/costs/purchases", role=Role.MANAGER)).json["items"] == []


async def test_of_many_corrections_of_one_version_exactly_one_is_made(api: Api, places: World) -> None:
    path = f"/costs/purchases/{(await buy(api)).json['purchase_id']}"

    async def correct(amount: int) -> Reply:
        body = {**IPADS, "amount_cents": amount}
        return await api.ask("PUT", path, role=Role.MANAGER, json=body, headers={"If-Match": '"r1"'})

    replies = await asyncio.gather(*(correct(1000 + number) for number in range(8)))
    assert sorted(one.status for one in replies) == [200] + [412] * 7
    assert {one.code for one in replies if one.status == 412} == {"stale"}
    (done,) = [one for one in replies if one.status == 200]
    now = await api.ask("GET", path, role=Role.MANAGER)
    assert (now.json, now.headers["ETag"]) == (done.json, '"r2"')
    without = await api.ask("PUT", path, role=Role.MANAGER, json=IPADS)
    assert (without.status, without.code) == (428, "precondition_needed")
    unknown = f"/costs/purchases/{'0' * 32}"
    missing = await api.ask("PUT", unknown, role=Role.MANAGER, json=IPADS, headers={"If-Match": '"r1"'})
    assert (missing.status, missing.code) == (404, "purchase_unknown")


async def test_what_is_withdrawn_counts_no_more_and_is_not_erased(api: Api, places: World) -> None:
    purchase_id = (await buy(api)).json["purchase_id"]
    path = f"/costs/purchases/{purchase_id}"
    stale = await post(api, f"{path}/withdrawal", **{"If-Match": '"r7"'})
    assert (stale.status, stale.code) == (412, "stale")
    gone = await post(api, f"{path}/withdrawal", **{"If-Match": '"r1"'})
    assert (gone.status, gone.json["withdrawn"], gone.headers["ETag"]) == (200, True, '"r2"')
    assert (await api.ask("GET", "/costs/purchases", role=Role.MANAGER)).json["items"] == []
    kept = (await api.ask("GET", "/costs/purchases?withdrawn=true", role=Role.MANAGER)).json["items"]
    assert [one["purchase_id"] for one in kept] == [purchase_id]
    again = await post(api, f"{path}/withdrawal", **{"If-Match": '"r2"'})
    assert (again.status, again.code) == (409, "purchase_withdrawn")
    late = await api.ask("PUT", path, role=Role.MANAGER, json=IPADS, headers={"If-Match": '"r2"'})
    assert (late.status, late.code) == (409, "purchase_withdrawn")


async def test_purchases_come_by_day_in_parts(api: Api, places: World) -> None:
    for month, kind in ((5, "licence"), (1, "hardware"), (3, "case"), (1, "licence"), (9, "hardware")):
        await buy(api, bought_on=f"2026-0{month}-01", kind=kind, label=f"{kind} {month}")
    found: list[str] = []
    path = "/costs/purchases?limit=2"
    while path:
        part = (await api.ask("GET", path, role=Role.MEMBER)).json
        found += [one["bought_on"] for one in part["items"]]
        path = f"/costs/purchases?limit=2&cursor={part['next']}" if part["next"] else ""
    assert found == sorted(found)
    assert len(found) == 5
    licences = (await api.ask("GET", "/costs/purchases?kind=licence", role=Role.MEMBER)).json["items"]
    assert [one["label"] for one in licences] == ["licence 1", "licence 5"]
    assert all(one["coverage"]["places"] == [AUDIGNON, DAX, MARSAN] for one in licences)


async def test_a_key_never_changes_and_the_next_one_names_it(api: Api, places: World) -> None:
    first = await post(api, "/costs/keys", DELIBERATION, **KEY)
    assert (first.status, first.headers["Location"]) == (201, "/api/v1/costs/keys/1")
    assert (await post(api, "/costs/keys", DELIBERATION, **KEY)).body == first.body
    for more, status, code in (
        ({}, 409, "sharing_key_exists"),
        ({"reference": "2027-3"}, 409, "sharing_key_in_force"),
        ({"reference": "2027-3", "replaces": "2020-1"}, 404, "sharing_key_unknown"),
        ({"reference": " "}, 422, "deliberation_missing"),
        ({"reference": "x", "items": [{"item": "lunch", "rule": DELIBERATION["rule"]}]}, 422, "word_unknown"),
        (
            {"reference": "x", "items": [{"item": "licence", "rule": DELIBERATION["rule"]}] * 2},
            422,
            "sharing_rule_twice",
        ),
        ({"reference": "x", "items": [{"item": "0" * 32, "rule": DELIBERATION["rule"]}]}, 404, "purchase_unknown"),
        ({"rule": {"common_per_mille": 1001, "basis": "pupils"}}, 422, "body_wrong"),
    ):
        refused = await post(api, "/costs/keys", {**DELIBERATION, **more})
        assert (refused.status, refused.code) == (status, code), more
    second = {**DELIBERATION, "reference": "2027-3", "first_year": 2027, "replaces": "2026-14"}
    second["items"] = [{"item": "licence", "rule": {"common_per_mille": 1000, "basis": "pupils"}}]
    assert (await post(api, "/costs/keys", second)).status == 201
    part = (await api.ask("GET", "/costs/keys?limit=1", role=Role.HEAD)).json
    rest = (await api.ask("GET", f"/costs/keys?limit=1&cursor={part['next']}", role=Role.HEAD)).json
    assert [one["reference"] for one in part["items"] + rest["items"]] == ["2026-14", "2027-3"]
    shown = (await api.ask("GET", "/costs/keys/2", role=Role.HEAD)).json
    assert shown["items"] == second["items"]
    assert (await api.ask("GET", "/costs/keys/3", role=Role.HEAD)).code == "sharing_key_unknown"
    stale = await api.ask("GET", "/costs/years/2027/statement?key=2026-14", role=Role.MANAGER)
    assert (stale.status, stale.code) == (409, "sharing_key_replaced")


async def test_pupil_numbers_are_entered_and_listed_by_commune(api: Api, places: World) -> None:
    path = "/costs/years/2026/pupils"
    done = await api.ask("PUT", f"{path}/{LAC}", role=Role.MANAGER, json={"pupils": 150})
    assert (done.status, done.json) == (
        200, {"uai": LAC, "name": "École du Lac", "insee": DAX, "commune": "Dax", "pupils": 150},
    )  # fmt: skip
    found: list[tuple[str, int | None]] = []
    at = f"{path}?limit=2"
    while at:
        part = (await api.ask("GET", at, role=Role.HEAD)).json
        found += [(one["uai"], one["pupils"]) for one in part["items"]]
        at = f"{path}?limit=2&cursor={part['next']}" if part["next"] else ""
    assert (LAC, 150) in found
    assert len(found) == 5
    assert {uai for uai, pupils in found if pupils is None} == {"0400377T", BOURG, PINS, SOURCES}
    for uai, body, status, code in (
        ("0409999X", {"pupils": 5}, 422, "uai_letter_wrong"),
        ("0330001A", {"pupils": 5}, 422, "uai_letter_wrong"),
        (LAC, {"pupils": -1}, 422, "body_wrong"),
        (LAC, {"pupils": 5001}, 422, "body_wrong"),
        ("nonsense", {"pupils": 5}, 404, "path_unknown"),
    ):
        refused = await api.ask("PUT", f"{path}/{uai}", role=Role.MANAGER, json=body)
        assert (refused.status, refused.code) == (status, code), uai
    assert (await api.ask("GET", "/costs/years/1789/pupils", role=Role.MANAGER)).code == "path_unknown"
    assert (await api.ask("PUT", f"{path}/{LAC}", role=Role.TECHNICIAN, json={"pupils": 1})).status == 403


async def test_a_file_of_pupil_numbers_is_tried_then_imported(api: Api, places: World) -> None:
    async def send(text: str, query: str = "") -> Reply:
        path = f"/costs/years/2026/pupils{query}"
        return await api.ask("POST", path, role=Role.MANAGER, data=text.encode(), headers=CSV | ENGLISH)

    good = f"UAI;Élèves\n{LAC};150\n{BOURG};120\n"
    tried = await send(good)
    assert (tried.status, tried.json["applied"], len(tried.json["changed"])) == (200, False, 2)
    done = await send(good, "?apply=true")
    assert done.json["applied"]
    assert {(one["uai"], one["before"], one["after"]) for one in done.json["changed"]} == {
        (LAC, None, 150), (BOURG, None, 120),
    }  # fmt: skip
    wrong = f"UAI;Élèves\n{LAC};many\n0400001X;5\n"
    told = (await send(wrong)).json
    assert [(one["line"], one["value"]) for one in told["problems"]] == [(2, "many"), (3, "0400001X")]
    refused = await send(wrong, "?apply=true")
    assert (refused.status, refused.code) == (422, "import_refused")
    assert "Line 2, Élèves: “many” is not a number of pupils." in refused.json["detail"]


async def shared(api: Api, places: World) -> str:
    """A purchase, a key and the pupil numbers of 2026; return the purchase."""
    purchase_id = (await buy(api)).json["purchase_id"]
    assert (await post(api, "/costs/keys", DELIBERATION)).status == 201
    await places.count_pupils()
    return str(purchase_id)


async def test_the_shares_of_a_year_make_its_cost(api: Api, places: World) -> None:
    missing = await api.ask("GET", "/costs/years/2026/statement", role=Role.HEAD, headers=ENGLISH)
    assert (missing.status, missing.code) == (409, "sharing_key_missing")
    purchase_id = await shared(api, places)
    shown = await api.ask("GET", "/costs/years/2026/statement", role=Role.HEAD)
    assert shown.status == 200
    (charge,) = shown.json["purchases"]
    assert (charge["purchase_id"], charge["net_cents"], charge["weight"]) == (purchase_id, 1_000_000, 400)
    assert {one["insee"]: one["amount_cents"] for one in charge["shares"]} == {
        "": 400_000, AUDIGNON: 75_000, DAX: 225_000, MARSAN: 300_000,
    }  # fmt: skip
    assert sum(one["amount_cents"] for one in shown.json["communes"]) == 1_000_000
    assert shown.json["communes"][1]["name"] == "Audignon"
    await buy(api, coverage={"extent": "schools", "places": ["0400377T"]})
    unknown = await api.ask("GET", "/costs/years/2026/statement", role=Role.HEAD, headers=ENGLISH)
    assert (unknown.status, unknown.code) == (409, "pupils_missing")
    assert "0400377T" in unknown.json["detail"]


async def test_the_accountants_file_is_what_the_journal_notes(api: Api, places: World, database: Database) -> None:
    await shared(api, places)
    sent = await api.ask("GET", "/costs/years/2026/statement.csv", role=Role.MANAGER)
    assert (sent.status, sent.headers["Content-Type"]) == (200, "text/csv")
    assert sent.headers["Content-Disposition"].endswith("costs-2026.csv")
    rows = list(csv.reader(io.StringIO(sent.body.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0] == "Année"
    assert [row[1] for row in rows[1:]] == ["", AUDIGNON, DAX, MARSAN]
    assert {row[20] for row in rows[1:]} == {"4000,00", "750,00", "2250,00", "3000,00"}
    english = await api.ask("GET", "/costs/years/2026/statement.csv", role=Role.MANAGER, headers=ENGLISH)
    assert english.body.decode("utf-8-sig").startswith("Year;")
    digest = hashlib.sha256(sent.body).hexdigest()
    (told,) = await database.read(lambda conn: entries(conn, subject=f"file:{digest}"))
    assert told.kind == "costs_exported"
    refused = await api.ask("GET", "/costs/years/2025/statement.csv", role=Role.MANAGER)
    assert (refused.status, refused.code) == (409, "sharing_key_missing")
    assert (await api.ask("GET", "/costs/years/2026/statement.csv", role=Role.TEACHER)).status == 403


async def test_only_a_subsidy_that_is_granted_lowers_the_shares(api: Api, places: World) -> None:
    purchase_id = await shared(api, places)
    wanted = {"funder": "FEDER", "rate_per_mille": 300, "purchases": [purchase_id], "ceiling_cents": 250_000}
    asked = await post(api, "/costs/subsidies", wanted, **KEY)
    assert (asked.status, asked.json["state"], asked.headers["ETag"]) == (201, "asked", '"r1"')
    assert (await post(api, "/costs/subsidies", wanted, **KEY)).body == asked.body
    path = f"/costs/subsidies/{asked.json['subsidy_id']}"

    async def net() -> tuple[int, int]:
        (charge,) = (await api.ask("GET", "/costs/years/2026/statement", role=Role.HEAD)).json["purchases"]
        return charge["net_cents"], charge["asked_cents"]

    assert await net() == (1_000_000, 250_000)
    replies = await asyncio.gather(
        *(post(api, f"{path}/state", {"state": state}, **{"If-Match": '"r1"'}) for state in ("granted", "refused"))
    )
    assert sorted(one.status for one in replies) == [200, 412]
    state = (await api.ask("GET", path, role=Role.MEMBER)).json["state"]
    assert state in ("granted", "refused")
    assert await net() == ((750_000, 0) if state == "granted" else (1_000_000, 0))
    backwards = await post(api, f"{path}/state", {"state": "asked"}, **{"If-Match": '"r2"'})
    assert (backwards.status, backwards.code) == (409, "subsidy_move_refused")


async def test_a_subsidy_is_corrected_and_held_against_its_purchases(api: Api, places: World) -> None:
    purchase_id = await shared(api, places)
    wanted = {"funder": "FEDER", "rate_per_mille": 300, "purchases": [purchase_id]}
    made = await post(api, "/costs/subsidies", wanted)
    path = f"/costs/subsidies/{made.json['subsidy_id']}"
    await post(api, f"{path}/state", {"state": "granted"}, **{"If-Match": '"r1"'})
    grants = (await api.ask("GET", "/costs/years/2026/grants", role=Role.MEMBER)).json
    assert [(one["purchase_id"], one["amount_cents"], one["sure"]) for one in grants] == [(purchase_id, 300_000, True)]
    put = {"role": Role.MANAGER, "json": {**wanted, "rate_per_mille": 200}}
    stale = await api.ask("PUT", path, headers={"If-Match": '"r1"'}, **put)
    assert (stale.status, stale.code) == (412, "stale")
    done = await api.ask("PUT", path, headers={"If-Match": '"r2"'}, **put)
    assert (done.status, done.json["rate_per_mille"], done.json["state"]) == (200, 200, "granted")
    withdrawn = await post(api, f"/costs/purchases/{purchase_id}/withdrawal", **{"If-Match": '"r1"'})
    assert (withdrawn.status, withdrawn.code) == (409, "purchase_subsidised")
    for more, status, code in (
        ({"rate_per_mille": 900}, 409, "subsidies_exceed"),
        ({"rate_per_mille": 0}, 422, "body_wrong"),
        ({"purchases": []}, 422, "body_wrong"),
        ({"purchases": ["0" * 32]}, 404, "purchase_unknown"),
        ({"purchases": ["nonsense"]}, 422, "body_wrong"),
        ({"starts_on": "2027-01-01", "ends_on": "2026-01-01"}, 422, "subsidy_period_backwards"),
        ({"funder": " "}, 422, "name_empty"),
    ):
        refused = await post(api, "/costs/subsidies", {**wanted, **more})
        assert (refused.status, refused.code) == (status, code), more
    assert len((await api.ask("GET", "/costs/subsidies", role=Role.MEMBER)).json["items"]) == 1
    assert (await api.ask("GET", f"/costs/subsidies/{'0' * 32}", role=Role.MEMBER)).code == "subsidy_unknown"


async def test_refusals_are_told_in_french_to_those_who_read_french(api: Api, places: World) -> None:
    reply = await post(api, "/costs/purchases", {**IPADS, "life_years": 5})
    assert reply.headers["Content-Language"] == "fr"
    assert reply.json["detail"].startswith("Une durée de vie prévue")
