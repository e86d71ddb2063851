"""What the room of modes refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class ModeError(ValiseError):
    """Something about modes that was asked for and is refused."""

    code: ClassVar[str] = "mode_refused"
    status: ClassVar[int] = 422


class StricterInvalid(ModeError):
    """A guardian's rules do not hold together."""

    code: ClassVar[str] = "stricter_rules_invalid"
    message: ClassVar[str] = N_("The rules are not right at “{where}”: {reason}.")
    hint: ClassVar[str] = N_("Give hours such as 17:00 to 19:00, and apps of this tablet. Nothing was changed.")


class NotOnLoan(ModeError):
    """Rules at home were given for a tablet that is not on loan."""

    code: ClassVar[str] = "tablet_not_on_loan"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet is not on loan: there are no rules at home to be stricter than.")
    hint: ClassVar[str] = N_("Wait until the school has lent it.")


class NetworkInvalid(ModeError):
    """A text is not a network's address."""

    code: ClassVar[str] = "school_network_invalid"
    message: ClassVar[str] = N_("“{text}” is not the address of a school's network.")
    hint: ClassVar[str] = N_(
        "Write the public address from which the school's tablets come, such as 203.0.113.7 or 203.0.113.0/28."
    )


class TooManyNetworks(ModeError):
    """A school has more networks than one can have."""

    code: ClassVar[str] = "school_networks_too_many"
    message: ClassVar[str] = N_("A school has at most {limit} networks.")
    hint: ClassVar[str] = N_("Write one larger network in the place of several small ones.")
