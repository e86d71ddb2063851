"""Letters that came back: the address is not written to any more, and what it was to be told is telephoned."""

from mdm.home.letters import address_store, letter_store
from mdm.mail.outbox_store import Delivery
from mdm.store import Connection


def note_outcome(conn: Connection, delivery: Delivery) -> None:
    """Note what became of a letter, in the transaction that notes its sending; those of other rooms pass.

    Only what a mail server refused says something about the address; a letter that no server took within three days
    says that ours was away. Either way nobody was told.
    """
    letter = letter_store.letter_named(delivery.about)
    if letter is None or delivery.state != "failed":
        return
    one = letter_store.letter_of(conn, letter)
    if one is None:
        # The code of an address that is not confirmed: the page looks at the outbox.
        return
    if delivery.reply is not None and delivery.done_at is not None:
        address_store.mark_unreachable(conn, one.account_id, made_at=one.made_at, now=delivery.done_at)
    if not letter_store.reached(conn, one.about):
        letter_store.unsend_reminder(conn, one.about)
