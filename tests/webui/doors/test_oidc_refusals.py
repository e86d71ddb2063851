"""What a login service must not get through: tokens of others, for others, out of time, unsigned or of another key."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from mdm.clock import ManualClock, SystemClock
from mdm.settings import Oidc
from tests.webui.doors.crooked_provider import SUBJECT, CrookedProvider
from webui.doors.errors import OidcAway, OidcRefused
from webui.doors.oidc_client import OidcClient, Said

NONCE = "n" * 32


@pytest.fixture
async def provider() -> AsyncIterator[CrookedProvider]:
    made = CrookedProvider()
    made.nonce = NONCE
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def clock() -> ManualClock:
    """Tokens bear real times."""
    return ManualClock(SystemClock().now())


def client(provider: CrookedProvider, clock: ManualClock, **other: Any) -> OidcClient:
    settings = Oidc(issuer=provider.issuer, client_id="valise", client_secret="s" * 32, label="Académie", **other)
    return OidcClient(settings, clock, redirect="http://localhost/back")


async def said(one: OidcClient, provider: CrookedProvider, *, issuer: str | None = None) -> Said:
    came_from = provider.issuer if issuer is None else issuer
    return await one.said(code="c", verifier="v" * 64, nonce=NONCE, issuer=came_from)


async def test_a_right_token_is_taken_and_the_keys_are_asked_for_once(
    provider: CrookedProvider, clock: ManualClock
) -> None:
    one = client(provider, clock)
    for _ in range(3):
        found = await said(one, provider)
    assert (found.subject, found.email, found.groups) == (SUBJECT, "berthe@example.fr", ())
    assert provider.asked.count("document") == provider.asked.count("keys") == 1
    assert "token with a verifier of 64 signs" in provider.asked
    address = await one.address(state="s", nonce=NONCE, verifier="v" * 64)
    assert address.startswith(f"{provider.issuer}/authorize?response_type=code&client_id=valise&")
    assert "code_challenge_method=S256" in address
    assert "v" * 64 not in address


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"aud": ["valise", "another"]},
        {"aud": ["valise", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "other"},
        {"nonce": None},
        {"sub": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
    ],
)
async def test_wrong_claims_are_refused(provider: CrookedProvider, clock: ManualClock, claims: dict[str, Any]) -> None:
    provider.claims = claims
    with pytest.raises(OidcRefused):
        await said(client(provider, clock), provider)


async def test_an_audience_of_several_names_us_as_the_party(provider: CrookedProvider, clock: ManualClock) -> None:
    provider.claims = {"aud": ["another", "valise"], "azp": "valise"}
    assert (await said(client(provider, clock), provider)).subject == SUBJECT


def _none(provider: CrookedProvider) -> None:
    provider.token = provider.unsigned()


def _shared_secret(provider: CrookedProvider) -> None:
    # The client's secret as a signature's key would do for whoever sees our configuration.
    provider.key = OctKey.import_key("s" * 32)
    provider.header = {"alg": "HS256"}


def _other_key(provider: CrookedProvider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})


def _garbage(provider: CrookedProvider) -> None:
    provider.token = "a.b.c"


def _cut(provider: CrookedProvider) -> None:
    provider.token = provider.signed()[:-8]


@pytest.mark.parametrize("break_it", [_none, _shared_secret, _other_key, _garbage, _cut])
async def test_what_the_service_did_not_sign_is_refused(
    provider: CrookedProvider, clock: ManualClock, break_it: Callable[[CrookedProvider], None]
) -> None:
    break_it(provider)
    with pytest.raises(OidcRefused):
        await said(client(provider, clock), provider)


async def test_keys_that_were_changed_are_asked_for_again_but_not_for_every_token(
    provider: CrookedProvider, clock: ManualClock
) -> None:
    one = client(provider, clock)
    await said(one, provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.header = {"kid": "two"}
    for _ in range(3):
        with pytest.raises(OidcRefused):
            await said(one, provider)
    assert provider.asked.count("keys") == 1
    provider.published = [{"kty": "unknown"}, {"kty": "RSA", "use": "enc"}, provider.key.as_dict(private=False)]
    clock.advance(timedelta(minutes=1))
    assert (await said(one, provider)).subject == SUBJECT


@pytest.mark.parametrize("verified", [False, "true", 1, None])
async def test_an_address_that_the_service_did_not_verify_is_none(
    provider: CrookedProvider, clock: ManualClock, verified: Any
) -> None:
    provider.claims = {"email_verified": verified}
    assert (await said(client(provider, clock), provider)).email == ""


async def test_what_the_token_leaves_out_is_asked_for_and_must_be_of_the_same_person(
    provider: CrookedProvider, clock: ManualClock
) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": SUBJECT, "email": "anne@example.fr", "email_verified": True, "groups": ["a", 5]}
    one = client(provider, clock, link_verified_email=True, grants=("a=dpo@territory",))
    found = await said(one, provider)
    assert (found.email, found.groups) == ("anne@example.fr", ("a",))
    provider.userinfo["sub"] = "somebody else"
    with pytest.raises(OidcRefused):
        await said(one, provider)


async def test_a_service_that_names_itself_otherwise_is_refused(provider: CrookedProvider, clock: ManualClock) -> None:
    provider.document = {"issuer": "https://elsewhere.example"}
    with pytest.raises(OidcRefused):
        await client(provider, clock).address(state="s", nonce=NONCE, verifier="v")


async def test_an_answer_of_another_issuer_is_refused(provider: CrookedProvider, clock: ManualClock) -> None:
    provider.document = {"authorization_response_iss_parameter_supported": True}
    for issuer in ("https://elsewhere.example", ""):
        with pytest.raises(OidcRefused):
            await said(client(provider, clock), provider, issuer=issuer)
    assert not any(one.startswith("token") for one in provider.asked)


@pytest.mark.parametrize("document", [{"token_endpoint": 5}, {"jwks_uri": None}])
async def test_a_document_that_is_none_is_refused(
    provider: CrookedProvider, clock: ManualClock, document: dict[str, Any]
) -> None:
    provider.document = document
    with pytest.raises(OidcRefused):
        await said(client(provider, clock), provider)


async def test_a_service_that_does_not_answer_is_away(provider: CrookedProvider, clock: ManualClock) -> None:
    one = client(provider, clock)
    await provider.stop()
    with pytest.raises(OidcAway):
        await one.address(state="s", nonce=NONCE, verifier="v")
