"""What can go wrong for a virtual Android tablet, in the words that its screen or its logs would use."""

from mdm.simulator.errors import ServerUnreachable, SimulatorError


class ProvisioningRefused(SimulatorError):
    """Android's set-up refuses the code: the person sees that this tablet cannot be set up."""


class AddressRefused(ServerUnreachable):
    """An address from which the agent's HTTP library makes no request: the call fails as if the network had."""


class BadAnswer(SimulatorError):
    """An answer whose body is not the JSON that the agent expects, or whose signature is wrong."""


class ApkUnreadable(SimulatorError):
    """A file that is no Android package."""


class AgentCrash(SimulatorError):
    """The agent runs into a null that it did not expect: Android stops it and starts it anew."""


class NotJoined(SimulatorError):
    """The agent has no configuration: a dialog waits for a person."""
