"""Label sheets: kits, a format and a kind of code are chosen; the answer is a PDF that is right to the millimetre."""

import asyncio
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from enrollment.labels.formats import FORMATS, L7160, SheetFormat
from enrollment.labels.label import Label, enrolment_labels, inventory_labels
from enrollment.labels.sheets import label_sheets
from mdm.errors import ValiseError
from mdm.fleet.kit import KitSummary, KitView
from mdm.i18n import N_
from mdm.printing import require_printing
from mdm.store import Connection
from webui.forms import NOTHING, Given, given_in, query_of
from webui.labels.errors import NoKitChosen, TooManyLabels
from webui.pages import page
from webui.permissions import Action
from webui.repairs.places import FoundKit, FoundSchool, find_kits, find_schools
from webui.site import Site
from webui.visitor import visitor_of

LABELS_LIMIT = 120
"""Labels in one file: some seconds of work."""
FORMAT_NAMES: Mapping[str, str] = {
    "l7160": N_("Avery L7160: 21 labels of 63.5 × 38.1 mm"),
    "l7163": N_("Avery L7163: 14 labels of 99.1 × 38.1 mm"),
    "a4": N_("Plain A4 paper with cutting lines: 10 large labels"),
}


class LabelPages:
    """Prints labels. Codes that enrol are for those who may enrol; codes of inventory open nothing."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._fleet = services.fleet
        self._codes = services.codes
        self._clock = services.clock
        self._lifetime = timedelta(hours=services.settings.enrollment.ticket_hours)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/labels", self.choose, needs=Action.READ_FLEET),
            page("POST", "/labels", self.print, needs=Action.READ_FLEET),
        ]

    async def choose(self, request: web.Request) -> web.Response:
        """Show what can be printed: kits to find, then the form for the chosen kit or school."""
        return await self._page(request)

    async def print(self, request: web.Request) -> web.StreamResponse:
        """Give the labels as PDF; with new codes for enrolment, which withdraw the slots' older ones."""
        given = await given_in(request)
        try:
            return await self._print(request, given)
        except ValiseError as refused:
            return await self._page(request, refused=refused, given=given)

    async def _print(self, request: web.Request, given: Given) -> web.StreamResponse:
        form = FORMATS.get(given.text("format"), L7160)
        enrols = given.text("codes") == "enrolment"
        action = Action.ENROL_TABLETS if enrols else Action.READ_FLEET
        kit_ids = list(dict.fromkeys(given.every("kit")))
        if not kit_ids:
            raise NoKitChosen
        for kit_id in kit_ids[: LABELS_LIMIT + 1]:
            await self._site.at_kit(request, action, kit_id)
        views = [await self._fleet.kit(kit_id) for kit_id in kit_ids[: LABELS_LIMIT + 1]]
        count = sum(len(view.slots) for view in views)
        if count > LABELS_LIMIT:
            raise TooManyLabels(count=count, limit=LABELS_LIMIT)
        # New codes withdraw those of the labels before: not for a sheet that cannot be printed.
        start = form.check_start(given.whole("start", N_("First label to use")) or 1)
        await asyncio.to_thread(require_printing)
        labels = await self._labels(request, views, enrols=enrols)
        pdf = await label_sheets(
            labels,
            form,
            visitor_of(request).translate,
            kit=", ".join(view.kit.name for view in views[:4]) + (" …" if len(views) > 4 else ""),
            school=views[0].school.name if len({view.school.uai for view in views}) == 1 else "",
            made_at=self._clock.ms(),
            start=start,
        )
        return _pdf(pdf, views, form)

    async def _labels(self, request: web.Request, views: Sequence[KitView], *, enrols: bool) -> list[Label]:
        if not enrols:
            return [label for view in views for label in inventory_labels(view)]
        actor, labels = self._site.person(request).actor, list[Label]()
        for view in views:
            codes = await self._codes.slot_codes(view.kit.kit_id, lifetime=self._lifetime, actor=actor)
            labels += enrolment_labels(view, codes)
        return labels

    async def _page(
        self, request: web.Request, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        query = query_of(request)
        words = query.text("words")[:100]
        chosen_kit = given.text("chosen_kit") or query.text("kit")
        chosen_school = given.text("chosen_school") or query.text("school")
        kits = await self._chosen(request, chosen_kit, chosen_school)
        reach = self._site.reach(request, Action.READ_FLEET)

        def find(conn: Connection) -> tuple[list[FoundSchool], list[FoundKit]]:
            return find_schools(conn, reach, words), find_kits(conn, reach, words)

        schools, found = ([], []) if kits else await self._site.services.database.read(find)
        may_enrol = [
            self._site.may(request, Action.ENROL_TABLETS, await self._site.at_kit(request, Action.READ_FLEET, one))
            for one in [kit.kit.kit_id for kit in kits]
        ]
        return self._site.renderer.page(
            request,
            "labels/labels.html",
            status=refused.status if refused else 200,
            refused=refused,
            given=given,
            words=words,
            schools=schools,
            found=found,
            kits=kits,
            ticked=set(given.every("kit")) or _fitting(kits),
            chosen_kit=chosen_kit,
            chosen_school=chosen_school,
            formats_known=[(FORMATS[name], text) for name, text in FORMAT_NAMES.items()],
            may_enrol=bool(may_enrol) and all(may_enrol),
            hours=round(self._lifetime.total_seconds() / 3600),
            limit=LABELS_LIMIT,
        )

    async def _chosen(self, request: web.Request, kit_id: str, uai: str) -> list[KitSummary]:
        """Return the kits that the form is about: one, or those of a school that are reached."""
        reach = self._site.reach(request, Action.READ_FLEET)
        if kit_id:
            await self._site.at_kit(request, Action.READ_FLEET, kit_id)
            view = await self._fleet.kit(kit_id)
            of_school = await self._fleet.kits(uai=view.school.uai, reach=reach)
            return [one for one in of_school if one.kit.kit_id == kit_id]
        return await self._fleet.kits(uai=uai, reach=reach) if uai else []


def _fitting(kits: Sequence[KitSummary]) -> set[str]:
    """Return the first kits whose labels go into one file."""
    found, labels = set[str](), 0
    for one in kits:
        labels += one.slots
        if labels <= LABELS_LIMIT:
            found.add(one.kit.kit_id)
    return found


def _pdf(body: bytes, views: Sequence[KitView], form: SheetFormat) -> web.Response:
    name = views[0].kit.name if len(views) == 1 else views[0].school.name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    disposition = (
        f'attachment; filename="{plain.strip("-").lower() or "labels"}-{form.name}.pdf";'
        f" filename*=UTF-8''{quote(f'{name} {form.name}.pdf', safe='')}"
    )
    return web.Response(body=body, content_type="application/pdf", headers={"Content-Disposition": disposition})
