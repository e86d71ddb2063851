"""What every resource of the device listener shares: an answer made by a coroutine, refusals in words."""

from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mdm.errors import ValiseError
from mdm.i18n import Catalogs
from mdm.listener.site import DeviceRequest, InFlight

log = structlog.get_logger()

TEXT = b"text/plain; charset=utf-8"


class AsyncResource(Resource):
    """A leaf whose answer is made by a coroutine; a refusal becomes its status and its words, here and nowhere else."""

    isLeaf = True

    def __init__(self, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__()
        self._in_flight = in_flight
        self._catalogs = catalogs

    def render(self, request: DeviceRequest) -> int:
        """Choose the method's coroutine; a method that is not offered is told which are."""
        asked = request.method.decode("ascii", "replace")
        method = getattr(self, "render_GET" if asked == "HEAD" else f"render_{asked}", None)
        if method is None:
            offered = sorted(name.removeprefix("render_") for name in dir(self) if name.startswith("render_"))
            request.answer(405, b"", b"", {b"allow": ", ".join(name for name in offered if name != "HEAD").encode()})
            return NOT_DONE_YET
        return cast(int, method(request))

    def begin(self, request: DeviceRequest, work: Callable[[DeviceRequest], Awaitable[None]]) -> int:
        """Start to work on a request."""
        self._in_flight.start(self._answer(request, work))
        return NOT_DONE_YET

    async def _answer(self, request: DeviceRequest, work: Callable[[DeviceRequest], Awaitable[None]]) -> None:
        try:
            await work(request)
        except ValiseError as error:
            log.info("device_refused", code=error.code, status=error.status)
            words = self._catalogs.negotiate(request.getHeader("accept-language"))
            lines = [line for line in (error.text(words), error.advice(words)) if line]
            request.answer(error.status, ("\n".join(lines) + "\n").encode(), TEXT)
        except Exception:
            log.exception("device_request_failed")
            request.answer(500, b"The server failed. Nothing was lost: try again.\n", TEXT)
