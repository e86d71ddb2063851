"""SQL of families' addresses: those that wait for their code, and those that were confirmed.

Every function runs inside the caller's transaction.
"""

import msgspec

from mdm.home.letters.matters import Matter, matters_in, matters_text
from mdm.store import Connection, Row


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed address, sealed; moments in milliseconds. ``unreachable_at``: since when letters come back."""

    account_id: str
    sealed_address: bytes
    language: str
    matters: tuple[Matter, ...]
    confirmed_at: int
    unreachable_at: int | None


class AskedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that waits for its code; without ``sealed_address`` none does, and the letters are still counted."""

    account_id: str
    sealed_address: bytes | None
    code_digest: str | None
    language: str
    matters: tuple[Matter, ...]
    letter: str
    tries: int
    asked: int
    first_asked_at: int
    expires_at: int


def address_of(conn: Connection, account_id: str) -> Address | None:
    """Return an account's confirmed address, or None."""
    row = conn.one("SELECT * FROM family_address WHERE account_id = :it", it=account_id)
    return None if row is None else _address(row)


def hold_address(conn: Connection, account_id: str) -> Address | None:
    """Return an account's address, which no other transaction can change before this one ends; or None."""
    row = conn.one("UPDATE family_address SET language = language WHERE account_id = :it RETURNING *", it=account_id)
    return None if row is None else _address(row)


def save_address(conn: Connection, address: Address) -> None:
    """Keep a confirmed address, in the place of an earlier one."""
    conn.run(
        "INSERT INTO family_address (account_id, sealed_address, language, matters, confirmed_at, unreachable_at)"
        " VALUES (:account_id, :sealed, :language, :matters, :confirmed_at, :unreachable_at)"
        " ON CONFLICT (account_id) DO UPDATE SET sealed_address = excluded.sealed_address,"
        " language = excluded.language, matters = excluded.matters, confirmed_at = excluded.confirmed_at,"
        " unreachable_at = excluded.unreachable_at",
        account_id=address.account_id,
        sealed=address.sealed_address,
        language=address.language,
        matters=matters_text(address.matters),
        confirmed_at=address.confirmed_at,
        unreachable_at=address.unreachable_at,
    )


def save_choice(conn: Connection, account_id: str, matters: tuple[Matter, ...], language: str) -> bool:
    """Keep what an account chose; False when it has no address."""
    return bool(
        conn.run(
            "UPDATE family_address SET matters = :matters, language = :language WHERE account_id = :it",
            matters=matters_text(matters),
            language=language,
            it=account_id,
        )
    )


def mark_unreachable(conn: Connection, account_id: str, *, made_at: int, now: int) -> bool:
    """Note that a letter made at a moment came back; False for one that went to an earlier address."""
    return bool(
        conn.run(
            "UPDATE family_address SET unreachable_at = :now"
            " WHERE account_id = :it AND confirmed_at <= :made_at AND unreachable_at IS NULL",
            now=now,
            made_at=made_at,
            it=account_id,
        )
    )


def delete_address(conn: Connection, account_id: str) -> bool:
    """Erase an account's address; False when it has none."""
    return bool(conn.run("DELETE FROM family_address WHERE account_id = :it", it=account_id))


def asked_of(conn: Connection, account_id: str) -> AskedAddress | None:
    """Return what an account asked for last; None when it did not, or long ago."""
    row = conn.one("SELECT * FROM family_address_asked WHERE account_id = :it", it=account_id)
    return None if row is None else _asked(row)


def hold_asked(conn: Connection, account_id: str) -> AskedAddress | None:
    """Return what an account asked for last, which no other transaction can change before this one ends; or None."""
    row = conn.one("UPDATE family_address_asked SET tries = tries WHERE account_id = :it RETURNING *", it=account_id)
    return None if row is None else _asked(row)


def save_asked(conn: Connection, asked: AskedAddress) -> None:
    """Keep an address that waits for its code, in the place of an earlier one."""
    conn.run(
        "INSERT INTO family_address_asked (account_id, sealed_address, code_digest, language, matters, letter, tries,"
        " asked, first_asked_at, expires_at) VALUES (:account_id, :sealed, :digest, :language, :matters, :letter,"
        " :tries, :asked, :first_asked_at, :expires_at) ON CONFLICT (account_id) DO UPDATE SET"
        " sealed_address = excluded.sealed_address, code_digest = excluded.code_digest, language = excluded.language,"
        " matters = excluded.matters, letter = excluded.letter, tries = excluded.tries, asked = excluded.asked,"
        " first_asked_at = excluded.first_asked_at, expires_at = excluded.expires_at",
        account_id=asked.account_id,
        sealed=asked.sealed_address,
        digest=asked.code_digest,
        language=asked.language,
        matters=matters_text(asked.matters),
        letter=asked.letter,
        tries=asked.tries,
        asked=asked.asked,
        first_asked_at=asked.first_asked_at,
        expires_at=asked.expires_at,
    )


def count_try(conn: Connection, account_id: str) -> None:
    """Count a wrong code."""
    conn.run("UPDATE family_address_asked SET tries = tries + 1 WHERE account_id = :it", it=account_id)


def forget_asked(conn: Connection, account_id: str) -> None:
    """Forget the address that waits; how many letters were asked for is still counted."""
    conn.run(
        "UPDATE family_address_asked SET sealed_address = NULL, code_digest = NULL WHERE account_id = :it",
        it=account_id,
    )


def orphans(conn: Connection, limit: int) -> list[str]:
    """Return accounts with an address, given or asked for, that ended or answer for no child any more."""
    rows = conn.all(
        "SELECT account.account_id FROM account WHERE (EXISTS (SELECT 1 FROM family_address"
        "  WHERE family_address.account_id = account.account_id) OR EXISTS (SELECT 1 FROM family_address_asked"
        "  WHERE family_address_asked.account_id = account.account_id AND sealed_address IS NOT NULL))"
        " AND (account.disabled_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM guardian JOIN guardianship"
        "  ON guardianship.guardian_id = guardian.guardian_id WHERE guardian.account_id = account.account_id))"
        " ORDER BY account.account_id LIMIT :limit",
        limit=limit,
    )
    return [row["account_id"] for row in rows]


def is_family(conn: Connection, account_id: str) -> bool:
    """Tell whether an account that has not ended answers for a child."""
    row = conn.one(
        "SELECT 1 AS one FROM account JOIN guardian ON guardian.account_id = account.account_id"
        " JOIN guardianship ON guardianship.guardian_id = guardian.guardian_id"
        " WHERE account.account_id = :it AND account.disabled_at IS NULL LIMIT 1",
        it=account_id,
    )
    return row is not None


def _address(row: Row) -> Address:
    return Address(
        account_id=row["account_id"],
        sealed_address=bytes(row["sealed_address"]),
        language=row["language"],
        matters=matters_in(row["matters"]),
        confirmed_at=row["confirmed_at"],
        unreachable_at=row["unreachable_at"],
    )


def _asked(row: Row) -> AskedAddress:
    sealed = row["sealed_address"]
    read = {"sealed_address": None if sealed is None else bytes(sealed), "matters": matters_in(row["matters"])}
    return AskedAddress(**{**row, **read})
