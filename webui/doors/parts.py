"""The doors' parts, made together."""

import msgspec

from mdm.clock import Clock
from mdm.home.guardians.guardians import Guardians
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.mail.outbox import Outbox
from mdm.settings import Settings
from mdm.store import Database
from mdm.vault import Vault
from webui.accounts import Accounts
from webui.devices import Devices
from webui.doors.entrance import Entrance
from webui.doors.invitations import Invitations
from webui.doors.newcomers import Newcomers
from webui.doors.oidc_client import OidcClient
from webui.doors.oidc_entry import OidcEntry
from webui.doors.oidc_grants import parse_mapping
from webui.doors.own_passkeys import OwnPasskeys
from webui.doors.passkey_entry import PasskeyEntry
from webui.doors.resets import Resets
from webui.doors.second_factor import SecondFactors
from webui.doors.steps import Steps
from webui.failures import Failures
from webui.passwords import Passwords
from webui.rules import AccessRules
from webui.services import PeopleServices
from webui.sessions import Sessions
from webui.throttle import Gate

OIDC_CALLBACK = "/sign-in/oidc/callback"

_CODES_FREE = 10


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """Everything by which people come in. ``oidc`` is None where no other login service is set."""

    accounts: Accounts
    steps: Steps
    entrance: Entrance
    factors: SecondFactors
    passkeys: OwnPasskeys
    invitations: Invitations
    newcomers: Newcomers
    resets: Resets
    oidc: OidcEntry | None
    codes_tried: Gate


def doors_of(services: PeopleServices, rules: AccessRules, passwords: Passwords, sessions: Sessions) -> Doors:
    """Make them; raise `SettingsError` where roles of another service's groups are not right."""
    database, clock, journal, vault = services.database, services.clock, services.journal, services.vault
    settings, passkeys = services.settings, services.charter.passkeys
    name = settings.enrollment.organization
    failures = Failures(database, clock, vault)
    accounts = Accounts(database, clock, journal, passwords)
    steps = Steps(database, clock, vault)
    factors = SecondFactors(database, clock, journal, vault, rules, name=f"Valise {name}")
    entrance = Entrance(
        database, rules, sessions, Devices(vault), steps, factors, PasskeyEntry(database, passkeys, steps), failures
    )
    invitations = invitations_of(database, clock, journal, vault, settings, services.catalogs)
    guardians = Guardians(database, clock, journal)
    newcomers = Newcomers(database, clock, journal, accounts, invitations, guardians, passkeys)
    mapping = parse_mapping(settings.oidc.grants)
    client = OidcClient(settings.oidc, clock, redirect=settings.people.url.rstrip("/") + OIDC_CALLBACK)
    oidc = OidcEntry(
        database,
        clock,
        journal,
        settings.oidc,
        mapping,
        client,
        steps,
        entrance,
        sessions,
        accounts,
        newcomers,
        invitations,
        failures,
    )
    return Doors(
        accounts=accounts,
        steps=steps,
        entrance=entrance,
        factors=factors,
        passkeys=OwnPasskeys(database, clock, rules, passkeys, sessions, other_login=bool(settings.oidc.issuer)),
        invitations=invitations,
        newcomers=newcomers,
        resets=Resets(database, journal, services.committee, passkeys, services.charter.seals, invitations),
        oidc=oidc if settings.oidc.issuer else None,
        codes_tried=Gate(failures, "invitation", free=_CODES_FREE),
    )


def invitations_of(
    database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings, catalogs: Catalogs
) -> Invitations:
    """Make the invitations of a server with these settings."""
    return Invitations(
        database,
        clock,
        journal,
        vault,
        Outbox(clock, vault, settings.mail),
        catalogs,
        address=settings.people.url,
        organization=settings.enrollment.organization,
    )
