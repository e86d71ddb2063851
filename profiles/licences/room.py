"""The parts about licences of one server, made from its settings and wired."""

import uuid
from pathlib import Path

import msgspec

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from mdm.version import VERSION
from profiles.licences.answers import MdmInfo
from profiles.licences.carrying import Carrier
from profiles.licences.counting import Counting
from profiles.licences.errors import LicencesOff
from profiles.licences.keys import Keys
from profiles.licences.licences import Licences
from profiles.licences.service_client import ServiceClient
from profiles.licences.settling import Settlement
from profiles.licences.tokens import ContentTokens
from profiles.licences.worker import LicenceWorker

_OWN_ID = "apps and books: this server"


class LicenceRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What a server, or a verb of the command line, may use; the client is closed by its owner."""

    licences: Licences
    tokens: ContentTokens
    counting: Counting
    worker: LicenceWorker
    client: ServiceClient


def licences_of(clock: Clock, journal: Journal, settings: Settings) -> Licences:
    """Return what rollouts use: it wants no network."""
    return Licences(clock, journal, enabled=settings.apps_and_books.enabled)


def licence_room(database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings) -> LicenceRoom:
    """Make the parts; raise `LicencesOff` where the configuration does not want them."""
    section = settings.apps_and_books
    if not section.enabled:
        raise LicencesOff
    client = ServiceClient(
        clock,
        url=section.url,
        own=MdmInfo(id=own_id(vault), name="Valise", metadata=VERSION),
        ca_file=Path(section.ca_file) if section.ca_file else None,
    )
    keys = Keys(database, clock, vault)
    counting = Counting(database, clock, client, keys)
    carrier = Carrier(database, clock, client, keys, Settlement(clock, journal))
    return LicenceRoom(
        licences=licences_of(clock, journal, settings),
        tokens=ContentTokens(database, clock, vault, journal, client),
        counting=counting,
        worker=LicenceWorker(database, clock, client, counting, carrier, count_hours=section.count_hours),
        client=client,
    )


def own_id(vault: Vault) -> str:
    """Return what this server calls itself at Apple's: the same as long as its key is, and no secret."""
    return str(uuid.UUID(bytes=vault.derive(_OWN_ID)[:16], version=4))
