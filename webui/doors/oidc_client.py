"""OpenID Connect, the side that relies on the other's word: authorization code with PKCE, discovery, signed tokens.

Sources: OpenID Connect Core 1.0 (sections 3.1 and 5.3), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (the issuer).
"""

import asyncio
import base64
import hashlib
import ssl
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from mdm.clock import Clock
from mdm.settings import Oidc
from webui.doors.errors import OidcAway, OidcRefused

log = structlog.get_logger()

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures by the service's own key alone: a shared secret would do for whoever sees our configuration."""

_FRESH_MS = 3600 * 1000
_KEYS_AGAIN_MS = 60 * 1000
_LEEWAY_S = 120
_LARGEST = 1024 * 1024
_SECONDS = aiohttp.ClientTimeout(total=15)

T = TypeVar("T")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the service says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the service says of a person. ``email`` is empty unless the service verified it."""

    issuer: str
    subject: str
    email: str = ""
    preferred_username: str = ""
    groups: tuple[str, ...] = ()


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str = ""


class OidcClient:
    """Speaks with one service. What is not right is logged by its reason alone, and refused with `OidcRefused`."""

    def __init__(self, settings: Oidc, clock: Clock, *, redirect: str) -> None:
        self._settings = settings
        self._clock = clock
        self._redirect = redirect
        self._metadata: tuple[int, Metadata] | None = None
        self._keys: tuple[int, KeySet] | None = None
        self._lock = asyncio.Lock()

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser is sent; raise `OidcAway`."""
        metadata = await self._known()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": self._redirect,
                "scope": " ".join(self._settings.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{query}"

    async def said(self, *, code: str, verifier: str, nonce: str, issuer: str) -> Said:
        """Return who came back; ``issuer``: what the answer says of its sender. Raises `OidcRefused` or `OidcAway`."""
        metadata = await self._known()
        if issuer != metadata.issuer and (issuer or metadata.authorization_response_iss_parameter_supported):
            raise self._refused("the answer has another issuer")
        tokens = await self._exchange(metadata, code, verifier)
        claims = await self._claims(metadata, tokens.id_token, nonce)
        wanted = {self._settings.groups_claim} if self._settings.grants else set()
        if self._settings.link_verified_email:
            wanted |= {"email", "email_verified"}
        if metadata.userinfo_endpoint and tokens.access_token and not wanted <= set(claims):
            claims = {**await self._userinfo(metadata, tokens.access_token, claims["sub"]), **claims}
        groups = claims.get(self._settings.groups_claim)
        email = claims.get("email")
        return Said(
            issuer=metadata.issuer,
            subject=str(claims["sub"]),
            email=email if isinstance(email, str) and claims.get("email_verified") is True else "",
            preferred_username=str(claims.get("preferred_username") or ""),
            groups=tuple(one for one in groups if isinstance(one, str)) if isinstance(groups, list) else (),
        )

    async def _known(self) -> Metadata:
        async with self._lock:
            if self._metadata is None or self._clock.ms() - self._metadata[0] > _FRESH_MS:
                base = self._settings.issuer.rstrip("/")
                raw = await self._fetch("GET", f"{base}/.well-known/openid-configuration")
                found = self._decoded(raw, Metadata)
                if found.issuer != self._settings.issuer:
                    raise self._refused("the service names another issuer")
                addresses = (
                    found.authorization_endpoint,
                    found.token_endpoint,
                    found.jwks_uri,
                    found.userinfo_endpoint,
                )
                secure = self._settings.issuer.startswith("https://")
                if secure and not all(one.startswith("https://") for one in addresses if one):
                    raise self._refused("the service has an address without TLS")
                self._metadata = (self._clock.ms(), found)
            return self._metadata[1]

    async def _exchange(self, metadata: Metadata, code: str, verifier: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": verifier,
            "client_id": self._settings.client_id,
        }
        headers = {}
        if self._settings.client_secret:
            if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
                pair = f"{_quoted(self._settings.client_id)}:{_quoted(self._settings.client_secret)}"
                headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
            else:
                form["client_secret"] = self._settings.client_secret
        raw = await self._fetch("POST", metadata.token_endpoint, data=form, headers=headers)
        return self._decoded(raw, _Tokens)

    async def _claims(self, metadata: Metadata, token: str, nonce: str) -> dict[str, Any]:
        for again in (False, True):
            keys = await self._key_set(metadata, again=again)
            try:
                found = jwt.decode(token, keys, algorithms=_ALGORITHMS)
                break
            except (JoseError, ValueError, KeyError, TypeError) as error:
                # The service may have changed its keys since: they are asked for once more.
                if again:
                    raise self._refused(f"the token is not signed by the service: {type(error).__name__}") from error
        checks = jwt.JWTClaimsRegistry(
            now=self._clock.ms() // 1000,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": metadata.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            checks.validate(found.claims)
        except (JoseError, ValueError, TypeError) as error:
            claim = getattr(error, "claim", type(error).__name__)
            raise self._refused(f"the token's claim is not right: {claim}") from error
        claims = dict(found.claims)
        audience = claims["aud"]
        party = claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (
            None,
            self._settings.client_id,
        ):
            raise self._refused("the token is for another application")
        return claims

    async def _key_set(self, metadata: Metadata, *, again: bool) -> KeySet:
        age = self._clock.ms() - self._keys[0] if self._keys else _FRESH_MS
        if self._keys is None or age >= _FRESH_MS or (again and age >= _KEYS_AGAIN_MS):
            raw = await self._fetch("GET", metadata.jwks_uri)
            found = self._decoded(raw, dict[str, Any]).get("keys")
            keys = []
            for one in found if isinstance(found, list) else ():
                try:
                    if one.get("use", "sig") == "sig":
                        keys.append(JWKRegistry.import_key(one))
                except (JoseError, ValueError, KeyError, TypeError, AttributeError):
                    # A kind of key that we do not know verifies nothing for us.
                    continue
            self._keys = (self._clock.ms(), KeySet(keys))
        return self._keys[1]

    async def _userinfo(self, metadata: Metadata, token: str, subject: object) -> Mapping[str, Any]:
        raw = await self._fetch("GET", metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"})
        found: dict[str, Any] = self._decoded(raw, dict[str, Any])
        if found.get("sub") != subject:
            raise self._refused("the service tells of somebody else")
        return found

    async def _fetch(
        self,
        method: str,
        address: str,
        *,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        context = ssl.create_default_context(cafile=self._settings.ca_file or None)
        try:
            async with (
                aiohttp.ClientSession(timeout=_SECONDS) as session,
                session.request(
                    method,
                    address,
                    data=data,
                    headers={"Accept": "application/json", **(headers or {})},
                    ssl=context,
                    allow_redirects=False,
                ) as answer,
            ):
                body = await answer.content.read(_LARGEST + 1)
                while not answer.content.at_eof() and len(body) <= _LARGEST:
                    body += await answer.content.read(_LARGEST + 1 - len(body))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("oidc_away", error=type(error).__name__)
            raise OidcAway(label=self._settings.label) from error
        if answer.status >= 500:
            raise OidcAway(label=self._settings.label)
        if answer.status != 200 or len(body) > _LARGEST:
            raise self._refused(f"the service answered {answer.status}")
        return body

    def _decoded(self, raw: bytes, form: type[T]) -> T:
        try:
            return msgspec.json.decode(raw, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._refused("the service's answer is not readable") from error

    def _refused(self, reason: str) -> OidcRefused:
        log.warning("oidc_refused", reason=reason)
        return OidcRefused(label=self._settings.label)


def _quoted(text: str) -> str:
    """Return a part of the client's credentials as RFC 6749, section 2.3.1, wants it; a blank in the way all read."""
    return quote(text, safe="")
