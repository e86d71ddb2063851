"""Who may see a field is what its declaration says: every role goes through all pages that its links lead to."""

import re
from collections import Counter, deque
from datetime import timedelta

from mdm.home.use.categories import Category, Source
from mdm.home.use.report import UseReport
from mdm.privacy.register import whole_register
from tests.webui.home.conftest import SCHOOL, Families
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import EVERYWHERE, Extent, Scope

_LINK = re.compile(r'href="(/[^"#?]*)')
_IDENTIFIER = re.compile(r"[0-9a-f]{8,}|\d+|[0-9A-Z]{8}")
_WRITTEN = {"pupil.first_name": "Lina", "guardian.label": "Mme V.", "home_use_day.minutes": "4137"}
_DRAWN = (".pdf", ".svg", ".png", ".webp")
_AT_SCHOOL = Scope(extent=Extent.SCHOOL, place_id=SCHOOL)


async def seen_by(browser: Browser) -> dict[str, set[str]]:
    """Return the pages on which each of the written values is, of all that a person finds by links."""
    waiting, known = deque(["/", "/privacy", "/loans", "/fleet", "/home-use", "/evaluations"]), set[str]()
    alike: Counter[str] = Counter()
    found: dict[str, set[str]] = {key: set() for key in _WRITTEN}
    while waiting:
        path = waiting.popleft()
        pattern = _IDENTIFIER.sub("*", path)
        if (
            path in known
            or path.endswith("/events")
            or path.startswith("/static")
            or path.endswith(_DRAWN)
            or alike[pattern] > 1
        ):
            continue
        known.add(path)
        alike[pattern] += 1
        page = await browser.get(path)
        text = page.text.replace("&#39;", "'")
        for key, value in _WRITTEN.items():
            if value in text:
                found[key].add(pattern)
        waiting.extend(_LINK.findall(page.text))
    assert len(known) > 6
    return found


async def test_a_role_finds_a_child_s_and_a_guardian_s_data_only_where_it_is_declared_to(families: Families) -> None:
    await families.parent("ilse")
    loan = await families.lend()
    await families.evaluation()
    daily, day = families.home.figures.use, families.clock.now().date() - timedelta(days=1)
    use = UseReport(number=1, days={day: {Category.READING: 137}}, version=1)
    await families.database.write(lambda conn: daily.take(conn, loan.tablet_id, Source.AGENT_FIELD, use))
    await families.database.write(lambda conn: conn.run("UPDATE home_use_day SET minutes = 4137"))
    for role in Role:
        if role is Role.PARENT:
            continue
        scope = _AT_SCHOOL if role in (Role.HEAD, Role.TEACHER) else EVERYWHERE
        found = await seen_by(await browser_of(families.site, f"a-{role.value}", role, scope))
        for key, pages in found.items():
            allowed = whole_register().visible(key, {role.value, "everybody"})
            assert allowed or not pages, (role, key, sorted(pages))
        if role is Role.HEAD:
            assert found["pupil.first_name"]
            assert found["guardian.label"]
