"""SQL of members' passkeys. A row that was edited by hand counts for nothing."""

import msgspec

from mdm.store import Connection, Row
from profiles.charter.ballot import fingerprint_of
from profiles.charter.seals import Seals


class MemberPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey of somebody who votes. ``public_key``: SubjectPublicKeyInfo, as DER, in base64url without padding."""

    credential_id: str
    login: str
    public_key: str
    sign_count: int
    label: str
    created_at: int
    revoked_at: int | None = None

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the public key, in hex: by it editions say for which seats the passkey stands."""
        return fingerprint_of(self.public_key)


def insert_passkey(conn: Connection, passkey: MemberPasskey, seals: Seals) -> bool:
    """Add a passkey; return False when there is one with its identifier."""
    return bool(
        conn.run(
            "INSERT INTO member_passkey (credential_id, login, public_key, sign_count, label, created_at, revoked_at,"
            " seal) VALUES (:credential_id, :login, :public_key, :sign_count, :label, :created_at, :revoked_at, :seal)"
            " ON CONFLICT (credential_id) DO NOTHING",
            **msgspec.structs.asdict(passkey),
            seal=_seal(passkey, seals),
        )
    )


def passkeys_of(conn: Connection, login: str, seals: Seals) -> list[MemberPasskey]:
    """Return a person's passkeys that are in use, oldest first."""
    rows = conn.all("SELECT * FROM member_passkey WHERE login = :login ORDER BY created_at, credential_id", login=login)
    return [one for one in (_sealed(row, seals) for row in rows) if one is not None and one.revoked_at is None]


def passkey_by_credential(conn: Connection, credential_id: str, seals: Seals) -> MemberPasskey | None:
    """Return the passkey with this identifier, when it is in use."""
    row = conn.one("SELECT * FROM member_passkey WHERE credential_id = :credential_id", credential_id=credential_id)
    found = _sealed(row, seals) if row else None
    return found if found is not None and found.revoked_at is None else None


def all_passkeys(conn: Connection, seals: Seals) -> list[MemberPasskey]:
    """Return everybody's passkeys, those that were revoked too, oldest first."""
    rows = conn.all("SELECT * FROM member_passkey ORDER BY created_at, credential_id")
    return [one for one in (_sealed(row, seals) for row in rows) if one is not None]


def edited_passkeys(conn: Connection, seals: Seals) -> list[str]:
    """Return the passkeys whose rows were edited by hand."""
    rows = conn.all("SELECT * FROM member_passkey ORDER BY credential_id")
    return [row["credential_id"] for row in rows if _sealed(row, seals) is None]


def set_sign_count(conn: Connection, passkey: MemberPasskey, count: int, seals: Seals) -> None:
    """Keep the authenticator's count."""
    _replace(conn, msgspec.structs.replace(passkey, sign_count=count), seals)


def revoke_passkey(conn: Connection, passkey: MemberPasskey, seals: Seals, *, now: int) -> None:
    """Take a passkey out of use."""
    _replace(conn, msgspec.structs.replace(passkey, revoked_at=now), seals)


def delete_passkey(conn: Connection, passkey: MemberPasskey) -> None:
    """Forget a passkey that never stood for a seat."""
    conn.run("DELETE FROM member_passkey WHERE credential_id = :it", it=passkey.credential_id)


def rename_passkey(conn: Connection, passkey: MemberPasskey, label: str, seals: Seals) -> None:
    """Keep another label."""
    _replace(conn, msgspec.structs.replace(passkey, label=label), seals)


def insert_challenge(conn: Connection, challenge: str, *, login: str, purpose: str, expires_at: int, now: int) -> None:
    """Keep a challenge that waits for its answer, and forget those that waited too long."""
    conn.run("DELETE FROM passkey_challenge WHERE expires_at <= :now", now=now)
    conn.run(
        "INSERT INTO passkey_challenge (challenge, login, purpose, expires_at)"
        " VALUES (:challenge, :login, :purpose, :expires_at)",
        challenge=challenge,
        login=login,
        purpose=purpose,
        expires_at=expires_at,
    )


def take_challenge(conn: Connection, challenge: str, *, login: str, purpose: str, now: int) -> bool:
    """Spend a challenge; tell whether it was one that waited for this person."""
    return bool(
        conn.run(
            "DELETE FROM passkey_challenge WHERE challenge = :challenge AND login = :login AND purpose = :purpose"
            " AND expires_at > :now",
            challenge=challenge,
            login=login,
            purpose=purpose,
            now=now,
        )
    )


def _replace(conn: Connection, passkey: MemberPasskey, seals: Seals) -> None:
    conn.run(
        "UPDATE member_passkey SET sign_count = :count, label = :label, revoked_at = :revoked_at, seal = :seal"
        " WHERE credential_id = :credential_id",
        count=passkey.sign_count,
        label=passkey.label,
        revoked_at=passkey.revoked_at,
        seal=_seal(passkey, seals),
        credential_id=passkey.credential_id,
    )


def _sealed(row: Row, seals: Seals) -> MemberPasskey | None:
    passkey = MemberPasskey(**{name: row[name] for name in MemberPasskey.__struct_fields__})
    return passkey if seals.holds(row["seal"], "member_passkey", *msgspec.structs.astuple(passkey)) else None


def _seal(passkey: MemberPasskey, seals: Seals) -> str:
    return seals.seal("member_passkey", *msgspec.structs.astuple(passkey))
