"""The file with the vault's key: the one secret that everything sealed depends on."""

import os
from pathlib import Path
from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.vault import KEY_BYTES, Vault

FILE = "vault.key"


class VaultKeyMissing(ValiseError):
    """The key file is not there, or is no key."""

    code: ClassVar[str] = "vault_key_missing"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("The key file {file} cannot be used: {reason}.")
    hint: ClassVar[str] = N_("Run valise init on a new server, or put back the key file of this database.")


def create_vault_key(folder: Path) -> None:
    """Write a new key, 0600; raise FileExistsError when there is one: a second key would lose what the first sealed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def open_vault(folder: Path) -> Vault:
    """Return the vault of the key in ``folder``; raise `VaultKeyMissing`."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise VaultKeyMissing(file=str(path), reason="others may read it; run chmod 600")
            key = file.read()
    except OSError as error:
        raise VaultKeyMissing(file=str(path), reason=error.strerror or type(error).__name__) from error
    if len(key) != KEY_BYTES:
        raise VaultKeyMissing(file=str(path), reason=f"it has {len(key)} bytes, not {KEY_BYTES}")
    return Vault(key)
