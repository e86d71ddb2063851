"""An agreed book reaches tablets of both kinds from the publisher's own server, and leaves with the edition."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from mdm.simulator.apns import PushAuthority, PushServer
from tests.conftest import not_run
from tests.system import test_valise_of_android as androids
from tests.system import test_valise_of_ipads as ipads
from tests.system.conftest import RunningValise, until, with_kit

pytestmark = pytest.mark.external

PDF = b"%PDF-1.7 un livre"
STORED = "/storage/emulated/0/Books/lecture.pdf"


class Library:
    """A publisher's web server; ``root`` is the authority that certifies it."""

    def __init__(self, folder: Path) -> None:
        authority = PushAuthority.create()
        self._files = authority.server_files(folder)
        self.root = authority.root_pem()
        self.asked = 0
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        async def book(request: web.Request) -> web.Response:
            self.asked += 1
            return web.Response(body=PDF, content_type="application/pdf")

        app = web.Application()
        app.router.add_get("/lecture.pdf", book)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self._files)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "localhost", 0, ssl_context=context).start()
        self.url = f"https://localhost:{self._runner.addresses[0][1]}/lecture.pdf"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def policy(self, folder: Path) -> Path:
        """A policy that holds the book and nothing else."""
        text = f'name = "Lire"\n[[books]]\nname = "Lecture"\nidentifier = "lecture"\nurl = "{self.url}"\nkind = "pdf"\n'
        path = folder / "books.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def authorities(self, valise: RunningValise) -> Path:
        """A file with the authorities of both servers, as a tablet trusts those of the web."""
        path = valise.folder / "authorities.pem"
        path.write_bytes(valise.root.read_bytes() + self.root)
        return path


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    made = await asyncio.to_thread(Library, tmp_path)
    await made.start()
    yield made
    await made.stop()


def empty(folder: Path) -> Path:
    path = folder / "empty.toml"
    path.write_text('name = "Rien"\n', encoding="utf-8")
    return path


async def test_an_agreed_book_reaches_an_ipad_and_leaves_it(
    make_valise: Callable[..., RunningValise], push_service: PushServer, library: Library
) -> None:
    valise = make_valise(push_service)
    with_kit(valise, 1)
    valise.agree(library.policy(valise.folder))
    valise.start()
    async with ipads.living(valise, push_service, 1, ca_file=library.authorities(valise)) as (ipad,):
        await until(lambda: ipads.ready(valise) == 1)
        [(name, book)] = ipad.tablet.books.items()
        assert (name, book.state, book.version, book.title) == ("org.valise.book.lecture", "Managed", "1", "Lecture")
        assert library.asked == 1
        valise.agree(empty(valise.folder))
        await until(lambda: ipad.tablet.books == {})
        await until(lambda: ipads.ready(valise) == 1)


@pytest.mark.slow
async def test_an_agreed_book_reaches_an_android_tablet_and_leaves_it(
    make_valise: Callable[..., RunningValise], library: Library
) -> None:
    valise = make_valise()
    androids.with_android_kit(valise, 1)
    valise.agree(library.policy(valise.folder))
    valise.start()
    async with androids.living(valise, 1, ca_file=library.authorities(valise)) as (agent,):
        await until(lambda: androids.stages(valise) == ["ready"], 120)
        assert agent.tablet.files[STORED].content == PDF
        valise.agree(empty(valise.folder))
        await until(lambda: STORED not in agent.tablet.files, 120)
        await until(lambda: androids.stages(valise) == ["ready"], 120)


@pytest.fixture(autouse=True)
def _needs_zbar() -> None:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg is not installed")
