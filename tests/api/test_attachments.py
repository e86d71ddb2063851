"""Documents of dossiers over HTTP: checked, kept under their hash, sent as they were given."""

from pathlib import Path
from typing import Any

import pytest

from mdm.store import Database
from profiles.catalogue import pdf_check
from tests.api.conftest import Api, Reply
from tests.api.test_catalogue import KEY, add, page
from tests.catalogue.pdf_maker import classic, pages, with_objects, written
from tests.catalogue.test_attachments import SCRIPT, locked
from webui.roles import Role

PDF = {"Content-Type": "application/pdf"}
NOTICE = classic()


async def attach(
    api: Api, item_id: str, body: bytes = NOTICE, title: str = "Politique%20de%20vie%20priv%C3%A9e", **more: Any
) -> Reply:
    headers = {**PDF, **more.pop("headers", {})}
    path = f"/catalogue/items/{item_id}/attachments?title={title}"
    return await api.ask("POST", path, role=more.pop("role", Role.MANAGER), data=body, headers=headers)


async def test_a_document_comes_back_as_it_was_given(api: Api, tmp_path: Path) -> None:
    item_id = (await add(api)).json["item_id"]
    made = await attach(api, item_id)
    assert (made.status, made.json["title"], made.json["size"]) == (201, "Politique de vie privée", len(NOTICE))
    shown = (await api.ask("GET", f"/catalogue/items/{item_id}")).json
    assert (shown["revision"], shown["attachments"]) == (2, [made.json])
    sent = await api.ask("GET", made.headers["Location"], role=Role.PARENT)
    assert (sent.status, sent.headers["Content-Type"], sent.body) == (200, "application/pdf", NOTICE)
    assert sent.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Politique%20de%20vie%20priv%C3%A9e.pdf"
    )
    known = await api.ask("GET", made.headers["Location"], headers={"If-None-Match": sent.headers["ETag"]})
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", sent.headers["ETag"])
    assert (tmp_path / "attachments" / f"{made.json['hash']}.pdf").read_bytes() == NOTICE


async def test_a_document_that_is_sent_twice_with_a_key_is_attached_once(api: Api) -> None:
    item_id = (await add(api)).json["item_id"]
    first = await attach(api, item_id, headers=KEY)
    again = await attach(api, item_id, headers=KEY)
    assert (first.status, again.status, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    other = await attach(api, item_id, written(pages()), headers=KEY)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    shown = (await api.ask("GET", f"/catalogue/items/{item_id}")).json
    assert (shown["revision"], len(shown["attachments"])) == (2, 1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"hello", 422, "attachment_not_pdf"),
        (NOTICE[:-20], 422, "attachment_not_pdf"),
        (locked(), 422, "attachment_locked"),
        (classic(with_objects(catalog=SCRIPT)), 422, "attachment_active"),
        (b"%PDF-1.4\n" + b"\0" * (pdf_check.LARGEST - 8), 413, "attachment_too_large"),
        (b"%PDF-1.4\n" + b"\0" * (pdf_check.LARGEST + 2000), 413, "body_too_large"),
    ],
    ids=["text", "cut", "locked", "script", "a little too large", "too large"],
)
async def test_what_is_no_passive_pdf_is_refused_and_nothing_is_kept(
    api: Api, database: Database, tmp_path: Path, body: bytes, status: int, code: str
) -> None:
    item_id = (await add(api)).json["item_id"]
    refused = await attach(api, item_id, body)
    assert (refused.status, refused.code) == (status, code)
    assert (await api.ask("GET", f"/catalogue/items/{item_id}")).json["revision"] == 1
    folder = tmp_path / "attachments"
    assert not folder.exists() or list(folder.iterdir()) == []
    assert await database.read(lambda conn: conn.all("SELECT * FROM attachment")) == []


async def test_a_request_that_does_not_fit_is_refused(api: Api) -> None:
    item_id = (await add(api)).json["item_id"]
    path = f"/catalogue/items/{item_id}/attachments"
    untitled = await api.ask("POST", path, role=Role.MANAGER, data=NOTICE, headers=PDF)
    assert (untitled.status, untitled.code) == (400, "parameter_wrong")
    hidden = await attach(api, item_id, title="x%E2%80%AEy")
    assert (hidden.status, hidden.code) == (422, "catalogue_field_invalid")
    word = await attach(api, item_id, headers={"Content-Type": "application/msword"})
    assert (word.status, word.code) == (415, "media_type_refused")
    assert (await attach(api, "0" * 32)).code == "catalogue_item_unknown"
    for role in (Role.TECHNICIAN, Role.ADMINISTRATOR, Role.TEACHER):
        assert (await attach(api, item_id, role=role)).status == 403


async def test_a_document_that_is_taken_out_stays_in_earlier_revisions(api: Api) -> None:
    item_id = (await add(api)).json["item_id"]
    made = await attach(api, item_id)
    path = made.headers["Location"]
    assert (await api.ask("DELETE", path, role=Role.TECHNICIAN)).status == 403
    gone = await api.ask("DELETE", path, role=Role.MANAGER)
    assert (gone.status, gone.body) == (204, b"")
    for reply in (await api.ask("GET", path), await api.ask("DELETE", path, role=Role.MANAGER)):
        assert (reply.status, reply.code) == (404, "attachment_unknown")
    assert (await api.ask("GET", f"{path}?revision=2")).body == NOTICE
    assert (await api.ask("GET", f"{path}?revision=1")).code == "attachment_unknown"
    assert (await api.ask("GET", f"{path}?revision=9")).code == "catalogue_revision_unknown"
    other = (await add(api, page("Lumni"))).json["item_id"]
    assert (await api.ask("GET", path.replace(item_id, other))).code == "attachment_unknown"


async def test_a_document_that_was_altered_on_disk_is_not_sent(api: Api, tmp_path: Path) -> None:
    item_id = (await add(api)).json["item_id"]
    made = await attach(api, item_id)
    file = tmp_path / "attachments" / f"{made.json['hash']}.pdf"
    file.write_bytes(NOTICE.replace(b"200", b"201"))
    altered = await api.ask("GET", made.headers["Location"])
    assert (altered.status, altered.code) == (409, "attachment_damaged")
    assert "Politique de vie privée" in altered.json["detail"]
    file.unlink()
    assert (await api.ask("GET", made.headers["Location"])).code == "attachment_damaged"
