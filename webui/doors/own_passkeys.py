"""One's own passkeys: added and removed by whoever proved a short while ago who it is, on pages and in the API."""

from mdm.clock import Clock
from mdm.store import Connection, Database
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.passkeys import Passkeys
from webui.account_store import account_by_id
from webui.doors import oidc_store
from webui.doors.errors import NothingLeft, StillNeedsFactor
from webui.doors.freshness import require_fresh
from webui.doors.second_factor import factors_of
from webui.rules import AccessRules
from webui.session_store import Session, has_passkey
from webui.sessions import Sessions


class OwnPasskeys:
    """Adds, names and removes passkeys of whoever is signed in. ``other_login``: another service's login opens too."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rules: AccessRules,
        passkeys: Passkeys,
        sessions: Sessions,
        *,
        other_login: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules
        self._passkeys = passkeys
        self._sessions = sessions
        self._other_login = other_login

    async def list(self, login: str) -> list[MemberPasskey]:
        """Return somebody's passkeys in use."""
        return await self._passkeys.list(login)

    async def begin(self, session: Session) -> bytes:
        """Return the options that a browser needs to make a passkey, as JSON; raise `ProveFirst`."""
        require_fresh(session, self._clock)
        return await self._passkeys.begin(session.login)

    async def add(self, session: Session, answer: bytes, *, label: str) -> MemberPasskey:
        """Register the passkey that the browser made; with it the person proved once more who it is.

        Raises `ProveFirst`, or what `Passkeys.finish` raises.
        """
        require_fresh(session, self._clock)
        made = await self._passkeys.finish(session.login, answer, label=label)
        await self._sessions.prove(session, second="passkey")
        return made

    async def name(self, session: Session, credential: str, label: str) -> None:
        """Call a passkey something else; raise what `Passkeys.rename` raises."""
        await self._passkeys.rename(session.login, credential, label)

    async def remove(self, session: Session, credential: str) -> None:
        """Take a passkey out of use.

        Raises `ProveFirst`, `PasskeyUnknown`, `NothingLeft` where the person could not sign in any more, or
        `StillNeedsFactor` where the role needs more than what would be left.
        """
        require_fresh(session, self._clock)

        def work(conn: Connection) -> None:
            self._passkeys.revoke_in(conn, session.login, credential, actor=session.person.actor)
            if not has_passkey(conn, session.login):
                self._require_another_way(conn, session)

        await self._database.write(work)

    def _require_another_way(self, conn: Connection, session: Session) -> None:
        account = account_by_id(conn, session.account_id)
        has_password = bool(account and account.password_hash)
        is_linked = self._other_login and bool(oidc_store.links_of_account(conn, session.account_id))
        if not has_password and not is_linked:
            raise NothingLeft
        needs_more = self._rules.needs_second_factor(session.grants)
        if needs_more and factors_of(conn, session.account_id).totp_since is None:
            raise StillNeedsFactor
