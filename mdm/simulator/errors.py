"""What can go wrong for a virtual iPad, in the words that its screen or its logs would use."""


class SimulatorError(Exception):
    """Something that a virtual iPad could not do; the text says what and why."""


class ScanError(SimulatorError):
    """The picture holds no QR code, or the page behind it leads to no profile."""


class ProfileError(SimulatorError):
    """A configuration profile that an iPad would not install, with Apple's domain and code for why."""

    def __init__(self, text: str, domain: str = "MCProfileErrorDomain", code: int = 1000) -> None:
        super().__init__(text)
        self.domain = domain
        self.code = code


class CmsError(SimulatorError):
    """A CMS message that is malformed, altered, or not meant for this tablet."""


class ScepError(SimulatorError):
    """The certificate authority gave no certificate.

    ``fail_info`` is the failInfo of RFC 8894 section 3.2.1.4.5 when the authority refused.
    """

    def __init__(self, text: str, fail_info: str | None = None) -> None:
        super().__init__(text)
        self.fail_info = fail_info


class ServerUnreachable(SimulatorError):
    """No answer came: the network, the server, or TLS."""


class ServerRefused(SimulatorError):
    """The server answered with a status that is no success."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ManagementEnded(SimulatorError):
    """The server no longer knows this tablet, which removes its management profile."""


class ReplyLost(SimulatorError):
    """The connection broke, as the tablet was told that it should."""
