"""The one form in which the charter's records are hashed and signed: canonical JSON (RFC 8785), without floats."""

import hashlib
from typing import Any

import rfc8785

from mdm.i18n import N_
from profiles.charter.errors import RecordMalformed, malformed

DEEPEST = 100
Tree = Any
"""Plain values as JSON has them: objects with text keys, lists, texts, whole numbers, booleans, null."""


def canonical_json(tree: Tree, *, deepest: int = DEEPEST) -> bytes:
    """Return the canonical bytes of a tree (RFC 8785); raise `RecordMalformed` for what it cannot hold.

    ``deepest``: how many objects and lists may be in each other.
    """
    try:
        return rfc8785.dumps(_plain(tree, deepest))
    except rfc8785.IntegerDomainError as error:
        raise malformed(N_("a number that is too large")) from error
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise RecordMalformed(reason=str(error)[:200]) from error


def digest_of(tree: Tree) -> str:
    """Return the SHA-256 of a tree's canonical bytes, in hex."""
    return hashlib.sha256(canonical_json(tree)).hexdigest()


def is_same(one: Tree, other: Tree) -> bool:
    """Tell whether two trees have the same canonical bytes."""
    return canonical_json(one) == canonical_json(other)


def _plain(tree: Tree, deepest: int) -> Tree:
    # A float has several readings; none of our records needs one.
    if isinstance(tree, float):
        raise malformed(N_("a number that is not whole"))
    if deepest < 0:
        raise malformed(N_("it is nested too deep"))
    if isinstance(tree, dict):
        return {key: _plain(value, deepest - 1) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_plain(value, deepest - 1) for value in tree]
    return tree
