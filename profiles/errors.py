"""What is wrong with a policy or an edition, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class PolicyInvalid(ValiseError):
    """The file is not a policy."""

    code: ClassVar[str] = "policy_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The policy is not right at {where}: {reason}.")
    hint: ClassVar[str] = N_("See docs/policies.md for the fields of a policy.")


class SecretUnknown(ValiseError):
    """A policy names a secret that this server does not have."""

    code: ClassVar[str] = "policy_secret_unknown"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The secret “{name}” that the policy names is not on this server.")
    hint: ClassVar[str] = N_("Write it into the file secrets.toml in the folder of the keys, then try again.")
