"""The weekly picture: sums and levels for the authority, one's own school for a head, and small groups for nobody."""

from tests.home_use.world import OTHER_UAI, UAI
from tests.webui.evaluation.researchers import Research
from webui.roles import Role


async def test_before_a_week_is_published_the_page_says_so(research: Research) -> None:
    dsden = await research.person(Role.DSDEN)
    assert "Aucune semaine n&#39;est encore publiée" in (await dsden.get("/home-use")).text


async def test_no_small_group_is_told_and_what_is_hidden_is_said_to_be(research: Research) -> None:
    await research.published(others=3)
    manager = await research.person(Role.MANAGER)
    for path in ("/home-use", f"/home-use?school={OTHER_UAI}"):
        page = await manager.get(path)
        assert "masqué" in page.text
        assert "<dd>3</dd>" not in page.text
        assert "<td>3</td>" not in page.text


async def test_the_authority_sees_all_schools_and_their_sum(research: Research) -> None:
    await research.published(others=14)
    manager = await research.person(Role.MANAGER)
    page = await manager.get("/home-use")
    assert "École d&#39;Audignon" in page.text
    assert "École d&#39;ailleurs" in page.text
    assert "<dd>26</dd>" in page.text
    assert "<svg" in page.text
    assert "La même chose en tableau" in page.text
    assert "<dd>14</dd>" in (await manager.get(f"/home-use?school={OTHER_UAI}")).text
    assert (await manager.get("/home-use?week=2019-01-07")).status == 404


async def test_a_head_sees_the_own_school_alone(research: Research) -> None:
    await research.published(others=14)
    head = await research.person(Role.HEAD, f"school:{UAI}")
    page = await head.get("/home-use")
    assert "<dd>12</dd>" in page.text
    assert "ailleurs" not in page.text
    assert "<dd>26</dd>" not in page.text
    assert (await head.get(f"/home-use?school={OTHER_UAI}")).status == 404


async def test_who_reads_the_picture(research: Research) -> None:
    readers = {Role.TECHNICIAN, Role.MANAGER, Role.DSDEN, Role.HEAD, Role.DPO}
    for role in Role:
        page = await (await research.person(role)).get("/home-use")
        assert page.status == (200 if role in readers else 403), role
