"""What a handler may return beside a plain value, and what it may take beside JSON."""

from typing import Generic, TypeVar

import msgspec

A = TypeVar("A")


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters, or no body."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is not JSON; ``media_type`` is one of those that the operation consumes."""

    content: bytes
    media_type: str


class Created(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """201: what was created, and where it is now: its path below ``/api/v1``.

    ``kept`` is what a repetition of the request is told, when that is not ``value`` (a secret is told once);
    ``mixed`` as in `Versioned`.
    """

    value: A
    location: str
    revision: int | None = None
    mixed: bool = False
    kept: A | None = None


class Versioned(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """200, with an ETag made of a revision that grows with every change of what can be edited.

    ``mixed``: more is shown than the revision counts, such as comments or a vote; the ETag tells a change of that too,
    and an edit is held against the revision alone.
    """

    value: A
    revision: int
    mixed: bool = False


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """200: a file, of the media type that the operation produces."""

    content: bytes
    filename: str
