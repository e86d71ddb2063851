"""A new edition is told to families where it changes what their tablet may do, and nowhere else."""

from datetime import timedelta

from mdm.clock import ManualClock
from mdm.home.letters.matters import Matter
from mdm.settings import Mail
from mdm.store import Connection, Database
from tests.charter.agreeing_in_store import Agreement
from tests.webui.conftest import MakeSite
from tests.webui.home.conftest import CHARTER, Families


async def test_an_edition_is_told_when_it_changes_what_the_tablet_may_do(
    make_site: MakeSite, database: Database, clock: ManualClock
) -> None:
    # A mail server to which nothing is given in this test: the letters wait in the outbox.
    site = await make_site(demo=False, mail=Mail(host="127.0.0.1", port=1, security="none", sender="v@example.fr"))
    services = site.services
    agreement = Agreement(database, clock, services.journal, services.vault, services.settings)
    await agreement.agree(CHARTER)
    families = Families(site, clock, agreement)
    await families.settle()
    await families.parent("ilse")
    account = await database.read(lambda conn: conn.one("SELECT account_id FROM account WHERE login = 'ilse'"))
    assert account is not None
    room = families.home.letters
    await room.addresses.keep_confirmed(
        account["account_id"], "ilse@exemple.fr", matters=(Matter.RULES,), language="fr", actor="test"
    )
    await families.lend()

    async def told() -> int:
        clock.advance(timedelta(days=1))
        await room.rules.once()
        row = await database.read(
            lambda conn: conn.one("SELECT COUNT(*) AS n FROM family_letter WHERE about LIKE 'rules:%'")
        )
        assert row is not None
        return int(row["n"])

    assert await told() == 0
    await agreement.agree(CHARTER.replace('name = "Cycle 2"', 'name = "Cycles 2 et 3"'))
    assert await told() == 0
    later = CHARTER.replace('school_days_to = "19:30"', 'school_days_to = "19:00"')
    await agreement.agree(later)
    assert (await told(), await told()) == (1, 1)
    without = later.replace("[home]\n", '[home]\napps_taken_away = ["fr.dessin"]\n')
    await agreement.agree(without)
    assert await told() == 2
    # An app of the other platform is no business of this tablet's family.
    await agreement.agree(without.replace('package = "fr.dessin.android"\n', ""))
    assert await told() == 2

    def waiting(conn: Connection) -> list[str]:
        return [row["state"] for row in conn.all("SELECT state FROM letter")]

    assert await database.read(waiting) == ["waiting", "waiting"]
