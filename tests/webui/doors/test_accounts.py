"""Accounts, as administrators manage them; what one may not do is not shown, and refused when it is asked for."""

import re
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.mail.catcher import MailCatcher
from mdm.store import Connection, Database
from profiles.charter.passkey_store import passkeys_of
from tests.webui.conftest import MakeSite, Site
from tests.webui.doors.authenticator import Authenticator
from tests.webui.doors.conftest import (
    PASSWORD,
    UAI,
    Come,
    ComeTo,
    MakeAccount,
    Visitor,
    grants_held,
    journalled,
    later,
    make_account,
)
from tests.webui.doors.test_invitations import code_in, invited
from webui.account_store import Account, insert_account
from webui.accounts import Accounts
from webui.doors.account_list_store import list_account_lines
from webui.doors.newcomers import free_login
from webui.doors.places import find_places, names_of_places
from webui.errors import LoginUsedBefore
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import Extent, Grant, parse_scope


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    """Here a password is enough for everybody."""
    return await make_site(demo=False, second_factor="nobody")


async def administrator(come: Come) -> Visitor:
    visitor = come()
    await visitor.sign_in("anne")
    return visitor


async def test_a_role_is_given_in_a_place_that_was_found_by_its_name(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    anne = await administrator(come)
    page = await anne.get("/accounts/berthe", role="head", q="ecole audig")
    assert f'value="school:{UAI}"' in page.text
    assert "École d'Audignon (Audignon)" in page.text
    page = await anne.post("/accounts/berthe/roles", role="head", scope=f"school:{UAI}")
    assert (page.path, "has this role now" in page.text) == ("/accounts/berthe", True)
    assert await grants_held(site, "berthe") == [f"head@school:{UAI}", f"teacher@school:{UAI}"]
    page = await anne.post("/accounts/berthe/roles/remove", role="teacher", scope=f"school:{UAI}")
    assert await grants_held(site, "berthe") == [f"head@school:{UAI}"]
    kinds = [one.kind for one in await journalled(site, limit=2)]
    assert kinds == ["account_grants_changed", "account_grants_changed"]
    for role, scope, status in (("head", "school:0401234X", 404), ("", "territory", 422), ("parent", "territory", 403)):
        assert (await anne.post("/accounts/berthe/roles", role=role, scope=scope)).status == status


async def test_the_last_administrator_stays(site: Site, come: Come) -> None:
    anne = await administrator(come)
    await anne.get("/accounts/anne")
    assert (await anne.post("/accounts/anne/end")).status == 409
    assert (await anne.post("/accounts/anne/roles/remove", role="administrator", scope="territory")).status == 409


async def test_an_account_is_ended_and_reopened(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    anne = await administrator(come)
    await anne.get("/accounts/berthe")
    page = await anne.post("/accounts/berthe/end")
    assert "Its history stays" in page.text
    assert "berthe" not in re.sub(r"<input[^>]*>", "", (await anne.get("/accounts")).text)
    assert "berthe" in (await anne.get("/accounts", ended="1")).text
    assert (await come().sign_in("berthe")).status == 403
    await anne.get("/accounts/berthe")
    await anne.post("/accounts/berthe/reopen")
    assert (await come().sign_in("berthe")).path == "/me"


async def test_a_reset_takes_everything_and_its_code_leads_back(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    berthe = come()
    key = Authenticator(site.services.settings.people.url)
    await berthe.sign_in("berthe")
    _, options, _ = await berthe.raw("/me/passkeys/options")
    await berthe.post("/me/passkeys", answer=key.make(options))
    anne = await administrator(come)
    await anne.get("/accounts/berthe")
    page = await anne.post("/accounts/berthe/reset")
    code = code_in(page.text)
    assert "shown this once" in page.text
    assert code not in (await anne.get("/accounts/berthe")).text
    assert (await berthe.get("/me")).path.startswith("/sign-in")
    assert (await come().sign_in("berthe")).status == 403
    seals = site.services.charter.seals
    assert await site.services.database.read(lambda conn: passkeys_of(conn, "berthe", seals)) == []
    kinds = [one.kind for one in await journalled(site, limit=20)]
    assert "sign_in_reset" in kinds

    later(clock, minutes=31)
    await anne.get("/accounts/berthe")
    page = await anne.post("/accounts/berthe/reset")
    assert page.path == "/sign-in/confirm?next=/accounts/berthe"
    await anne.post("/sign-in/confirm", password=PASSWORD, next="/accounts/berthe")
    first = code
    code = code_in((await anne.post("/accounts/berthe/reset")).text)
    berthe = come()
    await berthe.get("/invitation")
    assert (await berthe.post("/invitation", code=first)).status == 404
    page = await berthe.post("/invitation", code=code)
    assert "Your login stays: berthe" in page.text
    page = await berthe.post("/invitation/accept", code=code, login="somebody", password="another long password")
    assert page.status == 200
    assert (await berthe.get("/me")).text.count("berthe") > 0
    assert await grants_held(site, "berthe") == [f"teacher@school:{UAI}"]
    assert (await come().sign_in("berthe", "another long password")).path == "/me"


async def test_who_may_only_read_accounts_is_shown_no_button_and_refused(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("denis", "dpo")
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    await visitor.sign_in("denis")
    page = await visitor.get("/accounts/berthe")
    assert page.status == 200
    assert "<button" not in page.text.partition("<main")[2].partition("</main>")[0]
    for path in ("roles", "roles/remove", "end", "reopen", "reset"):
        assert (await visitor.post(f"/accounts/berthe/{path}", role="dpo", scope="territory")).status == 403
    teacher = come()
    await teacher.sign_in("berthe")
    assert (await teacher.get("/accounts")).status == 403


async def test_accounts_are_found_by_a_part_of_the_login_and_by_role_on_both_engines(
    any_database: Database, clock: ManualClock
) -> None:
    def add(conn: Connection) -> None:
        for number in range(120):
            role = Role.TEACHER if number % 2 else Role.PARENT
            account = Account(
                account_id=f"{number:032x}",
                login=f"person{number:03d}_a" if number % 3 else f"other{number:03d}",
                password_hash="",
                grants=(Grant(role=role),),
                created_at=1,
                disabled_at=None,
            )
            insert_account(conn, account)
        conn.run("UPDATE account SET disabled_at = 5 WHERE login = 'person001_a'")

    await any_database.write(add)

    async def found(words: str, role: Role | None, *, ended: bool = False, after: str = "") -> list[str]:
        lines = await any_database.read(
            lambda conn: list_account_lines(conn, words=words, role=role, ended=ended, after=after, limit=50)
        )
        return [one.login for one in lines]

    assert len(await found("", None)) == 50
    assert (await found("", None, after="other117"))[0] == "person002_a"
    assert await found("ERSON00", Role.TEACHER) == ["person005_a", "person007_a"]
    assert (await found("erson00", Role.TEACHER, ended=True))[0] == "person001_a"
    assert await found("%", None) == []
    assert len(await found("_a", None)) == 50
    assert await found("r0_", None) == []


async def test_administrators_read_who_invited_whom(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}", labels="Berthe Duval")
    listed = (await (await administrator(come)).get("/invitations")).text
    assert "Berthe Duval" in listed
    assert "· paul" in listed
    assert "account:" not in listed


async def test_the_list_does_not_give_a_password_to_an_account_without_one(
    site: Site, come: Come, account: MakeAccount
) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    await account("chloe", f"teacher@school:{UAI}", password=None)
    anne = await administrator(come)
    rows = (await anne.get("/accounts")).text.split("<tr>")
    told = {login: next(row for row in rows if f"/accounts/{login}" in row) for login in ("berthe", "chloe")}
    assert "password alone" in told["berthe"]
    assert "password alone" not in told["chloe"]
    assert "no password" in told["chloe"]


async def test_places_have_names_and_are_found_by_them_on_both_engines(
    any_database: Database, clock: ManualClock
) -> None:
    def add(conn: Connection) -> None:
        conn.run("INSERT INTO territory (territory_id, name) VALUES ('t', 'MACS')")
        conn.run("INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 't', 'Audignon')")
        conn.run("INSERT INTO school (uai, insee, name) VALUES ('0400377T', '40018', 'École Jules-Ferry')")
        conn.run("INSERT INTO school_class (class_id, uai, name) VALUES (:id, '0400377T', 'CM1')", id="c" * 32)
        conn.run(
            "INSERT INTO kit (kit_id, uai, name, platform, created_at)"
            " VALUES (:id, '0400377T', 'Cassiopée', 'ipad', 1)",
            id="d" * 32,
        )

    await any_database.write(add)

    async def names(words: str) -> list[str]:
        places = await any_database.read(lambda conn: find_places(conn, words, list(Extent)))
        return [str(one.scope) for one in places]

    assert await names("cassiopee") == [f"kit:{'d' * 32}"]
    assert await names("jules FERRY") == ["school:0400377T", f"class:{'c' * 32}", f"kit:{'d' * 32}"]
    assert await names("audignon") == ["commune:40018", "school:0400377T"]
    assert await names("0400377t") == ["school:0400377T"]
    assert await names("cm1 ferry") == [f"class:{'c' * 32}"]
    assert await names("") == await names("nowhere") == []
    scopes = [parse_scope(one) for one in ("school:0400377T", f"class:{'a' * 32}", "territory")]
    named = await any_database.read(lambda conn: names_of_places(conn, scopes))
    assert (named[scopes[0]].name, named[scopes[0]].within) == ("École Jules-Ferry", "Audignon")
    assert named[scopes[1]].name == "a" * 32


@pytest.mark.parametrize(
    ("wanted", "login"),
    [
        ("Anne Dupont", "anne.dupont"),
        ("  Élodie  D'Hérouville ", "elodie.d.herouville"),
        ("anne.dupont@example.fr", "anne.dupont"),
        ("", ""),
        ("!", "compte"),
        ("日本", "compte"),
    ],
)
async def test_a_login_is_suggested_that_can_be_one_and_is_free(database: Database, wanted: str, login: str) -> None:
    assert await database.read(lambda conn: free_login(conn, wanted)) == login
    if login:
        account = Account(account_id="1", login=login, password_hash="", grants=(), created_at=1)
        await database.write(lambda conn: insert_account(conn, account))
        assert await database.read(lambda conn: free_login(conn, wanted)) == f"{login}2"


@pytest.mark.parametrize(
    "trace",
    [
        "INSERT INTO member_passkey (credential_id, login, public_key, sign_count, label, created_at, revoked_at, seal)"
        " VALUES ('c', 'maire', 'k', 0, '', 1, 2, '')",
        "INSERT INTO seat_holding (holding_id, seat_id, body, label, holder, state, since, until, proposed_at,"
        " proposed_by, seal) VALUES ('h', 'mayor', 'authority', 'Maire', 'maire', 'ended', 1, 2, 1, 'test', '')",
        "INSERT INTO seat_holding (holding_id, seat_id, body, label, holder, deputy, state, since, proposed_at,"
        " proposed_by, seal) VALUES"
        " ('h', 'mayor', 'authority', 'M.', 'autre', 'maire', 'proposed', NULL, 1, 'test', '')",
    ],
)
async def test_nobody_gets_the_login_of_somebody_who_was_here_before(
    any_database: Database, clock: ManualClock, trace: str
) -> None:
    accounts = Accounts(any_database, clock, Journal(clock), Passwords())
    await any_database.write(lambda conn: conn.run(trace))
    with pytest.raises(LoginUsedBefore):
        await accounts.create("maire", PASSWORD, Grant(role=Role.MEMBER), actor="test")
    assert await accounts.listed() == []
    assert await any_database.read(lambda conn: free_login(conn, "Maire")) == "maire2"
    await accounts.create("maire2", PASSWORD, Grant(role=Role.MEMBER), actor="test")


async def test_a_former_members_login_is_refused_in_words_at_the_invitation(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    gone = "INSERT INTO member_passkey (credential_id, login, public_key, sign_count, label, created_at, seal)"
    await site.services.database.write(lambda conn: conn.run(f"{gone} VALUES ('c', 'maire', 'k', 0, '', 1, '')"))
    code = code_in(await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}"))
    newcomer = come()
    await newcomer.get("/invitation")
    page = await newcomer.post("/invitation/accept", code=code, login="maire", password=PASSWORD)
    assert page.status == 409
    assert "Somebody who was here before had this login." in page.text
    _, options, _ = await newcomer.raw("/invitation/passkey/options", code=code, login="maire")
    assert b"Somebody who was here before" in options
    page = await newcomer.post("/invitation/accept", code=code, login="maire2", password=PASSWORD)
    assert page.status == 200


async def test_the_demonstration_has_people_and_letters_and_no_other_server_does(
    make_site: MakeSite, come_to: ComeTo
) -> None:
    site = await make_site(demo=False)
    visitor = come_to(site)
    for path in ("/demo/people", "/demo/mail"):
        assert (await visitor.get(path)).status == 404
    await visitor.get("/sign-in")
    assert (await visitor.post("/demo/people", login="anne")).status in (404, 405)


async def test_in_the_demonstration_one_click_signs_in_as_its_people_and_as_nobody_else(
    make_demo: Site, come_to: ComeTo, clock: ManualClock
) -> None:
    visitor = come_to(make_demo)
    await make_account(make_demo, "technicien", "technician", password=None)
    page = await visitor.get("/demo/people")
    assert "technicien" in page.text
    assert "anne" not in page.text
    assert (await visitor.post("/demo/people", login="anne")).status == 404
    assert (await visitor.post("/demo/people", login="technicien", csrf="x" * 43)).status == 403
    await visitor.get("/demo/people")
    assert (await visitor.post("/demo/people", login="technicien", next="/me")).path == "/me"
    newest = (await journalled(make_demo))[0]
    assert (newest.kind, newest.detail) == ("signed_in", '{"method":"demo"}')


@pytest.fixture
async def make_demo(make_site: MakeSite) -> Site:
    """A demonstration with its catcher of letters."""
    return await make_site(demo=True, mail_catcher=MailCatcher())
