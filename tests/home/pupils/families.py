"""Two schools of invented children, and the files that ONDE and a town hall would export of them."""

from collections.abc import Sequence

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.home.guardians.from_import import ImportedGuardians
from mdm.home.guardians.guardians import Guardians
from mdm.home.pupils.doubts import Doubts
from mdm.home.pupils.imports import ImportReport, PupilImports
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupils import Pupils
from mdm.journal import Journal
from mdm.store import Database
from mdm.vault import Vault

ACTOR = "account:directrice"
BOURG, PINS = "0400377T", "0400192S"
KEY = bytes(range(32))

ONDE_TITLES = (
    "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1;Cp1;Commune1;Pays1;Cycle;Niveau;"
    "Libellé classe;Identifiant classe"
)
GUARDIAN_TITLES = (
    "Civilité Responsable;Nom usage responsable;Nom responsable;Prénom responsable;Adresse responsable;Courriel;"
    "Nom d'usage enfant;Nom de famille enfant;Prénom enfant;Classes enfants;"
    "Nom d'usage enfant;Nom de famille enfant;Prénom enfant;Classes enfants"
)

LINA = ("VERNAQUE", "LINA", "12/03/2018", "0701234567A", "CE1", "CE1 A")
NOE = ("TARBOUCHE", "Noé", "01/09/2017", "0701234567B", "CE2", "CE2 B")
MAYA = ("QUINTERNE", "Maya", "30/11/2019", "0701234567C", "CP", "CP")


def onde_line(child: Sequence[str]) -> str:
    """A line of ONDE's export, with an address that is nobody's business here."""
    last, first, birth, ine, level, name = child
    return f"{last};;{first};{birth};F;{ine};3 rue des Lilas;40000;Mont-de-Marsan;FRANCE;CYCLE II;{level};{name};77"


def onde(*children: Sequence[str], encoding: str = "iso-8859-1") -> bytes:
    """ONDE's file of pupils."""
    return "\r\n".join([ONDE_TITLES, *map(onde_line, children), ""]).encode(encoding)


def town_hall(*rows: str, titles: str = "Nom;Prénom;Né(e) le;Classe") -> bytes:
    """A town hall's file."""
    return "\r\n".join([titles, *rows, ""]).encode()


def guardians_file(*rows: str) -> bytes:
    """ONDE's file of guardians."""
    return "\r\n".join([GUARDIAN_TITLES, *rows, ""]).encode("cp1252")


class Town:
    """Two schools and the services around their pupils."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.journal = Journal(clock)
        self.vault = Vault(KEY)
        self.fleet = Fleet(database, clock, self.journal)
        self.imports = PupilImports(database, clock, self.journal, self.vault, ImportedGuardians(clock))
        self.doubts = Doubts(database, clock, self.journal, self.vault)
        self.pupils = Pupils(database, clock, self.journal, self.vault)
        self.guardians = Guardians(database, clock, self.journal)

    async def build(self) -> None:
        """Create the schools."""
        landes = await self.fleet.create_territory("Landes", actor=ACTOR)
        await self.fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
        await self.fleet.create_school(BOURG, "École du Bourg", insee="40192", actor=ACTOR)
        await self.fleet.create_school(PINS, "École des Pins", insee="40192", actor=ACTOR)

    async def take_in(self, *bodies: bytes, uai: str = BOURG, leavers: bool = False) -> ImportReport:
        """Read files and apply them."""
        report = await self.imports.read(bodies, uai=uai, actor=ACTOR)
        await self.imports.apply(report.pending.import_id, leavers=leavers, actor=ACTOR)
        return report

    async def named(self, first_name: str, uai: str = BOURG) -> PupilView:
        """Return the only pupil of a first name in a school."""
        (found,) = [one for one in await self.everyone(uai) if one.pupil.first_name == first_name]
        return found

    async def everyone(self, uai: str = BOURG) -> tuple[PupilView, ...]:
        """Return a school's pupils."""
        return (await self.pupils.page(uai)).pupils

    async def shown(self, uai: str = BOURG) -> list[tuple[str, str]]:
        """Return a school's pupils as a list shows them."""
        return [(one.pupil.shown_name, one.class_name) for one in await self.everyone(uai)]

    async def dump(self) -> str:
        """Return all that the store holds, as text: what is not in it is nowhere."""

        def read(conn: object) -> str:
            return "\n".join(
                str(row)
                for table in ("journal", *HOLDING)
                for row in conn.all(f"SELECT * FROM {table}")  # type: ignore[attr-defined]
            )

        return await self.database.read(read)


HOLDING = (
    "pupil", "pupil_key", "pupil_school", "inscription", "pupil_import", "pupil_doubt", "guardian", "guardianship",
    "guardian_invitation", "training_progress", "training_completion", "loan", "loan_terms", "loan_acceptance",
    "loan_photo", "loan_reminder", "school_class",
)  # fmt: skip
