"""The demonstration's families: children from a town hall's file, a tablet that went home, one that waits for a yes."""

import asyncio
from datetime import date, timedelta

from mdm.cli.context import Cli
from mdm.cli.home_desk import home_on
from mdm.cli.rooms import Rooms, open_rooms
from mdm.clock import Clock
from mdm.fleet.kit import Kit
from mdm.fleet.kit_store import list_slots
from mdm.fleet.states import TabletState
from mdm.fleet.tablet_store import require_tablet
from mdm.home.evaluation.evaluation import Draft
from mdm.home.evaluation.variables import Variable
from mdm.home.letters.matters import Matter
from mdm.home.loans.loan import Condition
from mdm.home_parts import HomeRoom
from mdm.store import Connection, Database
from webui.account_store import account_by_login

_TITLES = "Nom;Prénom;Né(e) le;Classe\r\n"
_CHILDREN = f"{_TITLES}DESSIN;Zélie;12/03/2016;CM1\r\nDESSIN;Élio;01/09/2017;CE2\r\n"
_DOUBTFUL = f"{_TITLES}DESSIN;Zélie;21/03/2016;CM1\r\n"
"""The same child with another birthday: somebody has to say whether she is the same."""
_NEW = f"{_TITLES}CRAYON;Maël;05/06/2016;CM2\r\n"
_HEAD, _PARENT, _RESEARCHER = "directrice", "parents", "chercheuse"
_LOAN_DAYS = 30
_LOOK_SECONDS = 0.5


async def settle(made: Cli, rooms: Rooms, uai: str) -> None:
    """Inscribe invented children; the demonstration's parent answers for both, and came to the training."""
    home = home_on(made, rooms.database, rooms.charter.agreed)
    await _children(home, uai)
    account = await rooms.database.read(lambda conn: account_by_login(conn, _PARENT))
    if account is None:
        return
    for one in (await home.pupils.page(uai)).pupils:
        guardian = await home.guardians.add(one.pupil.pupil_id, label="Mme D.", actor=_actor(_HEAD))
        invited = await home.guardians.invite(guardian.guardian_id, actor=_actor(_HEAD))
        linked = await home.guardians.accept(invited.code, account.account_id, actor=_actor(_PARENT))
    await home.training.note_attended([linked.guardian_id], _today(made.clock), actor=_actor(_HEAD))
    await home.letters.addresses.keep_confirmed(
        account.account_id, "parents@demo.invalid", matters=tuple(Matter), language="fr", actor=_actor(_PARENT)
    )
    await home.figures.evaluations.draft(_evaluation(uai, _today(made.clock)), actor=_actor(_RESEARCHER))


async def lend(made: Cli, kits: list[Kit]) -> None:
    """When the last tablet of each kit is ready, lend it: one is at home, one waits for the guardian's yes."""
    async with open_rooms(made) as rooms:
        home = home_on(made, rooms.database, rooms.charter.agreed)
        tablets = [await _ready(rooms.database, kit.kit_id) for kit in kits]
        account = await rooms.database.read(lambda conn: account_by_login(conn, _PARENT))
        if account is None:
            return
        children = {
            one.pupil.first_name: one.pupil.pupil_id for one in await home.guardians.children(account.account_id)
        }
        due_on = _today(made.clock) + timedelta(days=_LOAN_DAYS)
        _waits, goes = [
            await home.loans.prepare(tablet_id, children[child], due_on=due_on, actor=_actor(_HEAD))
            for tablet_id, child in zip(tablets, ("Élio", "Zélie"), strict=True)
        ]
        await home.loans.agreements.accept(
            goes.loan_id,
            account_id=account.account_id,
            terms_digest=goes.terms_digest,
            insured=True,
            actor=_actor(_PARENT),
        )
        await home.loans.hand_over(goes.loan_id, Condition(), actor=_actor(_HEAD))


async def _children(home: HomeRoom, uai: str) -> None:
    """Apply a town hall's list and a doubtful one after it; a third waits to be carried out."""
    for text in (_CHILDREN, _DOUBTFUL):
        read = await home.imports.read([text.encode()], uai=uai, actor=_actor(_HEAD))
        await home.imports.apply(read.pending.import_id, actor=_actor(_HEAD))
    await home.imports.read([_NEW.encode()], uai=uai, actor=_actor(_HEAD))


def _evaluation(uai: str, today: date) -> Draft:
    return Draft(
        title="Lire à la maison",
        question="Les élèves qui emportent une tablette lisent-ils davantage ?",
        first_day=today + timedelta(days=60),
        last_day=today + timedelta(days=200),
        schools=(uai,),
        variables=(Variable.DAYS_ON_LOAN, Variable.MINUTES_READING),
        responsible=_RESEARCHER,
    )


async def _ready(database: Database, kit_id: str) -> str:
    """Wait until the tablet in a kit's last slot holds all that it should, and return it."""

    def look(conn: Connection) -> str | None:
        tablet_id = list_slots(conn, kit_id)[-1].tablet_id
        if tablet_id is None or require_tablet(conn, tablet_id).state is not TabletState.READY:
            return None
        return tablet_id

    while True:
        found = await database.read(look)
        if found is not None:
            return found
        await asyncio.sleep(_LOOK_SECONDS)


def _today(clock: Clock) -> date:
    return clock.now().date()


def _actor(login: str) -> str:
    return f"account:{login}"
