"""What a loan is lent under: the text of the charter's edition, and what it asks for; pure."""

import hashlib
from functools import cached_property, lru_cache
from importlib import resources
from typing import Protocol

import msgspec

from mdm.store import Connection


class LoanTerms(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The terms of a loan. ``text`` is the agreement as the guardians read it, paragraphs between empty lines."""

    text: str
    needs_training: bool = True
    needs_agreement: bool = True
    needs_insurance: bool = False

    def canonical(self) -> bytes:
        """Return the terms as canonical JSON."""
        return msgspec.json.encode(self, order="sorted")

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON, in hex: what a guardian said yes to."""
        return hashlib.sha256(self.canonical()).hexdigest()


class TermsSource(Protocol):
    """Knows the terms under which a kit's tablets are lent; implemented in `profiles.loan_terms`."""

    def of_kit(self, conn: Connection, kit_id: str) -> LoanTerms:
        """Return the terms of the edition that a kit follows; the usual ones where it says nothing."""
        ...


@lru_cache
def usual_text() -> str:
    """Return the agreement that is used where an edition has none of its own, in French."""
    return resources.files(__package__).joinpath("agreement.txt").read_text(encoding="utf-8").strip()
