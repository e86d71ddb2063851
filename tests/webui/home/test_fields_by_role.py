"""No page and no answer shows a role what the declarations do not let it see.

A world is lived through, then every free text about a person gets a word of its own. Every page and every answer of the
API is asked for as each role, and a word that shows where `seen_by` does not name the role fails the test. A declared
text that is neither marked nor excused here fails it too, so that a new field cannot be forgotten.
"""

import re
from collections.abc import Mapping

import pytest

from mdm.privacy.register import whole_register
from mdm.store import Connection
from profiles.charter.passkey_store import MemberPasskey, insert_passkey
from profiles.charter.seals import Seals
from tests.home.pupils.families import town_hall
from tests.privacy.rows import _DAY, Shape
from tests.webui.home.conftest import DIRECTOR, SCHOOL, Families
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role

MARKS: Mapping[str, str] = {
    "pupil.first_name": "Zorglubine",
    "pupil.last_name": "Quadrimarque",
    "guardian.label": "Étiquettalin",
    "inscription.level": "Niveaumarqué",
    "loan.handed": "Rayuremarquée",
    "data_request.words": "Raisonmarquée",
    "data_request.answer": "Réponsemarquée",
    "fault_change.words": "Panneracontée",
    "saved_filter.name": "Filtremarqué",
    "saved_filter.query": "recherchemarquée",
    "invitation.label": "Invitémarqué",
    "api_token.name": "Jetonmarqué",
    "member_passkey.label": "Clémarquée",
    "pupil_doubt.sealed_line": "Vernaquer",
}
"""The words, by the field that they are written into. That of a doubtful line is what the file said."""

EXCUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "account.login",
            "fault_change.actor",
            "saved_filter.owner",
            "member_passkey.login",
            "passkey_challenge.login",
        ),
        "a login is how colleagues are named everywhere: who did what is an activity's own declaration",
    ),
    **dict.fromkeys(
        (
            "attendance.presence", "ballot.ballot", "catalogue_revision.tree", "meeting.notes", "meeting_item.notes",
            "proposal.title", "proposal.body", "proposal.search_key", "proposal_event.words", "recusal.words",
            "seat_holding.holder", "seat_holding.deputy", "seat_holding.proposed_by", "seat_holding.confirmed_by",
            "data_controller.officer", "edition.body", "vote.frozen", "vote.decision",
        ),
        "everybody who has an account, or the public, may see it",
    ),
    **dict.fromkeys(
        ("evaluation_week.figures", "evaluation_week.pseudonym"), "it bears a pseudonym whose key no page has"
    ),
    **dict.fromkeys(
        ("long_work.spec", "long_work.result", "long_work_item.key", "long_work_item.params", "idempotency_key.answer"),
        "machine text that no page shows; it holds identifiers",
    ),
    **dict.fromkeys(("member_passkey.credential_id", "member_passkey.public_key"), "machine text of the ceremony"),
    **dict.fromkeys(("session.second", "session.device", "oidc_link.issuer", "passkey_challenge.purpose"),
                    "a choice out of a few words, which stand on pages for other reasons"),
    "class_mode.what": "an app or a page that the class uses, shown to the class; who led it is declared apart",
    "rollout_change.words": "about a rollout, never about a person",
    "pupil_doubt.candidates": "identifiers; the names behind them are marked",
    "fault_photo.hash": "a photo's SHA-256; who may fetch it is tested in tests/webui/repairs",
    "loan_photo.photo": "a photo's SHA-256; who may fetch it is tested in tests/webui/loans",
    **dict.fromkeys(("family_address.sealed_address", "family_address_asked.sealed_address"),
                    "sealed: only the person's own page has what opens it (tests/webui/home/test_letters_at_home.py)"),
}  # fmt: skip

ONLY_ON: Mapping[tuple[Role, str], tuple[str, ...]] = {
    (Role.MANAGER, "pupil.first_name"): ("/pupils/doubts",),
    (Role.MANAGER, "pupil.last_name"): ("/pupils/doubts",),
    (Role.MANAGER, "pupil_doubt.sealed_line"): ("/pupils/doubts",),
}
"""Where a role sees a field on certain pages alone, which the declarations cannot say."""

NOT_READ = ("/events", ".pdf", ".zip", "/qr.{form}", "/metrics", "/healthz")
"""Streams send the fragments of their pages; papers and archives are made from what pages show."""


@pytest.fixture
async def marked(families: Families) -> Families:
    """Live through a loan with all that belongs to it, then write the words."""
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    loan = await families.lend()
    lina = families.ids["Lina"]
    await odon.post(f"/home/rules/{lina}", {"night_from": "19:00", "night_to": "07:00"})
    await ilse.post(f"/home/data/{lina}/ask", {"kind": "objection", "about": "loan.handed", "words": "Un mot."})
    await families.evaluation()
    director = await browser_of(families.site, "ada", Role.TEACHER)
    await director.post(f"/tablets/{loan.tablet_id}/fault", {"kind": "screen", "words": "Une rayure."})
    town = town_hall("Vernaquer;Lina;CE1;CE1 A", titles="Nom;Prénom;Niveau;Classe")
    report = await families.home.imports.read([town], uai=SCHOOL, actor=DIRECTOR)
    await families.home.imports.apply(report.pending.import_id, leavers=False, actor=DIRECTOR)
    await families.database.write(_write_marks)
    passkey = MemberPasskey(
        credential_id="c",
        login="ilse",
        public_key="k",
        sign_count=0,
        label=MARKS["member_passkey.label"],
        created_at=1,
    )
    seals = Seals(families.site.services.vault)
    await families.database.write(lambda conn: insert_passkey(conn, passkey, seals))
    return families


def _write_marks(conn: Connection) -> None:
    conn.run(
        "INSERT INTO saved_filter (filter_id, owner, name, query, shared, saved_at)"
        " VALUES ('f', 'ilse', 'x', 'q=x', 1, 1)"
    )
    conn.run(
        "INSERT INTO api_token (token_id, digest, name, role, created_at, created_by, expires_at)"
        " VALUES (:it, 'd', 'x', 'member', 1, 'account:anne', 9999999999999)",
        it="a" * 32,
    )
    conn.run("UPDATE data_request SET answer = 'x'")
    conn.run(
        "INSERT INTO invitation (invitation_id, label, role, extent, place_id, code_digest, way, made_at, made_by,"
        " expires_at) VALUES ('i', 'x', 'teacher', 'territory', '', 'd', 'paper', 1, 'account:anne', 9999999999999)"
    )
    for key, word in MARKS.items():
        table, column = key.split(".")
        if key not in ("loan.handed", "pupil_doubt.sealed_line", "member_passkey.label"):
            conn.run(f"UPDATE {table} SET {column} = :word WHERE {column} IS NOT NULL", word=word)
    conn.run("UPDATE loan SET handed = REPLACE(handed, '}', ',\"note\":\"Rayuremarquée\"}') WHERE handed IS NOT NULL")


async def _values(families: Families) -> dict[str, list[str]]:
    """Return what the parameters of addresses may be."""

    async def column(query: str) -> list[str]:
        rows = await families.database.read(lambda conn: conn.all(query))
        return [str(next(iter(row.values()))) for row in rows]

    return {
        "child": await column("SELECT pupil_id FROM pupil"),
        "pupil_id": await column("SELECT pupil_id FROM pupil"),
        "loan_id": await column("SELECT loan_id FROM loan"),
        "tablet_id": await column("SELECT tablet_id FROM tablet"),
        "kit_id": await column("SELECT kit_id FROM kit"),
        "fault_id": await column("SELECT fault_id FROM fault"),
        "evaluation": await column("SELECT evaluation_id FROM evaluation"),
        "proposal_id": await column("SELECT proposal_id FROM proposal"),
        "import_id": await column("SELECT import_id FROM pupil_import"),
        "token_id": await column("SELECT token_id FROM api_token"),
        "login": ["ilse", "anne"],
        "uai": [SCHOOL],
        "insee": ["40018"],
        "number": ["1"],
        "part": ["1"],
        "year": ["2026"],
    }


async def _addresses(families: Families) -> list[tuple[str, str]]:
    values = await _values(families)
    found = []
    for route in families.site.app.router.routes():
        if route.method != "GET" or route.resource is None or route.resource.canonical.endswith(NOT_READ):
            continue
        pattern = route.resource.canonical
        names = re.findall(r"\{(\w+)\}", pattern)
        if any(not values.get(name) for name in names):
            continue
        most = max((len(values[name]) for name in names), default=1)
        for number in range(most):
            address = pattern
            for name in names:
                address = address.replace(f"{{{name}}}", values[name][number % len(values[name])])
            found.append((pattern, address))
            if pattern in ("/pupils", "/pupils/doubts", "/loans", "/pupils/guardians"):
                found.append((pattern, f"{address}?school={SCHOOL}"))
    return found


async def _shown(browser: Browser, addresses: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which fields are shown on which pages."""
    shown = set()
    for pattern, address in addresses:
        kind = "application/json" if pattern.startswith("/api/") else "text/html"
        answer = await browser.get(address, Accept=kind)
        assert answer.status < 500, (address, answer.status)
        shown |= {(key, pattern) for key, word in MARKS.items() if word in answer.text}
    return shown


def _leaks(shown: set[tuple[str, str]], role: Role, *more: str) -> set[str]:
    """Return what is shown and may not be, to a role and what the person is besides, such as a guardian."""
    leaks = set()
    for key, pattern in shown:
        pages = ONLY_ON.get((role, key))
        may = whole_register().visible(key, {role.value, "everybody", *more})
        if not may or (pages is not None and pattern not in pages):
            leaks.add(f"{role.value} {key} {pattern}")
    return leaks


@pytest.mark.slow
async def test_no_role_is_shown_what_is_not_declared_for_it(marked: Families) -> None:
    addresses = await _addresses(marked)
    ilse = await marked.parent("ilse")
    seen = await _shown(ilse, addresses)
    leaks = _leaks(seen, Role.PARENT, "self", "guardian")
    for role in Role:
        shown = await _shown(await browser_of(marked.site, f"role-{role.value}", role), addresses)
        leaks |= _leaks(shown, role)
        seen |= shown
    assert leaks == set()
    # A word that nobody sees proves nothing.
    assert {key for key, _ in seen} == {*MARKS}


def test_every_text_about_a_person_is_marked_or_excused() -> None:
    shape = Shape()
    texts = {
        key
        for key, one in whole_register().fields.items()
        if not (one.field.secret or one.field.technical or one.field.said)
        and shape.types[one.table.name][one.field.column] != "BIGINT"
        and not _DAY.fullmatch(one.field.column)
        and not shape.allowed[one.table.name].get(one.field.column)
    }
    assert texts - {*MARKS} == {*EXCUSED}
