"""Another login service, a real one: it opens accounts by an invitation, or by a verified address where that is set."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest
from yarl import URL

from mdm.clock import ManualClock, SystemClock
from mdm.settings import Mail, Oidc, SettingsError
from tests.system.conftest import free_port
from tests.webui.conftest import MakeSite, Site
from tests.webui.doors.conftest import UAI, Answer, ComeTo, Visitor, grants_held, journalled, make_account
from tests.webui.doors.oidc_provider import CLIENT, PASSWORD, SECRET
from tests.webui.doors.test_invitations import make_code
from webui.doors.oidc_grants import grants_by, parse_mapping
from webui.doors.parts import OIDC_CALLBACK
from webui.roles import Role
from webui.scopes import Grant

pytestmark = pytest.mark.external

PROVIDER = Path(__file__).parent / "oidc_provider.py"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The running provider, and the port at which it expects our site."""

    issuer: str
    site_port: int


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Starts it for all tests."""
    port, site_port = free_port(), free_port()
    redirect = f"http://localhost:{site_port}{OIDC_CALLBACK}"
    process = subprocess.Popen([sys.executable, str(PROVIDER), str(port), redirect], stderr=subprocess.PIPE)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
    yield Provider(issuer=f"http://127.0.0.1:{port}", site_port=site_port)
    process.terminate()
    process.wait(timeout=10)


MakeLinked = Callable[..., Coroutine[Any, Any, Site]]


@pytest.fixture
def linked(make_site: MakeSite, provider: Provider, clock: ManualClock) -> MakeLinked:
    """Makes a site that knows the provider. Tokens bear real times: the clock is put to now."""
    clock.advance(SystemClock().now() - clock.now())

    async def make(*, provider_factor: str = "ask", mail: Mail | None = None, **other: Any) -> Site:
        oidc = Oidc(
            issuer=provider.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            label="Académie",
            scopes=("openid", "email", "profile", "groups"),
            second_factor=provider_factor,  # type: ignore[arg-type]
            **other,
        )
        return await make_site(
            demo=False, port=provider.site_port, second_factor="privileged", oidc=oidc, mail=mail or Mail()
        )

    return make


async def sign_in_there(visitor: Visitor, name: str, start: str) -> Answer:
    """Go through the provider's own pages as a person does; return where one arrives on our site."""
    answer = await visitor.get(start)
    while answer.url.host == "127.0.0.1":
        answer = await _fill(visitor, answer, str(answer.url), name)
    return answer


async def _fill(visitor: Visitor, answer: Answer, url: str, name: str) -> Answer:
    form = re.search(r"<form[^>]*>.*?</form>", answer.text, re.DOTALL)
    assert form is not None, answer.text
    fields = {
        found[1]: unescape(value[1]) if (value := re.search(r'value="([^"]*)"', tag)) else ""
        for tag in re.findall(r"<input[^>]*>", form[0])
        if 'type="hidden"' in tag and (found := re.search(r'name="([^"]*)"', tag))
    }
    fields |= {"login": name} if 'name="login"' in form[0] else {}
    fields |= {"password": PASSWORD} if 'type="password"' in form[0] else {}
    return await visitor.post(url, csrf="", **fields)


async def test_an_invitation_is_accepted_with_the_login_of_the_service_which_opens_the_account_from_then_on(
    linked: MakeLinked, come_to: ComeTo
) -> None:
    site = await linked()
    await make_account(site, "greta", "manager")
    code = await make_code(site, "greta", "member@territory")
    visitor = come_to(site)
    refused = await sign_in_there(visitor, "verified", "/sign-in/oidc")
    assert (refused.status, "does not open an account here yet" in refused.text) == (403, True)
    await visitor.get("/invitation")
    page = await visitor.post("/invitation", code=code)
    link = re.search(r'href="(/sign-in/oidc\?invited=[^"]+)"', page.text)
    assert link is not None
    page = await sign_in_there(visitor, "verified", link[1])
    assert page.path == "/committee"
    assert await grants_held(site, "verified.dupont") == ["member@territory"]
    kinds = [one.kind for one in await journalled(site, limit=4)]
    assert kinds == ["signed_in", "oidc_linked", "invitation_used", "account_created"]

    again = come_to(site)
    page = await again.get("/sign-in", next="/me")
    assert "Académie" in page.text
    page = await sign_in_there(again, "verified", "/sign-in/oidc?next=/me")
    assert (page.path, "verified.dupont" in page.text) == ("/me", True)
    assert (await journalled(site))[0].detail == '{"method":"oidc"}'
    assert not any("example.fr" in str(one) for one in await journalled(site, limit=50))


async def test_somebody_else_of_the_service_does_not_get_in(linked: MakeLinked, come_to: ComeTo) -> None:
    site = await linked()
    page = await sign_in_there(come_to(site), "other", "/sign-in/oidc")
    assert page.status == 403
    assert (await journalled(site))[0].kind == "sign_in_refused"


async def test_a_verified_address_opens_the_invitation_that_was_sent_to_it_only_where_that_is_set(
    linked: MakeLinked, come_to: ComeTo
) -> None:
    post = Mail(host="127.0.0.1", port=9, security="none", sender="valise@example.fr")
    site = await linked(link_verified_email=True, mail=post)
    await make_account(site, "unverified@example.fr", f"teacher@school:{UAI}")
    await make_account(site, "other@example.fr", f"teacher@school:{UAI}")
    assert (await sign_in_there(come_to(site), "unverified", "/sign-in/oidc")).status == 403
    page = await sign_in_there(come_to(site), "other", "/sign-in/oidc?next=/me")
    assert (page.path, "other@example.fr" in page.text) == ("/me", True)
    assert (await sign_in_there(come_to(site), "verified", "/sign-in/oidc")).status == 403
    head = come_to(site)
    await make_account(site, "paul", f"head@school:{UAI}")
    await head.sign_in("paul")
    await head.get("/invitations/new", role="teacher")
    for address in ("Verified@example.fr", "unverified@example.fr"):
        await head.post("/invitations/send", role="teacher", scope=f"school:{UAI}", address=address)
    page = await sign_in_there(come_to(site), "verified", "/sign-in/oidc?next=/me")
    assert (page.path, "verified.dupont" in page.text) == ("/me", True)
    assert await grants_held(site, "verified.dupont") == [f"teacher@school:{UAI}"]
    assert (await sign_in_there(come_to(site), "unverified", "/sign-in/oidc")).status == 403


async def test_a_login_is_linked_to_ones_own_account_and_taken_from_it(linked: MakeLinked, come_to: ComeTo) -> None:
    site = await linked()
    await make_account(site, "berthe", f"teacher@school:{UAI}")
    visitor = come_to(site)
    await visitor.sign_in("berthe")
    page = await sign_in_there(visitor, "other", "/me/other-login")
    assert (page.path, "opens your account since" in page.text) == ("/me", True)
    await visitor.post("/sign-out")
    page = await sign_in_there(visitor, "other", "/sign-in/oidc?next=/me")
    assert "berthe" in page.text
    await make_account(site, "paul", f"teacher@school:{UAI}")
    paul = come_to(site)
    await paul.sign_in("paul")
    page = await sign_in_there(paul, "other", "/me/other-login")
    assert (page.status, "opens another account" in page.text) == (409, True)
    page = await visitor.post("/me/other-login/remove")
    assert "does not open your account any more" in page.text
    assert (await sign_in_there(come_to(site), "other", "/sign-in/oidc")).status == 403


async def test_groups_give_the_roles_that_the_configuration_names_and_take_them_again(
    linked: MakeLinked, come_to: ComeTo
) -> None:
    site = await linked(grants=(f"enseignants=teacher@school:{UAI}", "cadres=manager@territory"))
    await make_account(site, "berthe", "dpo", "manager")
    visitor = come_to(site)
    await site.services.database.write(
        lambda conn: conn.run(
            "INSERT INTO oidc_link (issuer, subject, account_id, linked_at)"
            " SELECT :issuer, 'verified', account_id, 1 FROM account WHERE login = 'berthe'",
            issuer=site.services.settings.oidc.issuer,
        )
    )
    page = await sign_in_there(visitor, "verified", "/sign-in/oidc?next=/me")
    assert page.path == "/me"
    assert await grants_held(site, "berthe") == ["dpo@territory", f"teacher@school:{UAI}"]


@pytest.mark.parametrize(("setting", "path"), [("ask", "/sign-in/protect"), ("provider", "/accounts")])
async def test_the_privileged_need_a_second_factor_unless_the_services_own_is_enough(
    linked: MakeLinked, come_to: ComeTo, setting: str, path: str
) -> None:
    site = await linked(provider_factor=setting)
    await site.services.database.write(
        lambda conn: conn.run(
            "INSERT INTO oidc_link (issuer, subject, account_id, linked_at)"
            " SELECT :issuer, 'other', account_id, 1 FROM account WHERE login = 'anne'",
            issuer=site.services.settings.oidc.issuer,
        )
    )
    page = await sign_in_there(come_to(site), "other", "/sign-in/oidc?next=/accounts")
    assert page.path.startswith(path)


async def test_a_return_that_this_browser_did_not_begin_opens_nothing(linked: MakeLinked, come_to: ComeTo) -> None:
    site = await linked()
    await make_account(site, "berthe", f"teacher@school:{UAI}")
    begun, other = come_to(site), come_to(site)
    for visitor in (begun, other):
        await visitor.get("/sign-in")
    async with begun.http.get(f"{site.url}/sign-in/oidc", allow_redirects=False) as answer:
        state = URL(answer.headers["Location"]).query["state"]
    issuer = site.services.settings.oidc.issuer
    assert (await other.get(OIDC_CALLBACK, state=state, code="x", iss=issuer)).status == 409
    assert (await begun.get(OIDC_CALLBACK, state=state, code="made-up", iss=issuer)).status == 403
    assert (await begun.get(OIDC_CALLBACK, state=state, code="made-up", iss=issuer)).status == 409


async def test_what_the_person_refused_there_is_told_here(linked: MakeLinked, come_to: ComeTo) -> None:
    site = await linked()
    visitor = come_to(site)
    await visitor.get("/sign-in")
    async with visitor.http.get(f"{site.url}/sign-in/oidc", allow_redirects=False) as answer:
        state = URL(answer.headers["Location"]).query["state"]
    page = await visitor.get(OIDC_CALLBACK, state=state, error="access_denied")
    assert (page.status, "did not confirm who you are" in page.text) == (403, True)


def test_nobody_becomes_an_administrator_by_a_group_and_every_wrong_line_is_told() -> None:
    with pytest.raises(SettingsError) as raised:
        parse_mapping(
            ["chefs=administrator@territory", "x", "=teacher@territory", "a=teacher@school:1", "b=king@territory"]
        )
    assert len(raised.value.mistakes) == 5
    mapping = parse_mapping(["cn=profs,o=ac=teacher@school:0400377T", "tous=member@territory"])
    member, teacher, dpo = Grant(role=Role.MEMBER), next(iter(mapping["cn=profs,o=ac"])), Grant(role=Role.DPO)
    assert grants_by(mapping, (dpo, member), ["cn=profs,o=ac"]) == tuple(sorted((dpo, teacher)))
    assert grants_by({}, (dpo,), ["tous"]) == (dpo,)


async def test_without_another_service_there_is_no_button_and_no_door(make_site: MakeSite, come_to: ComeTo) -> None:
    site = await make_site(demo=False)
    visitor = come_to(site)
    assert "/sign-in/oidc" not in (await visitor.get("/sign-in")).text
    assert (await visitor.get("/sign-in/oidc")).status == 404
    assert (await visitor.get(OIDC_CALLBACK, state="x", code="y")).status == 404


async def test_a_service_that_is_away_keeps_nobody_from_the_other_ways(make_site: MakeSite, come_to: ComeTo) -> None:
    oidc = Oidc(issuer=f"http://127.0.0.1:{free_port()}", client_id="valise", label="Académie")
    site = await make_site(demo=False, oidc=oidc)
    visitor = come_to(site)
    page = await visitor.get("/sign-in/oidc")
    assert (page.status, "does not answer now" in page.text, 'name="password"' in page.text) == (503, True, True)
