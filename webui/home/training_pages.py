"""The training: short parts with drawings and questions, the reasons for each answer, and a certificate."""

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.training.course import Module, in_language, picture, shipped_course
from mdm.home.training.training import Result
from mdm.i18n import DEFAULT_LANGUAGE, N_
from webui.home.errors import NoPicture
from webui.home.family import Family
from webui.home.speech import Speech
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.rendering import ZONE, direction_of
from webui.site import Site
from webui.visitor import visitor_of

_PART = "/home/training/parts/{part:[a-z0-9-]{1,40}}"


class TrainingPages:
    """Shows and judges the training."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._training = site.services.home.training

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/home/training", self.list, needs=Action.OWN_LOANS),
            page("GET", "/home/training/certificate", self.certificate, needs=Action.OWN_LOANS),
            page("GET", "/home/training/pictures/{name:[a-z0-9-]{1,40}}.svg", self.picture, needs=Action.OWN_LOANS),
            page("GET", _PART, self.show, needs=Action.OWN_LOANS),
            page("POST", _PART, self.answer, needs=Action.OWN_LOANS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show the parts and how far the person is."""
        return self._site.renderer.page(
            request,
            "home/training.html",
            course=self._training.course,
            progress=await self._training.progress(self._account(request)),
            said=_sayer(request),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show a part with its questions."""
        return await self._part(request, self._training.module(request.match_info["part"]))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Judge the answers and show why each is right or wrong."""
        module = self._training.module(request.match_info["part"])
        form = await request.post()
        answers = {one.key: str(form.get(f"answer-{one.key}", ""))[:40] for one in module.questions}
        actor = self._site.person(request).actor
        try:
            result = await self._training.answer(self._account(request), module.key, answers, actor=actor)
        except ValiseError as refused:
            return await self._part(request, module, answers=answers, refused=refused)
        return await self._part(request, module, answers=answers, result=result)

    async def picture(self, request: web.Request) -> web.Response:
        """Give a drawing of the course."""
        try:
            drawn = picture(request.match_info["name"])
        except KeyError as unknown:
            raise NoPicture from unknown
        # A drawing is opened by itself too: nothing in it may run or load.
        headers = {"Cache-Control": "private, max-age=86400", "Content-Security-Policy": "default-src 'none'"}
        return web.Response(text=drawn, content_type="image/svg+xml", headers=headers)

    async def certificate(self, request: web.Request) -> web.StreamResponse:
        """Show the certificate, ready to be printed."""
        household = await self._family.household(request)
        translate = visitor_of(request).translate
        if household.guardian is None:
            raise see_other("/home/join", notice=N_("Give the code of the school's sheet first."))
        try:
            certificate = await self._training.certificate(household.guardian.guardian_id, language=translate.lang)
        except ValiseError:
            raise see_other("/home/training", notice=N_("The training is not done yet.")) from None
        speech = Speech(translate=translate, now=self._site.services.clock.now(), zone=ZONE)
        return self._site.renderer.page(
            request,
            "home/certificate.html",
            certificate=certificate,
            day=speech.day(certificate.completion.done_on),
            said=_sayer(request),
        )

    async def _part(
        self,
        request: web.Request,
        module: Module,
        *,
        answers: dict[str, str] | None = None,
        result: Result | None = None,
        refused: ValiseError | None = None,
    ) -> web.Response:
        modules = self._training.course.modules
        following = next((one for one in modules if one.number > module.number), None)
        return self._site.renderer.page(
            request,
            "home/part.html",
            status=refused.status if refused else 200,
            module=module,
            total=len(modules),
            next=following,
            answers=answers or {},
            judged={one.question: one for one in result.answers} if result else {},
            result=result,
            said=_sayer(request),
            refused=refused,
        )

    def _account(self, request: web.Request) -> str:
        return self._site.person(request).account_id or ""


class Sayer(msgspec.Struct, frozen=True):
    """Says the course's texts in one language: the reader's, or the first where the course does not have it."""

    language: str

    @property
    def direction(self) -> str:
        """How that language is written."""
        return direction_of(self.language)

    def __call__(self, texts: dict[str, str]) -> str:
        """Return a text."""
        return in_language(texts, self.language)

    def paragraphs(self, texts: dict[str, str]) -> list[str]:
        """Return a text's paragraphs."""
        return [one.strip() for one in self(texts).strip().split("\n\n") if one.strip()]


def _sayer(request: web.Request) -> Sayer:
    wanted = visitor_of(request).translate.lang
    return Sayer(wanted if wanted in shipped_course().modules[0].title else DEFAULT_LANGUAGE)
