"""Whether the client takes what an operation sends (RFC 9110 section 12.5.1)."""

import re

from webui.api.errors import NotAcceptable

_RANGE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)/([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(;.*)?", re.DOTALL)
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_LONGEST = 4000


def require_acceptable(header: str | None, media_type: str) -> None:
    """Raise `NotAcceptable` when the header Accept excludes a media type. What cannot be read excludes nothing."""
    if header is None or not header.strip() or len(header) > _LONGEST:
        return
    kind, _, form = media_type.partition("/")
    best, allowed, understood = -1, False, False
    for part in header.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            continue
        understood = True
        found_kind, found_form = match[1].lower(), match[2].lower()
        if found_kind not in ("*", kind) or found_form not in ("*", form):
            continue
        exactness = (found_kind != "*") + (found_form != "*")
        quality = _QUALITY.search(match[3] or "")
        wanted = quality is None or float(quality[1]) > 0
        if exactness > best:
            best, allowed = exactness, wanted
        elif exactness == best:
            allowed = allowed or wanted
    if understood and not allowed:
        raise NotAcceptable(media_type=media_type)
