"""What goes on in the demonstration besides its tablets: classes, spares, a fault, votes, a meeting, a rollout."""

from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from mdm.cli.context import Cli
from mdm.cli.demo_home import settle
from mdm.cli.rooms import Rooms
from mdm.clock import to_ms
from mdm.committee_parts import CommitteeParts, committee_parts
from mdm.fleet.kit import Kit
from mdm.fleet.slot_binding import Identity
from mdm.fleet.tablet import Platform
from mdm.repairs.fault import FaultKind
from mdm.repairs.room import RepairRoom, repair_room
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import Catalogue
from profiles.catalogue.dossier import Dossier
from profiles.catalogue.item import Item
from profiles.charter.change import Add, AnyChange, Set
from profiles.charter.drafting import Draft
from profiles.charter.meetings import Entry, Invitation
from profiles.compilers import compilers_of
from profiles.costs.warranties import PurchasedWarranties
from profiles.licences.room import licences_of
from profiles.rollouts.rollout import Plan
from profiles.rollouts.room import rollout_room
from profiles.rollouts.waves import Wave

_CLASSES = (("CE2", "CE2"), ("CM1", "CM1"), ("CM2", "CM2"))
_TEACHER, _MANAGER, _TECHNICIAN = "enseignante", "gestionnaire", "technicien"
_DICTIONARY = Item(
    kind="app",
    name="Dictionnaire des écoliers",
    publisher="Éditeur de la démonstration",
    bundle_id="invalid.demo.dictionnaire",
    package="invalid.demo.dictionnaire",
    store_id=999000111,
    levels=(2, 3),
    languages=("fr",),
    offline="yes",
    size_bytes=80_000_000,
)
_DOSSIER = Dossier(
    purpose="Chercher un mot seul, même sans réseau.",
    accessibility="Taille du texte réglable ; lecture à voix haute.",
    evidence="Essayé deux mois dans une classe de CM1.",
)
_LUMNI = Item(kind="web_site", name="Lumni", publisher="France Télévisions", url="https://www.lumni.fr/", levels=(3,))


async def furnish(made: Cli, rooms: Rooms, kits: list[Kit]) -> None:
    """Fill the demonstration; everything is done by the services that its people use."""
    await _school(rooms, kits[0])
    await _repairs(made, rooms, kits[0])
    parts = committee_parts(rooms.database, made.clock, made.journal, rooms.charter)
    await _adopted(rooms, parts)
    await _rollout(made, rooms)
    await _under_way(made, rooms, parts)
    await settle(made, rooms, kits[0].uai)


async def _school(rooms: Rooms, kit: Kit) -> None:
    classes = [await rooms.fleet.create_class(kit.uai, name, level=level, actor="demo") for name, level in _CLASSES]
    await rooms.fleet.give_kit(kit.kit_id, classes[1].class_id, actor=f"account:{_TEACHER}")


async def _repairs(made: Cli, rooms: Rooms, kit: Kit) -> None:
    repair: RepairRoom = repair_room(
        rooms.database, made.clock, made.journal, PurchasedWarranties(), made.settings.data_dir
    )
    technician = f"account:{_TECHNICIAN}"
    spares = [
        await rooms.fleet.register_tablet(
            Identity(platform=Platform.IPAD, serial=serial, model="iPad13,18"), actor=technician
        )
        for serial in ("DMPRESERVE1", "DMPRESERVE2")
    ]
    await repair.spares.place(spares[0].tablet_id, "armoire du service informatique", actor=technician)
    fault = await repair.faults.report(
        spares[1].tablet_id,
        FaultKind.SCREEN,
        words="L'écran est fendu dans un coin.",
        photos=[_drawing()],
        unusable=True,
        actor=f"account:{_TEACHER}",
    )
    await repair.repairs.take(fault.fault_id, actor=technician)
    inventory = await repair.inventories.open_kit(kit.kit_id, actor=f"account:{_TEACHER}")
    await repair.inventories.scan(inventory.inventory_id, "DMPRESERVE1", actor=f"account:{_TEACHER}")


async def _adopted(rooms: Rooms, parts: CommitteeParts) -> None:
    """Adopt and publish one more setting, which no kit follows yet: a rollout takes it to them."""
    made = await _examined(
        parts,
        Draft(
            kind="setting",
            title="Pas de dictée vocale",
            purpose="La dictée envoie la voix des enfants à l'extérieur.",
            changes=(Set(path=("restrictions", "dictation"), value=False),),
        ),
    )
    await rooms.charter.votes.open(made, actor=f"account:{_MANAGER}")
    for login in ("presidente", "vice-president", "inspectrice", "directrice", "erun", "parents"):
        await rooms.charter.casting.cast(made, login, "yes")
    await rooms.charter.votes.close(made, actor=f"account:{_MANAGER}")
    await rooms.charter.editions.publish(actor=f"account:{_MANAGER}")


async def _rollout(made: Cli, rooms: Rooms) -> None:
    room = rollout_room(
        rooms.database,
        made.clock,
        made.journal,
        rooms.charter.agreed,
        rooms.charter.following,
        compilers_of(made.settings, made.vault),
        licences_of(made.clock, made.journal, made.settings),
    )
    await room.rollouts.plan(Plan(waves=(Wave(per_mille=500), Wave())), actor=f"account:{_TECHNICIAN}")


async def _under_way(made: Cli, rooms: Rooms, parts: CommitteeParts) -> None:
    """Leave a draft, a proposal that is discussed, a vote that is open, and a meeting that is called."""
    catalogue = Catalogue(rooms.database, made.clock, made.journal, Attachments(made.settings.data_dir / "attachments"))
    dictionary = await catalogue.add(_DICTIONARY, _DOSSIER, actor=f"account:{_MANAGER}")
    await catalogue.add(_LUMNI, Dossier(purpose="Des vidéos pour apprendre."), actor=f"account:{_MANAGER}")
    app: dict[str, object] = {
        "name": _DICTIONARY.name,
        "bundle_id": _DICTIONARY.bundle_id,
        "package": _DICTIONARY.package,
        "store_id": _DICTIONARY.store_id,
        "install": "allowed",
    }
    changes: tuple[AnyChange, ...] = (Add(path=("apps",), value=app),)
    item_id = dictionary.item.item_id
    discussed = await parts.proposals.draft(
        Draft(
            kind="add_app",
            title="Ajouter le dictionnaire des écoliers",
            purpose="Pour que chacun cherche un mot sans attendre.",
            changes=changes,
            items=(item_id,),
        ),
        login=_TEACHER,
    )
    await parts.proposals.submit(discussed.proposal.proposal_id, login=_TEACHER)
    await parts.proposals.comment(
        discussed.proposal.proposal_id, login="parents", words="Garde-t-il une trace de ce que les enfants cherchent ?"
    )
    await parts.proposals.draft(
        Draft(kind="setting", title="Fond d'écran de l'école", purpose="Une idée des élèves."), login=_TEACHER
    )
    voted = await _examined(
        parts,
        Draft(
            kind="setting",
            title="Pas de photos à partager par AirDrop",
            purpose="Les photos de classe restent dans la classe.",
            changes=(Set(path=("restrictions", "airdrop"), value=False),),
        ),
    )
    await rooms.charter.votes.open(voted, actor=f"account:{_MANAGER}")
    await rooms.charter.casting.cast(voted, "inspectrice", "yes")
    begins = made.clock.now() + timedelta(days=9)
    await parts.meetings.call(
        Invitation(kind="room", title="Comité de la charte", begins_at=to_ms(begins), place="Siège, salle 2"),
        (Entry(title="Retour des classes sur l'édition 3"),),
        login=_MANAGER,
    )


async def _examined(parts: CommitteeParts, draft: Draft) -> str:
    made = await parts.proposals.draft(draft, login="directrice")
    proposal_id = made.proposal.proposal_id
    await parts.proposals.submit(proposal_id, login="directrice")
    await parts.proposals.admit(proposal_id, login=_MANAGER)
    await parts.proposals.examine(proposal_id, login=_MANAGER, words="Possible sur les deux sortes de tablettes.")
    return proposal_id


def _drawing() -> bytes:
    """Draw a cracked screen, in place of a photo."""
    picture = Image.new("RGB", (640, 480), "#2b3a40")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((60, 40, 580, 440), 24, fill="#dfe6e4")
    pen.line([(560, 60), (470, 130), (500, 190), (400, 220)], fill="#16262b", width=4)
    kept = BytesIO()
    picture.save(kept, "JPEG")
    return kept.getvalue()
