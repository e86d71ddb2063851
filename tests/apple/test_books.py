"""Books on iPads, through the command cycle: asked, installed, looked at again, removed; never asked for nothing."""

import plistlib
from typing import Any

import msgspec
import pytest

from mdm.apple.learning import lesson
from mdm.commands import convergence_store
from mdm.commands.convergence import Convergence
from mdm.commands.report import HeldBook, Report
from mdm.commands.steps import InstallBookStep
from mdm.commands.target import Target, TargetBook
from mdm.store import Database
from tests.apple.conftest import TABLET, Arrivals, Ipad, Targets

LECTURE = TargetBook(
    identifier="org.valise.book.lecture",
    title="Lecture",
    url="https://livres.example/lecture.pdf",
    kind="pdf",
    version="2",
    author="Anne Dupré",
)
OF_STORE = TargetBook(identifier="store:9", title="Conte", store_id=9)
FACTS = {"QueryResponses": {"OSVersion": "17.4", "IsSupervised": True, "DeviceName": "Cassiopée 01"}}


class Reader:
    """An iPad that answers everything, with what it says of books."""

    def __init__(self, ipad: Ipad, database: Database, convergence: Convergence) -> None:
        self.ipad = ipad
        self.database = database
        self.convergence = convergence
        self.books: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []

    async def converse(self, **install: Any) -> list[str]:
        """Look at the tablet, and let it answer all that it is sent; return the names of the commands."""
        await self.database.write(lambda conn: self.convergence.look(conn, TABLET, "ipad"))
        answers: dict[str, dict[str, Any]] = {
            "DeviceInformation": FACTS,
            "ProfileList": {"ProfileList": []},
            "ManagedApplicationList": {"ManagedApplicationList": {}},
            "ManagedMediaList": {"Books": self.books},
            "InstallMedia": {"Status": "Acknowledged", "State": "Installing", **install},
        }
        names: list[str] = []
        reply = await self.ipad.says("Idle")
        while reply.body is not None:
            tree = plistlib.loads(reply.body)
            self.told.append(tree["Command"])
            names.append(tree["Command"]["RequestType"])
            assert len(names) < 20, names
            answer = {key: value for key, value in answers.get(names[-1], {}).items() if value is not None}
            reply = await self.ipad.says(answer.pop("Status", "Acknowledged"), tree["CommandUUID"], **answer)
        return names

    async def report(self) -> Report:
        progress = await self.database.read(lambda conn: convergence_store.progress_of(conn, TABLET))
        assert progress is not None
        return progress.report


@pytest.fixture
async def reader(ipad: Ipad, database: Database, convergence: Convergence) -> Reader:
    return Reader(ipad, database, convergence)


def entry(state: str = "Managed", version: str | None = "2") -> dict[str, Any]:
    told = {"Version": version} if version is not None else {}
    return {"iTunesStoreID": 0, "State": state, "PersistentID": LECTURE.identifier, **told}


async def test_a_tablet_whose_edition_has_no_book_is_never_asked_for_books(reader: Reader, targets: Targets) -> None:
    targets.target = Target(policy_id="e")
    for _ in range(2):
        assert not {"ManagedMediaList", "InstallMedia", "RemoveMedia"} & set(await reader.converse())


async def test_a_book_is_installed_awaited_and_there(reader: Reader, targets: Targets, arrivals: Arrivals) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE, OF_STORE))
    assert (await reader.converse())[-3:] == ["ManagedMediaList", "InstallMedia", "InstallMedia"]
    first, second = reader.told[-2:]
    assert first == {
        "RequestType": "InstallMedia",
        "MediaType": "Book",
        "MediaURL": LECTURE.url,
        "PersistentID": "org.valise.book.lecture",
        "Kind": "pdf",
        "Version": "2",
        "Author": "Anne Dupré",
        "Title": "Lecture",
    }
    assert second == {"RequestType": "InstallMedia", "MediaType": "Book", "iTunesStoreID": 9}
    assert arrivals.told == []
    reader.books = [entry("Installing", None), {"iTunesStoreID": 9, "State": "PromptingForLogin"}]
    assert "InstallMedia" not in await reader.converse()
    assert arrivals.told == []
    reader.books = [entry("Managed", None), {"iTunesStoreID": 9, "State": "Installed"}]
    assert "InstallMedia" not in await reader.converse()
    assert arrivals.told == [("converged", TABLET)]


async def test_looking_again_does_not_call_a_tablet_diverged_before_it_has_told_its_books(
    reader: Reader, targets: Targets, arrivals: Arrivals, database: Database, convergence: Convergence
) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE,))
    reader.books = [entry()]
    for _ in range(2):
        await reader.converse()
    all_but_books = msgspec.structs.replace(await reader.report(), books_known=False)
    await database.write(lambda conn: convergence.reported(conn, TABLET, "ipad", all_but_books))
    assert arrivals.told == [("converged", TABLET)]
    reader.books = []
    await reader.converse()
    assert arrivals.told == [("converged", TABLET), ("diverged", TABLET)]


async def test_another_version_replaces_a_book_and_one_that_left_is_removed(reader: Reader, targets: Targets) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE, OF_STORE))
    reader.books = [entry(), {"iTunesStoreID": 9, "State": "Installed"}]
    await reader.converse()
    targets.target = Target(policy_id="f", books=(msgspec.structs.replace(LECTURE, version="3"),))
    assert (await reader.converse())[-2:] == ["RemoveMedia", "InstallMedia"]
    assert reader.told[-2] == {"RequestType": "RemoveMedia", "MediaType": "Book", "iTunesStoreID": "9"}
    assert reader.told[-1]["Version"] == "3"
    reader.books = [entry(version="3")]
    targets.target = Target(policy_id="g")
    assert (await reader.converse())[-1] == "RemoveMedia"
    assert reader.told[-1]["PersistentID"] == LECTURE.identifier
    assert "ManagedMediaList" not in await reader.converse()


async def test_a_book_that_the_tablet_refuses_is_told_with_its_reason_and_tried_at_the_next_look(
    reader: Reader, targets: Targets
) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE,))
    names = await reader.converse(Status="Error", State=None, RejectionReason="DownloadInvalid")
    assert names.count("InstallMedia") == 1
    assert (await reader.report()).failed == {InstallBookStep(LECTURE).key: "DownloadInvalid"}
    chain = [{"ErrorCode": 12043, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "Téléchargement"}]
    assert (await reader.converse(Status="Error", ErrorChain=chain)).count("InstallMedia") == 1
    assert (await reader.report()).failed == {InstallBookStep(LECTURE).key: "Téléchargement"}


async def test_a_book_that_fails_at_once_is_not_sent_without_end(reader: Reader, targets: Targets) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE,))
    assert (await reader.converse(State="Failed")).count("InstallMedia") == 1
    assert list((await reader.report()).failed.values()) == ["Failed"]
    reader.books = [entry("Failed")]
    assert (await reader.converse()).count("InstallMedia") == 1


async def test_a_list_that_says_nothing_is_not_asked_for_ever(reader: Reader, targets: Targets) -> None:
    targets.target = Target(policy_id="e", books=(LECTURE,))
    reader.books = "none"  # type: ignore[assignment]
    assert (await reader.converse()).count("ManagedMediaList") == 1
    assert (await reader.report()).failed == {"query:books": "the answer says nothing"}


def test_what_a_store_keeps_of_books_is_read_again() -> None:
    report = Report(books={"a:b": HeldBook(state="Managed", version="2"), "store:9": HeldBook()}, books_known=True)
    assert Report.from_json(report.to_json()) == report
    assert Report.from_json("{}").books == {}


def test_an_identifier_with_colons_is_learned_whole() -> None:
    step = InstallBookStep(msgspec.structs.replace(OF_STORE, identifier="store:9")).key
    body = plistlib.dumps({"State": "Queued"})
    learned = lesson(request_type="InstallMedia", step=step, acknowledged=True, error_chain=None, body=body)
    assert learned is not None
    assert learned.apply(Report()).books == {"store:9": HeldBook(state="Queued")}
