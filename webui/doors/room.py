"""The doors' pages."""

from aiohttp import web

from webui.doors.account_pages import AccountPages
from webui.doors.demo_pages import DemoPages
from webui.doors.invitation_pages import InvitationPages
from webui.doors.inviting_pages import InvitingPages
from webui.doors.me_pages import MePages
from webui.doors.sign_in_pages import SignInPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the doors; those of the demonstration only where it is one."""
    doors, catcher = site.doors, site.services.mail_catcher
    return [
        *SignInPages(site, doors).routes(),
        *InvitationPages(site, doors).routes(),
        *MePages(site, doors).routes(),
        *InvitingPages(site, doors).routes(),
        *AccountPages(site, doors).routes(),
        *(DemoPages(site, doors, catcher).routes() if site.rules.open_to_loopback and catcher is not None else ()),
    ]
