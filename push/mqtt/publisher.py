"""Speaks to the MQTT broker: one connection that is kept, and messages that count only when the broker confirmed them.

A message that was not confirmed is forgotten together with its connection: whoever wanted it sent asks again, so that
it is never in two hands. Sources: MQTT 3.1.1 section 4.3.3 (QoS 2), the agent's PushNotificationMqttWrapper.java.
"""

import asyncio
import math
import random
import secrets
from contextlib import suppress

import aiomqtt
import structlog

from push.mqtt.broker_files import IN_FLIGHT
from push.mqtt.errors import BrokerAway, NumberRefused

log = structlog.get_logger()

LOOK_AGAIN = b'{"messageType":"configUpdated"}'
"""All that a broker with one password for all tablets is told."""

_TIMEOUT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 60
_FIRST_DELAY_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 30.0
_LONGEST_NUMBER = 200


class _Line:
    """One connection; ``over`` is done when nothing can be confirmed on it any more."""

    __slots__ = ("client", "over")

    def __init__(self, client: aiomqtt.Client, over: asyncio.Future[None]) -> None:
        self.client = client
        self.over = over

    def give_up(self) -> None:
        """Let nobody wait for this connection."""
        if not self.over.done():
            self.over.set_result(None)


class MqttPublisher:
    """Publishes to tablets; start it on the loop that it is used on.

    ``timeout``: seconds after which the broker is taken for away.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        timeout: float = _TIMEOUT_SECONDS,
        jitter: random.Random | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._timeout = timeout
        # Not a secret: it only spreads several servers out when the broker comes back.
        self._jitter = jitter or random.Random()  # noqa: S311
        # Who knew it could take the connection over.
        self._identifier = f"valise-{secrets.token_hex(16)}"
        # Fewer than the broker lets be under way, since it drops what is above without a word.
        self._places = asyncio.Semaphore(IN_FLIGHT // 2)
        self._line: asyncio.Future[_Line | None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    @property
    def is_connected(self) -> bool:
        """Tell whether the broker is there."""
        line = self._line.result() if self._line is not None and self._line.done() else None
        return line is not None and not line.over.done()

    async def start(self) -> None:
        """Begin to connect; the broker need not be there."""
        loop = asyncio.get_running_loop()
        self._line = loop.create_future()
        self._task = loop.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Disconnect; what waits for a confirmation fails."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._line = None

    async def publish(self, number: str) -> None:
        """Tell the tablet with this number to look again, once; return when the broker has taken it over (QoS 2).

        Raises `BrokerAway` when it was not confirmed, at once while there is no broker, and `NumberRefused`.
        """
        if not _is_topic(number):
            raise NumberRefused
        async with self._places:
            line = await self._connected()
            loop = asyncio.get_running_loop()
            sent = loop.create_task(line.client.publish(number, LOOK_AGAIN, qos=2, timeout=math.inf))
            try:
                done, _ = await asyncio.wait(
                    {sent, line.over}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
                )
                if sent not in done:
                    line.give_up()
                    raise BrokerAway
                if sent.exception() is not None:
                    line.give_up()
                    raise BrokerAway from sent.exception()
            finally:
                sent.cancel()

    async def _connected(self) -> _Line:
        """Return the connection, waiting for an attempt that is under way."""
        if self._line is not None:
            await asyncio.wait({self._line})
            line = self._line.result() if self._line is not None and self._line.done() else None
            if line is not None and not line.over.done():
                return line
        raise BrokerAway

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        try:
            while True:
                begun = loop.time()
                await self._connect_once()
                failures = 0 if loop.time() - begun > _STEADY_SECONDS else failures + 1
                await asyncio.sleep(self._delay(failures))
                self._line = loop.create_future()
        finally:
            self._resolve(None)

    async def _connect_once(self) -> None:
        """Connect and stay until the connection is lost or given up."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        try:
            # A new client each time: an old one would send again by itself what its caller was told has failed.
            async with self._client() as client:
                line = _Line(client, over)
                self._resolve(line)
                self._tell("mqtt_broker_connected", "")
                try:
                    await self._until_over(line)
                finally:
                    line.give_up()
            reason = "no confirmation"
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
        self._resolve(None)
        self._tell("mqtt_broker_away", reason)

    async def _until_over(self, line: _Line) -> None:
        watch = asyncio.get_running_loop().create_task(_until_lost(line.client))
        try:
            await asyncio.wait({watch, line.over}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
        finally:
            watch.cancel()

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._host,
            self._port,
            username=self._user,
            password=self._password,
            identifier=self._identifier,
            clean_session=True,
            keepalive=_KEEP_ALIVE_SECONDS,
            timeout=self._timeout,
        )

    def _resolve(self, line: _Line | None) -> None:
        """Let who waits for this attempt go on; None: it failed, or its connection is over."""
        if self._line is not None and not self._line.done():
            self._line.set_result(line)

    def _delay(self, failures: int) -> float:
        """Return seconds to wait: from half to the whole of a delay that doubles."""
        delay = min(_FIRST_DELAY_SECONDS * 2.0 ** min(failures, 20), _LONGEST_DELAY_SECONDS)
        return delay * (0.5 + 0.5 * self._jitter.random())

    def _tell(self, event: str, reason: str) -> None:
        """Log what changed, and not each attempt."""
        if self._told == event + reason:
            return
        self._told = event + reason
        if reason:
            log.warning(event, reason=reason)
        else:
            log.info(event)


async def _until_lost(client: aiomqtt.Client) -> None:
    """Wait until the connection is lost, which raises `aiomqtt.MqttError`; nothing is subscribed, so nothing comes."""
    async for _ in client.messages:
        continue


def _is_topic(number: str) -> bool:
    """Tell whether a number is one level of a topic and no pattern (MQTT 3.1.1 section 4.7); ``$`` is the broker's."""
    return (
        0 < len(number) <= _LONGEST_NUMBER
        and not number.startswith("$")
        and not any(character in "+#/" or not character.isprintable() for character in number)
    )
