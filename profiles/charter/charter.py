"""The charter's parts, made together on one database."""

from urllib.parse import urlsplit

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.agreed import AgreedEditions
from profiles.charter.ballot import RelyingParty
from profiles.charter.casting import Casting
from profiles.charter.editions import Editions
from profiles.charter.following import Following
from profiles.charter.keyring import Keys
from profiles.charter.meetings import Meetings
from profiles.charter.passkeys import Passkeys
from profiles.charter.seals import Seals
from profiles.charter.study_decisions import StudyDecisions
from profiles.charter.votes import Votes
from profiles.charter.withdrawals import Moments, Withdrawals
from profiles.compilers import compilers_of
from profiles.gaps import gaps_of


class Charter(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that keeps the charter."""

    seals: Seals
    agreed: AgreedEditions
    editions: Editions
    following: Following
    passkeys: Passkeys
    meetings: Meetings
    votes: Votes
    casting: Casting
    withdrawals: Withdrawals
    moments: Moments


def charter_of(database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings) -> Charter:
    """Make the charter's parts for a server with these settings."""
    party = party_of(settings)
    keys, seals = Keys(vault), Seals(vault)
    agreed = AgreedEditions(keys, seals)
    compilers = compilers_of(settings, vault)
    editions = Editions(
        database, clock, journal, keys, seals, agreed, party, lambda conn, policy: gaps_of(conn, policy, compilers)
    )
    passkeys = Passkeys(database, clock, journal, seals, party, name=settings.enrollment.organization)
    meetings = Meetings(database, clock, journal, seals, agreed)
    votes = Votes(database, clock, journal, keys, seals, agreed, editions, StudyDecisions(journal))
    return Charter(
        seals=seals,
        agreed=agreed,
        editions=editions,
        following=Following(clock, journal, agreed, seals),
        passkeys=passkeys,
        meetings=meetings,
        votes=votes,
        casting=Casting(database, clock, journal, seals, passkeys, votes, party),
        withdrawals=Withdrawals(database, clock, journal, seals, agreed, votes, editions, meetings),
        moments=Moments(database, clock, journal, agreed),
    )


def party_of(settings: Settings) -> RelyingParty:
    """Return whom passkeys are made for: the host and origin that people open."""
    address = urlsplit(settings.people.url)
    return RelyingParty(id=address.hostname or "", origins=(settings.people.url.rstrip("/"),))
