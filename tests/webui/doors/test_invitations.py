"""Invitations: made by those who may give the role, used once within two weeks, and never to be read back."""

import asyncio
import hashlib
import re
import shutil
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.home.guardians.guardians import Guardians
from mdm.mail.outbox import Postman
from mdm.store import Connection
from tests.conftest import not_run
from tests.mail.conftest import MailServer
from tests.webui.conftest import MakeSite, Site
from tests.webui.doors.conftest import (
    UAI,
    Come,
    ComeTo,
    MakeAccount,
    grant_in,
    grants_held,
    journalled,
    make_account,
)
from webui.account_store import account_by_login
from webui.doors.codes import as_typed, code_digest, new_code
from webui.doors.parts import invitations_of
from webui.permissions import Person

OTHER = "another long password"


def code_in(text: str) -> str:
    found = re.search(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\b", text)
    assert found is not None, text
    return found[0]


async def printed_codes(pdf: bytes, folder: Path) -> str:
    """The text of a PDF, as a reader sees it."""
    if shutil.which("pdftotext") is None:
        not_run("pdftotext is not installed")
    file = folder / "codes.pdf"
    file.write_bytes(pdf)
    process = await asyncio.create_subprocess_exec(
        "pdftotext", "-layout", str(file), "-", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()


async def invited(site: Site, come: Come, folder: Path, maker: str, role: str, scope: str, **fields: str) -> str:
    """Make a code on paper as somebody who is signed in; return the sheet's text."""
    visitor = come()
    await visitor.sign_in(maker)
    await visitor.get("/invitations/new", role=role)
    status, pdf, headers = await visitor.raw("/invitations/print", role=role, scope=scope, **fields)
    assert (status, headers["Content-Type"]) == (200, "application/pdf"), pdf[:3000]
    return await printed_codes(pdf, folder)


async def test_a_head_invites_a_teacher_who_comes_in_by_a_password(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    sheet = await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}", labels="Berthe Duval")
    assert "Berthe Duval" in sheet
    code = code_in(sheet)
    visitor = come()
    await visitor.get("/invitation")
    page = await visitor.post("/invitation", code=code.lower().replace("-", " "))
    assert 'value="berthe.duval"' in page.text
    assert "Teacher" in page.text
    assert "École d'Audignon (Audignon)" in page.text
    page = await visitor.post("/invitation/accept", code=code, login="berthe.duval", password=OTHER)
    assert (page.status, page.path) == (200, "/kits")
    assert await grants_held(site, "berthe.duval") == [f"teacher@school:{UAI}"]
    again = come()
    await again.get("/invitation")
    assert (await again.post("/invitation", code=code)).status == 404
    refused = await again.post("/invitation/accept", code=code, login="other", password=OTHER)
    assert refused.status == 404
    kinds = [one.kind for one in await journalled(site)]
    assert kinds[:4] == ["signed_in", "invitation_used", "account_created", "invitation_made"]


async def test_a_head_gives_no_more_than_a_head_may(site: Site, come: Come, account: MakeAccount) -> None:
    await account("paul", f"head@school:{UAI}")
    visitor = come()
    await visitor.sign_in("paul")
    page = await visitor.get("/invitations/new")
    assert "Head of school" not in page.text
    for role, scope in (
        ("head", f"school:{UAI}"),
        ("administrator", "territory"),
        ("teacher", "territory"),
        ("teacher", "commune:40018"),
        ("parent", "territory"),
    ):
        page = await visitor.post("/invitations/print", role=role, scope=scope)
        assert page.status == 403, (role, scope)
    rows = await site.services.database.read(lambda conn: conn.all("SELECT * FROM invitation"))
    assert rows == []


async def test_who_may_not_invite_is_shown_nothing_and_refused(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    visitor = come()
    me = await visitor.sign_in("berthe")
    assert me.path == "/me"
    assert "/invitations" not in me.text
    assert (await visitor.get("/invitations")).status == 403
    await visitor.get("/me")
    assert (await visitor.post("/invitations/print", role="teacher", scope=f"school:{UAI}")).status == 403


async def test_a_code_stands_as_a_digest_alone_and_serves_two_weeks(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    code = code_in(await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}"))
    rows = await site.services.database.read(lambda conn: conn.all("SELECT * FROM invitation"))
    assert code not in str(rows)
    assert [row["code_digest"] for row in rows] == [hashlib.sha256(code.encode()).hexdigest()]
    visitor = come()
    clock.advance(timedelta(days=14) - timedelta(seconds=1))
    await visitor.get("/invitation")
    assert (await visitor.post("/invitation", code=code)).status == 200
    clock.advance(timedelta(seconds=1))
    assert (await visitor.post("/invitation", code=code)).status == 404


async def test_a_sheet_for_a_whole_school_has_a_slip_for_each(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    names = "\n".join(f"Personne {number}" for number in range(1, 8))
    sheet = await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}", labels=names)
    codes = set(re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", sheet))
    assert len(codes) == 7
    assert sheet.count("\f") == 3
    assert all(f"Personne {number}" in sheet for number in range(1, 8))
    rows = await site.services.database.read(lambda conn: conn.all("SELECT code_digest FROM invitation"))
    assert {code_digest(one) for one in codes} == {row["code_digest"] for row in rows}


async def test_the_square_on_the_sheet_leads_to_the_code(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    if shutil.which("zbarimg") is None or shutil.which("pdftoppm") is None:
        not_run("zbarimg or pdftoppm is not installed")
    await account("paul", f"head@school:{UAI}")
    code = code_in(await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}"))
    script = "pdftoppm -r 150 -png codes.pdf page && zbarimg --raw -q page-*.png"
    process = await asyncio.create_subprocess_shell(script, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == f"{site.services.settings.people.url}/invitation#{code}"


async def test_a_withdrawn_invitation_opens_nothing(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    await account("rose", f"head@school:{UAI}")
    code = code_in(await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}", labels="Berthe"))
    stranger, maker = come(), come()
    await stranger.sign_in("rose")
    assert "Berthe" not in (await stranger.get("/invitations")).text
    await maker.sign_in("paul")
    listed = await maker.get("/invitations")
    assert "Berthe" in listed.text
    found = re.search(r"/invitations/([0-9a-f]{32})/withdraw", listed.text)
    assert found is not None
    assert (await stranger.post(f"/invitations/{found[1]}/withdraw")).status == 404
    assert (await maker.post(f"/invitations/{found[1]}/withdraw")).path == "/invitations"
    visitor = come()
    await visitor.get("/invitation")
    assert (await visitor.post("/invitation", code=code)).status == 404


async def test_who_leaves_takes_his_open_invitations_with_him(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    code = code_in(await invited(site, come, tmp_path, "paul", "teacher", f"school:{UAI}"))
    await site.services.database.write(lambda conn: conn.run("UPDATE account SET disabled_at = 1 WHERE login = 'paul'"))
    visitor = come()
    await visitor.get("/invitation")
    assert (await visitor.post("/invitation", code=code)).status == 404


async def test_a_role_is_added_to_the_account_of_who_is_signed_in(
    site: Site, come: Come, account: MakeAccount, tmp_path: Path
) -> None:
    await account("greta", "manager")
    await account("berthe", f"teacher@school:{UAI}")
    code = await make_code(site, "greta", "member@territory")
    visitor = come()
    await visitor.sign_in("berthe")
    await visitor.get("/invitation")
    page = await visitor.post("/invitation", code=code)
    assert "Add this to my account berthe" in page.text
    page = await visitor.post("/invitation/add", code=code)
    assert page.path == "/me"
    assert await grants_held(site, "berthe") == ["member@territory", f"teacher@school:{UAI}"]


async def make_code(site: Site, maker: str, grant: str) -> str:
    """A code, made by the service."""
    services = site.services

    def person(conn: Connection) -> Person:
        found = account_by_login(conn, maker)
        assert found is not None
        return found.person

    who = await services.database.read(person)
    invitations = invitations_of(
        services.database, services.clock, services.journal, services.vault, services.settings, services.catalogs
    )
    made = await invitations.make(who, grant_in(grant))
    return made[0].code


async def test_a_login_that_is_taken_or_malformed_uses_up_no_code(site: Site, come: Come, account: MakeAccount) -> None:
    await account("greta", "manager")
    code = await make_code(site, "greta", "member@territory")
    visitor = come()
    await visitor.get("/invitation")
    await visitor.post("/invitation", code=code)
    for login, status in (("greta", 409), ("-", 400), ("a b", 400)):
        assert (await visitor.post("/invitation/accept", code=code, login=login, password=OTHER)).status == status
    assert (await visitor.post("/invitation/accept", code=code, login="mia", password="short")).status == 400
    assert (await visitor.post("/invitation/accept", code=code, login="mia")).status == 422
    assert (await visitor.post("/invitation/accept", code=code, login="Mia ", password=OTHER)).status == 200
    assert await grants_held(site, "mia") == ["member@territory"]


async def test_guessing_codes_must_wait(site: Site, come: Come, account: MakeAccount) -> None:
    await account("greta", "manager")
    code = await make_code(site, "greta", "member@territory")
    visitor = come()
    await visitor.get("/invitation")
    statuses = [(await visitor.post("/invitation", code=new_code())).status for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2
    assert (await visitor.post("/invitation", code=code)).status == 429


async def test_an_invitation_goes_by_mail_and_its_address_is_kept_nowhere(
    make_site: MakeSite, clock: ManualClock, mail_server: MailServer, come_to: ComeTo
) -> None:
    settings = mail_server.settings()
    site = await make_site(demo=False, mail=settings)
    await make_account(site, "paul", f"head@school:{UAI}")
    visitor = come_to(site)
    await visitor.sign_in("paul")
    await visitor.get("/invitations/new", role="teacher")
    page = await visitor.post(
        "/invitations/send", role="teacher", scope=f"school:{UAI}", address="berthe@example.fr", label="Berthe"
    )
    assert page.path == "/invitations"
    assert "on its way" in page.text
    services = site.services
    assert await Postman(services.database, clock, services.vault, settings).once() == 1
    assert "sent by e-mail" in (await visitor.get("/invitations")).text
    taken = mail_server.taken[0]
    text = taken.content.decode()
    assert taken.rcpt_tos == ["berthe@example.fr"]
    code = code_in(text)
    newcomer = come_to(site)
    await newcomer.get("/invitation")
    await newcomer.post("/invitation", code=code)
    page = await newcomer.post("/invitation/accept", code=code, login="berthe", password=OTHER)
    assert page.status == 200
    assert "berthe@example.fr" not in await whole_database(site)


async def test_what_no_mail_server_takes_is_told_and_can_be_sent_again(
    make_site: MakeSite, clock: ManualClock, mail_server: MailServer, come_to: ComeTo
) -> None:
    settings = mail_server.settings()
    site = await make_site(demo=False, mail=settings)
    await make_account(site, "paul", f"head@school:{UAI}")
    visitor = come_to(site)
    await visitor.sign_in("paul")
    await visitor.get("/invitations/new", role="teacher")
    refused = await visitor.post("/invitations/send", role="teacher", scope=f"school:{UAI}", address="berthe@exam")
    assert (refused.status, "not an e-mail address" in refused.text) == (422, True)
    await visitor.post("/invitations/send", role="teacher", scope=f"school:{UAI}", address="wrong@example.fr")
    postman = Postman(site.services.database, clock, site.services.vault, settings)
    mail_server.refuse = ["550 nobody here"]
    await postman.once()
    page = await visitor.get("/invitations")
    assert "could not be delivered" in page.text
    found = re.search(r"/invitations/([0-9a-f]{32})/send", page.text)
    assert found is not None
    await visitor.post(f"/invitations/{found[1]}/send", address="right@example.fr")
    assert await postman.once() == 1
    assert mail_server.taken[-1].rcpt_tos == ["right@example.fr"]


async def whole_database(site: Site) -> str:
    """All that every table holds, as text."""

    def read(conn: Connection) -> str:
        tables = conn.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return "\n".join(str(conn.all(f"SELECT * FROM {one['name']}")) for one in tables)

    return await site.services.database.read(read)


@given(st.text(max_size=40))
def test_what_is_typed_is_a_code_or_none(text: str) -> None:
    code = as_typed(text)
    assert code is None or as_typed(code) == code


@given(st.integers(min_value=0, max_value=2**16))
def test_a_code_is_read_however_it_is_typed(seed: int) -> None:
    code = new_code()
    loose = code.lower().replace("-", " -"[seed % 2]).replace("0", "oO"[seed % 2]).replace("1", "lI"[seed % 2])
    assert as_typed(f" {loose}. ") == code


async def test_for_whom_it_was_is_forgotten_when_it_was_used_withdrawn_or_too_old(
    site: Site, come: Come, account: MakeAccount, clock: ManualClock, tmp_path: Path
) -> None:
    await account("paul", f"head@school:{UAI}")
    sheet = await invited(
        site, come, tmp_path, "paul", "teacher", f"school:{UAI}", labels="Anne Roux\nBerthe Duval\nZoé"
    )
    code = re.search(r"Berthe Duval.*?((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})", sheet, re.DOTALL)
    assert code is not None
    visitor = come()
    await visitor.get("/invitation")
    await visitor.post("/invitation", code=code[1])
    await visitor.post("/invitation/accept", code=code[1], login="berthe", password=OTHER)

    async def labels() -> list[str]:
        rows = await site.services.database.read(lambda conn: conn.all("SELECT label FROM invitation ORDER BY label"))
        return [row["label"] for row in rows]

    assert await labels() == ["", "Anne Roux", "Zoé"]
    clock.advance(timedelta(days=14))
    await site.services.privacy.purge.once()
    assert await labels() == ["", "", ""]


async def test_a_guardians_code_with_a_letter_missing_is_said_to_be_one(site: Site, come: Come) -> None:
    code = await guardians_code(site)
    visitor = come()
    await visitor.get("/invitation")
    page = await visitor.post("/invitation", code=code[:-1])
    assert page.status == 422
    assert "26 letters" in page.text
    short = await visitor.post("/invitation", code="ABCD-EFGH")
    assert short.status == 404
    assert "two weeks" not in short.text


async def guardians_code(site: Site) -> str:
    """A code for the guardian of a child of the school."""
    services = site.services
    guardians = Guardians(services.database, services.clock, services.journal)
    pupil = "e" * 32

    def add(conn: Connection) -> None:
        conn.run(
            "INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES (:id, 'Lina', 'M.', 1)", id=pupil
        )
        conn.run(
            "INSERT INTO inscription (pupil_id, uai, source, since) VALUES (:id, :uai, 'hand', 1)", id=pupil, uai=UAI
        )

    await services.database.write(add)
    guardian = await guardians.add(pupil, actor="test")
    return (await guardians.invite(guardian.guardian_id, actor="test")).code


async def test_a_parent_comes_in_by_the_code_of_the_childs_school(site: Site, come: Come) -> None:
    code = await guardians_code(site)
    visitor = come()
    await visitor.get("/invitation")
    page = await visitor.post("/invitation", code=code.lower())
    assert "Parent" in page.text
    assert "Lina" in page.text
    page = await visitor.post("/invitation/accept", code=code, login="mme.m", password=OTHER)
    assert page.status == 200
    assert await grants_held(site, "mme.m") == ["parent@territory"]
    row = await site.services.database.read(
        lambda conn: conn.one(
            "SELECT a.login FROM guardian g JOIN account a ON a.account_id = g.account_id WHERE g.linked_at IS NOT NULL"
        )
    )
    assert row == {"login": "mme.m"}
    again = come()
    await again.get("/invitation")
    assert (await again.post("/invitation/accept", code=code, login="other", password=OTHER)).status >= 400
    assert await grants_held(site, "mme.m") == ["parent@territory"]


async def test_a_teacher_who_is_a_parent_too_has_one_account(site: Site, come: Come, account: MakeAccount) -> None:
    await account("berthe", f"teacher@school:{UAI}")
    code = await guardians_code(site)
    visitor = come()
    await visitor.sign_in("berthe")
    await visitor.get("/invitation")
    await visitor.post("/invitation", code=code)
    assert (await visitor.post("/invitation/add", code=code)).path == "/me"
    assert await grants_held(site, "berthe") == ["parent@territory", f"teacher@school:{UAI}"]
