"""What a tablet does with managed books: fetches, replaces, lists, loses and removes them, as Apple's document says."""

import pytest

from mdm.simulator.obey_books import user_deletes_book
from tests.simulator.test_obeying import first_error, obeyed

BOOK = {"MediaType": "Book", "PersistentID": "org.example.lecture"}
PDF, EPUB = b"%PDF-1.7 one", b"PK\x03\x04 two"


async def listed(school, ipad) -> dict:
    books = (await obeyed(school, ipad, "ManagedMediaList"))["Books"]
    return {one.get("PersistentID") or one["iTunesStoreID"]: (one["State"], one.get("Version")) for one in books}


async def install(school, ipad, name: str, version: str = "1", **more) -> dict:
    url = f"{school.url}/files/{name}"
    return await obeyed(school, ipad, "InstallMedia", **BOOK, MediaURL=url, Version=version, **more)


async def test_a_book_is_fetched_listed_replaced_and_removed(school, ipad) -> None:
    school.files |= {"a.pdf": PDF, "b.epub": EPUB}
    answer = await install(school, ipad, "a.pdf", Kind="pdf", Title="Lecture", Author="Anne Dupré")
    assert (answer["Status"], answer["State"], answer["PersistentID"]) == (
        "Acknowledged",
        "Installing",
        "org.example.lecture",
    )
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "1")}
    book = ipad.tablet.books["org.example.lecture"]
    assert (book.title, book.author, book.kind, book.size) == ("Lecture", "Anne Dupré", "pdf", len(PDF))
    assert (await install(school, ipad, "b.epub", "2"))["State"] == "Updating"
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "2")}
    assert ipad.tablet.books["org.example.lecture"].kind == "epub"
    for _ in range(2):
        assert (await obeyed(school, ipad, "RemoveMedia", **BOOK))["Status"] == "Acknowledged"
    assert await listed(school, ipad) == {}


@pytest.mark.parametrize(("name", "body"), [("none.pdf", None), ("a.pdf", b"<html>404</html>"), ("a.epub", PDF)])
async def test_a_book_that_does_not_arrive_is_told_once(school, ipad, name, body) -> None:
    if body is not None:
        school.files[name] = body
    assert (await install(school, ipad, name))["State"] == "Installing"
    assert await listed(school, ipad) == {"org.example.lecture": ("Failed", "1")}
    assert await listed(school, ipad) == {}


async def test_the_earlier_version_stays_when_the_new_one_does_not_arrive(school, ipad) -> None:
    school.files["a.pdf"] = PDF
    await install(school, ipad, "a.pdf")
    await install(school, ipad, "none.pdf", "2")
    assert await listed(school, ipad) == {"org.example.lecture": ("Failed", "2")}
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "1")}


@pytest.mark.parametrize("url", ["http://livres.example/a.pdf", "https://livres.example/a.txt", "a.pdf", "https://["])
async def test_an_address_that_leads_to_no_book_is_refused(school, ipad, url) -> None:
    answer = await obeyed(school, ipad, "InstallMedia", **BOOK, MediaURL=url)
    assert first_error(answer) == ("MCMDMErrorDomain", 12043)
    assert answer["RejectionReason"] == "DownloadInvalid"
    film = await obeyed(school, ipad, "InstallMedia", **{**BOOK, "MediaType": "Film"}, MediaURL=url)
    assert film["RejectionReason"] == "WrongMediaType"


async def test_a_book_of_the_store_waits_for_somebody_who_signs_in_and_needs_a_licence(school, ipad) -> None:
    wanted = {"MediaType": "Book", "iTunesStoreID": 361309726}
    assert (await obeyed(school, ipad, "InstallMedia", **wanted))["State"] == "PromptingForLogin"
    assert await listed(school, ipad) == {361309726: ("PromptingForLogin", None)}
    ipad.tablet.licensed_books = frozenset({5})
    refused = await obeyed(school, ipad, "InstallMedia", **wanted)
    assert (first_error(refused)[1], refused["RejectionReason"]) == (12047, "PurchaseNotFound")
    ipad.tablet.licensed_books = frozenset({361309726})
    await obeyed(school, ipad, "InstallMedia", **wanted)
    assert await listed(school, ipad) == {361309726: ("Installed", None)}
    await obeyed(school, ipad, "RemoveMedia", MediaType="Book", iTunesStoreID="361309726")
    assert await listed(school, ipad) == {}


async def test_a_tablet_without_the_app_store_takes_no_book_of_the_store(school, ipad, a_profile) -> None:
    school.files["a.pdf"] = PDF
    closed = a_profile("a", "com.apple.applicationaccess", allowAppInstallation=False)
    await obeyed(school, ipad, "InstallProfile", Payload=closed)
    refused = await obeyed(school, ipad, "InstallMedia", MediaType="Book", iTunesStoreID=7)
    assert refused["RejectionReason"] == "AppStoreDisabled"
    await install(school, ipad, "a.pdf")
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "1")}


async def test_nobody_is_asked_on_a_tablet_that_is_not_supervised(school, make_ipad) -> None:
    ipad = make_ipad(supervised=False)
    await ipad.enroll(f"{school.url}/e/ticket")
    school.files["a.pdf"] = PDF
    assert (await install(school, ipad, "a.pdf"))["State"] == "Installing"
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "1")}


async def test_a_book_that_its_user_deletes_is_listed_so_and_leaves_with_the_enrollment(school, ipad) -> None:
    school.files["a.pdf"] = PDF
    await install(school, ipad, "a.pdf")
    assert user_deletes_book(ipad.tablet, "org.example.lecture")
    assert not user_deletes_book(ipad.tablet, "org.example.lecture")
    assert await listed(school, ipad) == {"org.example.lecture": ("ManagedButUninstalled", "1")}
    await install(school, ipad, "a.pdf", "2")
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "2")}
    await ipad.remove_management()
    assert ipad.tablet.books == {}


async def test_a_locked_tablet_puts_books_off_and_a_lost_one_takes_none(school, make_ipad) -> None:
    ipad = make_ipad(passcode=True)
    await ipad.enroll(f"{school.url}/e/ticket")
    school.files["a.pdf"] = PDF
    assert (await install(school, ipad, "a.pdf"))["Status"] == "NotNow"
    ipad.unlock()
    await ipad.converse()
    await ipad.settle()
    assert await listed(school, ipad) == {"org.example.lecture": ("Managed", "1")}
    await obeyed(school, ipad, "EnableLostMode", Message="Perdu")
    ipad.tablet.unlock()
    assert first_error(await install(school, ipad, "a.pdf"))[1] == 12078
