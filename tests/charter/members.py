"""A committee in a database with its services and its members' accounts, for tests of what comes before votes."""

from mdm.clock import ManualClock
from mdm.committee_parts import CommitteeParts, committee_parts
from mdm.journal import Journal, latest_entries
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.convention import Convention
from profiles.charter.drafting import Draft
from profiles.charter.proposals import ProposalView
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import EVERYBODY, Committee
from webui.account_store import Account, insert_account
from webui.roles import Role
from webui.scopes import Grant

LIRE = {"name": "Lire", "bundle_id": "fr.lire", "package": "fr.lire.android", "store_id": 7}

MEMBER = (Grant(role=Role.MEMBER),)


class Members(Committee):
    """The committee of six seats; ``secretary`` is the manager, ``newcomer`` and ``other`` hold no seat."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        super().__init__(database, clock, Journal(clock), Vault(bytes(range(32))))
        self.parts: CommitteeParts = committee_parts(database, clock, Journal(clock), self.charter)
        self.seats = self.parts.committee
        self.proposals = self.parts.proposals
        self.meetings = self.parts.meetings

    async def begin(self, convention: Convention = SIMPLE) -> None:
        await super().begin(convention)
        people = (*EVERYBODY, *(f"{seat}-deputy" for seat in EVERYBODY), "secretary", "newcomer", "other")
        await self.accounts(*people)

    async def accounts(self, *logins: str, ended: bool = False) -> None:
        """Accounts that nobody can open: only their being there matters here."""

        def add(conn: Connection) -> None:
            for login in logins:
                insert_account(
                    conn,
                    Account(
                        account_id=login,
                        login=login,
                        password_hash="!",
                        grants=(Grant(role=Role.MEMBER),),
                        created_at=1,
                    ),
                )
                if ended:
                    conn.run("UPDATE account SET disabled_at = 2 WHERE login = :login", login=login)

        await self.database.write(add)

    async def drafted(self, draft: Draft, *, author: str = "teacher-1") -> ProposalView:
        """A draft by one of the teachers."""
        return await self.proposals.draft(draft, login=author)

    async def submitted(self, draft: Draft, *, author: str = "teacher-1") -> str:
        """A proposal that was submitted; return its identifier."""
        made = await self.drafted(draft, author=author)
        await self.proposals.submit(made.row.proposal_id, login=author)
        return made.row.proposal_id

    async def examined(self, draft: Draft) -> str:
        """A proposal whose vote can be opened; return its identifier."""
        proposal_id = await self.submitted(draft)
        await self.proposals.admit(proposal_id, login="secretary")
        await self.proposals.examine(proposal_id, login="secretary", words="Étudiée en groupe de travail.")
        return proposal_id

    async def journalled(self, limit: int = 40) -> list[str]:
        """The kinds of the newest entries of the journal, the newest first."""
        return [one.kind for one in await self.database.read(lambda conn: latest_entries(conn, limit=limit))]
