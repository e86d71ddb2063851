"""Writes to families: each matter to those guardians who chose it, once, in the transaction of what it tells.

Implements `mdm.home.loans.reminders.Letters`. Where this server sends no mail, or nobody wants to be told, nothing is
written and nothing else changes.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from mdm.clock import Clock
from mdm.home.evaluation import export_store
from mdm.home.evaluation.evaluation import Evaluation
from mdm.home.guardians.guardian_store import guardians_of_pupil
from mdm.home.letters import address_store, letter_store, words
from mdm.home.letters.addresses import opened_address
from mdm.home.letters.letter_store import ToldLetter, outbox_name
from mdm.home.letters.matters import Matter
from mdm.home.letters.stopping import stop_token
from mdm.home.letters.words import LOAN_KINDS, LOST_KINDS, Told, letter_text
from mdm.home.loans import loan_store
from mdm.home.loans.loan import Loan
from mdm.home.loans.reminders import LoanLetter
from mdm.home.modes.stricter import StricterRules, takes_more
from mdm.i18n import Catalogs, Translator
from mdm.ids import new_id
from mdm.mail.letter import Letter
from mdm.mail.outbox import Outbox
from mdm.privacy.request_store import DataRequest
from mdm.store import Connection
from mdm.vault import Vault

Say = Callable[[Translator], Told]
"""What a letter says, once its language is known."""

STOP_PAGE = "/home/letters/stop/"


class FamilyLetters:
    """Puts letters to families into the outbox; every function runs inside the caller's transaction."""

    def __init__(
        self, clock: Clock, vault: Vault, outbox: Outbox, catalogs: Catalogs, *, site: str, organization: str
    ) -> None:
        self._clock = clock
        self._vault = vault
        self._outbox = outbox
        self._catalogs = catalogs
        self._site = site.rstrip("/")
        self._organization = organization

    def put(self, conn: Connection, letter: LoanLetter) -> bool:
        """Write that a tablet is due or late; False when none of the accounts can be written to."""
        number = loan_store.require_loan(conn, letter.loan_id).slot_number
        say = partial(words.reminder, letter, number)
        return self._tell(conn, letter.account_ids, Matter.RETURN, letter.about, say) > 0

    def loan(self, conn: Connection, kind: str, loan: Loan) -> None:
        """Write what the school did with a loan; ``kind``: what the journal calls it. Others than `LOAN_KINDS` pass.

        Reminders of a day that holds no more are not sent.
        """
        if kind in ("loan_lost", "loan_found"):
            self.lost(conn, kind, loan)
        if kind in ("loan_returned", "loan_extended", "loan_ended", "loan_lost"):
            self._take_back(conn, f"loan:{loan.loan_id}:")
        if kind in LOAN_KINDS:
            # Another day may be chosen again and again, and a yes taken back and given: once a day is enough.
            day = loan_store.local_day(conn, loan.uai, self._clock.now()).isoformat()
            about = f"lending:{loan.loan_id}:{kind.removeprefix('loan_')}:{day}"
            self._tell(conn, self._families(conn, loan), Matter.LOAN, about, partial(words.loan_step, kind, loan))

    def lost(self, conn: Connection, kind: str, loan: Loan) -> None:
        """Write that a tablet is lost or found, its search was opened or ended, or its position is known: `LOST_KINDS`.

        It never says where the tablet is. Of one kind a loan's family is told once a day.
        """
        if kind not in LOST_KINDS:
            return
        day = loan_store.local_day(conn, loan.uai, self._clock.now()).isoformat()
        about = f"lost:{loan.loan_id}:{kind}:{day}"
        self._tell(conn, self._families(conn, loan), Matter.LOST, about, partial(words.lost_step, kind, loan))

    def searched(self, conn: Connection, kind: str, loan_id: str | None) -> None:
        """Write what became of a lost tablet's search; ``kind`` as `mdm.home.lost.orders` tells it."""
        if loan_id is not None:
            # One that is stopped has no position any more, whatever ends it afterwards.
            told = "lost_search_ended" if kind == "lost_search_stopped" else kind
            self.lost(conn, told, loan_store.require_loan(conn, loan_id))

    def stricter(
        self, conn: Connection, tablet_id: str, before: StricterRules, after: StricterRules, actor: str
    ) -> None:
        """Write to the other guardians of a lent tablet that one made its rules stricter; once a day at most."""
        loan = loan_store.open_loan_of_tablet(conn, tablet_id)
        if loan is None or not takes_more(before, after):
            return
        who = letter_store.account_of_actor(conn, actor)
        others = [one for one in self._families(conn, loan) if one != who]
        day = loan_store.local_day(conn, loan.uai, self._clock.now()).isoformat()
        about = f"stricter:{loan.loan_id}:{who or 'other'}:{day}"
        self._tell(conn, others, Matter.RULES, about, partial(words.stricter, loan))

    def rules_changed(self, conn: Connection, loan: Loan, digest: str) -> None:
        """Write that the charter changed what a lent tablet may do; ``digest`` names what it may do now."""
        day = loan_store.local_day(conn, loan.uai, self._clock.now()).isoformat()
        about = f"rules:{loan.loan_id}:{digest[:16]}:{day}"
        self._tell(conn, self._families(conn, loan), Matter.RULES, about, partial(words.rules_changed, loan))

    def evaluation_decided(self, conn: Connection, evaluation: Evaluation) -> None:
        """Write to the guardians of a protocol's schools that it was decided, and how to object."""
        if self._outbox.is_there:
            found = letter_store.accounts_of_schools(conn, evaluation.draft.schools)
            about = f"evaluation:{evaluation.evaluation_id}:decided"
            first_day = evaluation.draft.first_day
            self._tell_each(
                conn, found, about, lambda children, words_: words.evaluation_decided(children, first_day, words_)
            )

    def export_released(self, conn: Connection, export_id: str) -> None:
        """Write to the guardians of the children whose figures a released file holds."""
        if self._outbox.is_there:
            found = letter_store.accounts_of_pupils(conn, export_store.pupils_of_export(conn, export_id))
            self._tell_each(conn, found, f"export:{export_id}:released", words.export_released)

    def request_answered(self, conn: Connection, request: DataRequest) -> None:
        """Write that a request about stored data was answered: to who made it, else to whom it concerns."""
        kind, _, key = request.subject.partition(":")
        page = "/home/data" if kind != "pupil" else f"/home/data/{key}"
        asker = letter_store.account_of_actor(conn, request.made_by)
        accounts = self._accounts(conn, kind, key)
        if asker is not None and asker in accounts:
            accounts = [asker]
        about = f"request:{request.request_id}:answered"
        self._tell(conn, accounts, Matter.REQUEST, about, partial(words.request_answered, page))

    def _accounts(self, conn: Connection, kind: str, key: str) -> list[str]:
        match kind:
            case "pupil":
                return _guardians(conn, key)
            case "account":
                return [key]
            case "guardian":
                row = conn.one("SELECT account_id FROM guardian WHERE guardian_id = :key", key=key)
                return [row["account_id"]] if row is not None and row["account_id"] is not None else []
            case _:
                return []

    def _families(self, conn: Connection, loan: Loan) -> list[str]:
        return [] if loan.pupil_id is None else _guardians(conn, loan.pupil_id)

    def _tell_each(
        self,
        conn: Connection,
        found: Mapping[str, list[str]],
        about: str,
        say: Callable[[tuple[str, ...], Translator], Told],
    ) -> None:
        for account_id, children in found.items():
            self._tell(conn, [account_id], Matter.EVALUATION, about, partial(say, tuple(children)))

    def _tell(self, conn: Connection, accounts: Iterable[str], matter: Matter, about: str, say: Say) -> int:
        """Write to those of some accounts who chose a matter; return how many of them are, or were already, told."""
        if not self._outbox.is_there:
            return 0
        told = 0
        for account_id in dict.fromkeys(accounts):
            address = address_store.address_of(conn, account_id)
            if address is None or address.unreachable_at is not None or matter not in address.matters:
                continue
            if not address_store.is_family(conn, account_id):
                continue
            told += 1
            letter = ToldLetter(
                letter=new_id(self._clock), account_id=account_id, about=about, made_at=self._clock.ms()
            )
            if not letter_store.add_letter(conn, letter):
                continue
            translate = self._catalogs.for_language(address.language)
            said = say(translate)
            text = letter_text(said, translate, site=self._site, organization=self._organization)
            token = stop_token(self._vault, account_id, address.confirmed_at)
            one = Letter(
                to=opened_address(self._vault, account_id, address.sealed_address),
                subject=said.subject,
                text=text,
                language=translate.lang,
                stop=f"{self._site}{STOP_PAGE}{token}",
            )
            self._outbox.put(conn, one, about=outbox_name(letter.letter))
        return told

    def _take_back(self, conn: Connection, beginning: str) -> None:
        for one in letter_store.waiting_about(conn, beginning):
            self._outbox.withdraw(conn, outbox_name(one.letter))


def _guardians(conn: Connection, pupil_id: str) -> list[str]:
    return [one.account_id for one in guardians_of_pupil(conn, pupil_id) if one.account_id is not None]
