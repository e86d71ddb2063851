"""A tablet's page: what it is told, its faults, its history, and what a technician may do to it."""

from mdm.commands.convergence_store import begin_again
from mdm.commands.report import DeclarationState, Report
from mdm.fleet.states import TabletEvent
from mdm.store import Connection
from tests.charter.agreeing_in_store import Agreement
from tests.webui.fleet.conftest import FleetConsole
from tests.webui.fleet.test_fleet_page import first_parts

LIRE = """name = "x"
[[apps]]
name = "Lire"
bundle_id = "fr.example.lire"
store_id = 1
"""


async def test_an_order_is_confirmed_given_and_shown_in_the_queue(console: FleetConsole) -> None:
    technician, tablet = await console.person("technician"), console.tablets["A1"]
    page = await technician.get(f"/tablets/{tablet}")
    assert f"/tablets/{tablet}/orders/restart" in page.text
    asked = await technician.get(f"/tablets/{tablet}/orders/restart")
    done = await technician.send(asked, f"/tablets/{tablet}/orders/restart")
    assert await console.queued("A1") == ["RestartDevice"]
    assert "Restart the iPad" in done.words or "Restart" in done.words
    assert "RestartDevice" not in done.words


async def test_what_cannot_be_undone_wants_a_box_ticked(console: FleetConsole) -> None:
    technician, path = await console.person("technician"), f"/tablets/{console.tablets['A1']}/orders/erase"
    refused = await technician.send(await technician.get(path), path)
    assert refused.status == 422
    assert await console.queued("A1") == []
    await technician.send(refused, path, sure="1")
    assert await console.queued("A1") == ["EraseDevice"]


async def test_what_a_tablet_cannot_do_is_not_offered_and_refused_in_words(console: FleetConsole) -> None:
    technician, path = await console.person("technician"), f"/tablets/{console.tablets['S1']}"
    assert f"{path}/orders/restart" not in (await technician.get(path)).text
    asked = await technician.get(f"{path}/orders/restart")
    assert "It is not managed by this server" in asked.words
    assert (await technician.post(f"{path}/orders/restart", {})).status >= 400
    await console.services.fleet.change_state(console.tablets["S1"], TabletEvent.RETIRE, actor="test")
    assert (await technician.post(f"{path}/orders/broken", {})).status >= 400
    assert await console.state("S1") == "retired"


async def test_a_head_reads_a_tablet_and_gives_it_no_order(console: FleetConsole) -> None:
    head, tablet = await console.person("head"), console.tablets["A1"]
    page = await head.get(f"/tablets/{tablet}")
    assert page.status == 200
    assert "/orders/" not in page.text
    assert f"/tablets/{tablet}/fault" in page.text
    for action in ("restart", "erase", "broken", "spare"):
        assert (await head.get(f"/tablets/{tablet}/orders/{action}")).status == 403
        assert (await head.post(f"/tablets/{tablet}/orders/{action}", {"sure": "1"})).status == 403
    assert await console.queued("A1") == []
    assert (await head.get(f"/tablets/{console.tablets['B1']}/events")).status == 403


async def test_a_technician_of_elsewhere_gives_no_order(console: FleetConsole) -> None:
    far = await console.person("far-technician")
    assert (await far.post(f"/tablets/{console.tablets['A1']}/orders/restart", {})).status == 403
    assert (await far.post(f"/tablets/{console.tablets['S1']}/orders/retire", {"sure": "1"})).status == 403
    assert await console.queued("A1") == []


async def test_faults_are_on_the_page_for_those_who_read_them(console: FleetConsole) -> None:
    fault = await console.report("A1")
    technician, administrator = await console.person("technician"), await console.person("administrator")
    path = f"/tablets/{console.tablets['A1']}"
    assert f"/faults/{fault.fault_id}" in (await technician.get(path)).text
    assert f"/faults/{fault.fault_id}" not in (await administrator.get(path)).text


async def test_the_history_is_in_words_and_has_pages(console: FleetConsole) -> None:
    technician, tablet = await console.person("technician"), console.tablets["A1"]
    for _ in range(30):
        await console.services.fleet.change_state(tablet, TabletEvent.BREAK, actor="account:technician")
        await console.services.fleet.change_state(tablet, TabletEvent.REPAIR, actor="account:technician")
    first = await technician.get(f"/tablets/{tablet}/history")
    assert "From “" in first.words
    assert "by technician" in first.words
    _, found, rest = first.text.partition('rel="next" href="')
    assert found
    second = await technician.get(rest.split('"')[0])
    assert "It was enrolled." in second.words or "It took its place in a kit." in second.words
    assert first.text.count("<time") + second.text.count("<time") > 60
    head = await console.person("head")
    assert "by technician" not in (await head.get(f"/tablets/{tablet}/history")).words


async def test_what_a_tablet_holds_is_called_as_it_was_agreed(console: FleetConsole) -> None:
    """What it tells that nobody agreed to keeps its identifier."""
    tablet, technician = console.tablets["A1"], await console.person("technician")
    services = console.services
    agreement = Agreement(console.database, services.clock, services.journal, services.vault, services.settings)
    await agreement.agree(LIRE)
    app, name = "fr.example.lire", "Lire"
    said = DeclarationState(server_token="1", active=True, valid=True)
    report = Report(
        apps={app: "Managed", "org.other": "Managed"},
        profiles={"org.valise.policy.passcode": "1"},
        declarations={f"org.valise.declared.app.{app}": said, "org.valise.declared.wifi": said},
        failed={"remove-profile:org.valise.policy.web-filter": "It refused."},
    )

    def keep(conn: Connection) -> None:
        begin_again(conn, tablet, report, now=1)

    await console.database.write(keep)
    page = await technician.get(f"/tablets/{tablet}")
    for words in (
        f"{name} installed",
        "org.other",
        f"App: {name} in force",
        "Wi-Fi networks in force",
        "Passcode",
        "Remove: Web filter It refused.",
    ):
        assert words in page.words
    for raw in (app, "policy.passcode", "declared."):
        assert raw not in page.words


async def test_the_page_is_live(console: FleetConsole) -> None:
    head = await console.person("head")
    parts = await first_parts(head, f"/tablets/{console.tablets['A1']}/events")
    assert 'id=\\"tablet\\"' in parts
