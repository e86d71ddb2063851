"""What one has beside a password: one-time codes by the clock (RFC 6238), and recovery codes for when they are lost."""

import base64
import hmac
import secrets

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault
from webui.doors import second_factor_store as store
from webui.doors.codes import as_typed, code_digest, new_code
from webui.doors.errors import CodeRefused, FactorThere, NoFactor, StillNeedsFactor
from webui.rules import AccessRules
from webui.session_store import Session, has_second_factor

_STEP_S = 30
_DIGITS = 6
_SECRET_BYTES = 20
_CODES = 10
_AROUND = (0, -1, 1)
"""Clocks of telephones are some seconds off; the codes before and after are taken too (RFC 6238, section 5.2)."""


class TotpOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What an app for one-time codes needs: an address to scan, or a secret to type."""

    address: str
    secret: str


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has: since when one-time codes, and how many recovery codes are left."""

    totp_since: int | None
    recovery_codes: int


class SecondFactors:
    """Sets up, checks and removes them. Codes are spent by being right: none is taken twice."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, vault: Vault, rules: AccessRules, *, name: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._rules = rules
        self._name = name

    async def offer(self, session: Session) -> TotpOffer:
        """Make a secret for one-time codes, which holds once a code of it was right; raise `FactorThere`."""
        secret = secrets.token_bytes(_SECRET_BYTES)
        sealed = self._vault.seal(secret, _purpose(session.account_id))

        def work(conn: Connection) -> None:
            if not store.put_totp(conn, session.account_id, sealed, now=self._clock.ms()):
                raise FactorThere

        await self._database.write(work)
        return self._offer(secret, session.login)

    async def offered(self, session: Session) -> TotpOffer:
        """Return the offer that was made and waits for its first code; raise `NoFactor`."""
        found = await self._database.read(lambda conn: store.totp_of(conn, session.account_id))
        if found is None or found.confirmed_at is not None:
            raise NoFactor
        return self._offer(self._vault.open(found.sealed_secret, _purpose(session.account_id)), session.login)

    async def confirm(self, session: Session, code: str) -> list[str]:
        """Take the first code of an offer, and return ten new recovery codes; raise `NoFactor` or `CodeRefused`."""
        codes = [new_code() for _ in range(_CODES)]

        def work(conn: Connection) -> None:
            found = store.totp_of(conn, session.account_id)
            if found is None or found.confirmed_at is not None:
                raise NoFactor
            self._take_totp(conn, found, code)
            store.confirm_totp(conn, session.account_id, now=self._clock.ms())
            store.replace_recovery_codes(conn, session.account_id, map(code_digest, codes), now=self._clock.ms())
            self._record(conn, "one_time_codes_set_up", session.login)

        await self._database.write(work)
        return codes

    async def remove(self, session: Session) -> None:
        """Do without one-time codes; raise `NoFactor`, or `StillNeedsFactor` where the role needs one."""

        def work(conn: Connection) -> None:
            if not store.delete_totp(conn, session.account_id):
                raise NoFactor
            needs = self._rules.needs_second_factor(session.grants)
            if needs and not has_second_factor(conn, session.account_id, session.login):
                raise StillNeedsFactor
            store.replace_recovery_codes(conn, session.account_id, (), now=self._clock.ms())
            self._record(conn, "one_time_codes_removed", session.login)

        await self._database.write(work)

    async def new_recovery_codes(self, session: Session) -> list[str]:
        """Return ten new recovery codes; those before are worth nothing any more."""
        codes = [new_code() for _ in range(_CODES)]

        def work(conn: Connection) -> None:
            store.replace_recovery_codes(conn, session.account_id, map(code_digest, codes), now=self._clock.ms())
            self._record(conn, "recovery_codes_made", session.login)

        await self._database.write(work)
        return codes

    async def of(self, account_id: str) -> Factors:
        """Return what an account has."""
        return await self._database.read(lambda conn: factors_of(conn, account_id))

    async def check(self, account_id: str, text: str) -> str:
        """Take a one-time code or a recovery code, and return which it was, ``totp`` or ``recovery``.

        Raises `CodeRefused`, also for one that was taken before.
        """
        return await self._database.write(lambda conn: self._check(conn, account_id, text))

    def _check(self, conn: Connection, account_id: str, text: str) -> str:
        recovery = as_typed(text)
        if recovery is not None:
            if not store.use_recovery_code(conn, account_id, code_digest(recovery)):
                raise CodeRefused
            return "recovery"
        found = store.totp_of(conn, account_id)
        if found is None or found.confirmed_at is None:
            raise CodeRefused
        self._take_totp(conn, found, text)
        return "totp"

    def _take_totp(self, conn: Connection, found: store.TotpSecret, text: str) -> None:
        totp = _totp(self._vault.open(found.sealed_secret, _purpose(found.account_id)))
        typed = "".join(text.split())[:20].encode()
        now = self._clock.ms() // 1000 // _STEP_S
        right = [now + off for off in _AROUND if hmac.compare_digest(totp.generate((now + off) * _STEP_S), typed)]
        if not right or not store.use_step(conn, found.account_id, max(right)):
            raise CodeRefused

    def _offer(self, secret: bytes, login: str) -> TotpOffer:
        text = base64.b32encode(secret).decode().rstrip("=")
        grouped = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
        return TotpOffer(address=_totp(secret).get_provisioning_uri(login, self._name), secret=grouped)

    def _record(self, conn: Connection, kind: str, login: str) -> None:
        name = f"account:{login}"
        self._journal.record(conn, kind, actor=name, subject=name)


def factors_of(conn: Connection, account_id: str) -> Factors:
    """Return what an account has."""
    found = store.totp_of(conn, account_id)
    return Factors(
        totp_since=found.confirmed_at if found else None, recovery_codes=store.recovery_codes_left(conn, account_id)
    )


def _totp(secret: bytes) -> TOTP:
    # What the apps on telephones know: SHA-1, six digits, thirty seconds.
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S)  # noqa: S303


def _purpose(account_id: str) -> str:
    return f"one-time codes of {account_id}"
