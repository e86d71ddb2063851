"""Urgent withdrawals: one seat's word takes something away at once; the committee ratifies it, or it comes back."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import from_ms
from mdm.store import Connection
from profiles.charter.errors import (
    ChangeImpossible,
    EditionNotVerified,
    NoCharter,
    NoSuchRule,
    ProposalMalformed,
    RecordMalformed,
)
from profiles.charter.proposal import Withdrawn
from profiles.charter.proposal_errors import ReasonsNeeded, WordsRefused
from profiles.charter.vote_errors import MayNotWithdraw
from profiles.charter.withdrawals import Withdrawals
from profiles.errors import PolicyInvalid, SecretUnknown
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.resources.discussions import Seat
from webui.api.resources.editions import Hash
from webui.api.results import Created, Nothing
from webui.permissions import Action


class WithdrawalWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be withdrawn at once, and why it cannot wait.

    `withdrawn` names a list of the policy, such as `["apps"]`, and the entries of it that are meant.
    """

    withdrawn: Withdrawn
    title: Annotated[str, Meta(min_length=3, max_length=200)]
    reason: Annotated[str, Meta(min_length=1, max_length=20_000)]
    seat: Seat | None = None


class WithdrawalMade(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal in force. Unless `ratification_id` is adopted by `ratify_by`, it is lifted."""

    proposal_id: str
    ratification_id: str
    edition_id: Hash
    ratify_by: datetime


class WithdrawalOperations:
    """Withdraws urgently."""

    def __init__(self, withdrawals: Withdrawals) -> None:
        self._withdrawals = withdrawals

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "POST",
                "/withdrawals",
                self.withdraw,
                name="withdraw_urgently",
                summary="Withdraw an app, a web page, a book, a site or a file at once and everywhere.",
                needs=Action.WITHDRAW_URGENTLY,
                creates=Creates.AT_ONCE,
                errors=(
                    NoCharter,
                    EditionNotVerified,
                    RecordMalformed,
                    MayNotWithdraw,
                    NoSuchRule,
                    ProposalMalformed,
                    ReasonsNeeded,
                    WordsRefused,
                    ChangeImpossible,
                    PolicyInvalid,
                    SecretUnknown,
                ),
            ),
        ]

    async def withdraw(self, call: Call[Nothing, Nothing, WithdrawalWanted]) -> Created[WithdrawalMade]:
        """Withdraw urgently."""
        body, login = call.body, call.login

        def work(conn: Connection) -> Created[WithdrawalMade]:
            done = self._withdrawals.withdraw_in(
                conn, body.withdrawn, title=body.title, purpose=body.reason, login=login, seat=body.seat
            )
            shown = WithdrawalMade(
                proposal_id=done.proposal_id,
                ratification_id=done.ratification_id,
                edition_id=done.record.edition_id,
                ratify_by=from_ms(done.ratify_by),
            )
            return Created(value=shown, location=f"/api/v1/proposals/{done.proposal_id}")

        return await call.once(work)
