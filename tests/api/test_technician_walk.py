"""A technician tries every operation and every form: nothing that was not agreed comes near a tablet.

The command line's twin is tests/cli/test_technician_walk.py.
"""

import re
from collections import defaultdict
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mdm.android.messages import CONFIG_UPDATED
from mdm.apple.commands.by_name import COMMANDS
from mdm.store import Connection
from tests.api.bodies import Bodies
from tests.api.chamber import LIRE, NO_CAMERA, Chamber
from tests.api.conftest import Reply, operations_of
from webui.api.operation import Operation
from webui.app import make_app
from webui.permissions import COMMITTEE_ACTIONS
from webui.roles import Role

JEU = {"name": "Jeu", "bundle_id": "fr.jeu", "store_id": 66}
SNEAKED = {"kind": "review", "title": "Glissée", "changes": [{"op": "adopt", "policy": {"name": "x", "apps": [JEU]}}]}
NOWHERE = "0" * 32
KEPT = {
    "editions": "SELECT edition_id, body, signature FROM edition ORDER BY edition_id",
    "charter": "SELECT head_id, head_seal FROM charter",
    "keys": "SELECT key_id FROM edition_key ORDER BY key_id",
    "seats": "SELECT * FROM seat_holding ORDER BY holding_id",
    "votes": "SELECT * FROM vote ORDER BY proposal_id, round",
    "ballots": "SELECT * FROM ballot ORDER BY proposal_id, round, seat_id",
    "secret ballots": "SELECT * FROM secret_ballot ORDER BY serial",
    "passkeys": "SELECT * FROM member_passkey ORDER BY credential_id",
    "proposals": "SELECT proposal_id, state, body FROM proposal ORDER BY proposal_id",
    "recusals": "SELECT * FROM recusal ORDER BY proposal_id, seat_id",
    "meetings": "SELECT * FROM meeting ORDER BY meeting_id",
    "agendas": "SELECT * FROM meeting_item ORDER BY meeting_id, position",
    "accounts": "SELECT login, disabled_at, role, extent, place_id FROM account"
    " JOIN account_grant USING (account_id) ORDER BY 1, 3, 4, 5",
    "tokens": "SELECT token_id, role, scope FROM api_token ORDER BY token_id",
}
"""What a technician leaves as it is, whatever he tries."""


class Walk:
    """A server in which the committee is at work: an iPad, an Android tablet, a rollout, and much that waits."""

    def __init__(self, chamber: Chamber) -> None:
        self.chamber = chamber
        self.known: dict[str, list[Any]] = {}

    async def prepare(self) -> None:
        chamber, site = self.chamber, self.chamber.site
        await site.join(1)
        android = await site.android_kit(slots=1)
        await site.ask_for_slot(android, 1, "AAA1")
        await chamber.agreed()
        await chamber.agreed(NO_CAMERA)
        await chamber.adopted({**NO_CAMERA, "title": "Sans capture", "changes": [setting("screenshots", False)]})
        await chamber.done("secretary", "POST", "/editions")
        rollout = await chamber.done("tim", "POST", "/rollouts", {"plan": {"waves": [{}]}})
        proposals = [
            await chamber.drafted(SNEAKED),
            await chamber.submitted({**NO_CAMERA, "title": "Autre", "changes": [setting("camera", None)]}),
            await chamber.examined({**NO_CAMERA, "title": "Encore", "changes": [setting("camera", None)]}),
            await chamber.opened({**NO_CAMERA, "title": "Ouverte", "changes": [setting("camera", None)]}),
        ]
        await chamber.say(proposals[-1], "yes", "mayor")
        wanted = {"seat": "mayor-2", "body": "authority", "label": "Maire", "holder": "tim"}
        appointment = await chamber.done("secretary", "POST", "/seats", wanted)
        call = {"kind": "room", "title": "Comité", "begins_at": "2026-09-08T14:00:00Z", "place": "Mairie"}
        meeting = await chamber.done("secretary", "POST", "/meetings", call)
        item = {"kind": "app", "name": "Jeu", "bundle_id": "fr.jeu", "package": "fr.jeu"}
        made = await chamber.done("secretary", "POST", "/catalogue/items", {"item": item, "dossier": {}})
        tablets = await self._read("SELECT tablet_id FROM tablet ORDER BY tablet_id")
        self.known = {
            "proposal_id": [*reversed(proposals), NOWHERE],
            "meeting_id": [meeting["meeting_id"]],
            "holding_id": [appointment["holding_id"]],
            "seat": ["mayor", "tim", "mayor-2"],
            "holder": ["tim"],
            "deputy": ["tim"],
            "body": ["authority", "dsden"],
            "edition": ["head", "4", "3", "2", "1"],
            "edition_id": [row["edition_id"] for row in await self._read("SELECT edition_id FROM edition")],
            "kit_id": [site.kit_id, android],
            "tablet_id": [row["tablet_id"] for row in tablets],
            "uai": ["0400377T"],
            "insee": ["40018"],
            "login": ["tim", "secretary", "anne"],
            "role": ["manager", "dsden"],
            "item_id": [made["item_id"]],
            "rollout_id": [rollout["rollout_id"]],
            "waves": [[{}]],
            "pilots": [[]],
            "year": [2026],
            "match": [{"bundle_id": "fr.lire"}],
            "path": [["apps"]],
            "changes": [SNEAKED["changes"]],
            "policy": [{"name": "x", "apps": [JEU]}],
            "value": [LIRE, JEU],
            "words": ["Parce que."],
        }

    async def kept(self) -> dict[str, Any]:
        """All that must not change."""
        return {name: await self._read(query) for name, query in KEPT.items()}

    async def agreed(self) -> set[str]:
        """The policies that an edition gives to a kit."""
        committee, now = self.chamber.committee, self.chamber.clock.ms()

        def read(conn: Connection) -> set[str]:
            return {
                committee.charter.agreed.policy_for(
                    conn, kit_id=kit, uai="0400377T", edition_id=edition, now=now
                ).policy_id
                for kit in self.known["kit_id"]
                for edition in self.known["edition_id"]
            }

        return await self.chamber.database.read(read)

    async def commands(self) -> set[str]:
        """What kinds of commands wait for tablets or went to them."""
        return {row["request_type"] for row in await self._read("SELECT DISTINCT request_type FROM command")}

    def operations(self) -> list[Operation]:
        """Every operation that changes something."""
        return [one for one in operations_of(self.chamber.site.services) if not one.is_safe]

    async def send(self, one: Operation, path: str, body: Any, **headers: str) -> Reply:
        """Send an operation as the technician, signed in."""
        given = self.chamber.headers("tim") | headers
        if one.takes_json:
            return await self.chamber.api.ask(one.method, path, role=None, json=body, headers=given)
        if one.has_body:
            given["Content-Type"] = one.consumes[0]
            return await self.chamber.api.ask(one.method, path, role=None, data=b"bundle_id\nfr.jeu\n", headers=given)
        return await self.chamber.api.ask(one.method, path, role=None, headers=given)

    async def fill_in(self, path: str, form: dict[str, str]) -> int:
        """Send a page's form as the technician; return the status."""
        headers = self.chamber.headers("tim")
        address, given = f"{self.chamber.site.url}{path}", {**form, "csrf": headers["X-CSRF-Token"]}
        async with (
            aiohttp.ClientSession() as session,
            session.post(address, data=given, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status

    async def _read(self, query: str) -> list[Any]:
        return await self.chamber.database.read(lambda conn: conn.all(query))


def setting(name: str, value: Any) -> dict[str, Any]:
    """A change of one of the restrictions."""
    return {"op": "set", "path": ["restrictions", name], "value": value}


@pytest.fixture
async def walk(chamber: Chamber) -> Walk:
    """A server in the middle of the committee's work."""
    made = Walk(chamber)
    await made.prepare()
    return made


async def checked(walk: Walk, before: dict[str, Any]) -> None:
    """Hold what is there against what was."""
    after = await walk.kept()
    for name, rows in before.items():
        assert after[name] == rows, name
    targets, agreed = await walk.chamber.targets(), await walk.agreed()
    assert None not in targets.values()
    assert set(targets.values()) <= agreed
    assert await walk.commands() <= {*COMMANDS, CONFIG_UPDATED}
    await walk.chamber.committee.charter.editions.verify()


@pytest.mark.slow
@settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_whatever_a_technician_sends_tablets_hold_what_was_agreed(walk: Walk, data: st.DataObject) -> None:
    before = await walk.kept()
    bodies = Bodies((await walk.chamber.api.ask("GET", "/openapi.json")).json, walk.known)
    operations = walk.operations()
    assert len(operations) > 50
    for one in operations:
        drawn = bodies.of(one.method, one.path)
        body = data.draw(drawn) if drawn is not None else None
        names = re.findall(r"\{(\w+)\}", one.path)
        path = one.path.format(**{name: data.draw(st.sampled_from(walk.known.get(name, [NOWHERE]))) for name in names})
        tag = data.draw(st.sampled_from(['"r1"', '"r2"', '"r4"']))
        as_person = await walk.send(one, path, body, **{"If-Match": tag})
        as_program = await walk.chamber.api.ask(
            one.method, path, role=Role.TECHNICIAN, json=body, headers={"If-Match": tag}
        )
        for reply in (as_person, as_program):
            assert reply.status < 500, (one.name, reply.status, reply.body)
            if one.needs in COMMITTEE_ACTIONS:
                assert (reply.status, reply.code) == (403, "not_allowed"), one.name
    await checked(walk, before)


@pytest.mark.slow
async def test_whatever_a_technician_fills_in_tablets_hold_what_was_agreed(walk: Walk) -> None:
    before = await walk.kept()
    chamber = walk.chamber
    routes = [
        one.resource.canonical
        for one in make_app(chamber.site.services).router.routes()
        if one.method == "POST" and one.resource is not None and not one.resource.canonical.startswith("/api/")
    ]
    assert len(routes) >= 6
    forms: list[dict[str, str]] = [
        {}, {"choice": "other"}, {"choice": "same"}, {"choice": "refuse"}, {"language": "en"},
        {"policy": "fr.jeu", "edition": "1", "app": "fr.jeu", "bundle_id": "fr.jeu", "choice": "accept"},
    ]  # fmt: skip
    tried = 0
    # Signing out ends the walk.
    for route in sorted(routes, key=lambda one: (one == "/sign-out", "session" in one, one)):
        for kit in walk.known["kit_id"][:1]:
            for form in forms:
                known = {name: found[0] for name, found in walk.known.items() if found}
                path = route.format_map(defaultdict(lambda: "1", {**known, "kit_id": kit, "held": "1", "number": "1"}))
                assert await walk.fill_in(path, form) < 500, (path, form)
                tried += 1
    assert tried >= 72
    await checked(walk, before)


COMMITTEE_OPERATIONS: list[tuple[str, str, Any]] = [
    ("POST", "/editions", None),
    ("POST", "/withdrawals", {"withdrawn": {"path": ["apps"], "match": "x"}, "title": "Retrait", "reason": "x"}),
    ("POST", "/proposals", SNEAKED),
    ("POST", "/proposals/{proposal_id}/admission", {}),
    ("POST", "/proposals/{proposal_id}/examination", {}),
    ("POST", "/proposals/{proposal_id}/validation", {}),
    ("POST", "/proposals/{proposal_id}/vote", {}),
    ("PUT", "/proposals/{proposal_id}/vote/ballot", {"choice": "yes"}),
    ("POST", "/proposals/{proposal_id}/vote/close", None),
    ("POST", "/seats", {"seat": "mayor-2", "body": "authority", "label": "Maire", "holder": "tim"}),
    ("POST", "/appointments/{holding_id}/confirmation", None),
    ("POST", "/seats/mayor/end", None),
    ("POST", "/meetings", {"kind": "written", "title": "Réunion", "begins_at": "2030-01-01T10:00:00Z"}),
    ("POST", "/me/passkeys", {"answer": {}}),
]


@pytest.mark.slow
@pytest.mark.parametrize("login", ["tim", "anne"])
async def test_what_decides_is_refused_in_plain_words(walk: Walk, login: str) -> None:
    before = await walk.kept()
    for method, path, body in COMMITTEE_OPERATIONS:
        for proposal_id in walk.known["proposal_id"]:
            address = path.format(proposal_id=proposal_id, holding_id=walk.known["holding_id"][0])
            english = await walk.chamber.ask(login, method, address, body, language="en")
            french = await walk.chamber.ask(login, method, address, body, language="fr")
            assert (english.status, english.code) == (403, "not_allowed"), address
            assert english.json["detail"] == "You are not allowed to do or see this."
            assert (french.status, french.json["detail"]) == (403, "Vous n'êtes pas autorisé à faire ou à voir cela.")
            role = Role.TECHNICIAN if login == "tim" else Role.ADMINISTRATOR
            program = await walk.chamber.api.ask(method, address, role=role, json=body)
            assert (program.status, program.code) == (403, "not_allowed"), address
    await checked(walk, before)


@pytest.mark.slow
async def test_a_technician_lets_kits_follow_what_was_agreed_and_nothing_else(walk: Walk) -> None:
    kit = {"kit_id": walk.known["kit_id"][0]}
    rollout = f"/rollouts/{walk.known['rollout_id'][0]}"
    passed = await walk.chamber.ask("tim", "PUT", "/editions/4/followers", kit)
    assert (passed.status, passed.code) == (409, "rollout_gone_past")
    back = await walk.chamber.ask("tim", "POST", f"{rollout}/roll-back", {"words": "Plus tard."})
    assert back.status == 200, back
    agreed = await walk.agreed()
    for reference, status in (("4", 200), ("3", 200), ("1", 409), ("9", 404), ("0" * 64, 404), ("1e1", 404)):
        reply = await walk.chamber.ask("tim", "PUT", f"/editions/{reference}/followers", kit)
        assert reply.status == status, reference
        assert set((await walk.chamber.targets()).values()) <= agreed


@pytest.mark.slow
async def test_an_appointment_does_not_seat_the_technician_whom_it_names(walk: Walk) -> None:
    path = f"/appointments/{walk.known['holding_id'][0]}/confirmation"
    await walk.chamber.done("mayor", "POST", path)
    proposal_id = walk.known["proposal_id"][0]
    reply = await walk.chamber.ask("tim", "PUT", f"/proposals/{proposal_id}/vote/ballot", {"choice": "yes"})
    assert (reply.status, reply.code) == (403, "not_allowed")
