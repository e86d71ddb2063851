"""Parts that the server and the verbs of the command line make alike, from several rooms."""

from enrollment.kit_codes import KitCodes
from enrollment.provisioning import AgentFile, WifiNetwork
from mdm.clock import Clock
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.android.names import AGENT
from profiles.apks.addresses import ApkAddresses
from profiles.apks.apk_store import apk_for
from profiles.charter.agreed import AgreedEditions
from profiles.compilers import compilers_of
from profiles.secrets import SecretsFile


class CodeFacts:
    """What a code for Android holds beside its ticket; implements `enrollment.provisioning.ProvisioningFacts`."""

    def __init__(self, clock: Clock, addresses: ApkAddresses, secrets: SecretsFile, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._addresses = addresses
        self._secrets = secrets
        self._agreed = agreed

    def agent_file(self, conn: Connection) -> AgentFile | None:
        """Return the agent's newest APK in the store."""
        apk = apk_for(conn, AGENT, abi="arm64-v8a", version_name=None)
        return AgentFile(url=self._addresses.url(apk), sha256=apk.hash) if apk is not None else None

    def wifi_of(self, conn: Connection, kit_id: str) -> WifiNetwork | None:
        """Return the first network of the edition that a kit follows."""
        agreed = self._agreed.policy_of_kit(conn, kit_id, self._clock.ms())
        if agreed is None or not agreed.policy.wifi:
            return None
        network = agreed.policy.wifi[0]
        return WifiNetwork(
            ssid=network.ssid,
            security=network.security,
            password=self._secrets.get(network.password_secret) if network.password_secret is not None else None,
            hidden=network.hidden,
        )


def kit_codes_of(
    database: Database, clock: Clock, journal: Journal, vault: Vault, settings: Settings, agreed: AgreedEditions
) -> KitCodes:
    """Make the codes of kits."""
    facts = CodeFacts(clock, compilers_of(settings, vault).addresses, SecretsFile(settings.keys_dir), agreed)
    return KitCodes(database, clock, journal, vault, settings.device.url, facts, language=settings.server.language)
