"""The composition root: makes every part, wires them, starts them, and stops them in order."""

import asyncio
import threading
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from twisted.web.resource import IResource, Resource

from enrollment.authority import Authority, load_authority
from enrollment.authority.certificate_store import add_authority, add_certificate
from enrollment.authority.revocation import RevocationLists
from enrollment.authority.server_certificate import ServerFiles, keep_server_certificate
from enrollment.claims import IssuedClaims
from enrollment.pages import EnrollmentPages
from enrollment.profile_service import EnrollmentProfiles, ServerFacts
from enrollment.profile_signing import GivenSigner, OwnSigner, ProfileSigner
from enrollment.reservation import Reservations
from enrollment.resources import (
    BODY_LIMITS,
    RevocationListResource,
    RootCertificateResource,
    ScepResource,
    TicketResource,
)
from enrollment.scep.service import ScepService
from enrollment.tickets import Tickets
from enrollment.upkeep import Upkeep as EnrollmentUpkeep
from mdm.agent_parts import agent_parts, mqtt_service, tidy_agents
from mdm.android.held import HeldTablets
from mdm.android.resources import BODY_BYTES as AGENT_BODY_BYTES
from mdm.android.steps import AgentSteps
from mdm.apple.checkin import Checkin
from mdm.apple.cycle import CommandCycle
from mdm.apple.declarative_service import DeclarativeService
from mdm.apple.departure import Departure
from mdm.apple.identity import Identities
from mdm.apple.push_address import AppleAddresses
from mdm.apple.renewal import IdentityRenewals
from mdm.apple.resources import MdmResource
from mdm.apple.steps import AppleSteps
from mdm.charter_services import CharterServices
from mdm.clock import Clock
from mdm.commands.checks import Checks
from mdm.commands.convergence import Convergence, StepEncoder
from mdm.fleet.fleet import Fleet
from mdm.home.lost.answers import LostAnswers
from mdm.home.modes.places import Places
from mdm.home.use.agent_field import AgentFields
from mdm.home_parts import HomeRoom, home_room
from mdm.i18n import Catalogs, packages_with_words
from mdm.journal import Journal
from mdm.listener.artifacts import ArtifactResource
from mdm.listener.files import FileResource
from mdm.listener.root import DeviceRoot
from mdm.listener.site import DeviceSite, InFlight
from mdm.listener.tls import DeviceTls
from mdm.long_work.service import LongWorks
from mdm.mode_parts import ModeServices, mode_runner, mode_services
from mdm.people_listener import listen_for_people, start_mail
from mdm.people_parts import people_services
from mdm.privacy.job import purge_upkeep
from mdm.repairs.room import RepairRoom, repair_room
from mdm.settings import Settings, split_listen
from mdm.store import Database, open_database
from mdm.upkeep import Upkeep
from mdm.vault import Vault
from profiles.apks.serving import ServedApks
from profiles.charter.charter import Charter, charter_of
from profiles.compilers import compilers_of
from profiles.costs.warranties import PurchasedWarranties
from profiles.targets import AgreedTargets
from push.certificate_store import PushTopics
from push.long_polls import LongPolls
from push.metrics import PushMetrics
from push.service import PushService

log = structlog.get_logger()

MDM_BODY_BYTES = 4 * 1024 * 1024
_FINISH_SECONDS = 10.0
_SIGHTINGS_SECONDS = 900.0


class Server:
    """One server process: the device listener, the people listener, and the services between them."""

    def __init__(self, settings: Settings, clock: Clock, vault: Vault, reactor: Any) -> None:
        self._settings = settings
        self._clock = clock
        self._vault = vault
        self._reactor = reactor
        self._journal = Journal(clock)
        self._catalogs = Catalogs(*packages_with_words())
        self._registry = CollectorRegistry()
        self._in_flight = InFlight()
        self._stack = AsyncExitStack()
        self._tls: DeviceTls | None = None
        self._certificate_lock = threading.Lock()
        self.device_port = 0
        self.people_port = 0

    async def start(self) -> None:
        """Open the store, start the services, listen; raise a `ValiseError` or OSError when that is not possible."""
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Stop listening, finish what is in flight, stop the services, close the store."""
        await self._stack.aclose()
        log.info("server_stopped")

    def reload(self) -> None:
        """Read the TLS certificates again; what cannot be read leaves the old ones in force."""
        if self._tls is None:
            return
        try:
            self._tls.reload()
        except Exception as error:
            log.error("tls_reload_failed", error=type(error).__name__)
        else:
            log.info("tls_reloaded")

    async def _start(self) -> None:
        settings = self._settings
        authority = await asyncio.to_thread(
            load_authority,
            settings.keys_dir / "authority",
            self._vault,
            self._clock,
            f"{settings.device.url.rstrip('/')}/crl",
        )
        database = await open_database(settings.database_url, self._clock)
        self._stack.push_async_callback(database.close)
        fleet = Fleet(database, self._clock, self._journal)
        compilers = compilers_of(settings, self._vault)
        charter = charter_of(database, self._clock, self._journal, self._vault, settings)
        targets = AgreedTargets(self._clock, compilers, charter.agreed)
        encoders: dict[str, StepEncoder] = {"ipad": AppleSteps(), "android": AgentSteps()}
        convergence = Convergence(self._clock, targets, encoders, fleet)
        await database.write(lambda conn: add_authority(conn, authority))
        await self._start_services(database, convergence)
        repair = repair_room(database, self._clock, self._journal, PurchasedWarranties(), settings.data_dir)
        home = home_room(
            database,
            self._clock,
            self._journal,
            self._vault,
            settings,
            charter.agreed,
            self._catalogs,
            repair.faults,
        )
        modes = mode_services(
            database,
            self._clock,
            self._journal,
            settings,
            charter.agreed,
            targets,
            home.loans,
            home.letters.letters.stricter,
        )
        runner = mode_runner(database, self._clock, self._journal, modes.reader, convergence)
        await runner.start()
        self._stack.push_async_callback(runner.stop)
        places = Places()
        profiles, lists = self._profiles(database, authority), RevocationLists(database, authority, self._clock)
        polls = LongPolls(database, self._clock, seconds=settings.android.poll_seconds)
        await polls.start()
        self._stack.push_async_callback(polls.stop)
        identities = Identities(
            authority,
            self._clock,
            proxy_header=settings.device.client_certificate_header,
            trusted_proxies=settings.device.trusted_proxies,
        )
        agents = agent_parts(
            database,
            self._clock,
            self._journal,
            self._vault,
            settings,
            targets,
            convergence,
            polls,
            self._in_flight,
            self._catalogs,
            identities.client_of,
            places,
            AgentFields(home.figures.use),
        )
        routes = self._device_routes(
            database, authority, identities, targets, convergence, profiles, lists, places, home.lost.answers
        )
        apks = ServedApks(database, compilers.addresses, lambda digest: settings.apks_dir / f"{digest}.apk")
        routes[b"files"] = FileResource(apks, self._in_flight, self._catalogs)
        root = DeviceRoot(agents.resource)
        for path, resource in routes.items():
            root.putChild(path, cast(IResource, resource))
        await self._start_upkeep(database, authority, profiles, lists, repair)
        for chores in (
            home.lost.runner,
            Upkeep(database, home.regularly, role="home"),
            Upkeep(database, home.figures.often, role="sightings", period_seconds=_SIGHTINGS_SECONDS),
        ):
            await chores.start()
            self._stack.push_async_callback(chores.stop)
        decided = CharterServices(database, self._clock, self._journal, self._vault, settings, charter, compilers)
        await decided.start()
        self._stack.push_async_callback(decided.stop)
        await self._listen_for_devices(root, authority)
        await self._listen_for_people(database, charter, decided, modes, agents.held, repair, home)

    async def _start_services(self, database: Database, convergence: Convergence) -> None:
        checks = Checks(database, self._clock, convergence)
        await checks.start()
        self._stack.push_async_callback(checks.stop)
        metrics = PushMetrics(self._registry)
        if self._settings.android.push != "polling":
            mqtt = await asyncio.to_thread(mqtt_service, database, self._clock, self._settings, metrics)
            await mqtt.start()
            self._stack.push_async_callback(mqtt.stop)
        settings = self._settings.push
        if settings.enabled:
            push = PushService(
                database,
                self._clock,
                self._vault,
                AppleAddresses(self._vault),
                metrics,
                host=settings.host,
                port=settings.port,
                ca_file=Path(settings.ca_file) if settings.ca_file else None,
                per_second=settings.per_second,
            )
            await push.start()
            self._stack.push_async_callback(push.stop)

    async def _start_upkeep(
        self,
        database: Database,
        authority: Authority,
        profiles: EnrollmentProfiles,
        lists: RevocationLists,
        repair: RepairRoom,
    ) -> None:
        enrollment = EnrollmentUpkeep(database, lists, self._clock)
        words = self._catalogs.for_language(self._settings.server.language)
        renewals = IdentityRenewals(
            database, self._clock, self._journal, lambda serial: profiles.renewal(serial, words)
        )

        async def renew_identities() -> None:
            for one in await enrollment.due_renewals():
                await renewals.renew(one.tablet_id, one.serial)

        async def renew_server_certificate() -> None:
            files = await asyncio.to_thread(self._own_certificate, authority)
            issued = files.issued if files is not None else None
            if issued is not None:
                await database.write(lambda conn: add_certificate(conn, issued, "server"))
                self.reload()

        async def tidy_android() -> None:
            await tidy_agents(database, self._clock)

        chores = (
            enrollment.tidy,
            renew_identities,
            renew_server_certificate,
            tidy_android,
            repair.retention.tidy,
            LongWorks(database, self._clock, self._journal).tidy,
        )
        upkeep = Upkeep(database, chores)
        await upkeep.start()
        self._stack.push_async_callback(upkeep.stop)

    def _profiles(self, database: Database, authority: Authority) -> EnrollmentProfiles:
        settings = self._settings
        return EnrollmentProfiles(
            database,
            Tickets(self._clock, self._vault, self._journal),
            Reservations(self._clock, self._journal),
            authority,
            PushTopics(self._clock),
            ServerFacts(
                organization=settings.enrollment.organization,
                device_url=settings.device.url.rstrip("/"),
                sign_messages=settings.enrollment.sign_messages,
            ),
            self._profile_signer(authority),
        )

    def _device_routes(
        self,
        database: Database,
        authority: Authority,
        identities: Identities,
        targets: AgreedTargets,
        convergence: Convergence,
        profiles: EnrollmentProfiles,
        lists: RevocationLists,
        places: Places,
        lost: LostAnswers,
    ) -> dict[bytes, Resource]:
        settings, clock, catalogs, in_flight = self._settings, self._clock, self._catalogs, self._in_flight
        claims = IssuedClaims()
        declarative = DeclarativeService(database, clock, targets, convergence)
        departure = Departure(clock, self._journal)
        checkin = Checkin(database, clock, self._journal, self._vault, claims, convergence, declarative, departure)
        cycle = CommandCycle(clock, convergence, departure.erased, places, lost)
        mdm = MdmResource(database, clock, identities, checkin, cycle, in_flight, catalogs)
        pages = EnrollmentPages(catalogs, settings.enrollment.organization)
        return {
            b"mdm": mdm,
            b"checkin": mdm,
            b"artifacts": ArtifactResource(database, in_flight, catalogs),
            b"scep": ScepResource(ScepService(database, authority, self._journal, clock), in_flight, catalogs),
            b"e": TicketResource(profiles, pages, clock, in_flight, catalogs, client_of=identities.client_of),
            b"ca.crt": RootCertificateResource(authority, in_flight, catalogs),
            b"crl": RevocationListResource(lists, in_flight, catalogs),
        }

    def _profile_signer(self, authority: Authority) -> ProfileSigner:
        enrollment = self._settings.enrollment
        if not enrollment.profile_certificate:
            return OwnSigner(self._settings.keys_dir / "authority", authority, self._vault, self._clock)
        return GivenSigner(Path(enrollment.profile_certificate), Path(enrollment.profile_key))

    async def _listen_for_devices(self, root: Resource, authority: Authority) -> None:
        settings = self._settings.device
        limits = {b"mdm": MDM_BODY_BYTES, b"checkin": MDM_BODY_BYTES, **BODY_LIMITS}
        site = DeviceSite(
            cast(IResource, root),
            self._reactor,
            limits,
            self._registry,
            settings.connections,
            deep_limit=AGENT_BODY_BYTES,
        )
        host, port = split_listen(settings.listen)
        if settings.tls:
            self._tls = await asyncio.to_thread(self._device_tls, authority)
            listening = self._reactor.listenSSL(port, site, self._tls, interface=host, backlog=1024)
        else:
            listening = self._reactor.listenTCP(port, site, interface=host, backlog=1024)
        self.device_port = listening.getHost().port

        async def stop() -> None:
            await _as_future(listening.stopListening())
            await self._in_flight.finish(_FINISH_SECONDS)

        self._stack.push_async_callback(stop)
        log.info("device_listener_ready", address=host, port=self.device_port, tls=settings.tls)

    def _device_tls(self, authority: Authority) -> DeviceTls:
        settings = self._settings.device
        if settings.tls_certificate:
            return DeviceTls(Path(settings.tls_certificate), Path(settings.tls_key))
        files = self._own_certificate(authority)
        if files is None:
            raise ValueError("a server without TLS needs no certificate")
        return DeviceTls(files.certificate_file, files.key_file)

    def _own_certificate(self, authority: Authority) -> ServerFiles | None:
        """Keep a TLS certificate of our own authority, where none is configured and TLS ends here."""
        settings = self._settings.device
        if settings.tls_certificate or not settings.tls:
            return None
        hosts = [urlsplit(settings.url).hostname or "localhost"]
        # The listener and the upkeep both ask for it at the start: one of them makes it.
        with self._certificate_lock:
            return keep_server_certificate(self._settings.keys_dir, authority, hosts, self._clock)

    async def _listen_for_people(
        self,
        database: Database,
        charter: Charter,
        decided: CharterServices,
        modes: ModeServices,
        held: HeldTablets,
        repair: RepairRoom,
        home: HomeRoom,
    ) -> None:
        catcher = await start_mail(self._stack, database, self._clock, self._vault, self._settings)
        services = people_services(
            database,
            self._clock,
            self._journal,
            self._vault,
            self._settings,
            charter=charter,
            held=held,
            catalogs=self._catalogs,
            registry=self._registry,
            licences=decided.licences,
            rollouts=decided.rollouts.rollouts,
            modes=modes,
            repair=repair,
            home=home,
            mail_catcher=catcher,
        )
        purge = purge_upkeep(database, services.privacy.purge)
        for work in (purge, services.fleet_view.rounds, services.fleet_view.runner):
            await work.start()
            self._stack.push_async_callback(work.stop)
        self.people_port = await listen_for_people(self._stack, services)


async def _as_future(deferred: Any) -> None:
    if deferred is not None:
        await deferred.asFuture(asyncio.get_running_loop())
