"""Gives a tablet its enrollment profile: for a ticket that it scanned, or to renew its identity."""

import asyncio
from typing import Protocol

import msgspec

from enrollment.authority import Authority
from enrollment.errors import NotReadyToEnrol
from enrollment.profile import EnrollmentServer, Joining, build_profile
from enrollment.profile_signing import ProfileSigner
from enrollment.reservation import Reservation, Reservations
from enrollment.tickets import Invitation, Tickets
from mdm.i18n import Translator
from mdm.store import Connection, Database


class Topics(Protocol):
    """Knows the topic of the push certificate in use."""

    def current_topic(self, conn: Connection) -> str | None:
        """Return the topic, ``com.apple.mgmt.…``, or None before a push certificate was imported."""
        ...


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says. ``device_url``: the address that tablets call, without a slash at its end."""

    organization: str
    device_url: str
    sign_messages: bool = False
    server_path: str = "/mdm"
    checkin_path: str = "/checkin"


class EnrollmentProfiles:
    """Makes profiles; ``signer`` None leaves them unsigned."""

    def __init__(
        self,
        database: Database,
        tickets: Tickets,
        reservations: Reservations,
        authority: Authority,
        topics: Topics,
        facts: ServerFacts,
        signer: ProfileSigner | None,
    ) -> None:
        self._database = database
        self._tickets = tickets
        self._reservations = reservations
        self._authority = authority
        self._topics = topics
        self._facts = facts
        self._signer = signer

    async def look(self, secret: str) -> Invitation:
        """Return what a scanned ticket offers; raise what `Tickets.look` raises, or `NotReadyToEnrol`."""

        def read(conn: Connection) -> Invitation:
            invitation = self._tickets.look(conn, secret)
            self._topic(conn)
            return invitation

        return await self._database.read(read)

    async def take(self, secret: str, visit: str, translate: Translator) -> bytes:
        """Hold a slot for the tablet and return its profile; raise what `look` raises."""

        def write(conn: Connection) -> tuple[Reservation, str]:
            return self._reservations.take(conn, secret, visit), self._topic(conn)

        return await self._profile(*await self._database.write(write), translate)

    async def renewal(self, serial: str, translate: Translator) -> bytes | None:
        """Return the profile that lets an enrolled tablet renew its identity; None when that is none of ours.

        The MDM server sends it with InstallProfile; as its identifiers are those of the first one, it replaces it.
        Raises `NotReadyToEnrol`.
        """

        def write(conn: Connection) -> tuple[Reservation, str] | None:
            reservation = self._reservations.renew(conn, serial)
            return None if reservation is None else (reservation, self._topic(conn))

        made = await self._database.write(write)
        return None if made is None else await self._profile(*made, translate)

    async def _profile(self, reservation: Reservation, topic: str, translate: Translator) -> bytes:
        server = EnrollmentServer(
            organization=self._facts.organization,
            device_url=self._facts.device_url,
            topic=topic,
            root=self._authority.root_der,
            sign_messages=self._facts.sign_messages,
            server_path=self._facts.server_path,
            checkin_path=self._facts.checkin_path,
        )
        profile = build_profile(
            server, Joining(slot_name=reservation.slot_name, challenge=reservation.challenge), translate
        )
        return await asyncio.to_thread(self._signer.sign, profile) if self._signer is not None else profile

    def _topic(self, conn: Connection) -> str:
        topic = self._topics.current_topic(conn)
        if topic is None:
            raise NotReadyToEnrol
        return topic
