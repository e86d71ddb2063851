"""What is wrong with an edition, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class EditionInvalid(ValiseError):
    """The file is not an edition."""

    code: ClassVar[str] = "edition_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The edition is not right at {where}: {reason}.")
    hint: ClassVar[str] = N_("See docs/editions.md for the fields of an edition.")


class EditionUnknown(ValiseError):
    """There is no such edition."""

    code: ClassVar[str] = "edition_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no edition {edition}.")
    hint: ClassVar[str] = N_("List them with: valise edition list")


class SecretUnknown(ValiseError):
    """An edition names a secret that this server does not have."""

    code: ClassVar[str] = "edition_secret_unknown"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The secret “{name}” that the edition names is not on this server.")
    hint: ClassVar[str] = N_(
        "Write it into the file secrets.toml in the folder of the keys, then load the edition again."
    )
