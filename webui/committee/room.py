"""The committee's room: its pages, made on the services that the site has."""

from aiohttp import web

from profiles.apks.apks import Apks
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.charter.charter import party_of
from profiles.charter.public_page import PublicCharter
from webui.committee.ballot_pages import BallotPages
from webui.committee.ballot_reading import BallotReading
from webui.committee.catalogue_editing_pages import CatalogueEditingPages
from webui.committee.catalogue_pages import CataloguePages
from webui.committee.coming import ComingReading
from webui.committee.committee_pages import CommitteePages
from webui.committee.decision_pages import DecisionPages
from webui.committee.desk import Desk
from webui.committee.discussion_pages import DiscussionPages
from webui.committee.drafting_pages import DraftingPages
from webui.committee.edition_pages import EditionPages
from webui.committee.meeting_keeping_pages import MeetingKeepingPages
from webui.committee.meeting_pages import MeetingPages
from webui.committee.meeting_sheet import MeetingSheet
from webui.committee.passkey_pages import PasskeyPages
from webui.committee.proposal_editing_pages import ProposalEditingPages
from webui.committee.proposal_pages import ProposalPages
from webui.committee.proposal_reading import ProposalReading
from webui.committee.proposal_sheet import ProposalSheet
from webui.committee.register import Register
from webui.committee.seat_pages import SeatPages
from webui.committee.step_pages import StepPages
from webui.committee.withdrawal_pages import WithdrawalPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the room's pages."""
    desk, services = Desk(site), site.services
    database, clock, charter, proposals = services.database, services.clock, services.charter, services.proposals
    settings = services.settings
    catalogue = Catalogue(database, clock, services.journal, Attachments(settings.data_dir / "attachments"))
    apks = Apks(database, clock, services.journal, settings.apks_dir)
    reading = ProposalReading(database, clock, charter, proposals, services.compilers)
    sheet = ProposalSheet(desk, reading)
    papers = BallotReading(database, clock, charter)
    public = PublicCharter(database, charter.editions, charter.agreed, address=settings.people.url)
    meeting = MeetingSheet(desk)
    return [
        *CommitteePages(desk).routes(),
        *PasskeyPages(desk, charter.passkeys).routes(),
        *SeatPages(desk, charter, services.committee).routes(),
        *DraftingPages(desk, proposals, charter.editions, catalogue, sheet).routes(),
        *ProposalEditingPages(desk, proposals, catalogue).routes(),
        *ProposalPages(desk, proposals, sheet).routes(),
        *StepPages(desk, proposals, charter.votes, sheet).routes(),
        *DiscussionPages(desk, proposals, sheet).routes(),
        *BallotPages(desk, charter.casting, proposals, papers, reading, party=party_of(settings).id).routes(),
        *MeetingKeepingPages(desk, services.meetings, charter.votes, meeting).routes(),
        *MeetingPages(desk, services.meetings, meeting).routes(),
        *EditionPages(desk, charter, public, ComingReading(database, clock, charter)).routes(),
        *DecisionPages(desk, Register(database, charter)).routes(),
        *WithdrawalPages(desk, charter).routes(),
        *CatalogueEditingPages(desk, catalogue, apks).routes(),
        *CataloguePages(desk, catalogue, charter).routes(),
    ]
