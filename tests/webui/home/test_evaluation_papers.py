"""A guardian's paper about an evaluation: the head notes it, it holds at once, and the family sees who noted it."""

from mdm.journal import entries
from tests.webui.home.conftest import SCHOOL, Families
from tests.webui.signed_in import browser_of
from webui.roles import Role
from webui.scopes import parse_scope


async def test_a_head_notes_a_paper_and_the_guardian_sees_that_the_school_did(families: Families) -> None:
    evaluation, lina = await families.evaluation(), families.ids["Lina"]
    head = await browser_of(families.site, "claire", Role.HEAD, parse_scope(f"school:{SCHOOL}"))
    assert f"/pupils/{lina}/evaluations" in (await head.get(f"/pupils/{lina}")).text
    page = await head.get(f"/pupils/{lina}/evaluations")
    assert "Lire à la maison" in page.text
    assert page.text.count("n’a rien dit") == 2
    form = {"guardian": families.guardians["ilse"], "choice": "objected"}
    noted = await head.post(f"/pupils/{lina}/evaluations/{evaluation}", form)
    assert "C’est noté." in noted.text
    assert "noté par l’école le" in noted.text
    assert "ne participe pas" in noted.text
    ilse, odon = await families.parent("ilse"), await families.parent("odon")
    hers = await ilse.get(f"/home/data/{lina}")
    assert "Cela a été noté par l’école le" in hers.text
    assert "Cela a été noté par l’école le" not in (await odon.get(f"/home/data/{lina}")).text
    written = await families.database.read(lambda conn: entries(conn, limit=1000))
    (entry,) = [one for one in written if one.kind == "evaluation_objected_on_paper"]
    assert (entry.actor, entry.subject) == ("account:claire", f"pupil:{lina}")
    # What she then says herself takes the paper's place.
    await ilse.post(f"/home/data/{lina}/evaluations/{evaluation}", {"choice": "consented"})
    assert "Cela a été noté par l’école le" not in (await ilse.get(f"/home/data/{lina}")).text


async def test_no_paper_undoes_an_objection_that_the_guardian_made_alone(families: Families) -> None:
    evaluation, lina = await families.evaluation(), families.ids["Lina"]
    ilse = await families.parent("ilse")
    await ilse.post(f"/home/data/{lina}/evaluations/{evaluation}", {"choice": "objected"})
    head = await browser_of(families.site, "claire", Role.HEAD, parse_scope(f"school:{SCHOOL}"))
    address = f"/pupils/{lina}/evaluations/{evaluation}"
    refused = await head.post(address, {"guardian": families.guardians["ilse"], "choice": "consented"})
    assert refused.status == 409
    assert "aucun papier ne défait cela" in refused.text
    # A paper may undo an earlier paper.
    odon = families.guardians["odon"]
    await head.post(address, {"guardian": odon, "choice": "objected"})
    assert (await head.post(address, {"guardian": odon, "choice": "consented"})).status == 200
    strange = await head.post(address, {"guardian": families.guardians["zoe"], "choice": "consented"})
    assert strange.status == 404
    assert (await head.post(address, {"guardian": odon, "choice": "perhaps"})).status == 422


async def test_only_a_head_of_the_childs_school_notes_papers(families: Families) -> None:
    evaluation, lina = await families.evaluation(), families.ids["Lina"]
    address = f"/pupils/{lina}/evaluations"
    for role, scope in (
        (Role.TEACHER, f"school:{SCHOOL}"),
        (Role.MANAGER, "territory"),
        (Role.HEAD, "school:0400001J"),
    ):
        other = await browser_of(families.site, f"a-{role.value}", role, parse_scope(scope))
        assert (await other.get(address)).status == 403, role
        assert (await other.post(f"{address}/{evaluation}", {"choice": "objected"})).status == 403, role
        assert address not in (await other.get(f"/pupils/{lina}")).text
