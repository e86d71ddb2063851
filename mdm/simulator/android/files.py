"""Files that the configuration wants on the tablet, and the certificates among them."""

import asyncio
import hashlib
import re

from mdm.simulator.android import logs
from mdm.simulator.android.apps import fetch
from mdm.simulator.android.build import PACKAGE
from mdm.simulator.android.config import RemoteFile, ServerConfig
from mdm.simulator.android.device import StoredFile
from mdm.simulator.android.means import Means, Occasion
from mdm.simulator.android.messages import stored_path
from mdm.simulator.errors import ServerUnreachable

_KEPT = 1_000_000
_ANDROID_11 = 30


async def bring_files_in_line(means: Means, config: ServerConfig, occasion: Occasion) -> bool:
    """Delete and download what the configuration asks for; return False when that stops the whole update."""
    for file in config.listed_files():
        if file.path is None:
            continue
        if file.remove:
            _delete(means, file.path)
        elif file.url and _is_due(means, file, file.path):
            done = await _download(means, config, file, file.path)
            if not done and not occasion.screen:
                return False
    return True


async def install_authorities(means: Means, config: ServerConfig) -> None:
    """Trust the certificates in the files that the setting ``certificates`` of the agent names."""
    for setting in config.settings or ():
        if setting.package_id == PACKAGE and setting.name == "certificates":
            for path in re.split(r"[;:,]", setting.value or ""):
                stored = means.tablet.files.get(stored_path(path.strip()))
                if stored is not None and stored.content not in means.tablet.authorities:
                    means.tablet.authorities.append(stored.content)
                    await means.connections.trust(stored.content)


def filled_in(text: str, means: Means, config: ServerConfig) -> str:
    """Return ``text`` with the words that the agent replaces."""
    sim = means.tablet.sim
    words = {
        "DEVICE_NUMBER": means.memory.number,
        "IMEI": sim.imei if sim is not None else config.imei or "",
        "CUSTOM1": config.custom1 or "",
        "CUSTOM2": config.custom2 or "",
        "CUSTOM3": config.custom3 or "",
    }
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _is_due(means: Means, file: RemoteFile, path: str) -> bool:
    known = means.memory.files.get(path)
    return stored_path(path) not in means.tablet.files or known is None or file.last_update > known


def _delete(means: Means, path: str) -> None:
    means.memory.files.pop(path, None)
    if means.tablet.files.pop(stored_path(path), None) is not None:
        means.tell("file", f"deleted {path}")


async def _download(means: Means, config: ServerConfig, file: RemoteFile, path: str) -> bool:
    tablet = means.tablet
    if tablet.spec.model.sdk >= _ANDROID_11 and not tablet.all_files_access:
        means.log.write(logs.ERROR, f"Failed to write {path}: all files access is not granted")
        return True
    try:
        download = await fetch(means, file.url or "")
    except ServerUnreachable as cause:
        means.log.write(logs.ERROR, f"Failed to download {path}: {cause}")
        means.tell("failed", f"Failed to download {path}: {cause}")
        return False
    with download:
        content = await asyncio.to_thread(download.path.read_bytes) if download.size <= _KEPT else b""
    md5 = download.md5
    if file.var_content and content:
        content = filled_in(content.decode("utf-8", "replace"), means, config).encode()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    tablet.files[stored_path(path)] = StoredFile(md5=md5, content=content)
    means.memory.files[path] = file.last_update
    means.tell("file", f"downloaded {path}")
    return True
