"""The charter for everybody, without signing in: its pages, its papers, and the export that anybody can verify."""

from typing import ClassVar
from urllib.parse import quote

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import LANGUAGES, N_, Catalogs, Translator
from mdm.version import VERSION
from profiles.charter.errors import EditionUnknown, NoCharter
from profiles.charter.public_page import PublicCharter, PublicEdition
from profiles.charter.sentence import Day, Hour, Money, Param, in_words
from webui.api.preconditions import is_known
from webui.pages import Door, page
from webui.rendering import Renderer
from webui.visitor import visitor_of

_FOR_A_MINUTE = "public, max-age=60"
_SHOWN_DECISIONS = 40
_SHOWN_EDITIONS = 60


class CharterNotShown(ValiseError):
    """There is no such edition, or no charter yet."""

    code: ClassVar[str] = "charter_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no such edition of the charter here.")
    hint: ClassVar[str] = N_("The newest edition is at /charter, once the charter was founded.")


class CharterPages:
    """Pages that hold nothing of who asks: they are the same for everybody who reads the same language."""

    def __init__(self, public: PublicCharter, catalogs: Catalogs, renderer: Renderer) -> None:
        self._public = public
        self._catalogs = catalogs
        self._renderer = renderer
        self._pages: dict[str, bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        edition = "/charter/editions/{number:[0-9]{1,6}}"
        return [
            page("GET", "/charter", self.newest, needs=Door.OPEN),
            page("GET", edition, self.edition, needs=Door.OPEN),
            page("GET", f"{edition}.pdf", self.paper, needs=Door.OPEN),
            page("GET", "/charter/export.json", self.export, needs=Door.OPEN),
        ]

    async def newest(self, request: web.Request) -> web.Response:
        """Show the newest edition."""
        return await self._page(request, None)

    async def edition(self, request: web.Request) -> web.Response:
        """Show an edition by its number."""
        return await self._page(request, int(request.match_info["number"]))

    async def paper(self, request: web.Request) -> web.Response:
        """Give an edition as PDF, in French unless English is asked for: it is the paper that is signed and hung up."""
        number = int(request.match_info["number"])
        translate = self._catalogs.for_language(request.query.get("lang", "fr"))
        try:
            body = await self._public.paper(number, translate)
        except (EditionUnknown, NoCharter) as error:
            raise CharterNotShown from error
        view = (await self._public.edition(number)).view
        tag = f'"{view.edition_id[:32]}-{translate.lang}-{VERSION}"'
        return _answer(request, body, tag, content_type="application/pdf", name=f"charte-{view.territory}-{number}.pdf")

    async def export(self, request: web.Request) -> web.Response:
        """Give all editions and keys, for anybody to verify."""
        try:
            export = await self._public.export()
        except NoCharter as error:
            raise CharterNotShown from error
        name = f"charte-{export.territory}-{export.number}.json"
        return _answer(request, export.body, f'"{export.tag}"', content_type="application/json", name=name, packed=True)

    async def _page(self, request: web.Request, number: int | None) -> web.Response:
        try:
            edition = await self._public.edition(number)
        except (EditionUnknown, NoCharter) as error:
            raise CharterNotShown from error
        translate = self._language(request)
        tag = f'"{edition.tag}-{translate.lang}-{VERSION}"'
        response = _answer(request, self._rendered(edition, translate, tag), tag, content_type="text/html", packed=True)
        response.headers["Content-Language"] = translate.lang
        response.headers["Vary"] = "Accept-Language, Cookie, Accept-Encoding"
        return response

    def _language(self, request: web.Request) -> Translator:
        wanted = request.query.get("lang", "")
        return self._catalogs.for_language(wanted) if wanted in LANGUAGES else visitor_of(request).translate

    def _rendered(self, edition: PublicEdition, translate: Translator, tag: str) -> bytes:
        known = self._pages.get(tag)
        if known is None:
            if len(self._pages) >= 2 * len(LANGUAGES) * 8:
                self._pages.clear()
            known = self._pages[tag] = self._render(edition, translate).encode()
        return known

    def _render(self, edition: PublicEdition, translate: Translator) -> str:
        def say(value: Param) -> str:
            return in_words(value, translate)

        return self._renderer.fragment(
            translate,
            "charter.html",
            edition=edition,
            view=edition.view,
            register=edition.view.register[:_SHOWN_DECISIONS],
            editions=edition.editions[:_SHOWN_EDITIONS],
            say=say,
            day=lambda moment: Day(moment).text(translate),
            hour=lambda moment: Hour(moment).text(translate),
            money=lambda cents: Money(cents).text(translate),
            other="en" if translate.lang == "fr" else "fr",
            version=VERSION,
        )


def _answer(
    request: web.Request, body: bytes, tag: str, *, content_type: str, name: str = "", packed: bool = False
) -> web.Response:
    """Return the content, or nothing when the browser has it already."""
    known = is_known(request.headers.get("If-None-Match"), tag)
    response = web.Response(status=304) if known else web.Response(body=body, content_type=content_type)
    if content_type == "text/html" and not known:
        response.charset = "utf-8"
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = _FOR_A_MINUTE
    if name:
        response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    if packed and not known:
        response.enable_compression()
    return response
