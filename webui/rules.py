"""Who the people listener lets in."""

import msgspec


class AccessRules(msgspec.Struct, frozen=True, kw_only=True):
    """How the people listener protects its pages.

    ``open_to_loopback``: no account is needed, and only this machine is answered (the demonstration).
    ``hosts``: the host names that are answered, lower case, without port; empty answers any.
    ``secure_cookies``: the pages are reached by HTTPS, here or at the reverse proxy.
    ``metrics_token``: a bearer token that may read the metrics from elsewhere than this machine.
    ``trusted_proxies``: addresses of reverse proxies whose ``X-Forwarded-For`` is believed.
    """

    open_to_loopback: bool = False
    hosts: frozenset[str] = frozenset()
    secure_cookies: bool = True
    metrics_token: str | None = None
    trusted_proxies: frozenset[str] = frozenset()

    @property
    def cookie_name(self) -> str:
        """The session's cookie; the prefix makes browsers refuse it without TLS (RFC 6265bis section 4.1.3)."""
        return "__Host-valise" if self.secure_cookies else "valise"

    @property
    def form_cookie_name(self) -> str:
        """The cookie that ties a form to the browser that asked for it, before there is a session."""
        return f"{self.cookie_name}-form"
