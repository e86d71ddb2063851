"""Who the people listener lets in."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from webui.roles import PRIVILEGED_ROLES
from webui.scopes import Grant

LIFETIME_MS = 12 * 3600 * 1000
IDLE_MS = 4 * 3600 * 1000


class AccessRules(msgspec.Struct, frozen=True, kw_only=True):
    """How the people listener protects its pages.

    ``open_to_loopback``: no account is needed, and only this machine is answered (the demonstration).
    ``hosts``: the host names that are answered, lower case, without port; empty answers any.
    ``secure_cookies``: the pages are reached by HTTPS, here or at the reverse proxy.
    ``metrics_token``: a bearer token that may read the metrics from elsewhere than this machine.
    ``trusted_proxies``: addresses of reverse proxies whose ``X-Forwarded-For`` is believed.
    ``session_ms`` and ``idle_ms``: how long a session lasts, and without being used.
    ``second_factor``: who needs more than a password.
    """

    open_to_loopback: bool = False
    hosts: frozenset[str] = frozenset()
    secure_cookies: bool = True
    metrics_token: str | None = None
    trusted_proxies: frozenset[str] = frozenset()
    session_ms: int = LIFETIME_MS
    idle_ms: int = IDLE_MS
    second_factor: Literal["privileged", "everybody", "nobody"] = "privileged"

    def needs_second_factor(self, grants: Sequence[Grant]) -> bool:
        """Tell whether somebody with these grants needs more than a password to come in."""
        if self.second_factor == "privileged":
            return any(grant.role in PRIVILEGED_ROLES for grant in grants)
        return self.second_factor == "everybody"

    @property
    def cookie_name(self) -> str:
        """The session's cookie; the prefix makes browsers refuse it without TLS (RFC 6265bis section 4.1.3)."""
        return "__Host-valise" if self.secure_cookies else "valise"

    @property
    def form_cookie_name(self) -> str:
        """The cookie that ties a form to the browser that asked for it, before there is a session."""
        return f"{self.cookie_name}-form"

    @property
    def device_cookie_name(self) -> str:
        """The cookie of a device that accounts are known on."""
        return f"{self.cookie_name}-device"
