"""A school's pupils, class by class; how much of names is kept; codes for a class; who came to the training."""

from datetime import date
from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.calendar.errors import DateInvalid
from mdm.home.guardians.guardians import InvitedGuardian
from mdm.home.pupils.names import NameForm
from mdm.home.pupils.pupils import SchoolPupils
from mdm.i18n import N_
from webui.errors import NotAllowed, NothingChosen
from webui.forms import Given, given_in
from webui.loans.errors import GuardianNotHere
from webui.loans.family_store import PupilLine, families_of_class
from webui.loans.ground import Ground, choose_school, ground_in, school_meant
from webui.loans.papers import code_slips, pdf_answer, require_paper
from webui.loans.speech import NAME_FORMS, Speech
from webui.notices import see_other
from webui.pages import Door, page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

NO_CLASS = "none"
"""How the address of the list says: those without a class."""


class PupilListPages:
    """Shows a school's pupils to whoever reads names, and their number to whoever imports them only."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services
        self._home = site.services.home

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/pupils", self.show, needs=Door.SIGNED_IN),
            page("POST", "/pupils/names", self.choose_names, needs=Action.IMPORT_PUPILS),
            page("POST", "/pupils/add", self.add, needs=Action.IMPORT_PUPILS),
            page("POST", "/pupils/codes", self.codes, needs=Action.MANAGE_LOANS),
            page("POST", "/pupils/training", self.note_training, needs=Action.MANAGE_LOANS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a school, or the schools to choose from."""
        action = self._reading(request)
        uai = await school_meant(self._site, request, action, "/pupils")
        if not uai:
            return await choose_school(self._site, request, action, "/pupils", N_("Pupils and families"))
        return await self._page(request, uai)

    async def choose_names(self, request: web.Request) -> web.StreamResponse:
        """Choose how much of names a school keeps."""
        given = await given_in(request)
        uai = given.text("school")
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        form = next((one for one in NameForm if one.value == given.text("form")), None)
        try:
            if form is None:
                raise NothingChosen
            await self._home.pupils.choose_names(uai, form, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, uai, refused=refused)
        raise see_other(
            f"/pupils?school={uai}",
            notice=N_("Chosen. Names that are longer are shortened already; longer ones come with the next import."),
        )

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Enter a pupil by hand."""
        given = await given_in(request)
        uai = given.text("school")
        await self._site.at_school(request, Action.IMPORT_PUPILS, uai)
        try:
            await self._home.pupils.add(
                uai,
                first_name=given.text("first_name"),
                last_name=given.text("last_name"),
                class_id=given.text("to_class") or None,
                level=given.text("level"),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, uai, refused=refused, given=given)
        raise see_other(_address(uai, given.text("to_class") or NO_CLASS), notice=N_("The pupil was added."))

    async def codes(self, request: web.Request) -> web.StreamResponse:
        """Make codes for a class's guardians, on paper or on the screen; each is shown this once."""
        given = await given_in(request)
        uai, class_id = given.text("school"), given.text("class")
        await self._require_class(request, uai, class_id)
        try:
            if given.text("as") != "page":
                await require_paper()
            invited = await self._home.guardians.invite_class(
                uai, _class(class_id), anew=given.is_set("anew"), actor=self._site.person(request).actor
            )
            return await show_codes(self._site, request, invited, back=_address(uai, class_id), form=given.text("as"))
        except ValiseError as refused:
            return await self._page(request, uai, class_id=class_id, refused=refused)

    async def note_training(self, request: web.Request) -> web.StreamResponse:
        """Note that several guardians came to the training in a room."""
        given = await given_in(request)
        uai, class_id = given.text("school"), given.text("class")
        await self._require_class(request, uai, class_id)
        try:
            chosen = given.every("guardian")
            if not chosen:
                raise NothingChosen
            known = {one.guardian_id for line in await self._families(uai, class_id) for one in line.guardians}
            if not known.issuperset(chosen):
                raise GuardianNotHere
            await self._home.training.note_attended(
                chosen, day_of(given, "day"), actor=self._site.person(request).actor
            )
        except ValiseError as refused:
            return await self._page(request, uai, class_id=class_id, refused=refused, given=given)
        raise see_other(_address(uai, class_id), notice=N_("Noted: these guardians have done the training."))

    async def _page(
        self,
        request: web.Request,
        uai: str,
        *,
        class_id: str = "",
        refused: ValiseError | None = None,
        given: Given | None = None,
    ) -> web.Response:
        person = self._site.person(request)
        action = self._reading(request)
        ground = await self._services.database.read(lambda conn: ground_in(conn, person, action, uai))
        school = await self._home.pupils.school(uai)
        reads = action is Action.READ_PUPILS
        chosen = class_id or request.query.get("class", "")
        if reads and not chosen and ground.classes:
            shown = {one.class_id for one in ground.classes}
            chosen = next((one.class_id for one in school.classes if one.class_id in shown and one.pupils), "")
        if chosen:
            _require_shown(ground, chosen, reads=reads)
        return self._site.renderer.page(
            request,
            "loans/pupils.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            ground=ground,
            school=school,
            uai=uai,
            classes=_shown_classes(ground, school),
            chosen=chosen,
            families=await self._families(uai, chosen) if reads and chosen else [],
            reads=reads,
            imports=self._site.may(request, Action.IMPORT_PUPILS, ground.place),
            manages=self._manages(request, ground, chosen),
            forms=[(key.value, visitor_of(request).translate(text)) for key, text in NAME_FORMS.items()],
            today=self._services.clock.now().date().isoformat(),
            no_class=NO_CLASS,
            speech=Speech(translate=visitor_of(request).translate),
        )

    def _reading(self, request: web.Request) -> Action:
        """Return why somebody may be here: to read names, or to import without reading them."""
        for action in (Action.READ_PUPILS, Action.IMPORT_PUPILS):
            if self._site.may(request, action):
                return action
        raise NotAllowed

    def _manages(self, request: web.Request, ground: Ground, class_id: str) -> bool:
        place = ground.place
        if class_id and class_id != NO_CLASS:
            place = _within(ground, class_id)
        return self._site.may(request, Action.MANAGE_LOANS, place)

    async def _require_class(self, request: web.Request, uai: str, class_id: str) -> None:
        """Raise unless the person reads this class and manages its loans."""
        if class_id and class_id != NO_CLASS:
            for action in (Action.READ_PUPILS, Action.MANAGE_LOANS):
                place = await self._site.at_class(request, action, class_id)
                if place.uai != uai:
                    raise NotAllowed
            return
        for action in (Action.READ_PUPILS, Action.MANAGE_LOANS):
            await self._site.at_school(request, action, uai)

    async def _families(self, uai: str, class_id: str) -> list[PupilLine]:
        now = self._services.clock.ms()
        return await self._services.database.read(lambda conn: families_of_class(conn, uai, _class(class_id), now=now))


async def show_codes(
    site: Site, request: web.Request, invited: list[InvitedGuardian], *, back: str, form: str
) -> web.Response:
    """Show codes as a PDF, or on a page with ``form`` "page"; no copy of them is kept anywhere."""
    services = site.services
    address = services.settings.people.url.rstrip("/") + "/home/join"
    if form == "page" or not invited:
        return site.renderer.page(request, "loans/codes.html", invited=invited, back=back, address=address)
    pdf = await code_slips(
        invited,
        address,
        visitor_of(request).translate,
        organization=services.settings.enrollment.organization,
        made_at=services.clock.ms(),
    )
    return pdf_answer(pdf, "codes")


def day_of(given: Given, name: str) -> date:
    """Return a day of a form; raise `DateInvalid`."""
    try:
        return date.fromisoformat(given.text(name))
    except ValueError as error:
        raise DateInvalid(text=given.text(name)[:20]) from error


def _shown_classes(ground: Ground, school: SchoolPupils) -> list[Any]:
    shown = {one.class_id for one in ground.classes}
    return [one for one in school.classes if one.class_id in shown or (ground.whole and not one.class_id)]


def _require_shown(ground: Ground, class_id: str, *, reads: bool) -> None:
    known = {one.class_id for one in ground.classes}
    if not reads or not (class_id in known or (class_id == NO_CLASS and ground.whole)):
        raise NotAllowed


def _within(ground: Ground, class_id: str) -> Any:
    place = ground.place
    return type(place)(insee=place.insee, uai=place.uai, class_id=class_id)


def _class(class_id: str) -> str | None:
    return None if class_id in ("", NO_CLASS) else class_id


def _address(uai: str, class_id: str) -> str:
    return f"/pupils?school={uai}" + (f"&class={class_id}" if class_id else "")
