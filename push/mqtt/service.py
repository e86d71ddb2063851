"""The MQTT side of a server process: one connection to the broker, and the waker that uses it."""

import asyncio
from contextlib import suppress

from push.mqtt.publisher import MqttPublisher
from push.mqtt.waker import MqttWaker


class MqttService:
    """Starts and stops with the server."""

    def __init__(self, publisher: MqttPublisher, waker: MqttWaker) -> None:
        self._publisher = publisher
        self._waker = waker
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wake tablets; the broker need not be there yet."""
        await self._publisher.start()
        self._task = asyncio.get_running_loop().create_task(self._waker.run())

    async def stop(self) -> None:
        """Stop; what was not published is published by whoever runs next."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._publisher.stop()
