"""The envelope of every answer to the agent: status, message, data, in this order, data last and nothing after it.

Source: the agent's ``json/ServerConfigResponse.java``; a build that checks signatures cuts the text after ``"data":``.
"""

from typing import Any

import msgspec

JSON = b"application/json; charset=utf-8"
NOT_FOUND = "error.notfound.device"
"""Makes the agent ask the person for its number; never said when anything else is wrong."""
DUPLICATE = "error.duplicate.device"

EMPTY = b'{"status":"OK","message":null,"data":null}'
NO_MESSAGES = b'{"status":"OK","message":null,"data":[]}'


def ok(data: bytes) -> bytes:
    """Return a good answer around ``data``, which is JSON already."""
    return b'{"status":"OK","message":null,"data":' + data + b"}"


def refused(words: str) -> bytes:
    """Return a refusal; the agent shows ``words`` in its details, or acts on one of the codes."""
    return msgspec.json.encode({"status": "ERROR", "message": words, "data": None})


def joined(shared: bytes, own: dict[str, Any]) -> bytes:
    """Return a configuration with a tablet's own fields; ``shared`` is a JSON object, which is not read again."""
    if not own:
        return shared
    head = msgspec.json.encode(own)
    return head if shared == b"{}" else head[:-1] + b"," + shared[1:]
