"""What stops an account's letters without signing in: sealed, and nobody can make one up; pure."""

import base64
import binascii

from mdm.vault import Vault, VaultError

_PURPOSE = "stop of family letters"


def stop_token(vault: Vault, account_id: str, confirmed_at: int) -> str:
    """Return the token for one giving of an address; of an address that is given anew it stops nothing."""
    sealed = vault.seal(f"{account_id} {confirmed_at}".encode(), _PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_stop(vault: Vault, token: str) -> tuple[str, int] | None:
    """Return the account and when its address was confirmed; None for what is no token of ours."""
    try:
        sealed = base64.b64decode(token[:400] + "=" * (-len(token[:400]) % 4), altchars=b"-_", validate=True)
        account_id, _, confirmed_at = vault.open(sealed, _PURPOSE).decode().partition(" ")
        return account_id, int(confirmed_at)
    except (VaultError, binascii.Error, ValueError):
        return None
