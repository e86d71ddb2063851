"""Files, books and certificates that a policy puts on Android tablets, and pictures that the agent shows.

Source: the agent's ``json/RemoteFile.java``: a file is fetched when it is missing, or when its time grows; its checksum
is not looked at. Source: ``util/InstallUtils.java``: one to remove is deleted where it is there.
"""

import hashlib
from typing import Any

from mdm.commands.target import Artifact, TargetBook
from mdm.i18n import N_
from profiles.android.stock import AndroidClass
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

_CERTIFICATES = "valise/certificates"
_VERSION_MS = 1000
_ALL_FILES_FROM = 11
_FILE = N_("an address of its file: books of Apple's store are for iPads")
_ALL_FILES = N_("somebody who lets the agent write files, once on each tablet (“all files access”)")
_ANSWERS = N_(
    "addresses that always answer: where a book cannot be fetched, the agent stops before apps and restrictions"
)


class Files:
    """Collects what a policy's configuration points to; ``artifacts`` is all of it."""

    def __init__(self, device_url: str) -> None:
        self._device_url = device_url
        self.artifacts: list[Artifact] = []

    def url(self, media_type: str, body: bytes, suffix: str) -> str:
        """Keep content and return the address where tablets fetch it."""
        artifact = Artifact(media_type=media_type, body=body)
        self.artifacts.append(artifact)
        return f"{self._device_url}/artifacts/{artifact.hash}.{suffix}"

    def entries(self, policy: Policy, left: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Return the agent's list of files: the policy's, its certificates, its books; ``left`` are paths to remove.

        Books come last, for their addresses are not ours: one that does not answer stops what comes after it.
        """
        found: list[dict[str, Any]] = [{"path": path, "remove": True, "description": ""} for path in left]
        found += [
            {
                "path": one.path,
                "url": self.url("application/octet-stream", one.content, "bin"),
                "lastUpdate": one.version * _VERSION_MS,
                "description": "",
            }
            for one in policy.android.files
        ]
        for path, text in certificates(policy).items():
            url = self.url("application/x-pem-file", text.encode(), "pem")
            found.append({"path": path, "url": url, "lastUpdate": _VERSION_MS, "description": ""})
        found += [
            {"path": book.path, "url": book.url, "lastUpdate": book.version * _VERSION_MS, "description": ""}
            for book in policy.books
            if book.path is not None
        ]
        return found


def target_books(policy: Policy) -> tuple[TargetBook, ...]:
    """Return the books that a tablet must report, by their paths."""
    return tuple(
        TargetBook(identifier=book.path, title=book.name, url=book.url, kind=book.kind)
        for book in policy.books
        if book.path is not None
    )


def book_gaps(policy: Policy, device: AndroidClass) -> list[NotEnforced]:
    """Return what the books would need on such tablets."""
    found = [
        NotEnforced(field=f"books[{place}] {book.name}", needs=_FILE)
        for place, book in enumerate(policy.books)
        if book.path is None
    ]
    if len(found) == len(policy.books):
        return found
    needs = [_ANSWERS, *([_ALL_FILES] if device.version >= _ALL_FILES_FROM else [])]
    return found + [NotEnforced(field="books", needs=one) for one in needs]


def certificates(policy: Policy) -> dict[str, str]:
    """Return a policy's certificates by their paths; another certificate has another path."""
    found = {}
    for text in policy.android.certificates:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        found[f"{_CERTIFICATES}/{name}.pem"] = text
    return found
