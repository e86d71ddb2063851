"""The files that make a Mosquitto 2.0 a broker for tablets: each hears its own topic only, and none may speak.

The agent connects without TLS, all tablets with one name and one password; a tablet's client id and its topic are its
device number. So the broker is told nothing but "look again", and who knows the password can at most do that, or keep
one tablet off it. Sources: mosquitto.conf(5), mosquitto_passwd(1), the agent's PushNotificationMqttWrapper.java.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable

import msgspec

from push.mqtt.errors import BrokerNameRefused

TABLET_USER = "hmdm"
"""The name that the agent connects with."""

PUBLISHER_USER = "valise"
"""The name that the server connects with."""

CONFIG_FILE = "mosquitto.conf"
ACL_FILE = "acl"
PASSWORD_FILE = "passwords"  # noqa: S105

IN_FLIGHT = 20
"""Messages that one connection may have under way; more from the publisher would be dropped without a word."""

_ITERATIONS = 1000
_SALT_BYTES = 12
_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")

_CONFIG = """\
# Written by: valise mqtt acl. Start the broker with this file alone: mosquitto -c {folder}/{config}

per_listener_settings false
listener {port}
protocol mqtt
max_connections {connections}
set_tcp_nodelay true

allow_anonymous false
allow_zero_length_clientid false
password_file {folder}/{passwords}
acl_file {folder}/{acl}

# A tablet that is switched off finds its message when it comes back within this time. One message says as much as
# many: a few are kept, and what comes on top is dropped.
persistence true
persistence_location {folder}/
persistence_file mosquitto.db
autosave_interval 30
persistent_client_expiration 14d
max_inflight_messages {in_flight}
max_queued_messages 4
queue_qos0_messages false
retain_available false

# "Look again" is short; whoever sends more is no part of this.
message_size_limit 256
max_packet_size 2048

# Which tablet connected when, and from where, is nobody's business.
sys_interval 0
connection_messages false
log_type error
log_type warning
"""

_ACL = """\
# Written by: valise mqtt acl. What is not allowed here is refused.

# Every client may hear the topic that is its own client id.
pattern read %c

# The server may speak to any tablet, and hears none.
user {publisher}
topic write +
"""


class BrokerFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of mosquitto.conf, of the access list and of the password file; the last is not to be seen."""

    config: str
    acl: str
    password_lines: str


def broker_files(
    *,
    user: str,
    password: str,
    publisher_user: str,
    publisher_password: str,
    port: int,
    folder: str,
    connections: int = 20_000,
    salt: Callable[[int], bytes] = secrets.token_bytes,
) -> BrokerFiles:
    """Return the files for a broker that reads them in ``folder``, a path from the root, and keeps its state there.

    ``user`` and ``password`` are all tablets'; ``connections``: how many at once. Raises `BrokerNameRefused`.
    """
    for name in (user, publisher_user):
        if not _USER.fullmatch(name):
            raise BrokerNameRefused(name=repr(name), reason="it is no simple name")
    if user == publisher_user:
        raise BrokerNameRefused(name=user, reason="tablets and the server need different names")
    if not folder.startswith("/") or any(ord(character) < 32 for character in folder):
        raise BrokerNameRefused(name=repr(folder), reason="it is no path from the root on one line")
    return BrokerFiles(
        config=_CONFIG.format(
            folder=folder.rstrip("/"),
            port=port,
            connections=connections,
            in_flight=IN_FLIGHT,
            config=CONFIG_FILE,
            acl=ACL_FILE,
            passwords=PASSWORD_FILE,
        ),
        acl=_ACL.format(publisher=publisher_user),
        password_lines=password_line(user, password, salt(_SALT_BYTES))
        + password_line(publisher_user, publisher_password, salt(_SALT_BYTES)),
    )


def tablet_password(agent_secret: str) -> str:
    """Return the password that an agent with this secret in its build connects with."""
    return hashlib.sha1(f"hmdm{agent_secret}".encode(), usedforsecurity=False).hexdigest().upper()


def password_line(user: str, password: str, salt: bytes) -> str:
    r"""Return a line of a Mosquitto password file, with its end: ``user:$7$iterations$salt$hash``.

    The hash is PBKDF2 with HMAC-SHA-512; Mosquitto 2.0 wants 12 bytes of salt. Few iterations are enough: the
    passwords are long and random or public, and the broker works through one for each tablet that comes back.
    """
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"{user}:$7${_ITERATIONS}${_base64(salt)}${_base64(digest)}\n"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
