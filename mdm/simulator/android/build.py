"""How an agent was built: what is compiled into its APK."""

import msgspec

PACKAGE = "com.hmdm.launcher"
RECEIVER = "com.hmdm.launcher.AdminReceiver"


class AgentBuild(msgspec.Struct, frozen=True, kw_only=True):
    """The constants of one build of the agent.

    ``secret`` is what signatures are made over; the public build has a public one. ``check_signature``: answers must
    be signed with it. ``compiled_base`` is the server that it turns to when its own address is not usable.
    """

    version_name: str = "6.36"
    version_code: int = 15360
    secret: str = "changeme-C3z9vi54"  # noqa: S105  public: it is in the agent's published build file
    check_signature: bool = False
    compiled_base: str = "https://app.h-mdm.com"
    launcher_type: str = "opensource"


PUBLIC_BUILD = AgentBuild()
