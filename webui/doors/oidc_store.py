"""SQL of the logins of another service that open accounts here."""

import msgspec

from mdm.store import Connection


class OidcLink(msgspec.Struct, frozen=True, kw_only=True):
    """A login of another service."""

    issuer: str
    subject: str
    account_id: str
    linked_at: int


def link_of(conn: Connection, issuer: str, subject: str) -> OidcLink | None:
    """Return whose account a login opens."""
    row = conn.one(
        "SELECT * FROM oidc_link WHERE issuer = :issuer AND subject = :subject", issuer=issuer, subject=subject
    )
    return OidcLink(**row) if row else None


def links_of_account(conn: Connection, account_id: str) -> list[OidcLink]:
    """Return the logins that open an account."""
    rows = conn.all("SELECT * FROM oidc_link WHERE account_id = :account_id ORDER BY linked_at", account_id=account_id)
    return [OidcLink(**row) for row in rows]


def insert_link(conn: Connection, link: OidcLink) -> bool:
    """Add a login; return False when it opens an account already."""
    return bool(
        conn.run(
            "INSERT INTO oidc_link (issuer, subject, account_id, linked_at)"
            " VALUES (:issuer, :subject, :account_id, :linked_at) ON CONFLICT (issuer, subject) DO NOTHING",
            issuer=link.issuer,
            subject=link.subject,
            account_id=link.account_id,
            linked_at=link.linked_at,
        )
    )


def delete_links(conn: Connection, account_id: str) -> int:
    """Delete the logins that open an account."""
    return conn.run("DELETE FROM oidc_link WHERE account_id = :account_id", account_id=account_id)
