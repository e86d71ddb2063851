"""Telling systemd that the service is ready, alive, reloading or stopping (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping


class ServiceNotifier:
    """Sends states to the socket that systemd named; does nothing where there is none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog = environment.get("WATCHDOG_USEC", "")
        self._watched_pid = environment.get("WATCHDOG_PID", "")

    @property
    def watchdog_seconds(self) -> float | None:
        """How often to say that the service is alive: half of what systemd allows, or None when it does not watch."""
        if not self._watchdog.isdigit() or int(self._watchdog) == 0:
            return None
        if self._watched_pid and self._watched_pid != str(os.getpid()):
            return None
        return int(self._watchdog) / 2_000_000

    def ready(self, status: str) -> None:
        """Say that the service takes requests."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self) -> None:
        """Keep the watchdog quiet."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service is ending."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the null byte of an abstract address.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.connect(address)
            notify.sendall(message.encode())
