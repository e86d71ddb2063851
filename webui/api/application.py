"""The API as a whole: its operations, its routes and its document."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from mdm.commands.kit_naming import KitNaming
from mdm.home.calendar.calendars import Calendars
from profiles.apks.apks import Apks
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.exchange import Exchange
from profiles.charter.charter import party_of
from profiles.costs.costs import Costs
from profiles.costs.funding import Funding
from profiles.costs.renewals import Renewals
from webui.api.answers import VARY
from webui.api.entry import Entry
from webui.api.openapi import document
from webui.api.operation import JSON, Operation
from webui.api.preconditions import content_tag, is_known
from webui.api.resources.accounts import AccountOperations
from webui.api.resources.attachments import AttachmentOperations
from webui.api.resources.catalogue import CatalogueOperations
from webui.api.resources.catalogue_facts import CatalogueFactOperations
from webui.api.resources.catalogue_files import CatalogueFileOperations
from webui.api.resources.cost_shares import CostShareOperations
from webui.api.resources.costs import PurchaseOperations
from webui.api.resources.editions import EditionOperations
from webui.api.resources.journal import JournalOperations
from webui.api.resources.kits import KitOperations
from webui.api.resources.licence_locations import LicenceLocationOperations
from webui.api.resources.licences import LicenceOperations
from webui.api.resources.me import MeOperations
from webui.api.resources.meetings import MeetingOperations
from webui.api.resources.passkeys import PasskeyOperations
from webui.api.resources.places import PlaceOperations
from webui.api.resources.proposals import ProposalOperations
from webui.api.resources.pupils import PupilOperations
from webui.api.resources.renewal import RenewalOperations
from webui.api.resources.rollouts import RolloutOperations
from webui.api.resources.school_calendar import SchoolCalendarOperations
from webui.api.resources.school_networks import SchoolNetworkOperations
from webui.api.resources.seats import SeatOperations
from webui.api.resources.subsidies import SubsidyOperations
from webui.api.resources.tablets import TabletOperations
from webui.api.resources.tokens import TokenOperations
from webui.api.resources.votes import VoteOperations
from webui.api.resources.withdrawals import WithdrawalOperations
from webui.api.router import BASE, Router
from webui.api.tokens import Tokens
from webui.doors.parts import Doors
from webui.failures import Failures
from webui.rules import AccessRules
from webui.services import PeopleServices
from webui.throttle import Gate

DOCUMENT_PATH = f"{BASE}/openapi.json"

_WRONG_TOKENS_FREE = 20


def api_operations(services: PeopleServices, doors: Doors) -> list[Operation]:
    """Return every operation, in the order in which the document names them."""
    database, clock, journal = services.database, services.clock, services.journal
    return [
        *MeOperations(doors.entrance).operations(),
        *PasskeyOperations(doors.passkeys).operations(),
        *PlaceOperations(database).operations(),
        *SchoolNetworkOperations(database, services.modes.networks).operations(),
        *SchoolCalendarOperations(database, Calendars(database, clock, journal)).operations(),
        *KitOperations(database, clock, KitNaming(database, clock, journal)).operations(),
        *TabletOperations(database).operations(),
        *EditionOperations(database, clock, services.charter, services.compilers).operations(),
        *ProposalOperations(services.proposals, services.compilers).operations(),
        *VoteOperations(database, services.charter, party=party_of(services.settings).id).operations(),
        *WithdrawalOperations(services.charter.withdrawals).operations(),
        *RolloutOperations(services.rollouts, clock).operations(),
        *MeetingOperations(services.meetings).operations(),
        *SeatOperations(services.committee).operations(),
        *_catalogue_operations(services),
        *_cost_operations(services),
        *LicenceOperations(database, clock, services.charter, services.licences).operations(),
        *LicenceLocationOperations(database, clock, services.licences).operations(),
        *JournalOperations(database).operations(),
        *AccountOperations(doors.accounts).operations(),
        *TokenOperations(Tokens(database, clock, journal)).operations(),
    ]


def _catalogue_operations(services: PeopleServices) -> list[Operation]:
    database, clock, journal, settings = services.database, services.clock, services.journal, services.settings
    catalogue = Catalogue(database, clock, journal, Attachments(settings.data_dir / "attachments"))
    return [
        *CatalogueOperations(database, catalogue).operations(),
        *CatalogueFactOperations(catalogue, Apks(database, clock, journal, settings.apks_dir)).operations(),
        *AttachmentOperations(catalogue).operations(),
        *CatalogueFileOperations(Exchange(database, clock, journal)).operations(),
    ]


def _cost_operations(services: PeopleServices) -> list[Operation]:
    database, clock, journal = services.database, services.clock, services.journal
    costs, authority = Costs(database, clock, journal), services.settings.enrollment.organization
    return [
        *PurchaseOperations(database, costs).operations(),
        *SubsidyOperations(database, Funding(database, clock, journal)).operations(),
        *PupilOperations(database, costs).operations(),
        *CostShareOperations(database, costs, authority=authority).operations(),
        *RenewalOperations(Renewals(database, clock, journal)).operations(),
    ]


def api_routes(services: PeopleServices, rules: AccessRules, operations: Sequence[Operation]) -> list[web.RouteDef]:
    """Return the routes of operations and of their document."""
    tokens = Tokens(services.database, services.clock, services.journal)
    failures = Failures(services.database, services.clock, services.vault)
    entry = Entry(tokens, Gate(failures, "token", free=_WRONG_TOKENS_FREE), rules)
    router = Router(services.database, services.clock, services.catalogs, entry)
    return [web.get(DOCUMENT_PATH, _document(operations, rules)), *router.routes(operations)]


def _document(operations: Sequence[Operation], rules: AccessRules) -> Callable[[web.Request], Any]:
    body = msgspec.json.encode(document(operations, cookie=rules.cookie_name))
    tag = content_tag(body)

    async def show(request: web.Request) -> web.Response:
        known = is_known(request.headers.get("If-None-Match"), tag)
        response = web.Response(status=304) if known else web.Response(body=body, content_type=JSON)
        response.headers.update({"ETag": tag, "Vary": VARY, "Cache-Control": "no-cache"})
        return response

    return show
