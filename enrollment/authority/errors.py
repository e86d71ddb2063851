"""What the certificate authority refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class AuthorityError(ValiseError):
    """The certificate authority cannot do what was asked."""

    code: ClassVar[str] = "authority_failed"
    status: ClassVar[int] = 500


class AuthorityExists(AuthorityError):
    """The folder has an authority already."""

    code: ClassVar[str] = "authority_exists"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There is a certificate authority in {folder} already.")
    hint: ClassVar[str] = N_("Every enrolled tablet depends on it. To begin anew, choose another folder.")


class AuthorityMissing(AuthorityError):
    """The folder has no authority, or only a part of one."""

    code: ClassVar[str] = "authority_missing"
    message: ClassVar[str] = N_("The certificate authority's file {file} is missing or cannot be read.")
    hint: ClassVar[str] = N_(
        "Run valise init on a new server; on an old one, restore the folder of keys from its backup."
    )


class KeyFileExposed(AuthorityError):
    """Others than the owner may read a key file."""

    code: ClassVar[str] = "key_file_exposed"
    message: ClassVar[str] = N_("The key file {file} can be read by other users of this machine.")
    hint: ClassVar[str] = N_("Run: chmod 600 {file}")

    def __init__(self, *, file: str) -> None:
        super().__init__(file=file)


class CertificateUnusable(AuthorityError):
    """A configured certificate and its key cannot be used together."""

    code: ClassVar[str] = "certificate_unusable"
    message: ClassVar[str] = N_("The certificate {file} cannot be used: {reason}.")
    hint: ClassVar[str] = N_("Give the paths of a PEM certificate, its chain after it, and of its own key.")
