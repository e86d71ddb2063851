"""Which way an agent listens for messages, as its configuration says; one way at a time."""

import asyncio
import contextlib

from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.http import Connections
from mdm.simulator.android.logs import RemoteLog
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.push import Hear, LongPoll, MqttListener
from mdm.simulator.android.server import Server
from mdm.simulator.pace import Pace


class Listening:
    """The service that holds a poll open, or a broker's connection."""

    def __init__(
        self,
        memory: Memory,
        server: Server,
        connections: Connections,
        log: RemoteLog,
        pace: Pace,
        build: AgentBuild,
        hear: Hear,
        mqtt_port: int,
    ) -> None:
        self._memory = memory
        self._server = server
        self._connections = connections
        self._log = log
        self._pace = pace
        self._build = build
        self._hear = hear
        self._mqtt_port = mqtt_port
        self._running: asyncio.Task[None] | None = None
        self._way: tuple[str, str] | None = None

    def start(self) -> None:
        """Listen as the configuration says, unless that is done already; a new number makes a new MQTT client.

        Without push options, or with others than the agent knows, nothing begins and nothing ends.
        """
        way = self._wanted()
        if way is None or (way == self._way and self._running is not None):
            return
        if self._running is not None:
            self._running.cancel()
        self._way = way
        self._running = asyncio.create_task(self._listener(way[0]).run())

    async def stop(self) -> None:
        """Stop listening, as when the agent or the tablet stops."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def _wanted(self) -> tuple[str, str] | None:
        config = self._memory.config
        match config.push_options if config is not None else None:
            case "polling":
                return "polling", ""
            case "mqttAlarm" | "mqttWorker":
                return "mqtt", self._memory.number
        return None

    def _listener(self, way: str) -> LongPoll | MqttListener:
        if way == "polling":
            return LongPoll(
                self._memory, self._server, self._connections.fresh(), self._log, self._pace, self._build, self._hear
            )
        return MqttListener(self._memory, self._log, self._pace, self._build, self._hear, self._mqtt_port)
