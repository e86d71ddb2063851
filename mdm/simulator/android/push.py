"""How an agent listens for messages: one long request after another, or an MQTT connection."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import aiomqtt

from mdm.simulator.android import logs
from mdm.simulator.android.addresses import mqtt_password, poll_signature
from mdm.simulator.android.build import AgentBuild
from mdm.simulator.android.config import ServerConfig
from mdm.simulator.android.errors import BadAnswer
from mdm.simulator.android.http import Connections
from mdm.simulator.android.logs import RemoteLog
from mdm.simulator.android.memory import Memory
from mdm.simulator.android.messages import PushMessage, read_wake
from mdm.simulator.android.server import Server
from mdm.simulator.errors import ServerUnreachable
from mdm.simulator.pace import Pace

MQTT_PORT = 31000
"""The port of the broker, compiled into the agent."""

Hear = Callable[[Sequence[PushMessage]], None]

_BETWEEN_POLLS = 5.0
_AFTER_ERROR = 60.0
_BREATH = 0.02  # of ours: however fast a tablet lives, others get their turn
_ERROR_AT_LEAST = 1.0  # of ours: a server that is down must come up in peace
_MQTT_USER = "hmdm"
_MQTT_RETRY = 900.0
_MQTT_RECONNECT = 1.0
_MQTT_WATCHDOG = 30.0
_MQTT_WORKER_ALIVE = 900
_MQTT_ALARM_ALIVE = 300
_MQTT_LEAST_ALIVE = 30
_TOO_MANY = 15
_WITHIN = 60.0


class LongPoll:
    """The thread that holds a request open. Host and signature are those of when it began; the project is not."""

    def __init__(
        self,
        memory: Memory,
        server: Server,
        connections: Connections,
        log: RemoteLog,
        pace: Pace,
        build: AgentBuild,
        hear: Hear,
    ) -> None:
        self._server = server
        self._connections = connections
        self._log = log
        self._pace = pace
        self._hear = hear
        self._base = memory.base
        self._signature = poll_signature(build.secret, memory.project, memory.number)

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        try:
            while True:
                seconds = await self._ask()
                await _rest(self._pace, seconds, _ERROR_AT_LEAST if seconds >= _AFTER_ERROR else _BREATH)
        finally:
            await self._connections.hang_up()

    async def _ask(self) -> float:
        """Ask once; return for how many of the tablet's seconds to wait then."""
        try:
            answer = await self._server.poll(self._connections, self._base, self._signature)
        except (ServerUnreachable, BadAnswer) as cause:
            self._log.write(logs.WARN, f"Push polling failed: {cause}")
            return _AFTER_ERROR
        if answer.ok and answer.data:
            self._hear(answer.data)
        if 400 <= answer.reply.status < 500:
            self._log.write(logs.WARN, f"Push polling failed: HTTP {answer.reply.status}")
            return _AFTER_ERROR + _BETWEEN_POLLS
        return _BETWEEN_POLLS


class MqttListener:
    """A connection to the broker on the server's host: no TLS, one password for all, a topic of the tablet's own."""

    def __init__(
        self, memory: Memory, log: RemoteLog, pace: Pace, build: AgentBuild, hear: Hear, port: int = MQTT_PORT
    ) -> None:
        self.number = memory.number
        self._memory = memory
        self._log = log
        self._pace = pace
        self._password = mqtt_password(build.secret)
        self._hear = hear
        self._port = port
        self._reconnected: deque[float] = deque(maxlen=_TOO_MANY + 1)

    async def run(self) -> None:
        """Stay connected until cancelled, or until another tablet with the same number keeps taking the line."""
        while not self._fights():
            connected = False
            try:
                async with self._client() as client:
                    connected = True
                    await self._listen(client)
            except aiomqtt.MqttError as cause:
                task = asyncio.current_task()
                if task is not None and task.cancelling():  # the client raised this in place of the cancellation
                    raise asyncio.CancelledError from cause
                self._log.write(logs.WARN, f"MQTT connection failed: {type(cause).__name__}")
            if connected:
                await _rest(self._pace, _MQTT_RECONNECT, _BREATH)
            else:
                await _rest(self._pace, _MQTT_RETRY, _ERROR_AT_LEAST)
        self._log.write(logs.ERROR, "MQTT stopped: two devices use one number")

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Subscribe and take messages; only who waits for messages sees at once that the line broke."""
        subscribing = asyncio.create_task(self._subscribe(client))
        try:
            async for message in client.messages:
                self._take(message)
        finally:
            subscribing.cancel()

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        try:
            await client.subscribe(self.number, qos=2)
        except aiomqtt.MqttError as cause:
            self._log.write(logs.WARN, f"MQTT subscription failed: {type(cause).__name__}")

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            urlsplit(self._memory.base).hostname or "",
            self._port,
            username=_MQTT_USER,
            password=self._password,
            identifier=self.number,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=False,
            keepalive=keepalive_seconds(self._memory.config or ServerConfig()),
            timeout=_MQTT_WATCHDOG,
        )

    def _take(self, message: aiomqtt.Message) -> None:
        try:
            body = message.payload
            self._hear([read_wake(body if isinstance(body, bytes) else str(body).encode())])
        except BadAnswer as cause:
            self._log.write(logs.WARN, f"MQTT message ignored: {cause}")

    def _fights(self) -> bool:
        """Note a connection; tell whether more than 15 were made in 60 s."""
        now = asyncio.get_running_loop().time()
        self._reconnected.append(now)
        return len(self._reconnected) > _TOO_MANY and now - self._reconnected[0] < _WITHIN


def keepalive_seconds(config: ServerConfig) -> int:
    """Return after how much silence a client pings the broker."""
    if config.push_options == "mqttWorker":
        return _MQTT_WORKER_ALIVE
    wished = _MQTT_ALARM_ALIVE if config.keepalive_time is None else config.keepalive_time
    return max(_MQTT_LEAST_ALIVE, min(wished, 65535))


async def _rest(pace: Pace, seconds: float, at_least: float) -> None:
    """Wait ``seconds`` of the tablet's time, but ``at_least`` so many of ours."""
    if pace.real(seconds) < at_least:
        await asyncio.sleep(at_least)
    else:
        await pace.rest(seconds)
