"""What is to be looked at first: for a few tablets, the last thing that each refused."""

from collections.abc import Sequence

import msgspec

from mdm.apple.error_words import explain
from mdm.fleet_view.command_words import command_in_words
from mdm.i18n import Translator
from mdm.store import Connection


class LastError(msgspec.Struct, frozen=True, kw_only=True):
    """The newest command that a tablet refused."""

    request_type: str
    step: str | None
    error_chain: str | None

    def text(self, words: Translator) -> str:
        """Return what was asked for, and what came of it."""
        return f"{command_in_words(self.request_type, self.step, words)} {explain(self.error_chain, words).what}"


def last_errors(conn: Connection, tablets: Sequence[str]) -> dict[str, LastError]:
    """Return the last error of each of these tablets that has one."""
    rows = conn.many_returning(_LAST, [{"tablet_id": one} for one in tablets])
    return {
        row["tablet_id"]: LastError(request_type=row["request_type"], step=row["step"], error_chain=row["error_chain"])
        for row in rows
        if row is not None
    }


_LAST = """
SELECT delivery.tablet_id, command.request_type, command.step, answer.error_chain
FROM delivery JOIN command ON command.command_id = delivery.command_id
LEFT JOIN answer ON answer.tablet_id = delivery.tablet_id AND answer.command_id = delivery.command_id
WHERE delivery.tablet_id = :tablet_id AND delivery.state = 'error'
ORDER BY delivery.answered_at DESC LIMIT 1
"""
