"""Two people who edit at once: ETags, If-Match and If-None-Match (RFC 9110 sections 8.8.3 and 13.1)."""

import hashlib
import re

from mdm.i18n import N_
from webui.api.errors import HeaderWrong, PreconditionNeeded, Stale, Wrong

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_LONGEST = 4000
_REVISION = re.compile(r'"r([0-9]{1,19})(?:-[0-9a-f]{16})?"')


def content_tag(body: bytes) -> str:
    """Return the strong ETag of these exact bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def revision_tag(revision: int, body: bytes | None = None) -> str:
    """Return the strong ETag of a revision; with a ``body`` that holds more than the revision counts, of both."""
    if body is None:
        return f'"r{revision}"'
    return f'"r{revision}-{hashlib.sha256(body).hexdigest()[:16]}"'


class Expected:
    """The versions that a request may change; None is any, where the operation demands no version."""

    def __init__(self, tags: frozenset[str] | None) -> None:
        self._tags = tags
        self.asked = False

    def check(self, revision: int) -> None:
        """Raise `Stale` unless the request was made for this revision; called in the transaction that changes it."""
        self.asked = True
        if self._tags is not None and revision not in self._revisions():
            raise Stale

    def revision(self) -> int:
        """Return the one revision that the request was made for, for services that compare it themselves.

        Raises `Stale` when it names none that ever was, or several.
        """
        self.asked = True
        found = self._revisions()
        if len(found) != 1 or len(self._tags or ()) != 1:
            raise Stale
        return found.pop()

    def _revisions(self) -> set[int]:
        """Return the revisions that the tags name. What else was shown with them may have changed: no edit loses it."""
        found = [_REVISION.fullmatch(tag) for tag in self._tags or ()]
        return {int(one[1]) for one in found if one is not None}


def expected_from(header: str | None, *, needed: bool) -> Expected:
    """Read If-Match; raise `PreconditionNeeded` when it is not there and must be, `HeaderWrong` when it is malformed.

    ``*`` would say that any version may be lost, which is not taken where a version is needed.
    """
    if not needed:
        return Expected(None)
    if header is None or header.strip() == "*":
        raise PreconditionNeeded
    tags = _tags(header)
    if tags is None:
        reason = N_("It must be one or several ETags in quotes, as they were received.")
        raise HeaderWrong(Wrong(place="If-Match", reason=reason, params={}))
    return Expected(frozenset(f'"{tag}"' for weak, tag in tags if not weak))


def is_known(header: str | None, tag: str) -> bool:
    """Tell whether If-None-Match says that the client has this version already (weak comparison).

    A header that cannot be read says nothing.
    """
    if header is None:
        return False
    return header.strip() == "*" or any(f'"{one}"' == tag for _, one in _tags(header) or ())


def _tags(header: str) -> list[tuple[bool, str]] | None:
    """Return the tags of a header, each with whether it is weak; None when it is malformed."""
    found, position = [], 0
    while position < len(header) and len(header) <= _LONGEST:
        match = _TAG.match(header, position)
        if match is None:
            return None
        found.append((match[1] is not None, match[2]))
        position = match.end()
    return found or None
