"""Schools, kits and tablets from CSV files: tried first, then imported whole or not at all."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from mdm.csv_writing import first_lines, lines
from mdm.errors import ValiseError
from mdm.fleet.csv_reading import SIZE_LIMIT_MIB
from mdm.fleet.import_report import ImportRefused, ImportReport
from mdm.i18n import N_
from webui.errors import NotAllowed, PageNotFound
from webui.fleet.errors import FileForgotten, FileMissing
from webui.fleet.kept_files import KeptFiles
from webui.forms import Given
from webui.pages import page
from webui.permissions import Action
from webui.site import Site

_UPLOAD_BYTES = (SIZE_LIMIT_MIB + 1) * 1024 * 1024
_SHOWN = 200
KINDS: Mapping[str, str] = {"schools": N_("Schools"), "kits": N_("Kits"), "tablets": N_("Tablets")}
_ABOUT: Mapping[str, str] = {
    "schools": N_("One line for each school, with its commune. A commune that is not known yet is added."),
    "kits": N_("One line for each kit: its school's code, its name, its platform and its number of places."),
    "tablets": N_("One line for each tablet, in a place of a kit or as a spare."),
}
_THINGS: Mapping[str, str] = {
    "territory": N_("Territory"),
    "commune": N_("Commune"),
    "school": N_("School"),
    "kit": N_("Kit"),
    "tablet": N_("Tablet"),
}
# Titles and values are those of files, which are French wherever Valise is used.
_EXAMPLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "schools": (
        ("UAI", "Nom", "Code INSEE", "Commune", "Territoire"),
        ("0400377T", "École du Bourg", "40192", "Mont-de-Marsan", "Landes"),
    ),
    "kits": (("UAI", "Valise", "Plateforme", "Places"), ("0400377T", "Cassiopée", "ipad", "12")),
    "tablets": (
        ("Numéro de série", "Plateforme", "Modèle", "UAI", "Valise", "Place"),
        ("DMPX3ABCQ1", "ipad", "iPad (9e génération)", "0400377T", "Cassiopée", "7"),
        ("R52T80ABCDE", "android", "Galaxy Tab A9", "", "", ""),
    ),
}


class ImportPages:
    """Takes files, from those who may change the whole fleet."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._view = site.services.fleet_view
        self._files = KeptFiles(site.services.settings.data_dir / "uploads", site.services.clock)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        needs = Action.EDIT_FLEET
        return [
            page("GET", "/imports", self.ask, needs=needs),
            page("GET", "/imports/{kind:[a-z]{1,10}}.csv", self.template, needs=needs),
            page("POST", "/imports", self.try_file, needs=needs, upload_bytes=_UPLOAD_BYTES),
            page("POST", "/imports/apply", self.apply, needs=needs),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show what can be imported, and how a file looks."""
        self._require_whole(request)
        return self._page(request)

    async def template(self, request: web.Request) -> web.Response:
        """Give a file with the titles and an example."""
        self._require_whole(request)
        kind = _kind(request.match_info["kind"])
        titles, *rows = _EXAMPLES[kind]
        return web.Response(
            body=first_lines(titles) + lines(rows),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
        )

    async def try_file(self, request: web.Request) -> web.StreamResponse:
        """Tell what a file would change; nothing is changed."""
        self._require_whole(request)
        form = await request.post()
        kind = _kind(Given(form).text("kind"))
        actor = self._site.person(request).actor
        try:
            file = form.get("file")
            if not isinstance(file, FileField) or not file.filename:
                raise FileMissing
            body = file.file.read()
            report = await self._import(kind, body, actor, dry_run=True)
        except ValiseError as refused:
            return self._page(request, kind=kind, refused=refused)
        token = await self._files.keep(body, actor=actor)
        return self._page(request, kind=kind, report=report, token=token)

    async def apply(self, request: web.Request) -> web.StreamResponse:
        """Import a file that was tried."""
        self._require_whole(request)
        given = Given(await request.post())
        kind, actor, token = _kind(given.text("kind")), self._site.person(request).actor, given.text("token")
        try:
            report = await self._import(kind, await self._files.take(token, actor=actor), actor, dry_run=False)
        except (ImportRefused, FileForgotten) as refused:
            return self._page(request, kind=kind, refused=refused)
        await self._files.forget(token, actor=actor)
        return self._page(request, kind=kind, report=report)

    async def _import(self, kind: str, body: bytes, actor: str, *, dry_run: bool) -> ImportReport:
        if kind == "schools":
            return await self._view.imports.schools(body, actor=actor, dry_run=dry_run)
        if kind == "kits":
            return await self._view.imports.kits(body, actor=actor, dry_run=dry_run)
        return await self._view.tablet_imports.tablets(body, actor=actor, dry_run=dry_run)

    def _page(
        self,
        request: web.Request,
        *,
        kind: str = "",
        refused: ValiseError | None = None,
        report: ImportReport | None = None,
        token: str = "",
    ) -> web.Response:
        values: dict[str, Any] = {
            "kinds": KINDS,
            "abouts": _ABOUT,
            "things": _THINGS,
            "kind": kind,
            "refused": refused,
            "problems": refused.problems[:_SHOWN] if isinstance(refused, ImportRefused) else (),
            "report": report,
            "shown": _SHOWN,
            "token": token,
            "limit": SIZE_LIMIT_MIB,
        }
        return self._site.renderer.page(
            request, "fleet/imports.html", status=refused.status if refused else 200, **values
        )

    def _require_whole(self, request: web.Request) -> None:
        """Raise `NotAllowed` unless all of the fleet is reached: a file may name any school."""
        if not self._site.reach(request, Action.EDIT_FLEET).everything:
            raise NotAllowed


def _kind(text: str) -> str:
    if text not in KINDS:
        raise PageNotFound
    return text
