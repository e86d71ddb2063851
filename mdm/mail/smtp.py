"""Gives a message to the mail server (RFC 5321), over TLS (RFC 8314) unless it is this machine's own. Blocks."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import parseaddr

import msgspec

from mdm.settings import Mail

_SECONDS = 30


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the mail server said. ``again``: it may take the message later; ``reply``: its code, None without one."""

    sent: bool
    again: bool = False
    reply: int | None = None


def give(message: EmailMessage, settings: Mail) -> Outcome:
    """Send a message; no exception of the network or of the server leaves this function."""
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with _connection(settings, context) as server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message, parseaddr(settings.sender)[1], [str(message["To"])])
    except smtplib.SMTPRecipientsRefused as refused:
        return _refused(max((code for code, _ in refused.recipients.values()), default=None))
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused) as refused:
        # The configuration is wrong, not the letter: it waits until that is mended.
        return Outcome(sent=False, again=True, reply=refused.smtp_code)
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code)
    except (smtplib.SMTPException, OSError):
        return Outcome(sent=False, again=True)
    return Outcome(sent=True)


def _connection(settings: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=_SECONDS, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=_SECONDS)


def _refused(code: int | None) -> Outcome:
    """Codes from 500 on are for good (RFC 5321, section 4.2.1)."""
    return Outcome(sent=False, again=code is None or code < 500, reply=code)
