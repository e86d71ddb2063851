"""The committee's services as the server and the command line make them, with the rooms that they look into."""

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.catalogue.catalogue import snapshot_in
from profiles.charter.canonical import Tree
from profiles.charter.charter import Charter
from profiles.charter.committee import Committee
from profiles.charter.meetings import Meetings
from profiles.charter.proposals import Proposals
from webui.account_store import account_by_login


class AccountPeople:
    """Who can sign in here; implements `profiles.charter.committee.People`."""

    def can_sign_in(self, conn: Connection, login: str) -> bool:
        """Tell whether there is an account with this login that has not ended."""
        account = account_by_login(conn, login)
        return account is not None and account.disabled_at is None


class CatalogueSnapshots:
    """The catalogue's dossiers; implements `profiles.charter.proposals.Snapshots`."""

    def snapshot(self, conn: Connection, item_id: str) -> tuple[Tree, str]:
        """Return an item with its dossier as plain values, and the digest that freezes it; raise `ItemUnknown`."""
        return snapshot_in(conn, item_id)


class CommitteeParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the committee works with before its votes."""

    committee: Committee
    proposals: Proposals
    meetings: Meetings


def committee_parts(database: Database, clock: Clock, journal: Journal, charter: Charter) -> CommitteeParts:
    """Make the committee's services on a database, beside the charter's."""
    seals, agreed = charter.seals, charter.agreed
    return CommitteeParts(
        committee=Committee(database, clock, journal, seals, agreed, AccountPeople()),
        proposals=Proposals(database, clock, journal, seals, agreed, CatalogueSnapshots()),
        meetings=charter.meetings,
    )
