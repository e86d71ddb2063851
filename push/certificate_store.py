"""SQL of push certificates and of requests for them."""

import msgspec

from mdm.clock import Clock
from mdm.store import Connection, Row


class PushCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate in use; ``certificate`` PEM, ``not_after`` in milliseconds, the key sealed."""

    topic: str
    certificate: bytes
    sealed_key: bytes
    not_after: int
    imported_at: int


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is not answered yet; ``csr`` DER."""

    request_id: str
    csr: bytes
    sealed_key: bytes


def current_certificate(conn: Connection) -> PushCertificate | None:
    """Return the certificate that was imported last."""
    return _certificate(
        conn.one(
            "SELECT topic, certificate, sealed_key, not_after, imported_at FROM push_certificate"
            " ORDER BY imported_at DESC, not_after DESC LIMIT 1"
        )
    )


def save_certificate(conn: Connection, certificate: PushCertificate, *, actor: str) -> None:
    """Keep a certificate; one of the same topic is replaced."""
    conn.run(
        "INSERT INTO push_certificate (topic, certificate, sealed_key, not_after, imported_at, imported_by)"
        " VALUES (:topic, :certificate, :sealed_key, :not_after, :imported_at, :actor)"
        " ON CONFLICT (topic) DO UPDATE SET certificate = excluded.certificate, sealed_key = excluded.sealed_key,"
        " not_after = excluded.not_after, imported_at = excluded.imported_at, imported_by = excluded.imported_by",
        **msgspec.structs.asdict(certificate),
        actor=actor,
    )


def save_request(conn: Connection, request: PushRequest, *, now: int) -> None:
    """Keep a request with its key."""
    conn.run(
        "INSERT INTO push_request (request_id, sealed_key, csr, created_at)"
        " VALUES (:request_id, :sealed_key, :csr, :now)",
        **msgspec.structs.asdict(request),
        now=now,
    )


def open_requests(conn: Connection) -> list[PushRequest]:
    """Return the requests that are not answered, newest first."""
    rows = conn.all("SELECT request_id, csr, sealed_key FROM push_request ORDER BY created_at DESC")
    return [
        PushRequest(request_id=row["request_id"], csr=bytes(row["csr"]), sealed_key=bytes(row["sealed_key"]))
        for row in rows
    ]


def forget_request(conn: Connection, request_id: str) -> None:
    """Forget a request that was answered."""
    conn.run("DELETE FROM push_request WHERE request_id = :request_id", request_id=request_id)


class PushTopics:
    """Tells the enrollment room which topic its profiles name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def current_topic(self, conn: Connection) -> str | None:
        """Return the topic of the certificate in use; None when there is none, or when it has expired."""
        found = current_certificate(conn)
        return found.topic if found is not None and found.not_after > self._clock.ms() else None


def _certificate(row: Row | None) -> PushCertificate | None:
    if row is None:
        return None
    return PushCertificate(
        topic=row["topic"],
        certificate=bytes(row["certificate"]),
        sealed_key=bytes(row["sealed_key"]),
        not_after=row["not_after"],
        imported_at=row["imported_at"],
    )
