"""What a tablet's agent is answered when it asks for its configuration: the shared part, and its own.

Source: the agent's ``json/ServerConfig.java`` and ``helper/ConfigUpdater.java``.
"""

from collections import OrderedDict

import msgspec

from mdm.android import enrollment_store
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.envelope import joined
from mdm.android.flags import flag_fields
from mdm.android.joining import PASSWORD_PURPOSE, PATH_PURPOSE, PLATFORM
from mdm.android.messages import CONFIG_UPDATED
from mdm.android.paths import tablet_url
from mdm.android.signatures import admin_password_digest
from mdm.clock import Clock
from mdm.commands import convergence_store, queue
from mdm.commands.convergence import Convergence, TargetSource
from mdm.commands.steps import ApplyConfiguration
from mdm.i18n import N_, Translator
from mdm.store import Connection
from mdm.vault import Vault

_REMEMBERED = 64
_WAIT = N_("Wait: somebody chooses on the kit's page.")
_JOINING = N_("Joining…")


class AgentAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What agents are told of this server: where it is, and how they listen."""

    device_url: str
    push: str
    keepalive_s: int


class Configurations:
    """Answers agents; every method runs inside the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        vault: Vault,
        targets: TargetSource,
        convergence: Convergence,
        address: AgentAddress,
        words: Translator,
    ) -> None:
        self._clock = clock
        self._vault = vault
        self._targets = targets
        self._convergence = convergence
        self._address = address
        self._words = words
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def waiting(self, enrollment: AndroidEnrollment, number: str) -> bytes:
        """Return the configuration of a tablet that has no slot yet: its own address, and nothing of the edition."""
        held = enrollment.state == "held"
        text = self._words(_WAIT if held else _JOINING)
        shared = {
            "applications": [],
            "applicationSettings": [],
            "files": [],
            "actions": [],
            "pushOptions": self._address.push,
            "keepaliveTime": self._address.keepalive_s,
            "appPermissions": "denylocation",
            "title": "description",
        }
        return joined(msgspec.json.encode(shared), self._own(enrollment, number) | {"description": text})

    def of_tablet(self, conn: Connection, enrollment: AndroidEnrollment, tablet_id: str, number: str) -> bytes:
        """Return an enrolled tablet's configuration, and note that it has it."""
        target = self._targets.target_for(conn, tablet_id)
        digest = target.configuration if target is not None else None
        shared = self._shared(conn, digest) if digest is not None else None
        if target is None or digest is None or shared is None:
            return self.waiting(enrollment, number)
        now = self._clock.ms()
        queue.acknowledge_orders(conn, tablet_id, CONFIG_UPDATED, now=now)
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is not None and progress.report.configuration != digest:
            report = msgspec.structs.replace(
                progress.report,
                configuration=digest,
                configuration_at=now,
                overdue=False,
                failed={},
                hides=target.hidden,
                veiled=tuple(sorted({*progress.report.veiled, *target.hidden})),
            )
            queue.acknowledge_step(conn, tablet_id, ApplyConfiguration(digest).key, now=now)
            self._convergence.reported(conn, tablet_id, PLATFORM, report)
        own = self._own(enrollment, number)
        own["description"] = convergence_store.slot_name(conn, tablet_id) or enrollment.number
        own |= flag_fields(conn, self._vault, tablet_id)
        if enrollment.lock_message is not None and not target.covers:
            own |= {"lock": True, "lockMessage": enrollment.lock_message}
        return joined(shared, own)

    def _shared(self, conn: Connection, digest: str) -> bytes | None:
        """Return an artifact's bytes, which never change under their hash; a kit's tablets ask for the same."""
        body = self._bodies.get(digest)
        if body is None and (found := convergence_store.artifact(conn, digest)) is not None:
            body = self._bodies[digest] = found[1]
            if len(self._bodies) > _REMEMBERED:
                self._bodies.popitem(last=False)
        return body

    def _own(self, enrollment: AndroidEnrollment, number: str) -> dict[str, object]:
        secret = self._vault.open(enrollment.sealed_path, PATH_PURPOSE).decode()
        password = self._vault.open(enrollment.sealed_admin_password, PASSWORD_PURPOSE).decode()
        own: dict[str, object] = {
            "newServerUrl": tablet_url(self._address.device_url, secret),
            "password": admin_password_digest(password),
        }
        if number != enrollment.number:
            own["newNumber"] = enrollment.number
        return own


def admin_password(conn: Connection, vault: Vault, tablet_id: str) -> str | None:
    """Return the password of the agent's administrator panel on a tablet; None when it is not enrolled."""
    enrollment = enrollment_store.of_tablet(conn, tablet_id)
    return None if enrollment is None else vault.open(enrollment.sealed_admin_password, PASSWORD_PURPOSE).decode()
