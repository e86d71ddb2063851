"""SQL of iPads' enrollments: which certificate is which tablet, and the secrets that Apple's protocol needs."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from mdm.store import Connection, Row

EnrollmentState = Literal["authenticated", "enrolled", "checked_out"]


class AppleEnrollment(msgspec.Struct, frozen=True, kw_only=True):
    """One iPad's enrollment; ``identity_digest`` is the pinned certificate's SHA-256 in hex."""

    udid: str
    tablet_id: str
    identity_digest: str
    topic: str
    state: EnrollmentState
    enrolled_at: int
    os_version: str
    product_name: str
    awaiting_configuration: bool


class SealedTokens(msgspec.Struct, frozen=True, kw_only=True):
    """An enrollment's secrets, as the vault sealed them; None leaves what is stored."""

    push_token: bytes | None = None
    push_magic: bytes | None = None
    unlock_token: bytes | None = None


def enrollment_of_udid(conn: Connection, udid: str) -> AppleEnrollment | None:
    """Return the enrollment of a device, in whatever state."""
    return _enrollment(conn.one(f"{_SELECT} WHERE udid = :udid", udid=udid))


def enrollment_of_tablet(conn: Connection, tablet_id: str) -> AppleEnrollment | None:
    """Return the enrollment of a tablet, in whatever state."""
    return _enrollment(conn.one(f"{_SELECT} WHERE tablet_id = :tablet_id", tablet_id=tablet_id))


def enrollment_of_identity(conn: Connection, digest: str) -> AppleEnrollment | None:
    """Return the enrollment that a certificate is pinned to."""
    return _enrollment(conn.one(f"{_SELECT} WHERE identity_digest = :digest", digest=digest))


def pinned(conn: Connection, wishes: Sequence[Mapping[str, str]]) -> list[Row | None]:
    """Return, for each ``{"udid", "digest"}``, ``{"tablet_id", "state", "pinned"}`` of the device, or None."""
    return conn.many_returning(
        "SELECT tablet_id, state, CASE WHEN identity_digest = :digest THEN 1 ELSE 0 END AS pinned"
        " FROM apple_enrollment WHERE udid = :udid",
        wishes,
    )


def begin(
    conn: Connection,
    *,
    udid: str,
    tablet_id: str,
    digest: str,
    topic: str,
    os_version: str,
    product_name: str,
    now: int,
) -> None:
    """Pin a certificate to a device that has just authenticated; earlier secrets are forgotten."""
    conn.run(
        "DELETE FROM apple_enrollment WHERE tablet_id = :tablet_id AND udid <> :udid", tablet_id=tablet_id, udid=udid
    )
    conn.run(
        "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at, os_version,"
        " product_name) VALUES (:udid, :tablet_id, :digest, :topic, 'authenticated', :now, :os_version, :product_name)"
        " ON CONFLICT (udid) DO UPDATE SET tablet_id = excluded.tablet_id, identity_digest = excluded.identity_digest,"
        " topic = excluded.topic, state = 'authenticated', enrolled_at = excluded.enrolled_at,"
        " os_version = excluded.os_version, product_name = excluded.product_name, sealed_push_token = NULL,"
        " sealed_push_magic = NULL, sealed_unlock_token = NULL, sealed_bootstrap_token = NULL,"
        " awaiting_configuration = 0",
        udid=udid,
        tablet_id=tablet_id,
        digest=digest,
        topic=topic,
        os_version=os_version,
        product_name=product_name,
        now=now,
    )


def repin(conn: Connection, udid: str, digest: str) -> None:
    """Pin the renewed certificate of a device."""
    conn.run("UPDATE apple_enrollment SET identity_digest = :digest WHERE udid = :udid", digest=digest, udid=udid)


def save_tokens(conn: Connection, udid: str, topic: str, tokens: SealedTokens, *, awaiting: bool) -> None:
    """Keep what TokenUpdate told; the device is enrolled from now on."""
    conn.run(
        "UPDATE apple_enrollment SET state = 'enrolled', topic = :topic, awaiting_configuration = :awaiting,"
        " sealed_push_token = COALESCE(:push_token, sealed_push_token),"
        " sealed_push_magic = COALESCE(:push_magic, sealed_push_magic),"
        " sealed_unlock_token = COALESCE(:unlock_token, sealed_unlock_token) WHERE udid = :udid",
        udid=udid,
        topic=topic,
        awaiting=int(awaiting),
        **msgspec.structs.asdict(tokens),
    )


def configured(conn: Connection, tablet_id: str) -> None:
    """Note that the device left its setup assistant."""
    conn.run("UPDATE apple_enrollment SET awaiting_configuration = 0 WHERE tablet_id = :tablet_id", tablet_id=tablet_id)


def check_out(conn: Connection, tablet_id: str) -> None:
    """End an enrollment: its secrets are forgotten, its certificate opens nothing any more."""
    conn.run(
        "UPDATE apple_enrollment SET state = 'checked_out', sealed_push_token = NULL, sealed_push_magic = NULL,"
        " sealed_unlock_token = NULL, sealed_bootstrap_token = NULL WHERE tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )


def save_bootstrap_token(conn: Connection, udid: str, sealed: bytes | None) -> None:
    """Keep, or with None forget, a device's bootstrap token."""
    conn.run(
        "UPDATE apple_enrollment SET sealed_bootstrap_token = :sealed WHERE udid = :udid", sealed=sealed, udid=udid
    )


def bootstrap_token(conn: Connection, udid: str) -> bytes | None:
    """Return a device's sealed bootstrap token."""
    row = conn.one("SELECT sealed_bootstrap_token AS sealed FROM apple_enrollment WHERE udid = :udid", udid=udid)
    return None if row is None or row["sealed"] is None else bytes(row["sealed"])


def unlock_token(conn: Connection, tablet_id: str) -> bytes | None:
    """Return a tablet's sealed unlock token."""
    row = conn.one(
        "SELECT sealed_unlock_token AS sealed FROM apple_enrollment WHERE tablet_id = :tablet_id", tablet_id=tablet_id
    )
    return None if row is None or row["sealed"] is None else bytes(row["sealed"])


def push_secrets(conn: Connection, tablet_id: str) -> tuple[str, bytes, bytes] | None:
    """Return topic, sealed push token and sealed magic of an enrolled tablet, or None when it cannot be woken."""
    row = conn.one(
        "SELECT topic, sealed_push_token AS token, sealed_push_magic AS magic FROM apple_enrollment"
        " WHERE tablet_id = :tablet_id AND state = 'enrolled'",
        tablet_id=tablet_id,
    )
    if row is None or row["token"] is None or row["magic"] is None:
        return None
    return row["topic"], bytes(row["token"]), bytes(row["magic"])


def forget_push_token(conn: Connection, tablet_id: str) -> None:
    """Forget an address that Apple says nobody lives at any more."""
    conn.run("UPDATE apple_enrollment SET sealed_push_token = NULL WHERE tablet_id = :tablet_id", tablet_id=tablet_id)


_SELECT = (
    "SELECT udid, tablet_id, identity_digest, topic, state, enrolled_at, os_version, product_name,"
    " awaiting_configuration FROM apple_enrollment"
)


def _enrollment(row: Row | None) -> AppleEnrollment | None:
    if row is None:
        return None
    return AppleEnrollment(**{**row, "awaiting_configuration": bool(row["awaiting_configuration"])})
