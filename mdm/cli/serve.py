"""``valise serve``: run the server until it is told to stop."""

import asyncio
import os
import signal
import sys

import click
import structlog
import uvloop

from mdm.cli.context import Cli, pass_cli, refuse, translate
from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.logs import configure_logging
from mdm.settings import Settings
from mdm.systemd import ServiceNotifier
from mdm.vault import Vault

log = structlog.get_logger()


@click.command(help=translate("Run the server until SIGTERM; SIGHUP rereads the TLS certificates."))
@pass_cli
def serve(cli: Cli) -> None:
    """Run until a signal says otherwise."""
    settings = cli.settings
    configure_logging(settings.server.log_level, settings.server.log_format)
    vault = cli.vault
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(run_server(settings, cli.clock, vault))
    except ValiseError as error:
        refuse(error)
    except OSError as error:
        click.echo(translate("The server cannot start: {reason}", reason=error.strerror or str(error)), err=True)
        sys.exit(1)


async def run_server(settings: Settings, clock: Clock, vault: Vault) -> None:
    """Start the server, wait for SIGTERM or SIGINT, stop it."""
    reactor = start_reactor(asyncio.get_running_loop())
    from mdm.server import Server

    notifier = ServiceNotifier(os.environ)
    server = Server(settings, clock, vault, reactor)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await server.start()
    loop.add_signal_handler(signal.SIGHUP, server.reload)
    notifier.ready(f"devices on {server.device_port}, people on {server.people_port}")
    log.info("server_ready", device_port=server.device_port, people_port=server.people_port)
    watchdog = loop.create_task(_keep_watchdog(notifier))
    await stopping.wait()
    log.info("server_stopping")
    notifier.stopping()
    watchdog.cancel()
    await server.stop()


def start_reactor(loop: asyncio.AbstractEventLoop) -> object:
    """Return Twisted's reactor, running on ``loop``."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install(loop)
    from twisted.internet import reactor

    # The loop runs already: the reactor must only believe that it does too.
    reactor.startRunning(installSignalHandlers=False)
    return reactor


async def _keep_watchdog(notifier: ServiceNotifier) -> None:
    seconds = notifier.watchdog_seconds
    while seconds is not None:
        notifier.alive()
        await asyncio.sleep(seconds)


def _loop() -> asyncio.AbstractEventLoop:
    return uvloop.new_event_loop()
