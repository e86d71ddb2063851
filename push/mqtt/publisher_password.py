"""The password with which the server speaks to the broker: a file beside the server's keys, made once."""

import os
import secrets
from pathlib import Path

from push.mqtt.errors import PublisherPasswordUnusable

FILE = "mqtt-publisher"


def read_publisher_password(folder: Path) -> str:
    """Return the password in the keys' folder; raise `PublisherPasswordUnusable`. Blocks: call it in a thread."""
    path = folder / FILE
    try:
        with path.open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise PublisherPasswordUnusable(file=str(path), reason="others may read it; run chmod 600")
            password = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise PublisherPasswordUnusable(file=str(path), reason=reason) from error
    if not password:
        raise PublisherPasswordUnusable(file=str(path), reason="it is empty")
    return password


def ensure_publisher_password(folder: Path) -> str:
    """Return the password, made and written (0600) the first time; raise `PublisherPasswordUnusable`."""
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_publisher_password(folder)
    except OSError as error:
        raise PublisherPasswordUnusable(file=str(path), reason=error.strerror or type(error).__name__) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return read_publisher_password(folder)
