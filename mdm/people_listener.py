"""The people listener with its TLS, and the letters that the server sends to people."""

import ssl
from contextlib import AsyncExitStack

import structlog
from aiohttp import web

from mdm.clock import Clock
from mdm.home.letters.bounces import note_outcome
from mdm.mail.catcher import MailCatcher
from mdm.mail.outbox import Postman
from mdm.settings import Settings, split_listen
from mdm.store import Database
from mdm.vault import Vault
from webui.app import make_app
from webui.services import PeopleServices

log = structlog.get_logger()

_FINISH_SECONDS = 10.0


async def listen_for_people(stack: AsyncExitStack, services: PeopleServices) -> int:
    """Serve pages and API until ``stack`` is closed; return the port. Raises OSError when the address is taken."""
    settings = services.settings.people
    runner = web.AppRunner(make_app(services), access_log=None, shutdown_timeout=_FINISH_SECONDS)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    host, port = split_listen(settings.listen)
    tls = _tls(settings.tls_certificate, settings.tls_key)
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    found = int(runner.addresses[0][1])
    log.info("people_listener_ready", address=host, port=found, tls=tls is not None)
    return found


async def start_mail(
    stack: AsyncExitStack, database: Database, clock: Clock, vault: Vault, settings: Settings
) -> MailCatcher | None:
    """Send letters where a mail server is set; the demonstration's own catches them, and is returned."""
    mail, catcher = settings.mail, None
    if not mail.host:
        return None
    if settings.people.demo:
        catcher = MailCatcher()
        await catcher.start(mail.host, mail.port)
        stack.push_async_callback(catcher.stop)
    postman = Postman(database, clock, vault, mail, after=note_outcome)
    await postman.start()
    stack.push_async_callback(postman.stop)
    return catcher


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
