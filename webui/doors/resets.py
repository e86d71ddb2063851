"""A way back for somebody who lost all means of signing in: an administrator takes them, and a code gives new ones."""

from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter import passkey_store
from profiles.charter.committee import Committee
from profiles.charter.passkeys import Passkeys
from profiles.charter.seals import Seals
from webui.account_store import account_by_login, forget_devices, hold_account, replace_password_hash
from webui.doors import oidc_store, second_factor_store
from webui.doors.codes import new_code
from webui.doors.invitations import Invitations, Made
from webui.errors import AccountUnknown
from webui.session_store import delete_sessions


class Resets:
    """Takes an account's password, passkeys, one-time and recovery codes, other logins and sessions, all at once."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        committee: Committee,
        passkeys: Passkeys,
        seals: Seals,
        invitations: Invitations,
    ) -> None:
        self._database = database
        self._journal = journal
        self._committee = committee
        self._passkeys = passkeys
        self._seals = seals
        self._invitations = invitations

    async def reset(self, login: str, *, actor: str) -> Made:
        """Return the code by which the person comes back; seats of the committee are to be confirmed again.

        Raises `AccountUnknown`, also for an account that ended.
        """
        code = new_code()
        return await self._database.write(lambda conn: self._reset(conn, login, code, actor))

    def _reset(self, conn: Connection, login: str, code: str, actor: str) -> Made:
        account = hold_account(conn, login)
        if account is None or account.disabled_at is not None:
            raise AccountUnknown(login=login)
        # Before its passkeys go: whoever gives new means could vote with them.
        self._committee.suspend_in(conn, login, actor=actor)
        for one in passkey_store.passkeys_of(conn, login, self._seals):
            self._passkeys.revoke_in(conn, login, one.credential_id, actor=actor)
        second_factor_store.delete_totp(conn, account.account_id)
        second_factor_store.replace_recovery_codes(conn, account.account_id, (), now=0)
        oidc_store.delete_links(conn, account.account_id)
        replace_password_hash(conn, account.account_id, "")
        forget_devices(conn, account.account_id)
        delete_sessions(conn, account.account_id)
        self._journal.record(conn, "sign_in_reset", actor=actor, subject=f"account:{login}")
        fresh = account_by_login(conn, login) or account
        return Made(invitation=self._invitations.lead_back(conn, fresh, code, actor=actor), code=code)
