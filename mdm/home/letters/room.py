"""The parts of the letters to families, made together."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from mdm.clock import Clock
from mdm.home.letters import letter_store
from mdm.home.letters.addresses import FamilyAddresses, opened_address
from mdm.home.letters.family_letters import FamilyLetters
from mdm.home.letters.rules_told import RulesDigest, RulesTold
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.mail.outbox import Outbox
from mdm.settings import Settings
from mdm.store import Database, Row
from mdm.vault import Vault

STORED_ADDRESS = "family_address.sealed_address"
STORED_ASKED = "family_address_asked.sealed_address"


class LettersRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What there is. ``regularly`` is done some times a day."""

    database: Database
    addresses: FamilyAddresses
    letters: FamilyLetters
    rules: RulesTold

    @property
    def regularly(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """Forget the addresses of who left, then tell of new rules."""
        return (self.addresses.tidy, self.rules.once)

    async def unreachable(self, pupil_ids: Sequence[str]) -> set[str]:
        """Return those of some pupils of whom a guardian's letters come back."""
        return await self.database.read(lambda conn: letter_store.unreachable_pupils(conn, pupil_ids))


def letters_room(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    settings: Settings,
    catalogs: Catalogs,
    digests: RulesDigest,
) -> LettersRoom:
    """Make them; where no mail server is set, no letter is ever written."""
    letters = family_letters(clock, vault, settings, catalogs)
    return LettersRoom(
        database=database,
        addresses=FamilyAddresses(
            database,
            clock,
            journal,
            vault,
            Outbox(clock, vault, settings.mail),
            catalogs,
            site=settings.people.url,
            organization=settings.enrollment.organization,
        ),
        letters=letters,
        rules=RulesTold(database, clock, letters, digests),
    )


def family_letters(clock: Clock, vault: Vault, settings: Settings, catalogs: Catalogs) -> FamilyLetters:
    """Make what writes to families on a server with these settings."""
    return FamilyLetters(
        clock,
        vault,
        Outbox(clock, vault, settings.mail),
        catalogs,
        site=settings.people.url,
        organization=settings.enrollment.organization,
    )


def address_openers(vault: Vault) -> dict[str, Callable[[Row], str]]:
    """Return what reads the sealed addresses, by the declared column, for the person whose they are."""

    def read(row: Row) -> str:
        sealed = row["sealed_address"]
        return "" if sealed is None else opened_address(vault, row["account_id"], sealed)

    return {STORED_ADDRESS: read, STORED_ASKED: read}
