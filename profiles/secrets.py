"""The secrets that editions name and do not hold: a file of the server's, beside its keys."""

import tomllib
from pathlib import Path

from profiles.errors import PolicyInvalid, SecretUnknown

FILE = "secrets.toml"


class SecretsFile:
    """Reads ``secrets.toml``: one line a secret, ``name = "value"``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def get(self, name: str) -> str:
        """Return a secret; raise `SecretUnknown`. The file is read each time, so that a new one is there at once."""
        try:
            found = tomllib.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            found = {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PolicyInvalid(where=FILE, reason=type(error).__name__) from error
        value = found.get(name)
        if not isinstance(value, str):
            raise SecretUnknown(name=name)
        return value
