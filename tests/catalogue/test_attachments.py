"""Documents: only PDF files that are whole, open and passive are kept, each under its hash."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.journal import Journal
from mdm.store import Database
from profiles.catalogue import pdf_check
from profiles.catalogue.attachment_store import file_of_hash, list_files
from profiles.catalogue.attachments import Attachments
from profiles.catalogue.catalogue import ATTACHMENT_LIMIT, Catalogue
from profiles.catalogue.errors import (
    AttachmentActive,
    AttachmentLocked,
    AttachmentNotKept,
    AttachmentNotPdf,
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentUnknown,
    ItemChanged,
    ItemUnknown,
    TooManyAttachments,
)
from profiles.catalogue.pdf_check import answer_for
from tests.catalogue.conftest import ACTOR, app
from tests.catalogue.pdf_maker import PLAIN, classic, packed, pages, with_objects, written

REASONS = {"header", "cut", "more", "pages", "broken", "encrypted", "script", "launch", "form", "embedded", "media"}
SCRIPT = b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"


def file(tmp_path: Path, body: bytes, name: str = "notice.pdf") -> Path:
    path = tmp_path / name
    path.write_bytes(body)
    return path


def locked() -> bytes:
    writer = pages()
    writer.encrypt("", "owner", algorithm="AES-256")
    return written(writer)


def with_a_file_inside() -> bytes:
    writer = pages()
    writer.add_attachment("inside.exe", b"MZ")
    return written(writer)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (classic(), 1),
        (packed(PLAIN), 1),
        (written(pages(3)), 3),
        (classic(with_objects(page=b"/Annots [<< /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>]")), 1),
        (classic(with_objects(catalog=b"/OpenAction [3 0 R /Fit]")), 1),
        (classic() + b"\n\0\0", 1),
    ],
    ids=["classic", "packed", "library", "link", "opens at a page", "blanks after the end"],
)
async def test_a_document_is_kept_under_its_hash(
    attachments: Attachments, tmp_path: Path, body: bytes, count: int
) -> None:
    kept = await attachments.keep(file(tmp_path, body))
    assert (kept.pages, kept.size) == (count, len(body))
    assert attachments.path_of(kept.hash).read_bytes() == body
    assert attachments.path_of(kept.hash).stat().st_mode & 0o077 == 0
    assert await attachments.is_whole(kept.hash)
    assert await attachments.keep(file(tmp_path, body, "again.pdf")) == kept
    assert [one.name for one in (tmp_path / "attachments").iterdir()] == [f"{kept.hash}.pdf"]


BAD: dict[str, tuple[Callable[[], bytes], type[AttachmentRefused]]] = {
    "nothing": (lambda: b"", AttachmentNotPdf),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), AttachmentNotPdf),
    "something before": (lambda: b"#!/bin/sh\n" + classic(), AttachmentNotPdf),
    "an archive after": (lambda: classic() + b"PK\x03\x04" + bytes(40), AttachmentNotPdf),
    "cut": (lambda: classic()[:-30], AttachmentNotPdf),
    "only a head and an end": (lambda: b"%PDF-1.7\nstartxref\n0\n%%EOF\n", AttachmentNotPdf),
    "no page": (lambda: classic({**PLAIN, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}), AttachmentNotPdf),
    "pages in a circle": (
        lambda: classic({**PLAIN, 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}),
        AttachmentNotPdf,
    ),
    "nested deeply": (lambda: classic(with_objects(more={4: b"[" * 3000 + b"]" * 3000})), AttachmentNotPdf),
    "locked": (locked, AttachmentLocked),
    "a script": (lambda: classic(with_objects(catalog=SCRIPT)), AttachmentActive),
    "a script in a packed object": (lambda: packed(with_objects(catalog=SCRIPT)), AttachmentActive),
    "a script under an escaped name": (
        lambda: classic(with_objects(catalog=b"/OpenAction << /S /J#61vaScript /J#53 4 0 R >>", more={4: b"(x)"})),
        AttachmentActive,
    ),
    "a script by reference": (
        lambda: classic(with_objects(page=b"/AA << /O 4 0 R >>", more={4: b"<< /S 5 0 R >>", 5: b"/JavaScript"})),
        AttachmentActive,
    ),
    "a script that no page names": (
        lambda: classic(with_objects(more={4: b"[ << /Next << /S /JavaScript >> >> ]"})),
        AttachmentActive,
    ),
    "a program": (lambda: classic(with_objects(page=b"/AA << /O << /S /Launch /F (x.exe) >> >>")), AttachmentActive),
    "a file inside": (with_a_file_inside, AttachmentActive),
    "a form that sends": (
        lambda: classic(with_objects(page=b"/Annots [<< /Subtype /Widget /A << /S /SubmitForm /F (http://x) >> >>]")),
        AttachmentActive,
    ),
    "a form of forms": (lambda: classic(with_objects(catalog=b"/AcroForm << /XFA (x) >>")), AttachmentActive),
    "a film": (lambda: classic(with_objects(page=b"/Annots [<< /Subtype /RichMedia >>]")), AttachmentActive),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_content_is_refused_with_the_reason_and_leaves_nothing(
    catalogue: Catalogue, database: Database, tmp_path: Path, name: str
) -> None:
    make, error = BAD[name]
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(error) as refused:
        await catalogue.attach(entry.item_id, file(tmp_path, make()), title="Notice", actor=ACTOR)
    assert type(refused.value) is error
    assert "Notice" in str(refused.value)
    assert await catalogue.show(entry.item_id) == entry
    assert await database.read(list_files) == []
    assert list((tmp_path / "attachments").iterdir()) == []


async def test_a_stream_that_unpacks_to_far_more_than_it_is_is_refused(
    attachments: Attachments, tmp_path: Path
) -> None:
    bomb = packed(PLAIN, filler=400 * 1024**2)
    assert len(bomb) < 1024**2
    with pytest.raises(AttachmentNotPdf):
        await attachments.keep(file(tmp_path, bomb))


async def test_a_document_may_have_twenty_megabytes_and_no_byte_more(attachments: Attachments, tmp_path: Path) -> None:
    def filled(size: int) -> bytes:
        stream = b"<< /Length %010d >>\nstream\n%s\nendstream" % (size, b" " * size)
        return classic(with_objects(more={4: stream}))

    spare = pdf_check.LARGEST - 1000
    spare += pdf_check.LARGEST - len(filled(spare))
    kept = await attachments.keep(file(tmp_path, filled(spare)))
    assert kept.size == pdf_check.LARGEST
    with pytest.raises(AttachmentTooLarge):
        await attachments.keep(file(tmp_path, filled(spare + 1)))


async def test_a_dossier_names_its_documents_by_hash(
    any_catalogue: Catalogue, any_database: Database, tmp_path: Path
) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    after = await any_catalogue.attach(
        entry.item_id, file(tmp_path, classic()), title="  Avis du  DPO ", revision=1, actor="account:dpo"
    )
    (document,) = after.content.attachments
    assert (document.title, document.pages, document.size) == ("Avis du DPO", 1, len(classic()))
    assert after.revision == 2
    assert after.digest != entry.digest
    stored = await any_database.read(lambda conn: file_of_hash(conn, document.hash))
    assert stored is not None
    assert (stored.added_by, stored.pages, stored.size) == ("account:dpo", 1, document.size)
    shown, path = await any_catalogue.document(entry.item_id, document.hash)
    assert (shown, path.read_bytes()) == (document, classic())
    same = await any_catalogue.attach(entry.item_id, file(tmp_path, classic()), title="Avis du DPO", actor=ACTOR)
    assert same == after
    renamed = await any_catalogue.attach(entry.item_id, file(tmp_path, classic()), title="Avis", actor=ACTOR)
    assert [one.title for one in renamed.content.attachments] == ["Avis"]


async def test_a_document_that_is_taken_out_stays_in_the_earlier_revisions(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    with_it = await catalogue.attach(entry.item_id, file(tmp_path, classic()), actor=ACTOR)
    digest = with_it.content.attachments[0].hash
    without = await catalogue.detach(entry.item_id, digest, revision=2, actor=ACTOR)
    assert without.content.attachments == ()
    assert without.digest == entry.digest
    assert (await catalogue.as_it_was(entry.item_id, 2)).attachments == with_it.content.attachments
    with pytest.raises(AttachmentUnknown):
        await catalogue.document(entry.item_id, digest)
    _, path = await catalogue.document(entry.item_id, digest, revision=2)
    assert path.read_bytes() == classic()
    with pytest.raises(AttachmentUnknown):
        await catalogue.detach(entry.item_id, digest, actor=ACTOR)


async def test_what_a_dossier_cannot_take_is_told(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(ItemUnknown):
        await catalogue.attach("0" * 32, file(tmp_path, classic()), actor=ACTOR)
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(AttachmentNotPdf):
        await catalogue.attach(entry.item_id, tmp_path / "absent.pdf", actor=ACTOR)
    with pytest.raises(AttachmentNotPdf):
        await catalogue.attach(entry.item_id, tmp_path, actor=ACTOR)
    with pytest.raises(ItemChanged):
        await catalogue.attach(entry.item_id, file(tmp_path, classic()), revision=7, actor=ACTOR)
    assert (await catalogue.show(entry.item_id)).revision == 1


async def test_a_disk_that_takes_nothing_is_told_and_nothing_changes(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    blocked = file(tmp_path, b"", "blocked")
    catalogue = Catalogue(database, clock, Journal(clock), Attachments(blocked))
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(AttachmentNotKept):
        await catalogue.attach(entry.item_id, file(tmp_path, classic()), actor=ACTOR)
    assert await catalogue.show(entry.item_id) == entry
    assert await database.read(list_files) == []


async def test_documents_that_come_at_once_are_all_there(any_catalogue: Catalogue, tmp_path: Path) -> None:
    entry = await any_catalogue.add(app(), actor=ACTOR)
    files = [file(tmp_path, classic() + b"\n" * (number % 2), f"{number}.pdf") for number in range(4)]
    await asyncio.gather(*[any_catalogue.attach(entry.item_id, one, title="Avis", actor=ACTOR) for one in files])
    after = await any_catalogue.show(entry.item_id)
    assert (len(after.content.attachments), after.revision) == (2, 3)
    assert await any_catalogue.damaged_attachments() == []


@pytest.mark.parametrize("digest", ["", "../valise", "A" * 64, "0" * 63, "0" * 64 + "/x"])
async def test_nothing_but_a_hash_leads_to_a_file(catalogue: Catalogue, attachments: Attachments, digest: str) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    with pytest.raises(AttachmentUnknown):
        await catalogue.document(entry.item_id, digest)
    with pytest.raises(ValueError):
        attachments.path_of(digest)


@pytest.mark.slow
async def test_a_dossier_has_fifty_documents_at_most(catalogue: Catalogue, tmp_path: Path) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    for number in range(ATTACHMENT_LIMIT):
        await catalogue.attach(entry.item_id, file(tmp_path, classic() + b"\n" * number), actor=ACTOR)
    with pytest.raises(TooManyAttachments):
        await catalogue.attach(entry.item_id, file(tmp_path, classic() + b" "), actor=ACTOR)


async def test_a_file_that_was_altered_or_removed_is_told(
    catalogue: Catalogue, attachments: Attachments, tmp_path: Path
) -> None:
    entry = await catalogue.add(app(), actor=ACTOR)
    await catalogue.attach(entry.item_id, file(tmp_path, classic()), actor=ACTOR)
    after = await catalogue.attach(entry.item_id, file(tmp_path, packed(PLAIN)), actor=ACTOR)
    first, second = (one.hash for one in after.content.attachments)
    assert await catalogue.damaged_attachments() == []
    with attachments.path_of(first).open("ab") as kept:
        kept.write(b" ")
    attachments.path_of(second).unlink()
    assert await catalogue.damaged_attachments() == [first, second]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(data=st.data())
def test_a_broken_file_is_read_or_refused_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([classic(), packed(PLAIN), written(pages(2))])))
    match data.draw(st.sampled_from(["cut", "flip", "noise"])):
        case "cut":
            whole = whole[: data.draw(st.integers(0, len(whole)))]
        case "flip":
            for _ in range(data.draw(st.integers(1, 8))):
                whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
        case _:
            start = data.draw(st.integers(9, len(whole) - 60))
            whole[start : start + 20] = data.draw(st.binary(max_size=60))
    path = tmp_path / f"{os.getpid()}.pdf"
    path.write_bytes(bytes(whole))
    answer = msgspec.json.decode(answer_for(path), type=dict[str, int | str])
    assert answer.get("pages", 0) or answer["refused"] in REASONS
