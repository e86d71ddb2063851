"""Guardians: invited by printed codes, linked to accounts, withdrawn; each decision is journalled."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from mdm.clock import Clock
from mdm.fleet.names import clean_name
from mdm.home.guardians import guardian_store
from mdm.home.guardians.codes import code_digest, new_code, parse_code
from mdm.home.guardians.errors import (
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    CodeWithdrawn,
    GuardianError,
    GuardianLinked,
    NotGuardianOf,
)
from mdm.home.guardians.guardian_store import Guardian, Invitation, InvitationState
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupil_store import hold_pupil, pupil_views, pupils_of_class
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database

LIFETIME = timedelta(days=60)
"""How long a printed code works: from a meeting at the start of the year to the autumn holidays."""
_MILLISECOND = timedelta(milliseconds=1)


class InvitedGuardian(msgspec.Struct, frozen=True, kw_only=True):
    """A code to print, with whom it is for. It is shown this once: only its digest is stored."""

    guardian: Guardian
    pupil: PupilView
    code: str
    expires_at: int


class GuardianView(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian on a pupil's page."""

    guardian: Guardian
    invitation: InvitationState


class Guardians:
    """Invites guardians and links their accounts. ``account_id``: as the people's room names its accounts."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def of_pupil(self, pupil_id: str) -> list[GuardianView]:
        """Return a pupil's guardians with the state of their codes."""
        return await self._database.read(lambda conn: self._views(conn, pupil_id))

    async def of_account(self, account_id: str) -> Guardian | None:
        """Return the guardian that an account is, or None."""
        return await self._database.read(lambda conn: guardian_store.guardian_of_account(conn, account_id))

    async def children(self, account_id: str) -> list[PupilView]:
        """Return the pupils for whom an account answers."""
        return await self._database.read(lambda conn: children_of_account(conn, account_id))

    async def add(self, pupil_id: str, *, label: str = "", actor: str) -> Guardian:
        """Add a guardian to a pupil by hand; raise `PupilUnknown` or `NameInvalid`."""
        called = clean_name(label, limit=40) if label.strip() else ""

        def write(conn: Connection) -> Guardian:
            hold_pupil(conn, pupil_id)
            now, guardian_id = self._clock.ms(), new_id(self._clock)
            guardian_store.add_guardian_of(conn, guardian_id, pupil_id, label=called, now=now)
            self._record(conn, "guardian_added", guardian_id, actor, {"pupil": pupil_id})
            return guardian_store.hold_guardian(conn, guardian_id)

        return await self._database.write(write)

    async def invite(self, guardian_id: str, *, actor: str, lifetime: timedelta = LIFETIME) -> InvitedGuardian:
        """Make a guardian's code anew; older ones work no more. Raises `GuardianUnknown` or `GuardianLinked`."""
        return await self._database.write(lambda conn: self._invite(conn, guardian_id, lifetime, actor))

    async def invite_class(
        self, uai: str, class_id: str | None, *, actor: str, anew: bool = False, lifetime: timedelta = LIFETIME
    ) -> list[InvitedGuardian]:
        """Make codes for the guardians of a class who have no account and no code that works, in the pupils' order.

        A pupil of whom no guardian is known gets one, without a name. ``anew``: also for those who have a code that
        works, which works no more then: the print was lost.
        """

        def write(conn: Connection) -> list[InvitedGuardian]:
            invited: list[InvitedGuardian] = []
            seen: set[str] = set()
            for pupil_id in pupils_of_class(conn, uai, class_id):
                for guardian_id in self._uninvited(conn, pupil_id, anew=anew):
                    if guardian_id not in seen:
                        seen.add(guardian_id)
                        invited.append(self._invite(conn, guardian_id, lifetime, actor, pupil_id=pupil_id))
            return sorted(invited, key=lambda one: (one.pupil.pupil.shown_name, one.guardian.label))

        return await self._database.write(write)

    async def withdraw_codes(self, guardian_id: str, *, actor: str) -> int:
        """Withdraw a guardian's codes that nobody used, and return how many; raise `GuardianUnknown`."""

        def write(conn: Connection) -> int:
            guardian_store.hold_guardian(conn, guardian_id)
            count = guardian_store.withdraw_invitations(conn, guardian_id, self._clock.ms())
            if count:
                self._record(conn, "guardian_code_withdrawn", guardian_id, actor)
            return count

        return await self._database.write(write)

    async def accept(self, code: str, account_id: str, *, actor: str) -> Guardian:
        """Link the account that gives a code to the code's guardian, and return the guardian that it is now.

        An account that is a guardian already answers for these children too. Raises `CodeMalformed`, `CodeUnknown`,
        `CodeUsed`, `CodeExpired` or `CodeWithdrawn`.
        """
        return await self._database.write(lambda conn: self.accept_in(conn, code, account_id, actor=actor))

    def accept_in(self, conn: Connection, code: str, account_id: str, *, actor: str) -> Guardian:
        """Do what `accept` does, inside the transaction that opens the account."""
        return self._accept(conn, code_digest(parse_code(code)), account_id, actor)

    async def look(self, code: str) -> list[PupilView]:
        """Return the children of a code that works, and use nothing up; raise what `accept` raises."""
        digest = code_digest(parse_code(code))

        def read(conn: Connection) -> list[PupilView]:
            invitation = self._valid(guardian_store.invitation_of_digest(conn, digest))
            return list(pupil_views(conn, guardian_store.pupils_of_guardian(conn, invitation.guardian_id)).values())

        return await self._database.read(read)

    async def unlink(self, guardian_id: str, *, actor: str) -> None:
        """Undo the link to an account: a new code can be given to another; raise `GuardianUnknown`."""

        def write(conn: Connection) -> None:
            held = guardian_store.hold_guardian(conn, guardian_id)
            if held.account_id is not None:
                guardian_store.link_account(conn, guardian_id, None, self._clock.ms())
                self._record(conn, "guardian_unlinked", guardian_id, actor)

        await self._database.write(write)

    async def withdraw(self, guardian_id: str, pupil_id: str, *, actor: str) -> None:
        """Note that somebody is no guardian of a pupil any more; raise `GuardianUnknown` or `NotGuardianOf`.

        One who answers for nobody else sees and decides nothing from now on; the yearly erasing takes the rest.
        """

        def write(conn: Connection) -> None:
            guardian_store.hold_guardian(conn, guardian_id)
            if not guardian_store.end_guardianship(conn, guardian_id, pupil_id):
                raise NotGuardianOf
            guardian_store.withdraw_invitations(conn, guardian_id, self._clock.ms())
            self._record(conn, "guardian_withdrawn", guardian_id, actor, {"pupil": pupil_id})

        await self._database.write(write)

    def _views(self, conn: Connection, pupil_id: str) -> list[GuardianView]:
        now = self._clock.ms()
        views = []
        for guardian in guardian_store.guardians_of_pupil(conn, pupil_id):
            last = guardian_store.last_invitation(conn, guardian.guardian_id)
            state = InvitationState.NONE if last is None else last.state(now)
            views.append(GuardianView(guardian=guardian, invitation=state))
        return views

    def _uninvited(self, conn: Connection, pupil_id: str, *, anew: bool) -> Sequence[str]:
        known = self._views(conn, pupil_id)
        if not known:
            now, guardian_id = self._clock.ms(), new_id(self._clock)
            guardian_store.add_guardian_of(conn, guardian_id, pupil_id, label="", now=now)
            return [guardian_id]
        return [
            one.guardian.guardian_id
            for one in known
            if one.guardian.account_id is None and (anew or one.invitation is not InvitationState.WAITING)
        ]

    def _invite(
        self, conn: Connection, guardian_id: str, lifetime: timedelta, actor: str, *, pupil_id: str = ""
    ) -> InvitedGuardian:
        guardian = guardian_store.hold_guardian(conn, guardian_id)
        if guardian.account_id is not None:
            raise GuardianLinked
        children = guardian_store.pupils_of_guardian(conn, guardian_id)
        if not children:
            raise NotGuardianOf
        now, code = self._clock.ms(), new_code()
        guardian_store.withdraw_invitations(conn, guardian_id, now)
        invitation = Invitation(
            invitation_id=new_id(self._clock),
            guardian_id=guardian_id,
            created_at=now,
            created_by=actor,
            expires_at=now + lifetime // _MILLISECOND,
            used_at=None,
            withdrawn_at=None,
        )
        guardian_store.add_invitation(conn, invitation, code_digest(code))
        self._record(conn, "guardian_invited", guardian_id, actor, {"invitation": invitation.invitation_id})
        named = pupil_id or children[0]
        pupil = pupil_views(conn, [named])[named]
        return InvitedGuardian(guardian=guardian, pupil=pupil, code=code, expires_at=invitation.expires_at)

    def _valid(self, invitation: Invitation | None) -> Invitation:
        if invitation is None:
            raise CodeUnknown
        refused: dict[InvitationState, type[GuardianError]] = {
            InvitationState.USED: CodeUsed,
            InvitationState.WITHDRAWN: CodeWithdrawn,
            InvitationState.EXPIRED: CodeExpired,
        }
        state = invitation.state(self._clock.ms())
        if state in refused:
            raise refused[state]
        return invitation

    def _accept(self, conn: Connection, digest: str, account_id: str, actor: str) -> Guardian:
        invitation = self._valid(guardian_store.hold_invitation(conn, digest))
        guardian = guardian_store.hold_guardian(conn, invitation.guardian_id)
        if guardian.account_id is not None and guardian.account_id != account_id:
            raise CodeUsed
        now = self._clock.ms()
        guardian_store.use_invitation(conn, invitation.invitation_id, now)
        before = guardian_store.guardian_of_account(conn, account_id)
        if before is not None and before.guardian_id != guardian.guardian_id:
            guardian_store.merge_guardian(conn, guardian.guardian_id, before.guardian_id)
            linked = before.guardian_id
        else:
            guardian_store.link_account(conn, guardian.guardian_id, account_id, now)
            linked = guardian.guardian_id
        detail: Detail = {"invitation": invitation.invitation_id, "was": guardian.guardian_id}
        self._record(conn, "guardian_linked", linked, actor, detail)
        return guardian_store.hold_guardian(conn, linked)

    def _record(self, conn: Connection, kind: str, guardian_id: str, actor: str, detail: Detail | None = None) -> None:
        self._journal.record(conn, kind, actor=actor, subject=f"guardian:{guardian_id}", detail=detail or {})


def children_of_account(conn: Connection, account_id: str) -> list[PupilView]:
    """Return the pupils for whom an account answers, inside the caller's transaction."""
    guardian = guardian_store.guardian_of_account(conn, account_id)
    if guardian is None:
        return []
    return list(pupil_views(conn, guardian_store.pupils_of_guardian(conn, guardian.guardian_id)).values())
