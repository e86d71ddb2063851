"""The server's own TLS certificate from our authority: for the demo, and for a server without a public name."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from enrollment.authority.authority import Authority
from enrollment.authority.errors import AuthorityMissing
from enrollment.authority.key_files import read_certificate, write_certificates, write_plain_key
from mdm.clock import Clock

log = structlog.get_logger()

RENEW_SERVER = timedelta(days=30)
_CERTIFICATE = "server.crt"
_KEY = "server.key"


class ServerFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where the TLS certificate (with its chain) and its key are; ``certificate`` when it is a new one."""

    certificate_file: Path
    key_file: Path
    issued: x509.Certificate | None


def keep_server_certificate(directory: Path, authority: Authority, hosts: Sequence[str], clock: Clock) -> ServerFiles:
    """Make sure that ``directory`` has a TLS certificate of ours for ``hosts`` with at least 30 days to live.

    Blocks for some milliseconds when one is made. The key is plain PEM, 0600, as TLS libraries read it themselves.
    """
    certificate_file, key_file = directory / _CERTIFICATE, directory / _KEY
    issued = None
    if not (key_file.exists() and _serves(certificate_file, authority, hosts, clock)):
        key = ec.generate_private_key(ec.SECP256R1())
        issued = authority.issue_server(key.public_key(), hosts)
        write_plain_key(key_file, key)
        write_certificates(certificate_file, issued, authority.issuing)
        log.info("server_certificate_issued", until=issued.not_valid_after_utc.date().isoformat())
    return ServerFiles(certificate_file=certificate_file, key_file=key_file, issued=issued)


def _serves(file: Path, authority: Authority, hosts: Sequence[str], clock: Clock) -> bool:
    try:
        certificate = read_certificate(file)
    except AuthorityMissing:
        return False
    if not authority.issued(certificate) or certificate.not_valid_after_utc - clock.now() < RENEW_SERVER:
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(name.value) for name in names}
    return all(host in known for host in hosts)
