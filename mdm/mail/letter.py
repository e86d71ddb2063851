"""A letter: to one address, in plain text; and its form as a message (RFC 5322)."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime, parseaddr

import msgspec

from mdm.mail.errors import AddressRefused

_LONGEST = 254


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: ``to`` is an address as `parse_address` returns it; ``language`` is that of the text.

    ``stop``: an address of ours to which a mail program posts when its reader wants no more such letters (RFC 8058).
    """

    to: str
    subject: str
    text: str
    language: str
    stop: str = ""


class _OneLine(UnstructuredHeader, BaseHeader):
    """A header that is never folded: folded, an address that is longer than a line is not read as one any more."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header's line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OneLine)


def parse_address(text: str) -> str:
    """Return an e-mail address without blanks around it, its domain in lower case; raise `AddressRefused`."""
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower()
        parsed = Address(username=local, domain=ascii_domain)
    except (ValueError, UnicodeError, IndexError, AttributeError) as error:
        raise AddressRefused from error
    plain = f"{parsed.username}@{parsed.domain}"
    good = at and local and "." in ascii_domain.strip(".") and len(plain) <= _LONGEST and plain.isprintable()
    if not good or "@" in local or any(sign in plain for sign in ' "(),:;<>[\\]') or not plain.isascii():
        raise AddressRefused
    return plain


def message_of(letter: Letter, *, letter_id: str, sender: str, made_at: datetime) -> EmailMessage:
    """Return a letter as a message. It says that a machine wrote it, so that no absence note answers (RFC 3834).

    A letter that must be sent again bears the same identifier, by which its reader's program may know it again.
    """
    name, address = parseaddr(sender)
    local, _, domain = address.rpartition("@")
    policy = SMTP if address.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy.clone(header_factory=_HEADERS))
    message["From"] = Address(display_name=name, username=local, domain=domain)
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(made_at)
    message["Message-ID"] = f"<{letter_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.stop:
        message["List-Unsubscribe"] = f"<{letter.stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    # Setting the content takes away what was said of it before.
    message["Content-Language"] = letter.language
    return message
