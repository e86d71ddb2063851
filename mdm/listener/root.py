"""The first segment of a path on the device listener: a name that is known, or a secret before ``rest``."""

from typing import Any

from twisted.web.resource import Resource

from mdm.listener.site import DeviceRequest


class DeviceRoot(Resource):
    """Hands requests to the resource of their first segment; ``agents`` gets those whose second is ``rest``."""

    def __init__(self, agents: Resource) -> None:
        super().__init__()
        self._agents = agents

    def getChild(self, path: bytes, request: DeviceRequest) -> Any:
        """Return who answers; the agent's first segment is looked at by its resource alone."""
        if request.postpath and request.postpath[0] == b"rest":
            return self._agents
        return super().getChild(path, request)
