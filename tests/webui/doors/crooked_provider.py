"""A provider that says what a test wants it to say: what no real one can be brought to."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

SUBJECT = "1234"


class CrookedProvider:
    """Answers over HTTP; ``claims`` and ``header`` change the token, ``document`` the discovery, ``key`` signs."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {"sub": SUBJECT}
        self.key: RSAKey | OctKey = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published: list[Mapping[str, Any]] = [self.key.as_dict(private=False)]
        self.token = ""
        self.asked: list[str] = []
        self.nonce = ""
        self.issuer = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on this machine."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._document)
        app.router.add_get("/jwks", self._keys)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.issuer = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _document(self, _request: web.Request) -> web.Response:
        self.asked.append("document")
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }
        return web.json_response({**told, **self.document})

    async def _keys(self, _request: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response({"keys": self.published})

    async def _userinfo(self, _request: web.Request) -> web.Response:
        return web.json_response(self.userinfo)

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append(f"token with a verifier of {len(str(form.get('code_verifier', '')))} signs")
        return web.json_response({"id_token": self.token or self.signed(), "access_token": "a", "token_type": "Bearer"})

    def signed(self) -> str:
        """The token that is given."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": SUBJECT, "aud": "valise", "exp": now + 300, "iat": now, "nonce": self.nonce,
            "email": "berthe@example.fr", "email_verified": True, **self.claims,
        }  # fmt: skip
        header = {"alg": "RS256", "kid": "one", **self.header}
        return jwt.encode(header, {key: value for key, value in claims.items() if value is not None}, self.key)

    def unsigned(self) -> str:
        """The same, with ``none`` for a signature."""
        _, claims, _ = self.signed().split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).decode().rstrip("=")
        return f"{head}.{claims}."
