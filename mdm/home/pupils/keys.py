"""What the next import knows a pupil by: keyed digests, from which nobody without the server's key reads anything."""

import hmac
from enum import StrEnum

import msgspec

from mdm.home.pupils.lines import Child, PupilLine
from mdm.home.pupils.names import fold_name
from mdm.vault import Vault

_PURPOSE = "home.pupil_key"


class KeyKind(StrEnum):
    """What a key is made of: the national number; name and birth date; name and school. The first is the surest."""

    INE = "ine"
    BIRTH = "birth"
    NAME = "name"


class Key(msgspec.Struct, frozen=True):
    """A key of a pupil."""

    kind: KeyKind
    digest: str


class PupilKeys:
    """Makes the keys of lines, with a key that the vault derives."""

    def __init__(self, vault: Vault) -> None:
        self._secret = vault.derive(_PURPOSE)

    def of_line(self, line: PupilLine) -> tuple[Key, ...]:
        """Return the keys of a pupil's line, the surest first; a name in use gives the same keys as a family name."""
        first = fold_name(line.first_name)
        lasts = _folded(line.last_name, line.usage_name)
        found: list[Key] = []
        if line.ine:
            found.append(self._key(KeyKind.INE, line.ine))
        if line.birth:
            found += [self._key(KeyKind.BIRTH, last, first, line.birth) for last in lasts]
        found += [self._key(KeyKind.NAME, line.uai, last, first) for last in lasts]
        return tuple(found)

    def of_child(self, uai: str, child: Child) -> tuple[str, ...]:
        """Return the digests by which a child that a guardian's line names is found."""
        first = fold_name(child.first_name)
        return tuple(
            self._key(KeyKind.NAME, uai, last, first).digest for last in _folded(child.last_name, child.usage_name)
        )

    def of_name(self, line: PupilLine, first_name: str) -> tuple[str, ...]:
        """Return the digests that a line's name would have with another first name."""
        lasts = _folded(line.last_name, line.usage_name)
        return tuple(self._key(KeyKind.NAME, line.uai, last, fold_name(first_name)).digest for last in lasts)

    def of_guardian(self, last_name: str, first_name: str) -> str:
        """Return the digest of a guardian's name: it tells the guardians of one pupil apart."""
        return self._digest("guardian", fold_name(last_name), fold_name(first_name))

    def of_doubt(self, line: PupilLine) -> str:
        """Return the digest of a line of which a person has to say who it is: the same line is asked about once."""
        parts = (line.uai, line.ine, line.birth, fold_name(line.last_name), fold_name(line.first_name))
        return self._digest("doubt", *parts)

    def _key(self, kind: KeyKind, *parts: str) -> Key:
        return Key(kind, self._digest(kind.value, *parts))

    def _digest(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\0".join(parts).encode(), "sha256").hex()


def _folded(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for name in names if (folded := fold_name(name)))) or ("",)
