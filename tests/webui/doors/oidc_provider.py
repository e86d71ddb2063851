"""A real OpenID Connect provider, Canaille, with three people: ``python oidc_provider.py PORT REDIRECT``.

``verified`` and ``other`` have an e-mail address that the provider vouches for; it does not for that of ``unverified``.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc import userinfo
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT, SECRET, PASSWORD = "valise", "a secret: with & signs", "correct horse battery staple"


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        return None


def run(port: int, redirect: str) -> None:
    """Serve until the process is ended."""
    key = {**RSAKey.generate_key(2048).as_dict(private=True), "kid": "first", "use": "sig", "alg": "RS256"}
    app = create_app(
        config={
            "SECRET_KEY": "only for a test",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "TIMEZONE": "UTC"},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key]},
        }
    )
    _vouch_for_addresses()
    with app.app_context(), Backend.instance.session():
        people = [_person(name) for name in ("verified", "unverified", "other")]
        Backend.instance.save(models.Group(display_name="enseignants", members=people[:1]))
        client = models.Client(
            client_id=CLIENT,
            client_secret=SECRET,
            client_name="Valise",
            client_uri="http://127.0.0.1",
            redirect_uris=[redirect],
            grant_types=["authorization_code"],
            response_types=["code"],
            token_endpoint_auth_method="client_secret_basic",
            scope=["openid", "email", "profile", "groups"],
            client_id_issued_at=datetime.now(UTC),
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)
    make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet).serve_forever()


def _person(name: str) -> Any:
    person = models.User(
        user_name=name,
        formatted_name=f"{name} Dupont",
        family_name="Dupont",
        display_name=f"{name}.dupont",
        emails=[f"{name}@example.fr"],
        password=PASSWORD,
    )
    Backend.instance.save(person)
    return person


def _vouch_for_addresses() -> None:
    """Canaille does not say whether an address was verified: this territory's does."""
    plain = userinfo.generate_user_claims

    def claims(user: Any, *others: Any, **more: Any) -> Any:
        return {**plain(user, *others, **more), "email_verified": user.user_name != "unverified"}

    for name, module in list(sys.modules.items()):
        if name.startswith("canaille.") and getattr(module, "generate_user_claims", None) is plain:
            module.generate_user_claims = claims  # type: ignore[attr-defined]


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2])
