"""What the server does at each check-in message.

Sources: Apple, "Check-in" (Authenticate, TokenUpdate, CheckOut, bootstrap tokens, GetToken, UserAuthenticate) and the
schema files mdm/checkin/*.yaml.
"""

import plistlib
from typing import ClassVar

import msgspec
import structlog

from mdm.apple import enrollment_store
from mdm.apple.declarative_service import DeclarativeService
from mdm.apple.departure import Departure
from mdm.apple.enrollment_store import SealedTokens
from mdm.apple.identity import Identity, IdentityRefused
from mdm.apple.joining import Claims, Joining
from mdm.apple.messages import (
    Authenticate,
    CheckinMessage,
    CheckOut,
    DeclarativeManagement,
    GetBootstrapToken,
    GetToken,
    SetBootstrapToken,
    TokenUpdate,
    UserAuthenticate,
)
from mdm.clock import Clock
from mdm.commands.convergence import Convergence
from mdm.commands.report import Report
from mdm.errors import ValiseError
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet_life import change_state
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection, Database, StoreError
from mdm.vault import Vault

log = structlog.get_logger()

PLIST = b"application/xml"
JSON = b"application/json"


class CheckinAnswer(msgspec.Struct, frozen=True):
    """An HTTP answer to a check-in message."""

    status: int = 200
    body: bytes = b""
    content_type: bytes = b""


class UserRefused(ValiseError):
    """Users of a Shared iPad have no management of their own here."""

    code: ClassVar[str] = "user_channel_refused"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("This server manages devices, not their users.")


class TokenNotOffered(ValiseError):
    """The device asks for a service's token that this server does not give."""

    code: ClassVar[str] = "token_not_offered"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This server offers no token for {service}.")


class IdentityNotPinned(ValiseError):
    """The certificate is a good one, but not this device's."""

    code: ClassVar[str] = "identity_not_pinned"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This certificate is not the one that the tablet enrolled with.")
    hint: ClassVar[str] = N_("Enrol the tablet again with its slot's QR code.")


class NotEnrolled(ValiseError):
    """The device is not enrolled: it may remove its management profile."""

    code: ClassVar[str] = "not_enrolled"
    status: ClassVar[int] = 401
    message: ClassVar[str] = N_("This tablet is not enrolled here.")
    hint: ClassVar[str] = N_("Enrol the tablet again with its slot's QR code.")


_OK = CheckinAnswer()


class Checkin:
    """Carries out check-in messages; each answer is given after what it tells is durable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        claims: Claims,
        convergence: Convergence,
        declarative: DeclarativeService,
        departure: Departure,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._claims = claims
        self._convergence = convergence
        self._declarative = declarative
        self._departure = departure
        self._joining = Joining(clock, journal, claims)

    async def handle(self, message: CheckinMessage, identity: Identity) -> CheckinAnswer:
        """Carry out a message of the device that ``identity`` proves; raise a `ValiseError` to refuse it."""
        if isinstance(message, UserAuthenticate) or message.user_id is not None:
            raise UserRefused
        if isinstance(message, Authenticate):
            await self._authenticate(message, identity)
            return _OK
        tablet_id = await self.pinned_tablet(message.udid, identity)
        match message:
            case TokenUpdate():
                await self._database.write(lambda conn: self._token_update(conn, message, tablet_id))
            case CheckOut():
                await self._database.write(lambda conn: self._departure.checked_out(conn, tablet_id))
            case SetBootstrapToken():
                await self._database.write(lambda conn: self._set_bootstrap_token(conn, message))
            case GetBootstrapToken():
                return await self._database.read(lambda conn: self._get_bootstrap_token(conn, message))
            case GetToken():
                raise TokenNotOffered(service=message.token_service_type)
            case DeclarativeManagement():
                answer = await self._declarative.handle(tablet_id, message.endpoint, message.data)
                return CheckinAnswer(answer.status, answer.body, JSON if answer.body else b"")
        return _OK

    async def _authenticate(self, message: Authenticate, identity: Identity) -> None:
        try:
            tablet_id = await self._database.write(lambda conn: self._joining.authenticate(conn, message, identity))
        except StoreError:
            raise
        except ValiseError as refused:
            code = refused.code
            await self._database.write(lambda conn: self._joining.give_up(conn, message, identity, code))
            log.warning("joining_refused", code=code)
            raise
        log.info("tablet_authenticated", tablet=tablet_id)

    async def pinned_tablet(self, udid: str, identity: Identity) -> str:
        """Return the tablet that ``udid`` is, when ``identity`` is pinned to it or renews the one that is.

        Raises `NotEnrolled` or, journalled, `IdentityNotPinned`.
        """
        enrollment = await self._database.read(lambda conn: enrollment_store.enrollment_of_udid(conn, udid))
        if enrollment is None or enrollment.state == "checked_out":
            raise NotEnrolled
        if enrollment.identity_digest == identity.digest:
            return enrollment.tablet_id
        return await self._database.write(lambda conn: self._repin(conn, udid, identity)) or self._refuse_pin(udid)

    async def accept_renewal(self, udid: str, identity: Identity) -> bool:
        """Pin a renewed certificate if it renews the pinned one; otherwise journal the refusal. Tell which."""
        return await self._database.write(lambda conn: self._repin(conn, udid, identity)) is not None

    def _repin(self, conn: Connection, udid: str, identity: Identity) -> str | None:
        enrollment = enrollment_store.enrollment_of_udid(conn, udid)
        if enrollment is None:
            return None
        subject = f"tablet:{enrollment.tablet_id}"
        if self._claims.renews(conn, identity.serial, enrollment.identity_digest):
            enrollment_store.repin(conn, udid, identity.digest)
            self._journal.record(conn, "identity_renewed", actor=subject, subject=subject)
            return enrollment.tablet_id
        self._journal.record(
            conn, "identity_refused", actor="system", subject=subject, detail={"certificate": identity.serial}
        )
        log.warning("identity_refused", tablet=enrollment.tablet_id, certificate=identity.serial)
        return None

    def _refuse_pin(self, _udid: str) -> str:
        raise IdentityNotPinned

    def _token_update(self, conn: Connection, message: TokenUpdate, tablet_id: str) -> None:
        enrollment = enrollment_store.enrollment_of_udid(conn, message.udid)
        if enrollment is None:
            raise NotEnrolled
        first = enrollment.state == "authenticated"
        awaiting = bool(message.awaiting_configuration)
        enrollment_store.save_tokens(
            conn,
            message.udid,
            message.topic,
            SealedTokens(
                push_token=self._vault.seal(message.token, "apple.push_token"),
                push_magic=self._vault.seal(message.push_magic.encode(), "apple.push_magic"),
                unlock_token=(
                    self._vault.seal(message.unlock_token, "apple.unlock_token") if message.unlock_token else None
                ),
            ),
            awaiting=awaiting,
        )
        if not first:
            return
        subject = f"tablet:{tablet_id}"
        change_state(
            conn, self._journal, tablet_id=tablet_id, event=TabletEvent.ENROL, actor=subject, now=self._clock.ms()
        )
        self._convergence.begin(conn, tablet_id, "ipad", Report(awaiting_configuration=awaiting))
        log.info("tablet_enrolled", tablet=tablet_id)

    def _set_bootstrap_token(self, conn: Connection, message: SetBootstrapToken) -> None:
        token = message.bootstrap_token
        sealed = self._vault.seal(token, "apple.bootstrap_token") if token else None
        enrollment_store.save_bootstrap_token(conn, message.udid, sealed)

    def _get_bootstrap_token(self, conn: Connection, message: GetBootstrapToken) -> CheckinAnswer:
        sealed = enrollment_store.bootstrap_token(conn, message.udid)
        found = {"BootstrapToken": self._vault.open(sealed, "apple.bootstrap_token")} if sealed else {}
        return CheckinAnswer(200, plistlib.dumps(found), PLIST)


__all__ = ["Checkin", "CheckinAnswer", "IdentityNotPinned", "IdentityRefused", "NotEnrolled"]
