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


class NetworkTooWide(NetworkInvalid):
    """A network is wider than the outlet of any school."""

    code: ClassVar[str] = "school_network_too_wide"
    message: ClassVar[str] = N_("“{text}” is too wide: homes would come from it as well.")
    hint: ClassVar[str] = N_(
        "Ask whoever runs the school's network for its own public addresses: a /{v4} at the widest, or a /{v6} for"
        " IPv6."
    )


class NetworkNowhere(NetworkInvalid):
    """Nothing comes from such an address over the Internet."""

    code: ClassVar[str] = "school_network_nowhere"
    message: ClassVar[str] = N_("No tablet can come from “{text}”.")
    hint: ClassVar[str] = N_("Write the public address that the school has on the Internet.")


class NetworkPrivate(NetworkInvalid):
    """A private network, on a server that knows of no proxy before it."""

    code: ClassVar[str] = "school_network_private"
    message: ClassVar[str] = N_("“{text}” is private: every home may look as if it were there.")
    hint: ClassVar[str] = N_(
        "Write the school's public address. A private one can be told only once the server's configuration names its"
        " proxies (trusted_proxies in its part “device”)."
    )


class NetworkOfProxy(NetworkInvalid):
    """A network that holds a proxy of the server."""

    code: ClassVar[str] = "school_network_of_proxy"
    message: ClassVar[str] = N_("A proxy of this server lies in “{text}”: every tablet may look as if it were there.")
    hint: ClassVar[str] = N_("Write a range that leaves out the server's proxies.")


class NetworkKnown(ModeError):
    """The school has the network already."""

    code: ClassVar[str] = "school_network_known"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{network} is known already.")
    hint: ClassVar[str] = N_("Nothing needs to be done: it is in the list, or in a wider network of the list.")


class NetworkUnknown(ModeError):
    """The school has no such network."""

    code: ClassVar[str] = "school_network_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The school has no network {network}.")
    hint: ClassVar[str] = N_("Look at its list again: somebody may have removed it.")


class TooManyNetworks(ModeError):
    """A school has more networks than one can have."""

    code: ClassVar[str] = "school_networks_too_many"
    message: ClassVar[str] = N_("The school {school} would have more than {limit} networks.")
    hint: ClassVar[str] = N_("Write one larger network in the place of several small ones.")
