"""The renewal forecast over HTTP, as figures and as a picture, and what it is made from."""

from typing import Any
from xml.etree import ElementTree

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from tests.api.conftest import Api, Reply
from tests.costs.conftest import BOURG, LAC, World
from webui.roles import Role

MODEL = "iPad (10th generation)"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def kits(api: Api, database: Database, clock: ManualClock) -> World:
    """Two schools, each with a kit of tablets that serve since today."""
    made = World(database, clock, Journal(clock))
    await made.build()
    made.kits = {BOURG: await made.add_kit(BOURG, 3), LAC: await made.add_kit(LAC, 2, "Orion")}
    return made


async def plan(api: Api, role: Role = Role.MANAGER, **more: Any) -> Reply:
    body = {"model": MODEL, "life_years": 5, "price_cents": 45_000, **more}
    return await api.ask("PUT", "/costs/models", role=role, json=body)


async def serve_since(api: Api, role: Role = Role.MANAGER, **body: Any) -> Reply:
    return await api.ask("POST", "/costs/service-days", role=role, json=body)


async def test_the_forecast_tells_tablets_and_cents_by_school_and_school_year(api: Api, kits: World) -> None:
    planned = await plan(api)
    assert (planned.status, planned.json) == (
        200, {"model": MODEL, "tablets": 5, "life_years": 5, "price_cents": 45_000},
    )  # fmt: skip
    noted = await serve_since(api, kits=[kits.kits[BOURG]], since="2022-09-05")
    assert (noted.status, len(noted.json["tablets"])) == (200, 3)
    shown = await api.ask("GET", "/costs/renewal", role=Role.HEAD)
    assert shown.status == 200
    found = {
        (one["school"], one["school_year"]): (one["school_name"], one["tablets"], one["amount_cents"])
        for one in shown.json["renewals"]
    }
    assert found == {
        (BOURG, 2027): ("École du Bourg", 3, 135_000),
        (LAC, 2031): ("École du Lac", 2, 90_000),
    }
    assert [one["school_year"] for one in shown.json["years"]] == list(range(2026, 2032))
    assert sum(one["amount_cents"] for one in shown.json["years"]) == 225_000
    alone = (await api.ask("GET", f"/costs/renewal?school={LAC}", role=Role.HEAD)).json
    assert [one["school"] for one in alone["renewals"]] == [LAC]
    assert (await api.ask("GET", "/costs/renewal", role=Role.TEACHER)).status == 403


async def test_the_picture_says_the_same_in_the_asker_language(api: Api, kits: World) -> None:
    await plan(api)
    french = await api.ask("GET", "/costs/renewal.svg", role=Role.MEMBER)
    assert (french.status, french.headers["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(french.body)
    assert (root.tag, root.get("lang")) == (f"{SVG}svg", "fr")
    told = "".join(root.itertext())
    assert "École du Bourg" in told
    assert "2031" in told
    english = await api.ask("GET", "/costs/renewal.svg", role=Role.MEMBER, headers={"Accept-Language": "en"})
    assert ElementTree.fromstring(english.body).get("lang") == "en"
    known = await api.ask(
        "GET", "/costs/renewal.svg", role=Role.MEMBER, headers={"If-None-Match": french.headers["ETag"]}
    )
    assert (known.status, known.body) == (304, b"")


async def test_models_are_listed_in_parts(api: Api, kits: World) -> None:
    await plan(api, model="iPad mini")
    first = (await api.ask("GET", "/costs/models?limit=1", role=Role.HEAD)).json
    rest = (await api.ask("GET", f"/costs/models?limit=9&cursor={first['next']}", role=Role.HEAD)).json
    assert [(one["model"], one["tablets"]) for one in first["items"] + rest["items"]] == [(MODEL, 5), ("iPad mini", 0)]


async def test_what_cannot_be_planned_is_refused(api: Api, kits: World) -> None:
    for more, code in (
        ({"life_years": 3}, "body_wrong"),
        ({"life_years": 7}, "body_wrong"),
        ({"price_cents": 0}, "body_wrong"),
        ({"model": " "}, "name_empty"),
        ({"model": "x\u202e"}, "name_unprintable"),
    ):
        refused = await plan(api, **more)
        assert (refused.status, refused.code) == (422, code), more
    kit = kits.kits[BOURG]
    for body, status, code in (
        ({"kits": [kit]}, 422, "body_wrong"),
        ({"since": "2026-01-05"}, 422, "no_tablet_named"),
        ({"kits": [kit], "since": "2026-09-02"}, 422, "day_in_future"),
        ({"kits": [kit], "since": "1999-09-02"}, 422, "year_absurd"),
        ({"kits": ["0" * 32], "since": "2026-01-05"}, 404, "kit_unknown"),
        ({"tablets": ["0" * 32], "since": "2026-01-05"}, 404, "tablet_unknown"),
        ({"kits": [kit], "purchase_id": "0" * 32}, 404, "purchase_unknown"),
    ):
        refused = await serve_since(api, **body)
        assert (refused.status, refused.code) == (status, code), body
    for query in ("school=0400001X", "school=nonsense", "colour=red"):
        assert (await api.ask("GET", f"/costs/renewal?{query}", role=Role.HEAD)).status in (400, 422), query
    for role in (Role.TECHNICIAN, Role.HEAD):
        assert (await plan(api, role)).status == 403
        assert (await serve_since(api, role, kits=[kit], since="2026-01-05")).status == 403
    assert (await api.ask("GET", "/costs/models", role=Role.HEAD)).json["items"][0]["life_years"] is None
