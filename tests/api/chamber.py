"""A founded charter behind the API, and everybody who takes part in it, each with an account and a session."""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mdm.clock import Clock, ManualClock
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.ballot import RelyingParty
from profiles.charter.charter import party_of
from profiles.charter.convention import Convention
from profiles.targets import AgreedTargets
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import EVERYBODY, Committee
from webui.account_store import Account, account_by_login, insert_account
from webui.roles import Role
from webui.scopes import Grant
from webui.session_store import Session, insert_session
from webui.sessions import LIFETIME_MS

if TYPE_CHECKING:
    from tests.api.conftest import Api, Reply
    from tests.webui.conftest import Site

PEOPLE: Mapping[str, Role] = {
    "mayor": Role.MEMBER,
    "inspector": Role.DSDEN,
    "teacher-1": Role.TEACHER,
    "teacher-2": Role.TEACHER,
    "teacher-3": Role.TEACHER,
    "parent": Role.PARENT,
    "mayor-deputy": Role.MEMBER,
    "secretary": Role.MANAGER,
    "newcomer": Role.MEMBER,
    "evaluator": Role.EVALUATOR,
    "tim": Role.TECHNICIAN,
    "anne": Role.ADMINISTRATOR,
}
"""Those who hold a seat have its name as their login; `secretary` and the others hold none."""

LIRE = {"name": "Lire", "bundle_id": "fr.lire", "package": "fr.lire.android", "store_id": 7}
ADD_LIRE = {"kind": "add_app", "title": "Ajouter Lire", "changes": [{"op": "add", "path": ["apps"], "value": LIRE}]}
NO_CAMERA = {
    "kind": "setting",
    "title": "Sans appareil photo",
    "changes": [{"op": "set", "path": ["restrictions", "camera"], "value": False}],
}


class Chamber:
    """Asks the API as people do; ``committee`` looks behind it."""

    def __init__(self, site: "Site", api: "Api", database: Database, clock: ManualClock) -> None:
        self.site = site
        self.api = api
        self.database = database
        self.clock = clock
        self.committee = Committee(database, clock, Journal(clock), Vault(bytes(range(32))), site.services.settings)
        self._sessions: dict[str, dict[str, str]] = {}

    @property
    def party(self) -> RelyingParty:
        """Whom passkeys are made for."""
        return party_of(self.site.services.settings)

    async def begin(self, convention: Convention = SIMPLE) -> None:
        """Found the charter, and let everybody sign in."""
        await self.committee.begin(convention)
        await self.sign_in_again()

    def headers(self, login: str) -> dict[str, str]:
        """What a browser sends in which this person signed in."""
        return dict(self._sessions[login])

    async def ask(
        self,
        login: str,
        method: str,
        path: str,
        json: Any = None,
        *,
        tag: str | None = None,
        key: str | None = None,
        language: str | None = None,
    ) -> "Reply":
        """Send one request as a person. ``tag`` goes into If-Match, ``key`` into Idempotency-Key."""
        given = {"If-Match": tag, "Idempotency-Key": key, "Accept-Language": language}
        headers = self.headers(login) | {name: value for name, value in given.items() if value is not None}
        return await self.api.ask(method, path, role=None, json=json, headers=headers)

    async def done(self, login: str, method: str, path: str, json: Any = None, *, tag: str | None = None) -> Any:
        """Send one request that must succeed; return what was answered."""
        reply = await self.ask(login, method, path, json, tag=tag)
        assert reply.status in (200, 201, 204), (method, path, reply.status, reply.body)
        return reply.json if reply.body else None

    async def drafted(self, draft: Any = None, author: str = "teacher-1") -> str:
        """A draft; return its identifier."""
        made = await self.done(author, "POST", "/proposals", draft or ADD_LIRE)
        return str(made["proposal"]["proposal_id"])

    async def submitted(self, draft: Any = None, author: str = "teacher-1") -> str:
        """A proposal under discussion; return its identifier."""
        proposal_id = await self.drafted(draft, author)
        await self.done(author, "POST", f"/proposals/{proposal_id}/submission")
        return proposal_id

    async def examined(self, draft: Any = None) -> str:
        """A proposal whose vote can be opened; return its identifier."""
        proposal_id = await self.submitted(draft)
        for step in ("admission", "examination"):
            await self.done("secretary", "POST", f"/proposals/{proposal_id}/{step}", {})
        return proposal_id

    async def opened(self, draft: Any = None, **vote: Any) -> str:
        """A proposal whose vote is open; return its identifier."""
        proposal_id = await self.examined(draft)
        await self.done("secretary", "POST", f"/proposals/{proposal_id}/vote", vote)
        return proposal_id

    async def say(self, proposal_id: str, choice: str, *logins: str) -> None:
        """Cast ballots, all at once."""
        path = f"/proposals/{proposal_id}/vote/ballot"
        await asyncio.gather(*(self.done(login, "PUT", path, {"choice": choice}) for login in logins))

    async def adopted(self, draft: Any = None) -> str:
        """A proposal that everybody agreed to; return its identifier."""
        proposal_id = await self.opened(draft)
        await self.say(proposal_id, "yes", *EVERYBODY)
        assert (await self.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close"))["adopted"]
        return proposal_id

    async def agreed(self, draft: Any = None) -> Any:
        """The edition that carries a proposal which everybody agreed to; the kit follows it."""
        await self.adopted(draft)
        made = await self.done("secretary", "POST", "/editions")
        await self.done("tim", "PUT", f"/editions/{made['number']}/followers", {})
        return made

    async def apps(self) -> list[str]:
        """The names of the apps that the site's kit should have now."""
        return await self.committee.apps_of(self.site.kit_id)

    async def targets(self) -> dict[str, str | None]:
        """The policy that each tablet should hold now, as the server would tell it."""
        services = self.site.services
        source = AgreedTargets(self.clock, services.compilers, services.charter.agreed)

        def read(conn: Connection) -> dict[str, str | None]:
            tablets = [row["tablet_id"] for row in conn.all("SELECT tablet_id FROM tablet ORDER BY tablet_id")]
            found = {tablet: source.target_for(conn, tablet) for tablet in tablets}
            return {tablet: None if target is None else target.policy_id for tablet, target in found.items()}

        return await self.database.write(read)

    async def sign_in_again(self) -> None:
        """Sign everybody in anew, since sessions end after some hours."""
        self._sessions = await self.database.write(lambda conn: signed_in(conn, self.clock))


def signed_in(conn: Connection, clock: Clock) -> dict[str, dict[str, str]]:
    """Give everybody an account, where there is none, and a session; return what their browsers send."""
    now, sent = clock.ms(), {}
    for login, role in PEOPLE.items():
        known = account_by_login(conn, login)
        account = known or Account(
            account_id=new_id(clock), login=login, password_hash="!", grants=(Grant(role=role),), created_at=now
        )
        if known is None:
            insert_account(conn, account)
        cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        session = Session(
            digest=hashlib.sha256(cookie.encode()).hexdigest(),
            account_id=account.account_id,
            login=login,
            grants=account.grants,
            csrf=csrf,
            expires_at=now + LIFETIME_MS,
            method="passkey",
        )
        insert_session(conn, session, now=now)
        sent[login] = {"Cookie": f"valise={cookie}", "X-CSRF-Token": csrf}
    return sent


def tag_of(reply: "Reply") -> str:
    """The ETag of an answer."""
    return str(reply.headers["ETag"])
