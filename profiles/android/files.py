"""Files and certificates that a policy puts on Android tablets, and pictures that the agent shows.

Source: the agent's ``json/RemoteFile.java``: a file is fetched when it is missing, or when its time grows; its checksum
is not looked at.
"""

import hashlib
from typing import Any

from mdm.commands.target import Artifact
from profiles.policy import Policy

_CERTIFICATES = "valise/certificates"
_VERSION_MS = 1000


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

    def entries(self, policy: Policy) -> list[dict[str, Any]]:
        """Return the agent's list of files: the policy's, and its certificates."""
        found = [
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
        return found


def certificates(policy: Policy) -> dict[str, str]:
    """Return a policy's certificates by their paths; another certificate has another path."""
    found = {}
    for text in policy.android.certificates:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        found[f"{_CERTIFICATES}/{name}.pem"] = text
    return found
