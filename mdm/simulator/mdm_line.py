"""How a tablet speaks to its management server: which address, which type, which signature, what a status means."""

import asyncio
import base64
import plistlib
from typing import Any
from xml.parsers.expat import ExpatError

import msgspec

from mdm.simulator.checkin import CHECKIN_TYPE, SERVER_TYPE
from mdm.simulator.cms import sign
from mdm.simulator.errors import ManagementEnded, ServerRefused
from mdm.simulator.profile import MdmContent
from mdm.simulator.transport import Identity, Line, Response

_UNRECOGNIZED = "com.apple.unrecognized.device"


class MdmLine:
    """One enrolled tablet's way to its server."""

    def __init__(self, line: Line, identity: Identity, mdm: MdmContent) -> None:
        self._line = line
        self._identity = identity
        self._mdm = mdm

    async def check_in(self, message: bytes) -> bytes:
        """Send a check-in message and return the answer's body.

        Raises `ServerUnreachable`, `ServerRefused`, or `ManagementEnded` when the server does not know the tablet.
        """
        return await self._put(self._mdm.checkin_url, CHECKIN_TYPE, message, lose_reply=False)

    async def report(self, message: bytes, *, lose_reply: bool = False) -> bytes:
        """Send a report and return the next command, empty when there is none; raises as `check_in` does."""
        return await self._put(self._mdm.server_url, SERVER_TYPE, message, lose_reply=lose_reply)

    async def _put(self, url: str, content_type: str, message: bytes, *, lose_reply: bool) -> bytes:
        headers = {"Content-Type": content_type, "User-Agent": "MDM/1.0"}
        if self._mdm.sign_message:
            headers["Mdm-Signature"] = await self._signature(message)
        answer = await self._line.put(url, message, headers, lose_reply=lose_reply)
        if answer.status in (200, 202, 204):
            return answer.body
        if answer.status == 401 or _unrecognized(answer):
            raise ManagementEnded(f"the server answers {answer.status}: it does not know this tablet")
        raise ServerRefused(answer.status, f"the server answers {answer.status}")

    async def _signature(self, message: bytes) -> str:
        signed = await asyncio.to_thread(sign, message, self._identity.key, self._identity.certificate, detached=True)
        return base64.b64encode(signed).decode("ascii")


def _unrecognized(answer: Response) -> bool:
    """Tell whether a 403 has the code that ends management (Apple's schema: mdm/errors/unrecognized.device.yaml)."""
    if answer.status != 403:
        return False
    found: Any = None
    try:
        found = msgspec.json.decode(answer.body) if "json" in answer.content_type else plistlib.loads(answer.body)
    except (msgspec.DecodeError, plistlib.InvalidFileException, ExpatError, ValueError):
        return False
    return isinstance(found, dict) and found.get("code") == _UNRECOGNIZED
