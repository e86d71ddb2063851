"""TLS of the device listener, ended by Twisted: a client certificate is asked for, and required of nobody."""

from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

_SESSION_ID = b"valise-device"


@implementer(IOpenSSLServerConnectionCreator)
class DeviceTls:
    """Makes TLS connections from certificate files that can be exchanged while the server runs."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._context = _context(certificate, key)

    def reload(self) -> None:
        """Read the files again; connections that are open keep what they have. Raises OSError or SSL.Error."""
        self._context = _context(*self._files)

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Return the connection that Twisted drives."""
        del tlsProtocol
        return SSL.Connection(self._context, None)


def _context(certificate: Path, key: Path) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL")
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_RENEGOTIATION)
    context.use_certificate_chain_file(str(certificate))
    context.use_privatekey_file(str(key))
    context.check_privatekey()
    # A resumed session carries its client certificate only under a session id context.
    context.set_session_id(_SESSION_ID)
    # Whose certificate it is decides the protocol above, by its issuer and its pin; TLS only proves the key.
    context.set_verify(SSL.VERIFY_PEER, _accept)
    context.set_alpn_select_callback(_select_http1)
    return context


def _accept(_connection: SSL.Connection, _certificate: object, _error: int, _depth: int, _ok: int) -> bool:
    return True


def _select_http1(_connection: SSL.Connection, offered: list[bytes]) -> Any:
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS
