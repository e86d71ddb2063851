"""The API's tokens, as the database keeps them."""

import msgspec

from mdm.store import Connection, Row
from webui.roles import Role
from webui.scopes import Grant, parse_scope


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token, without its secret. Times in milliseconds; ``created_by`` as the journal names it."""

    token_id: str
    name: str
    grant: Grant
    created_at: int
    created_by: str
    expires_at: int
    revoked_at: int | None = None

    def holds(self, now: int) -> bool:
        """Tell whether it may be used."""
        return self.revoked_at is None and now < self.expires_at


def insert_token(conn: Connection, token: ApiToken, digest: str) -> None:
    """Add a token under the SHA-256 of its secret, in hex."""
    conn.run(
        "INSERT INTO api_token (token_id, digest, name, role, scope, created_at, created_by, expires_at)"
        " VALUES (:token_id, :digest, :name, :role, :scope, :created_at, :created_by, :expires_at)",
        token_id=token.token_id,
        digest=digest,
        name=token.name,
        role=token.grant.role.value,
        scope=str(token.grant.scope),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
    )


def token_by_digest(conn: Connection, digest: str) -> ApiToken | None:
    """Return the token with this digest, whether it holds or not."""
    row = conn.one("SELECT * FROM api_token WHERE digest = :digest", digest=digest)
    return _token(row) if row else None


def token_by_id(conn: Connection, token_id: str) -> ApiToken | None:
    """Return the token with this identifier."""
    row = conn.one("SELECT * FROM api_token WHERE token_id = :token_id", token_id=token_id)
    return _token(row) if row else None


def list_tokens(conn: Connection, *, before: str = "", limit: int) -> list[ApiToken]:
    """Return tokens, the newest first, from the one before ``before``."""
    rows = conn.all(
        "SELECT * FROM api_token WHERE :before = '' OR token_id < :before ORDER BY token_id DESC LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [_token(row) for row in rows]


def mark_revoked(conn: Connection, token_id: str, *, now: int) -> bool:
    """Revoke a token; return False when it was revoked before."""
    revoked = conn.run(
        "UPDATE api_token SET revoked_at = :now WHERE token_id = :token_id AND revoked_at IS NULL",
        now=now,
        token_id=token_id,
    )
    return revoked == 1


def _token(row: Row) -> ApiToken:
    return ApiToken(
        token_id=row["token_id"],
        name=row["name"],
        grant=Grant(role=Role(row["role"]), scope=parse_scope(row["scope"])),
        created_at=row["created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
