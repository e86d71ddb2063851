"""Compiled content on the device listener."""

from mdm.commands import convergence_store
from mdm.i18n import Catalogs
from mdm.listener.part import wanted_part
from mdm.listener.resource import TEXT, AsyncResource
from mdm.listener.site import DeviceRequest, InFlight
from mdm.store import Database


class ArtifactResource(AsyncResource):
    """Compiled content that declarations and commands point to, under its hash."""

    def __init__(self, database: Database, in_flight: InFlight, catalogs: Catalogs) -> None:
        super().__init__(in_flight, catalogs)
        self._database = database

    def render_GET(self, request: DeviceRequest) -> int:
        """Serve ``/artifacts/<sha256>`` with or without a suffix such as ``.mobileconfig``."""
        return self.begin(request, self._get)

    async def _get(self, request: DeviceRequest) -> None:
        name = request.rest.decode("ascii", "replace")
        digest = name.split(".", 1)[0]
        found = await self._database.read(lambda conn: convergence_store.artifact(conn, digest))
        if found is None:
            request.answer(404, b"There is nothing under this address.\n", TEXT)
            return
        media_type, body = found
        part = wanted_part(request, digest, len(body))
        if part is not None:
            request.answer(part.status, body[part.first : part.first + part.length], media_type.encode(), part.headers)
