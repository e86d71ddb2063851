"""The outbox: letters are put in with the change that they tell of, and sent by one server process of all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
import structlog

from mdm.clock import DAY_MS, Clock, from_ms
from mdm.ids import new_id
from mdm.mail import outbox_store, smtp
from mdm.mail.errors import NoMail
from mdm.mail.letter import Letter, message_of
from mdm.mail.outbox_store import Delivery, Waiting
from mdm.rounds import Rounds
from mdm.settings import Mail
from mdm.store import Connection, Database
from mdm.vault import Vault

log = structlog.get_logger()

TOPIC = "letter"

_MINUTE = 60_000
_LEASE_MS = 10 * _MINUTE
_FIRST_WAIT_MS = _MINUTE
_LONGEST_WAIT_MS = 4 * 60 * _MINUTE
_GIVEN_UP_AFTER_MS = 3 * DAY_MS
_LOOK_SECONDS = 60.0


class Outbox:
    """Takes letters inside the caller's transaction; what they say is sealed, and gone when they were sent."""

    def __init__(self, clock: Clock, vault: Vault, settings: Mail) -> None:
        self._clock = clock
        self._vault = vault
        self._settings = settings

    @property
    def is_there(self) -> bool:
        """Tell whether this server sends letters."""
        return bool(self._settings.host)

    def put(self, conn: Connection, letter: Letter, *, about: str) -> str:
        """Keep a letter to be sent; return its identifier. Raises `NoMail`."""
        if not self.is_there:
            raise NoMail
        letter_id = new_id(self._clock)
        sealed = self._vault.seal(msgspec.json.encode(letter), _purpose(letter_id))
        outbox_store.insert_letter(conn, letter_id, about, sealed, now=self._clock.ms())
        conn.publish(TOPIC, letter_id)
        return letter_id

    def withdraw(self, conn: Connection, about: str) -> None:
        """Send nothing about this any more."""
        outbox_store.withdraw(conn, about, now=self._clock.ms())


class Postman:
    """Sends what the outbox holds, tries again what the mail server put off, and gives up after three days.

    A letter is forgotten in the transaction that notes its sending. Only a process that ends between the mail server's
    word and that transaction sends one twice, with the same identifier. ``after`` is told, in that transaction, what
    became of a letter that is done.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        settings: Mail,
        *,
        after: Callable[[Connection, Delivery], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._settings = settings
        self._after = after
        self._sending: asyncio.Task[bool] | None = None
        self._rounds = Rounds(
            database,
            "postman",
            self.once,
            pause=self._pause,
            idle=partial(asyncio.sleep, _LOOK_SECONDS),
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; a letter that is being sent is sent."""
        await self._rounds.stop()
        if self._sending is not None:
            await asyncio.wait([self._sending])

    async def once(self) -> int:
        """Send what is due; return how many letters were sent."""
        sent = 0
        while (one := await self._take()) is not None:
            # One that is being sent is also noted as sent when the server stops meanwhile.
            self._sending = asyncio.get_running_loop().create_task(self._deliver(one))
            sent += await asyncio.shield(self._sending)
        return sent

    async def _take(self) -> Waiting | None:
        now = self._clock.ms()
        return await self._database.write(lambda conn: outbox_store.take_due(conn, now=now, until=now + _LEASE_MS))

    async def _deliver(self, one: Waiting) -> bool:
        letter = msgspec.json.decode(self._vault.open(one.sealed_letter, _purpose(one.letter_id)), type=Letter)
        message = message_of(
            letter, letter_id=one.letter_id, sender=self._settings.sender, made_at=from_ms(one.made_at)
        )
        outcome = await asyncio.to_thread(smtp.give, message, self._settings)
        now = self._clock.ms()
        if outcome.sent or not outcome.again or now - one.made_at >= _GIVEN_UP_AFTER_MS:
            state = "sent" if outcome.sent else "failed"
            log.info("letter_done", letter=one.letter_id, state=state, reply=outcome.reply)
            await self._database.write(
                lambda conn: self._done(conn, one, state=state, reply=outcome.reply, now=now),
            )
            return outcome.sent
        next_at = now + min(_FIRST_WAIT_MS << min(one.tries, 10), _LONGEST_WAIT_MS)
        log.warning("letter_put_off", letter=one.letter_id, tries=one.tries + 1, reply=outcome.reply)
        await self._database.write(
            lambda conn: outbox_store.put_off(conn, one.letter_id, reply=outcome.reply, next_at=next_at)
        )
        return False

    def _done(self, conn: Connection, one: Waiting, *, state: str, reply: int | None, now: int) -> None:
        if not outbox_store.mark_done(conn, one.letter_id, state=state, reply=reply, now=now):
            # It was withdrawn while it was being sent.
            return
        conn.publish("letter_done", one.about)
        if self._after is not None:
            self._after(
                conn,
                Delivery(
                    letter_id=one.letter_id,
                    about=one.about,
                    state=state,
                    tries=one.tries + 1,
                    reply=reply,
                    done_at=now,
                ),
            )

    async def _pause(self) -> None:
        async with self._database.events.subscribe(TOPIC) as changes:
            due = await self._database.read(outbox_store.next_due)
            wait = _LOOK_SECONDS if due is None else min(max(0.0, (due - self._clock.ms()) / 1000), _LOOK_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await anext(changes)


def _purpose(letter_id: str) -> str:
    return f"letter {letter_id}"
