"""The parts for Android tablets, made from the rooms; the composition root takes them in."""

from collections.abc import Callable

import msgspec

from enrollment.agent_paths import AgentPaths
from mdm.android.configuration import AgentAddress, Configurations
from mdm.android.departure import Departure
from mdm.android.enrollment_store import forget_unused
from mdm.android.flags import expire
from mdm.android.held import HeldTablets
from mdm.android.joining import Joining
from mdm.android.numbers import AgentNumbers
from mdm.android.polling import SeenPlaces
from mdm.android.reports import FreeFields, Reports, purge_logs
from mdm.android.resources import AgentOptions, AgentResource
from mdm.android.service import AgentService
from mdm.clock import Clock
from mdm.commands.convergence import Convergence, TargetSource
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.listener.site import DeviceRequest, InFlight
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from push.long_polls import LongPolls
from push.metrics import PushMetrics
from push.mqtt.broker_files import PUBLISHER_USER
from push.mqtt.publisher import MqttPublisher
from push.mqtt.publisher_password import ensure_publisher_password
from push.mqtt.service import MqttService
from push.mqtt.waker import MqttWaker


class AgentParts(msgspec.Struct, frozen=True):
    """What the server needs of the Android room: its endpoints, and who settles tablets that are held."""

    resource: AgentResource
    held: HeldTablets


def agent_parts(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    settings: Settings,
    targets: TargetSource,
    convergence: Convergence,
    polls: LongPolls,
    in_flight: InFlight,
    catalogs: Catalogs,
    client_of: Callable[[DeviceRequest], str],
    places: SeenPlaces | None = None,
    free_fields: FreeFields | None = None,
) -> AgentParts:
    """Make the parts."""
    paths = AgentPaths(clock, minutes=settings.android.path_minutes)
    joining = Joining(clock, journal, vault, paths, convergence)
    departure = Departure(clock, journal)
    configurations = Configurations(
        clock,
        vault,
        targets,
        convergence,
        AgentAddress(
            device_url=settings.device.url,
            push=settings.android.push,
            keepalive_s=settings.android.mqtt_keepalive_seconds,
        ),
        catalogs.for_language(settings.server.language),
    )
    reports = Reports(clock, journal, joining, convergence, free_fields)
    service = AgentService(clock, paths, joining, configurations, reports, departure)
    options = AgentOptions(secret=settings.android.agent_secret, check_signature=settings.android.check_signature)
    resource = AgentResource(database, clock, service, polls, options, in_flight, catalogs, client_of, places)
    return AgentParts(resource, HeldTablets(clock, journal, joining, departure, paths))


def mqtt_service(database: Database, clock: Clock, settings: Settings, metrics: PushMetrics) -> MqttService:
    """Make what wakes tablets by MQTT; the broker is beside the server unless another is named."""
    android = settings.android
    publisher = MqttPublisher(
        android.mqtt_host or "127.0.0.1",
        android.mqtt_port,
        PUBLISHER_USER,
        ensure_publisher_password(settings.keys_dir),
    )
    return MqttService(publisher, MqttWaker(database, clock, AgentNumbers(), publisher, metrics=metrics))


async def tidy_agents(database: Database, clock: Clock) -> None:
    """Forget tablets that asked and never came, orders that waited too long, and old log lines."""

    def tidy(conn: Connection) -> None:
        now = clock.ms()
        forget_unused(conn, now=now)
        expire(conn, now=now)
        purge_logs(conn, now=now)

    await database.write(tidy)
