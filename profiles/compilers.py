"""The compilers of a server: one for each platform, made from its settings."""

import msgspec

from mdm.i18n import N_, Catalogs
from mdm.settings import Settings
from mdm.vault import Vault
from profiles.android.compiler import AgentOptions, AndroidCompiler
from profiles.apks.addresses import ApkAddresses
from profiles.compiler import Compiler
from profiles.secrets import SecretsFile

_APK_KEY = "addresses of APKs"
_CLOSED = N_("It is not the time of the tablet: look at the hours with your parents.")
_ATTENTION = N_("Eyes on the teacher.")


class Compilers(msgspec.Struct, frozen=True, kw_only=True):
    """The compiler of each platform, and where tablets fetch APKs."""

    apple: Compiler
    android: AndroidCompiler
    addresses: ApkAddresses


def compilers_of(settings: Settings, vault: Vault) -> Compilers:
    """Make the compilers that a server with these settings uses."""
    url = settings.device.url
    words = Catalogs("profiles").for_language(settings.server.language)
    return Compilers(
        apple=Compiler(
            organization=settings.enrollment.organization, device_url=url, secret=SecretsFile(settings.keys_dir).get
        ),
        android=AndroidCompiler(
            device_url=url,
            options=AgentOptions(
                push=settings.android.push,
                keepalive_s=settings.android.mqtt_keepalive_seconds,
                closed_words=words(_CLOSED),
                attention_words=words(_ATTENTION),
            ),
        ),
        addresses=ApkAddresses(vault.derive(_APK_KEY), url),
    )
