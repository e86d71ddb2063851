"""What is wrong with a push certificate, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class PushCertificateError(ValiseError):
    """A push certificate cannot be used."""

    code: ClassVar[str] = "push_certificate_error"
    status: ClassVar[int] = 422


class CertificateUnreadable(PushCertificateError):
    """The file is no certificate."""

    code: ClassVar[str] = "push_certificate_unreadable"
    message: ClassVar[str] = N_("The file is not a certificate in PEM or DER form.")
    hint: ClassVar[str] = N_("Download MDM_*.pem from identity.apple.com/pushcert and import that file.")


class NoMatchingRequest(PushCertificateError):
    """No key of ours belongs to the certificate."""

    code: ClassVar[str] = "push_certificate_without_request"
    message: ClassVar[str] = N_("No request made here belongs to this certificate.")
    hint: ClassVar[str] = N_("Make the request with valise push-cert csr, and upload that very file to Apple.")


class NotForMdm(PushCertificateError):
    """It is another kind of certificate."""

    code: ClassVar[str] = "push_certificate_not_mdm"
    message: ClassVar[str] = N_("The certificate is not for device management: it has no topic com.apple.mgmt.")
    hint: ClassVar[str] = N_("Download the MDM push certificate, not one for an app.")


class CertificateExpired(PushCertificateError):
    """Its time is over."""

    code: ClassVar[str] = "push_certificate_expired"
    message: ClassVar[str] = N_("The certificate expired on {date}.")
    hint: ClassVar[str] = N_("Renew it at identity.apple.com/pushcert with the Apple account that made it.")


class OtherTopic(PushCertificateError):
    """The tablets were enrolled with another topic."""

    code: ClassVar[str] = "push_certificate_other_topic"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This is a new certificate, not a renewal: its topic {found} is not {known}.")
    hint: ClassVar[str] = N_(
        "Renew the old one with the Apple account that made it. With --force every tablet must be enrolled again."
    )
