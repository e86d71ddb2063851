"""Invitations: who may come in, as what and where; made by those who may give the role, used once."""

import hmac
from collections.abc import Sequence

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.i18n import Catalogs, Translator
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.mail import outbox_store
from mdm.mail.errors import NoMail
from mdm.mail.letter import Letter, parse_address
from mdm.mail.outbox import Outbox
from mdm.mail.outbox_store import Delivery
from mdm.store import Connection, Database
from mdm.vault import Vault
from webui.account_store import Account, account_by_login
from webui.doors import invitation_store as store
from webui.doors.codes import as_typed, code_digest, new_code
from webui.doors.errors import (
    InvitationClosed,
    InvitationRefused,
    InvitationUnknown,
    NotYoursToGive,
    PlaceGone,
    WordsTooLong,
)
from webui.doors.invitation_store import Invitation
from webui.doors.letters import invitation_letter
from webui.doors.places import NamedPlace, names_of_places, place_of
from webui.errors import TooManyAttempts
from webui.permissions import Action, Person, may, may_invite
from webui.roles import Role
from webui.scopes import Grant

LIFETIME_MS = 14 * DAY_MS

_LABEL = 60
_A_DAY = 300
_MOST_AT_ONCE = 60


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation with its code, which is told this once."""

    invitation: Invitation
    code: str


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a right code gives: see `Invitation`; ``login``: of the account that it leads back into."""

    invitation: Invitation
    place: NamedPlace
    login: str | None


class ListedInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation in the list; ``delivery``: how its letter stands."""

    invitation: Invitation
    state: str
    place: NamedPlace
    delivery: Delivery | None


class Invitations:
    """Makes, sends, withdraws and finds invitations."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        outbox: Outbox,
        catalogs: Catalogs,
        *,
        address: str,
        organization: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._key = vault.derive("addresses of invitations")
        self._outbox = outbox
        self._catalogs = catalogs
        self._address = address.rstrip("/")
        self._organization = organization

    @property
    def sends_mail(self) -> bool:
        """Tell whether invitations can be sent by e-mail."""
        return self._outbox.is_there

    def address_of(self, code: str) -> str:
        """Return the address that a code's QR has. The code is in its fragment, which no server is told."""
        return f"{self._address}/invitation#{code}"

    async def send(self, person: Person, grant: Grant, to: str, *, label: str = "", language: str = "fr") -> Invitation:
        """Invite somebody by e-mail.

        Raises `NotYoursToGive`, `PlaceGone`, `AddressRefused`, `NoMail`, `WordsTooLong` or `TooManyAttempts`.
        """
        address, label = parse_address(to), _label(label)
        code, translate = new_code(), self._catalogs.for_language(language)

        def work(conn: Connection) -> Invitation:
            one = self._new(conn, person, grant, way="mail", label=label)
            store.insert_invitation(conn, one, code_digest(code), email_digest=self._digest(address))
            self._post(conn, one, code, address, translate)
            self._record(conn, "invitation_made", one, person.actor)
            return one

        return await self._database.write(work)

    async def make(self, person: Person, grant: Grant, *, labels: Sequence[str] = ("",)) -> list[Made]:
        """Make codes to print, one for each label; raises as `send` does."""
        if not 0 < len(labels) <= _MOST_AT_ONCE:
            raise WordsTooLong(most=_MOST_AT_ONCE)
        wanted = [(_label(one), new_code()) for one in labels]

        def work(conn: Connection) -> list[Made]:
            made = []
            for label, code in wanted:
                one = self._new(conn, person, grant, way="paper", label=label)
                store.insert_invitation(conn, one, code_digest(code), email_digest=None)
                self._record(conn, "invitation_made", one, person.actor)
                made.append(Made(invitation=one, code=code))
            return made

        return await self._database.write(work)

    async def again(self, person: Person, invitation_id: str, *, to: str | None, language: str = "fr") -> Made:
        """Give an open invitation another code and two weeks; ``to``: the address to send it to, None prints it.

        Raises `InvitationUnknown`, `InvitationClosed`, and what `send` raises.
        """
        address, code = parse_address(to) if to is not None else None, new_code()
        translate = self._catalogs.for_language(language)

        def work(conn: Connection) -> Made:
            one = self._own(conn, person, invitation_id)
            if one.used_at is not None or one.withdrawn_at is not None:
                raise InvitationClosed
            self._require_giving(conn, person, one)
            one = msgspec.structs.replace(one, expires_at=self._clock.ms() + LIFETIME_MS)
            digest = self._digest(address) if address and one.account_id is None else None
            store.renew_code(conn, invitation_id, code_digest(code), expires_at=one.expires_at, email_digest=digest)
            self._outbox.withdraw(conn, _about(one))
            if address:
                self._post(conn, one, code, address, translate)
            self._record(conn, "invitation_sent_again", one, person.actor)
            return Made(invitation=one, code=code)

        return await self._database.write(work)

    async def withdraw(self, person: Person, invitation_id: str) -> None:
        """Withdraw an invitation; raise `InvitationUnknown` or `InvitationClosed`."""

        def work(conn: Connection) -> None:
            self._own(conn, person, invitation_id)
            self._withdraw(conn, invitation_id, person.actor)

        await self._database.write(work)

    async def one(self, person: Person, invitation_id: str) -> ListedInvitation:
        """Return an invitation of one's own; raise `InvitationUnknown`."""
        return await self._database.read(lambda conn: self._listed(conn, [self._own(conn, person, invitation_id)])[0])

    async def listed(
        self, person: Person, *, before: tuple[int, str] | None = None, limit: int = 50
    ) -> list[ListedInvitation]:
        """Return invitations, the newest first: one's own, or everybody's for who manages accounts."""
        made_by = None if may(person, Action.MANAGE_ACCOUNTS) else person.actor
        return await self._database.read(
            lambda conn: self._listed(conn, store.list_invitations(conn, made_by=made_by, before=before, limit=limit))
        )

    async def look(self, text: str) -> Offer:
        """Return what a code gives, and leave it; raise `InvitationRefused`."""
        return await self._database.read(lambda conn: self.offer_of(conn, text))

    def offer_of(self, conn: Connection, text: str) -> Offer:
        """Do what `look` does, inside the caller's transaction."""
        code = as_typed(text)
        one = store.invitation_by_digest(conn, code_digest(code)) if code else None
        if one is None or one.state(self._clock.ms()) != "open" or not self._stands(conn, one):
            raise InvitationRefused
        return self._offered(conn, one)

    def offer_to(self, conn: Connection, address: str) -> Offer | None:
        """Return what the newest open invitation gives that was sent to an address."""
        digest = self._digest(address)
        one = store.invitation_for_address(conn, digest, now=self._clock.ms())
        return self._offered(conn, one) if one is not None and self._stands(conn, one) else None

    def use(self, conn: Connection, one: Invitation, account: Account) -> None:
        """Note that an account was opened by an invitation; raise `InvitationRefused` when it is not open any more."""
        actor = f"account:{account.login}"
        if not store.mark_used(conn, one.invitation_id, actor, now=self._clock.ms()):
            raise InvitationRefused
        self._outbox.withdraw(conn, _about(one))
        self._record(conn, "invitation_used", one, actor)

    def lead_back(self, conn: Connection, account: Account, code: str, *, actor: str) -> Invitation:
        """Make the code by which somebody comes back into his account; the one before serves no more."""
        now = self._clock.ms()
        for before in store.withdraw_returns(conn, account.account_id, now=now):
            self._outbox.withdraw(conn, f"invitation:{before}")
        one = Invitation(
            invitation_id=new_id(self._clock),
            grant=account.grants[0] if account.grants else Grant(role=Role.MEMBER),
            way="paper",
            label="",
            made_at=now,
            made_by=actor,
            expires_at=now + LIFETIME_MS,
            account_id=account.account_id,
        )
        store.insert_invitation(conn, one, code_digest(code), email_digest=None)
        return one

    async def make_at_terminal(self, grant: Grant, *, to: str = "", language: str = "fr", actor: str) -> Made:
        """Make an invitation at a terminal, where every role may be given; ``to``: the address to send it to.

        Raises `PlaceGone`, `AddressRefused` or `NoMail`.
        """
        address, code = parse_address(to) if to else "", new_code()
        translate = self._catalogs.for_language(language)

        def work(conn: Connection) -> Made:
            place_of(conn, grant.scope)
            one = self._invitation(grant, way="mail" if address else "paper", label="", actor=actor)
            digest = self._digest(address) if address else None
            store.insert_invitation(conn, one, code_digest(code), email_digest=digest)
            if address:
                self._post(conn, one, code, address, translate)
            self._record(conn, "invitation_made", one, actor)
            return Made(invitation=one, code=code)

        return await self._database.write(work)

    async def at_terminal(self, *, before: tuple[int, str] | None = None, limit: int = 500) -> list[ListedInvitation]:
        """Return everybody's invitations, the newest first."""
        return await self._database.read(
            lambda conn: self._listed(conn, store.list_invitations(conn, made_by=None, before=before, limit=limit))
        )

    async def withdraw_at_terminal(self, invitation_id: str, *, actor: str) -> None:
        """Withdraw an invitation; raise `InvitationUnknown` or `InvitationClosed`."""
        await self._database.write(lambda conn: self._withdraw(conn, invitation_id, actor))

    def _new(self, conn: Connection, person: Person, grant: Grant, *, way: str, label: str) -> Invitation:
        if not may_invite(person, grant, place_of(conn, grant.scope)):
            raise NotYoursToGive
        row = conn.one(
            "SELECT COUNT(*) AS n FROM invitation WHERE made_by = :actor AND made_at > :since",
            actor=person.actor,
            since=self._clock.ms() - DAY_MS,
        )
        if row is not None and row["n"] >= _A_DAY:
            raise TooManyAttempts(wait_ms=3_600_000)
        return self._invitation(grant, way=way, label=label, actor=person.actor)

    def _invitation(self, grant: Grant, *, way: str, label: str, actor: str) -> Invitation:
        now = self._clock.ms()
        return Invitation(
            invitation_id=new_id(self._clock),
            grant=grant,
            way=way,
            label=label,
            made_at=now,
            made_by=actor,
            expires_at=now + LIFETIME_MS,
        )

    def _withdraw(self, conn: Connection, invitation_id: str, actor: str) -> None:
        one = store.invitation_by_id(conn, invitation_id)
        if one is None:
            raise InvitationUnknown
        if not store.mark_withdrawn(conn, invitation_id, now=self._clock.ms()):
            raise InvitationClosed
        self._outbox.withdraw(conn, _about(one))
        self._record(conn, "invitation_withdrawn", one, actor)

    def _own(self, conn: Connection, person: Person, invitation_id: str) -> Invitation:
        one = store.invitation_by_id(conn, invitation_id)
        if one is None or not (one.made_by == person.actor or may(person, Action.MANAGE_ACCOUNTS)):
            raise InvitationUnknown
        return one

    def _require_giving(self, conn: Connection, person: Person, one: Invitation) -> None:
        if one.account_id is not None:
            allowed = may(person, Action.MANAGE_ACCOUNTS)
        else:
            allowed = may_invite(person, one.grant, place_of(conn, one.grant.scope))
        if not allowed:
            raise NotYoursToGive

    def _stands(self, conn: Connection, one: Invitation) -> bool:
        """Tell whether who made it may still do so: who left takes his open invitations with him."""
        if not one.made_by.startswith("account:"):
            return True
        maker = account_by_login(conn, one.made_by.removeprefix("account:"))
        if maker is None or maker.disabled_at is not None:
            return False
        try:
            self._require_giving(conn, maker.person, one)
        except (NotYoursToGive, PlaceGone):
            return False
        return True

    def _offered(self, conn: Connection, one: Invitation) -> Offer:
        row = None
        if one.account_id is not None:
            row = conn.one(
                "SELECT login FROM account WHERE account_id = :id AND disabled_at IS NULL", id=one.account_id
            )
            if row is None:
                raise InvitationRefused
        place = names_of_places(conn, [one.grant.scope])[one.grant.scope]
        return Offer(invitation=one, place=place, login=row["login"] if row else None)

    def _listed(self, conn: Connection, found: list[Invitation]) -> list[ListedInvitation]:
        places = names_of_places(conn, [one.grant.scope for one in found])
        letters = outbox_store.deliveries(conn, [_about(one) for one in found if one.way == "mail"])
        now = self._clock.ms()
        return [
            ListedInvitation(
                invitation=one,
                state=one.state(now),
                place=places[one.grant.scope],
                delivery=letters.get(_about(one)),
            )
            for one in found
        ]

    def _post(self, conn: Connection, one: Invitation, code: str, address: str, translate: Translator) -> None:
        if not self._outbox.is_there:
            raise NoMail
        place = names_of_places(conn, [one.grant.scope])[one.grant.scope]
        subject, text = invitation_letter(
            one, code, self.address_of(code), place, translate, organization=self._organization
        )
        letter = Letter(to=address, subject=subject, text=text, language=translate.lang)
        self._outbox.put(conn, letter, about=_about(one))

    def _digest(self, address: str) -> str:
        return hmac.new(self._key, address.strip().lower().encode(), "sha256").hexdigest()

    def _record(self, conn: Connection, kind: str, one: Invitation, actor: str) -> None:
        detail = {"grant": str(one.grant), "way": one.way}
        self._journal.record(conn, kind, actor=actor, subject=_about(one), detail=detail)


def _about(one: Invitation) -> str:
    return f"invitation:{one.invitation_id}"


def _label(text: str) -> str:
    label = " ".join(text.split())
    if len(label) > _LABEL or not label.isprintable():
        raise WordsTooLong(most=_LABEL)
    return label
