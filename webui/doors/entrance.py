"""The entrance: what somebody brings, what is still asked for, and the session that it opens."""

import msgspec

from mdm.store import Connection, Database
from webui.account_store import Account, account_by_id, account_by_login
from webui.devices import Devices
from webui.doors.errors import CodeRefused, PasskeyNotKnown, StepOver
from webui.doors.passkey_entry import PasskeyEntry
from webui.doors.second_factor import SecondFactors, factors_of
from webui.doors.steps import Steps
from webui.errors import SignInRefused
from webui.failures import Failures
from webui.rules import AccessRules
from webui.session_store import Session, has_passkey
from webui.sessions import Proof, Sessions
from webui.throttle import Gate, SignInThrottle

_SECOND = "second"
_CODES_FREE = 10
_PASSKEYS_FREE = 200


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at the door: the address, the secret of the browser's forms, the devices' cookie, what device it is."""

    address: str
    browser: str
    device_cookie: str = ""
    device: str = ""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The cookies of a session that was opened, and of the device that the account is known on from now on."""

    account_id: str
    cookie: str
    device_cookie: str


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """By what somebody may confirm who it is."""

    totp: bool = False
    recovery: bool = False
    passkey: bool = False
    password: bool = False


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose password was right, and who is asked for more. ``method``: how he began."""

    account_id: str
    login: str
    method: str
    ways: Ways


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A second step that was begun; ``token`` comes back with its answer."""

    token: str
    step: SecondStep


class Entrance:
    """Lets people in."""

    def __init__(
        self,
        database: Database,
        rules: AccessRules,
        sessions: Sessions,
        devices: Devices,
        steps: Steps,
        factors: SecondFactors,
        passkeys: PasskeyEntry,
        failures: Failures,
    ) -> None:
        self._database = database
        self._rules = rules
        self._sessions = sessions
        self._devices = devices
        self._steps = steps
        self._factors = factors
        self._passkeys = passkeys
        self._passwords_tried = SignInThrottle(failures)
        self._codes_tried = Gate(failures, "one-time code", free=_CODES_FREE)
        self._passkeys_tried = Gate(failures, "passkey", free=_PASSKEYS_FREE)

    async def by_password(self, caller: Caller, login: str, password: str) -> Entered | Asked:
        """Let somebody in by a password, or ask for more.

        Raises `SignInRefused` for a wrong password and for an unknown login alike, `TooManyAttempts` before looking.
        """
        login = login.strip().lower()[:256]
        device = await self._known_device(caller, login)
        async with self._passwords_tried.attempt(caller.address, login, device=device):
            account = await self._sessions.check(login, password)
        await self._passwords_tried.forgive(caller.address, login, device=device)
        return await self.go_on(caller, account, method="password")

    async def go_on(self, caller: Caller, account: Account, *, method: str, second: str = "") -> Entered | Asked:
        """Let somebody in who proved who it is by ``method``, or ask for the second factor that the account has."""
        ways = await self._database.read(lambda conn: self._second_ways(conn, account))
        must = ways.totp or (ways.passkey and self._rules.needs_second_factor(account.grants))
        if second or not must:
            return await self.enter(caller, account, Proof(method=method, second=second, device=caller.device))
        step = SecondStep(account_id=account.account_id, login=account.login, method=method, ways=ways)
        return Asked(token=await self._steps.begin(_SECOND, caller.browser, step), step=step)

    async def asked(self, caller: Caller, token: str) -> Asked:
        """Return a second step that was begun; raise `StepOver`."""
        return Asked(token=token, step=await self._steps.look(_SECOND, caller.browser, token, SecondStep))

    async def second_by_code(self, caller: Caller, token: str, code: str) -> Entered:
        """Finish with a one-time code or a recovery code.

        Raises `CodeRefused` (five times for one password at most), `TooManyAttempts` or `StepOver`.
        """
        step = await self._steps.look(_SECOND, caller.browser, token, SecondStep)
        account = await self._account(step.account_id)
        device = self._devices.known(caller.device_cookie, account.account_id, account.device_epoch)
        # Whoever has the password but not the device does not keep the owner's own device out.
        key = f"{device or ''} {account.account_id}"
        await self._codes_tried.admit(key)
        await self._steps.attempt(_SECOND, caller.browser, token, SecondStep)
        try:
            second = await self._factors.check(step.account_id, code)
        except CodeRefused:
            await self._sessions.refuse(account, method="code")
            raise
        await self._codes_tried.forgive(key)
        await self._steps.take(_SECOND, caller.browser, token, SecondStep)
        return await self.enter(caller, account, Proof(method=step.method, second=second, device=caller.device))

    async def second_by_passkey(self, caller: Caller, token: str, answer: str) -> Entered:
        """Finish with a passkey of the same account; raises what `by_passkey` raises."""
        step = await self._steps.look(_SECOND, caller.browser, token, SecondStep)
        passkey = await self._recognise(caller, answer)
        if passkey != step.login:
            raise PasskeyNotKnown
        await self._steps.take(_SECOND, caller.browser, token, SecondStep)
        account = await self._account(step.account_id)
        return await self.enter(caller, account, Proof(method=step.method, second="passkey", device=caller.device))

    async def passkey_options(self, caller: Caller, *, login: str = "") -> bytes:
        """Return what the browser is asked; raise `TooManyAttempts`."""
        await self._passkeys_tried.admit(caller.address)
        return await self._passkeys.options(caller.browser, login=login)

    async def by_passkey(self, caller: Caller, answer: str) -> Entered:
        """Let somebody in by a passkey, whatever was tried with passwords before.

        Raises `PasskeyNotKnown`, `StepOver`, or `SignInRefused` when the account ended.
        """
        login = await self._recognise(caller, answer)
        account = await self._database.read(lambda conn: account_by_login(conn, login))
        if account is None or account.disabled_at is not None:
            await self._sessions.refuse(account, method="passkey")
            raise SignInRefused
        return await self.enter(caller, account, Proof(method="passkey", device=caller.device))

    async def enter(self, caller: Caller, account: Account, proof: Proof) -> Entered:
        """Open the session; raise `SignInRefused` when the account ended."""
        cookie = await self._sessions.open(account.account_id, proof)
        known = self._devices.with_account(caller.device_cookie, account.account_id, account.device_epoch)
        return Entered(account_id=account.account_id, cookie=cookie, device_cookie=known)

    async def ways_to_confirm(self, session: Session) -> Ways:
        """Return by what somebody who is signed in may confirm who it is."""

        def read(conn: Connection) -> Ways:
            account = account_by_id(conn, session.account_id)
            if account is None:
                raise StepOver
            ways = self._second_ways(conn, account)
            return msgspec.structs.replace(ways, password=bool(account.password_hash) and not session.owes)

        return await self._database.read(read)

    async def confirm_by_passkey(self, caller: Caller, session: Session, answer: str) -> None:
        """Confirm who is signed in by one of its passkeys; raise `PasskeyNotKnown`, `StepOver` or `TooManyAttempts`."""
        if await self._recognise(caller, answer) != session.login:
            raise PasskeyNotKnown
        await self._sessions.prove(session, second="passkey")

    async def confirm(self, session: Session, *, password: str = "", code: str = "") -> None:
        """Confirm who is signed in, by a one-time code, a recovery code or the password.

        Raises `CodeRefused`, also where the password is not enough, `SignInRefused` or `TooManyAttempts`.
        """
        if code:
            key = f"session {session.account_id}"
            await self._codes_tried.admit(key)
            try:
                second = await self._factors.check(session.account_id, code)
            except CodeRefused:
                await self._sessions.refuse(await self._account(session.account_id), method="code")
                raise
            await self._codes_tried.forgive(key)
            return await self._sessions.prove(session, second=second)
        if session.owes:
            raise CodeRefused
        # The session itself tells that this is the owner's browser, whatever its address: it is counted apart.
        device = f"session {session.session_id}"
        async with self._passwords_tried.attempt("", session.login, device=device):
            await self._sessions.check(session.login, password)
        await self._passwords_tried.forgive("", session.login, device=device)
        return await self._sessions.prove(session)

    async def _recognise(self, caller: Caller, answer: str) -> str:
        await self._passkeys_tried.admit(caller.address)
        try:
            passkey = await self._passkeys.recognise(caller.browser, answer)
        except PasskeyNotKnown:
            await self._sessions.refuse(None, method="passkey")
            raise
        # Once for the options, once for the answer.
        await self._passkeys_tried.forgive(caller.address, times=2)
        return passkey.login

    async def _known_device(self, caller: Caller, login: str) -> str | None:
        if not caller.device_cookie:
            return None
        account = await self._database.read(lambda conn: account_by_login(conn, login))
        if account is None:
            return None
        return self._devices.known(caller.device_cookie, account.account_id, account.device_epoch)

    async def _account(self, account_id: str) -> Account:
        account = await self._database.read(lambda conn: account_by_id(conn, account_id))
        if account is None or account.disabled_at is not None:
            raise SignInRefused
        return account

    def _second_ways(self, conn: Connection, account: Account) -> Ways:
        factors = factors_of(conn, account.account_id)
        return Ways(
            totp=factors.totp_since is not None,
            recovery=factors.recovery_codes > 0,
            passkey=has_passkey(conn, account.login),
        )
