"""The check-in messages of a tablet (Apple's schema: mdm/checkin), as property lists."""

import plistlib
from collections.abc import Mapping
from typing import Any

from mdm.simulator.tablet import Management, Tablet

CHECKIN_TYPE = "application/x-apple-aspen-mdm-checkin"
SERVER_TYPE = "application/x-apple-aspen-mdm"


def authenticate(tablet: Tablet, topic: str) -> bytes:
    """Return what a tablet says first: who it is."""
    return _message(
        "Authenticate",
        tablet,
        Topic=topic,
        OSVersion=tablet.os.version,
        BuildVersion=tablet.os.build,
        ProductName=tablet.spec.model.product,
        SerialNumber=tablet.spec.serial,
    )


def token_update(tablet: Tablet, management: Management) -> bytes:
    """Return how a tablet is woken, and what unlocks it."""
    waiting = {"AwaitingConfiguration": True} if tablet.awaiting_configuration else {}
    return _message(
        "TokenUpdate",
        tablet,
        Topic=management.enrollment.mdm.topic,
        Token=management.push_token,
        PushMagic=management.push_magic,
        UnlockToken=management.unlock_token,
        **waiting,
    )


def check_out(tablet: Tablet, topic: str) -> bytes:
    """Return a tablet's farewell."""
    return _message("CheckOut", tablet, Topic=topic)


def set_bootstrap_token(tablet: Tablet, token: bytes) -> bytes:
    """Return a message that hands a bootstrap token over; only Macs send it of themselves."""
    return _message("SetBootstrapToken", tablet, BootstrapToken=token, AwaitingConfiguration=False)


def get_bootstrap_token(tablet: Tablet) -> bytes:
    """Return a message that asks for the bootstrap token; only Macs send it of themselves."""
    return _message("GetBootstrapToken", tablet, AwaitingConfiguration=False)


def declarative(tablet: Tablet, endpoint: str, data: bytes | None = None) -> bytes:
    """Return a request of declarative management; ``data`` is JSON."""
    return _message("DeclarativeManagement", tablet, Endpoint=endpoint, **({} if data is None else {"Data": data}))


def report(
    tablet: Tablet, status: str, command_uuid: str | None = None, keys: Mapping[str, Any] | None = None
) -> bytes:
    """Return a message to the server URL: Idle, or how a command went."""
    named = {} if command_uuid is None else {"CommandUUID": command_uuid}
    return plistlib.dumps({"UDID": tablet.spec.udid, "Status": status, **named, **(keys or {})})


def _message(message_type: str, tablet: Tablet, **keys: Any) -> bytes:
    return plistlib.dumps({"MessageType": message_type, "UDID": tablet.spec.udid, **keys})
