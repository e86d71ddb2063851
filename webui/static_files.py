"""Addresses of style sheets, scripts and drawings that change with their content, so that browsers may keep them."""

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

ROOT = Path(str(resources.files("webui")))
FOLDER = ROOT / "static"


class StaticFiles:
    """Knows the files of ``webui/static``."""

    @cache  # noqa: B019  the renderer has one for as long as the process lives
    def address(self, name: str) -> str:
        """Return the address of a file such as ``valise.css``; raise FileNotFoundError where there is none."""
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
        return f"/static/{name}?v={digest}"
