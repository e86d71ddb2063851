"""A guardian's e-mail address: given, confirmed by a code in a letter, changed, and taken away at any moment.

Nothing is sent to an address before it was confirmed but its codes, of which a day has few. What was confirmed before
holds until another one is. Taking an address away withdraws the letters that wait for it.
"""

import hmac
from collections.abc import Sequence

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.errors import ValiseError
from mdm.home.guardians.guardian_store import guardian_of_account
from mdm.home.letters import address_store, letter_store
from mdm.home.letters.address_store import Address, AskedAddress
from mdm.home.letters.codes import as_typed, code_digest, new_code
from mdm.home.letters.errors import CodeOver, CodeWrong, NoAddress, NoFamily, StopUnknown, TooManyCodes
from mdm.home.letters.letter_store import outbox_name
from mdm.home.letters.matters import USUAL, Matter
from mdm.home.letters.stopping import open_stop
from mdm.home.letters.words import code_letter
from mdm.i18n import Catalogs
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.mail import outbox_store
from mdm.mail.errors import NoMail
from mdm.mail.letter import Letter, parse_address
from mdm.mail.outbox import Outbox
from mdm.store import Connection, Database
from mdm.vault import Vault

CODE_MS = DAY_MS
"""How long a code may be typed."""
CODES_A_DAY = 5
"""Letters with a code for one account in 24 hours."""
TRIES = 5
"""Wrong codes before the address is forgotten."""
_BATCH = 100


class AddressShown(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands. ``address``: the confirmed one; ``asked``: one that waits for its code.

    ``unreachable_at``: since when letters come back. ``code_came_back``: the letter with the code did.
    """

    sends_mail: bool
    address: str | None = None
    matters: tuple[Matter, ...] = USUAL
    language: str | None = None
    confirmed_at: int | None = None
    unreachable_at: int | None = None
    asked: str | None = None
    asked_until: int | None = None
    code_came_back: bool = False


class FamilyAddresses:
    """Keeps guardians' addresses. ``actor``: an identifier such as ``account:anne``; the journal gets no address."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        outbox: Outbox,
        catalogs: Catalogs,
        *,
        site: str,
        organization: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._key = vault.derive("codes of family addresses")
        self._outbox = outbox
        self._catalogs = catalogs
        self._site = site.rstrip("/")
        self._organization = organization

    async def show(self, account_id: str) -> AddressShown:
        """Return how an account stands."""
        return await self._database.read(lambda conn: self._shown(conn, account_id))

    async def ask(
        self, account_id: str, text: str, *, matters: Sequence[Matter] | None = None, language: str, actor: str
    ) -> None:
        """Send a code to an address; ``matters``: what is told once it is confirmed, None leaves what was chosen.

        Raises `AddressRefused`, `NoMail`, `NoFamily` or `TooManyCodes`.
        """
        address = parse_address(text)
        await self._database.write(lambda conn: self._ask(conn, account_id, address, matters, language, actor))

    async def again(self, account_id: str, *, actor: str) -> None:
        """Send another code to the address that waits; the one before serves no more.

        Raises `CodeOver`, and what `ask` raises.
        """

        def write(conn: Connection) -> None:
            asked = self._waiting(address_store.hold_asked(conn, account_id))
            if asked is None or asked.sealed_address is None:
                raise CodeOver
            address = opened_address(self._vault, account_id, asked.sealed_address)
            self._ask(conn, account_id, address, asked.matters, asked.language, actor)

        await self._database.write(write)

    async def confirm(self, account_id: str, code: str, *, actor: str) -> None:
        """Use the address from now on, since the code of its letter was typed.

        Raises `CodeWrong`, `CodeOver` or `NoFamily`; a wrong code is counted.
        """
        refused = await self._database.write(lambda conn: self._confirm(conn, account_id, code, actor))
        if refused is not None:
            raise refused

    async def forget_asked(self, account_id: str, *, actor: str) -> None:
        """Forget the address that waits for its code."""

        def write(conn: Connection) -> None:
            asked = address_store.hold_asked(conn, account_id)
            if asked is not None and asked.sealed_address is not None:
                self._forget_asked(conn, asked)
                self._record(conn, "family_address_forgotten", account_id, actor)

        await self._database.write(write)

    async def choose(self, account_id: str, matters: Sequence[Matter], language: str, *, actor: str) -> None:
        """Choose what is told, and in which language; raise `NoAddress`."""

        def write(conn: Connection) -> None:
            if not address_store.save_choice(conn, account_id, tuple(matters), self._language(language)):
                raise NoAddress
            self._record(conn, "family_letters_chosen", account_id, actor)

        await self._database.write(write)

    async def remove(self, account_id: str, *, actor: str) -> None:
        """Erase an account's address, and send nothing that waits for it; without one nothing is done."""
        await self._database.write(lambda conn: self._remove(conn, account_id, actor))

    async def may_stop(self, token: str) -> bool:
        """Tell whether a token out of a letter stops something."""
        return await self._database.read(lambda conn: self._stopped_by(conn, token) is not None)

    async def stop(self, token: str) -> None:
        """Erase the address to which a letter went, since its reader wants no more; raise `StopUnknown`."""

        def write(conn: Connection) -> None:
            account_id = self._stopped_by(conn, token)
            if account_id is None:
                raise StopUnknown
            self._remove(conn, account_id, "system")

        await self._database.write(write)

    async def keep_confirmed(
        self, account_id: str, text: str, *, matters: Sequence[Matter], language: str, actor: str
    ) -> None:
        """Keep an address without a code: one that was proved elsewhere, such as the demonstration's own.

        Raises `AddressRefused` or `NoFamily`.
        """
        address = parse_address(text)

        def write(conn: Connection) -> None:
            if not address_store.is_family(conn, account_id):
                raise NoFamily
            self._keep(conn, account_id, self._sealed(account_id, address), tuple(matters), language, actor)

        await self._database.write(write)

    async def tidy(self) -> int:
        """Erase the addresses of accounts that ended or answer for no child any more; return how many."""

        def write(conn: Connection) -> int:
            found = address_store.orphans(conn, _BATCH)
            for account_id in found:
                self._remove(conn, account_id, "system")
            return len(found)

        done = 0
        while found := await self._database.write(write):
            done += found
        return done

    def _shown(self, conn: Connection, account_id: str) -> AddressShown:
        address = address_store.address_of(conn, account_id)
        asked = self._waiting(address_store.asked_of(conn, account_id))
        shown = AddressShown(sends_mail=self._outbox.is_there)
        if address is not None:
            shown = msgspec.structs.replace(
                shown,
                address=opened_address(self._vault, account_id, address.sealed_address),
                matters=address.matters,
                language=address.language,
                confirmed_at=address.confirmed_at,
                unreachable_at=address.unreachable_at,
            )
        if asked is not None and asked.sealed_address is not None:
            name = outbox_name(asked.letter)
            delivery = outbox_store.deliveries(conn, [name]).get(name)
            shown = msgspec.structs.replace(
                shown,
                asked=opened_address(self._vault, account_id, asked.sealed_address),
                asked_until=asked.expires_at,
                code_came_back=delivery is not None and delivery.state == "failed",
            )
        return shown

    def _ask(
        self,
        conn: Connection,
        account_id: str,
        address: str,
        matters: Sequence[Matter] | None,
        language: str,
        actor: str,
    ) -> None:
        if not self._outbox.is_there:
            raise NoMail
        if not address_store.is_family(conn, account_id):
            raise NoFamily
        now, code = self._clock.ms(), new_code()
        before = address_store.hold_asked(conn, account_id)
        counted = before if before is not None and now - before.first_asked_at < DAY_MS else None
        if counted is not None and counted.asked >= CODES_A_DAY:
            raise TooManyCodes(most=CODES_A_DAY)
        if before is not None:
            self._outbox.withdraw(conn, outbox_name(before.letter))
        held = address_store.address_of(conn, account_id)
        chosen = tuple(matters) if matters is not None else held.matters if held is not None else USUAL
        asked = AskedAddress(
            account_id=account_id,
            sealed_address=self._sealed(account_id, address),
            code_digest=code_digest(self._key, account_id, code),
            language=self._language(language),
            matters=chosen,
            letter=new_id(self._clock),
            tries=0,
            asked=1 if counted is None else counted.asked + 1,
            first_asked_at=now if counted is None else counted.first_asked_at,
            expires_at=now + CODE_MS,
        )
        address_store.save_asked(conn, asked)
        self._send_code(conn, asked, address, code)
        self._record(conn, "family_address_asked", account_id, actor)

    def _send_code(self, conn: Connection, asked: AskedAddress, address: str, code: str) -> None:
        translate = self._catalogs.for_language(asked.language)
        said = code_letter(code, translate, site=self._site, organization=self._organization)
        text = "\n\n".join(one for one in said.lines if one) + "\n"
        letter = Letter(to=address, subject=said.subject, text=text, language=translate.lang)
        self._outbox.put(conn, letter, about=outbox_name(asked.letter))

    def _confirm(self, conn: Connection, account_id: str, code: str, actor: str) -> ValiseError | None:
        """Return what is refused, instead of raising it: the wrong code is counted in this transaction."""
        asked = self._waiting(address_store.hold_asked(conn, account_id))
        if asked is None or asked.sealed_address is None or asked.code_digest is None:
            return CodeOver()
        if not address_store.is_family(conn, account_id):
            return NoFamily()
        if not hmac.compare_digest(asked.code_digest, code_digest(self._key, account_id, as_typed(code))):
            address_store.count_try(conn, account_id)
            left = TRIES - asked.tries - 1
            if left > 0:
                return CodeWrong(left=left)
            self._forget_asked(conn, asked)
            self._record(conn, "family_address_forgotten", account_id, actor)
            return CodeOver()
        self._keep(conn, account_id, asked.sealed_address, asked.matters, asked.language, actor)
        self._forget_asked(conn, asked)
        return None

    def _keep(
        self, conn: Connection, account_id: str, sealed: bytes, matters: tuple[Matter, ...], language: str, actor: str
    ) -> None:
        # What waits for the earlier address is not sent there any more.
        self._withdraw_letters(conn, account_id)
        kept = Address(
            account_id=account_id,
            sealed_address=sealed,
            language=self._language(language),
            matters=matters,
            confirmed_at=self._clock.ms(),
            unreachable_at=None,
        )
        address_store.save_address(conn, kept)
        self._record(conn, "family_address_confirmed", account_id, actor)

    def _remove(self, conn: Connection, account_id: str, actor: str) -> None:
        asked = address_store.hold_asked(conn, account_id)
        held = address_store.hold_address(conn, account_id)
        # One whose code is over is still there, and its letter may still wait.
        waits = asked is not None and asked.sealed_address is not None
        if asked is not None and waits:
            self._forget_asked(conn, asked)
        if held is not None:
            self._withdraw_letters(conn, account_id)
            letter_store.delete_letters(conn, account_id)
            address_store.delete_address(conn, account_id)
        if waits or held is not None:
            self._record(conn, "family_address_removed", account_id, actor)

    def _withdraw_letters(self, conn: Connection, account_id: str) -> None:
        for one in letter_store.waiting_letters(conn, account_id):
            self._outbox.withdraw(conn, outbox_name(one.letter))
            if not letter_store.reached(conn, one.about):
                letter_store.unsend_reminder(conn, one.about)

    def _forget_asked(self, conn: Connection, asked: AskedAddress) -> None:
        self._outbox.withdraw(conn, outbox_name(asked.letter))
        address_store.forget_asked(conn, asked.account_id)

    def _waiting(self, asked: AskedAddress | None) -> AskedAddress | None:
        if asked is None or asked.sealed_address is None or asked.expires_at <= self._clock.ms():
            return None
        return asked

    def _stopped_by(self, conn: Connection, token: str) -> str | None:
        found = open_stop(self._vault, token)
        if found is None:
            return None
        held = address_store.address_of(conn, found[0])
        return held.account_id if held is not None and held.confirmed_at == found[1] else None

    def _language(self, language: str) -> str:
        return self._catalogs.for_language(language).lang

    def _sealed(self, account_id: str, address: str) -> bytes:
        return self._vault.seal(address.encode(), _purpose(account_id))

    def _record(self, conn: Connection, kind: str, account_id: str, actor: str) -> None:
        guardian = guardian_of_account(conn, account_id)
        subject = f"guardian:{guardian.guardian_id}" if guardian is not None else "guardian"
        self._journal.record(conn, kind, actor=actor, subject=subject)


def opened_address(vault: Vault, account_id: str, sealed: bytes) -> str:
    """Return an address that was sealed for an account; raise `VaultError`."""
    return vault.open(bytes(sealed), _purpose(account_id)).decode()


def _purpose(account_id: str) -> str:
    return f"family address {account_id}"
