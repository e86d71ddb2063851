"""Books of a policy: what they may be, and what becomes of them on each platform."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.commands.target import TargetBook
from mdm.i18n import Catalogs
from mdm.store import Database
from profiles.android.compiler import AndroidCompiler
from profiles.android.stock import AndroidClass, Stock, android_class, remember_packages, stock_for
from profiles.apks.addresses import ApkAddresses
from profiles.compiler import CompiledTarget, Compiler, device_class
from profiles.errors import PolicyInvalid
from profiles.policy import Book, Policy, load_policy, policy_of
from tests.charter.agreed_policies import agreed

PDF: dict[str, Any] = {
    "name": "Lecture",
    "identifier": "lecture-cm1",
    "url": "https://livres.example/lecture.pdf",
    "kind": "pdf",
}
OF_STORE: dict[str, Any] = {"name": "Conte", "identifier": "conte", "store_id": 361309726}
NOTHING = Stock(apks=(), left_apps=(), left_locked=())
CATALOGS = Catalogs("profiles")


def with_books(*books: dict[str, Any], **more: Any) -> Policy:
    return policy_of({"name": "a", "books": list(books), **more})


def on_ipads(policy: Policy, version: str = "18.1", *, supervised: bool = True) -> CompiledTarget:
    made = Compiler(organization="MACS", device_url="https://mdm.example", secret=lambda name: name)
    return made.compile(agreed(policy), device_class(version, supervised=supervised))


def on_androids(policy: Policy, version: int = 14, stock: Stock = NOTHING) -> CompiledTarget:
    device = AndroidClass(abi="arm64-v8a", version=version)
    return AndroidCompiler(device_url="https://mdm.example").compile(agreed(policy), device, stock)


def files_of(compiled: CompiledTarget) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(compiled.artifacts[-1].body)["files"]
    return found


@pytest.mark.parametrize(
    ("books", "where", "reason"),
    [
        ([{"name": "x", "identifier": "x"}], "books[0]", "needs a url or a store_id"),
        ([{**PDF, "store_id": 7}], "books[0]", "not both"),
        ([{**OF_STORE, "kind": "pdf"}], "books[0]", "neither a kind nor a version"),
        ([{**OF_STORE, "version": 2}], "books[0]", "neither a kind nor a version"),
        ([{"name": "x", "identifier": "x", "url": "https://x.example/a.pdf"}], "books[0].kind", '"pdf" or "epub"'),
        ([{**PDF, "kind": "epub"}], "books[0].kind", "ends with .pdf"),
        ([{**PDF, "kind": "ibooks"}], "books[0].kind", "Invalid enum value"),
        ([{**PDF, "url": "http://x.example/a.pdf"}], "books[0].url", "matching regex"),
        ([{**PDF, "url": "https:///a.pdf"}], "books[0].url", "not an address"),
        ([{**PDF, "url": "https://x.example:port/a.pdf"}], "books[0].url", "not an address"),
        ([{**PDF, "url": "https://x.example/a.pdf\n"}], "books[0].url", "not an address"),
        ([{**PDF, "url": "https://me:secret@x.example/a.pdf"}], "books[0].url", "neither a name nor a password"),
        ([{**PDF, "identifier": "Lecture CM1"}], "books[0].identifier", "matching regex"),
        ([{**PDF, "identifier": "lecture\n"}], "books[0].identifier", "matching regex"),
        ([{**PDF, "identifier": "../lecture"}], "books[0].identifier", "matching regex"),
        ([{**PDF, "version": 0}], "books[0].version", ">= 1"),
        ([PDF, {**PDF, "name": "Autre"}], "books[1].identifier", "lecture-cm1 is there twice"),
        ([OF_STORE, {**OF_STORE, "identifier": "autre"}], "books[1].store_id", "361309726 is there twice"),
        ([{**PDF, "publisher": "x"}], "books[0]", "publisher is not a field"),
        ([{**PDF, "autor": "x"}], "books[0]", "did you mean author?"),
    ],
)
def test_a_book_that_cannot_be_is_named_with_the_reason(books: list[Any], where: str, reason: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        with_books(*books)
    assert refused.value.params["where"] == where
    assert reason in str(refused.value.params["reason"])


def test_no_file_of_android_takes_a_books_place() -> None:
    for path in ("Books/lecture-cm1.pdf", "books/Lecture-CM1.PDF"):
        with pytest.raises(PolicyInvalid, match="is the place of a book"):
            with_books(PDF, android={"files": [{"path": path, "content": "eA=="}]})
    assert with_books(PDF, android={"files": [{"path": "Books/other.pdf", "content": "eA=="}]}).books


def test_books_are_read_from_a_policys_file() -> None:
    text = 'name = "a"\n[[books]]\nname = "Lecture"\nidentifier = "lecture"\n'
    policy = load_policy((text + 'url = "https://x.example/lecture"\nkind = "epub"\nauthor = "Anne Dupré"\n').encode())
    assert policy.books == (
        Book(name="Lecture", identifier="lecture", url="https://x.example/lecture", kind="epub", author="Anne Dupré"),
    )


def test_a_policy_without_books_keeps_its_form_and_its_identity() -> None:
    assert Policy(name="a").canonical() == b'{"name":"a"}'
    assert with_books().policy_id == Policy(name="a").policy_id
    assert with_books(PDF).policy_id != Policy(name="a").policy_id
    assert b'"version"' not in with_books(PDF).canonical()


books = st.lists(
    st.builds(
        Book,
        name=st.text("abcé", min_size=1, max_size=5),
        identifier=st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,3})?", fullmatch=True),
        url=st.just("https://livres.example/un-livre"),
        kind=st.sampled_from(["pdf", "epub"]),
        version=st.integers(1, 3),
        author=st.none() | st.just("Anne Dupré"),
    ),
    max_size=5,
    unique_by=lambda book: book.identifier,
).map(tuple)


@given(books=books)
def test_books_survive_the_canonical_form_and_no_two_have_one_path(books: tuple[Book, ...]) -> None:
    policy = policy_of(msgspec.to_builtins(Policy(name="a", books=books)))
    assert policy_of(msgspec.json.decode(policy.canonical())) == policy
    everything = {book.path for book in books}
    everything |= {msgspec.structs.replace(book, version=version).path for book in books for version in range(1, 4)}
    everything.discard(None)
    assert len(everything) == 3 * len(books)


@pytest.mark.parametrize("version", ["15.0", "17.0", "18.1"])
@pytest.mark.parametrize("supervised", [True, False])
def test_every_ipad_is_to_hold_the_books(version: str, *, supervised: bool) -> None:
    policy = with_books({**PDF, "version": 3, "author": "Anne Dupré"}, OF_STORE)
    assert on_ipads(policy, version, supervised=supervised).target.books == (
        TargetBook(
            identifier="org.valise.book.lecture-cm1",
            title="Lecture",
            url=PDF["url"],
            kind="pdf",
            version="3",
            author="Anne Dupré",
        ),
        TargetBook(identifier="store:361309726", title="Conte", store_id=361309726),
    )


def test_what_books_would_need_on_ipads_is_said_in_both_languages() -> None:
    policy = with_books(PDF, OF_STORE, restrictions={"only_listed_apps": True})
    told = {one.field: one for one in on_ipads(policy).not_enforced}
    assert set(told) == {"books[1] Conte", "books"}
    for one in told.values():
        assert one.in_words(CATALOGS.for_language("fr")) != one.in_words(CATALOGS.for_language("en"))
    assert "com.apple.iBooks" in told["books"].in_words(CATALOGS.for_language("fr"))
    reader = {"name": "Livres", "bundle_id": "com.apple.iBooks", "install": "allowed"}
    assert on_ipads(with_books(PDF, restrictions={"only_listed_apps": True}, apps=[reader])).not_enforced == ()
    assert on_ipads(with_books(PDF)).not_enforced == ()


def test_a_book_is_a_file_of_android_tablets_and_another_version_is_another_file() -> None:
    made = on_androids(with_books(PDF))
    assert files_of(made) == [
        {"path": "Books/lecture-cm1.pdf", "url": PDF["url"], "lastUpdate": 1000, "description": ""}
    ]
    assert [book.identifier for book in made.target.books] == ["Books/lecture-cm1.pdf"]
    [newer] = files_of(on_androids(with_books({**PDF, "version": 2})))
    assert (newer["path"], newer["lastUpdate"]) == ("Books/lecture-cm1.2.pdf", 2000)
    assert made.artifacts[-1].body != on_androids(with_books()).artifacts[-1].body
    assert len(made.artifacts) == 1, "the tablets fetch a book from its own address"


def test_books_come_after_the_files_that_always_answer_and_what_left_goes_first() -> None:
    stock = msgspec.structs.replace(NOTHING, left_books=("Books/old.pdf",))
    policy = with_books(PDF, android={"files": [{"path": "a.txt", "content": "eA=="}]})
    found = files_of(on_androids(policy, stock=stock))
    assert [one["path"] for one in found] == ["Books/old.pdf", "a.txt", "Books/lecture-cm1.pdf"]
    assert [one.get("remove", False) for one in found] == [True, False, False]


def test_what_books_would_need_on_android_is_said_in_both_languages() -> None:
    new, old = on_androids(with_books(PDF, OF_STORE)), on_androids(with_books(PDF), version=10)
    assert [one.field for one in new.not_enforced] == ["books[1] Conte", "books", "books"]
    assert [one.field for one in old.not_enforced] == ["books"]
    assert [one.field for one in on_androids(with_books(OF_STORE)).not_enforced] == ["books[0] Conte"]
    assert on_androids(with_books()).not_enforced == ()
    for one in new.not_enforced:
        assert one.in_words(CATALOGS.for_language("fr")) != one.in_words(CATALOGS.for_language("en"))


async def test_a_book_that_left_is_taken_away_and_one_that_is_there_is_not(
    any_database: Database, clock: ManualClock
) -> None:
    del clock
    before, after = with_books(PDF, {**PDF, "identifier": "calcul"}), with_books({**PDF, "version": 2})
    device, addresses = android_class("arm64-v8a", "14"), ApkAddresses(bytes(32), "https://mdm.example")

    async def left(policy: Policy) -> tuple[str, ...]:
        stock = await any_database.read(lambda conn: stock_for(conn, policy, device, addresses))
        return stock.left_books

    for policy in (before, after, before):
        await any_database.write(lambda conn, policy=policy: remember_packages(conn, policy))
    assert await left(after) == ("Books/calcul.pdf", "Books/lecture-cm1.pdf")
    assert await left(before) == ("Books/lecture-cm1.2.pdf",)
    taken = with_books(android={"files": [{"path": "Books/calcul.pdf", "content": "eA=="}]})
    assert "Books/calcul.pdf" not in await left(taken)
