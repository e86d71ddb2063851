"""The weekly picture of use at home: for the territory, and for the schools that somebody's role reaches."""

import asyncio
from collections.abc import Sequence
from datetime import date

import msgspec
from aiohttp import web
from babel.dates import format_date

from mdm.charts.bars import horizontal_bars
from mdm.charts.chart import Amount, Chart
from mdm.charts.drawing import Tone
from mdm.charts.lines import Line, lines_over_days
from mdm.home.picture.errors import WeekUnknown
from mdm.home.picture.measures import MEASURE_NAMES, Measure
from mdm.home.picture.picture import Picture, SchoolRow
from mdm.home.picture.picture_store import Figures, PictureCell, Week
from mdm.i18n import N_, Translator
from webui.evaluation.picture_csv import picture_csv
from webui.evaluation.picture_view import BY_LEVEL, BY_SCHOOL, HIDDEN, OVER_WEEKS, PictureView, level_words
from webui.pages import page
from webui.permissions import Action
from webui.school.school_store import schools_reached
from webui.site import Site
from webui.visitor import visitor_of

_WEEKS = 26
_LINES: Sequence[tuple[Measure, Tone]] = tuple(zip(OVER_WEEKS, ("first", "second"), strict=True))
_PART = 40


class TableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table: its name, and a figure by measure; None is hidden, a measure that is not there is not told."""

    name: str
    figures: Figures


class PicturePages:
    """Shows the published weeks. What is hidden was never published, and says so."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.services.database
        self._picture = site.services.home.figures.picture

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        reads = Action.READ_HOME_PICTURE
        return [
            page("GET", "/home-use", self.show, needs=reads),
            page("GET", "/home-use.csv", self.export, needs=reads),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a week."""
        words = visitor_of(request).translate
        weeks = await self._picture.weeks()
        if not weeks:
            return self._site.renderer.page(request, "evaluation/no_picture.html")
        view = await self._view(request)
        plots = await asyncio.to_thread(_plots, view.past, view.levels, words)
        first = request.query.get("from", "")
        rows = [one for one in view.schools if (one.name, one.uai) > _split(first)]
        picture = view.picture
        return self._site.renderer.page(
            request,
            "evaluation/picture.html",
            picture=picture,
            weeks=[(one.week, _week_words(one, words)) for one in weeks[:_WEEKS]],
            week_words=_week_words(picture.week, words),
            chosen=view.chosen,
            whole=view.whole,
            shown=view.shown,
            figures=view.figures,
            states=BY_SCHOOL,
            by_level=_table(view.levels, words),
            level_measures=[one for one in BY_LEVEL if any(one in row.figures for row in view.levels)],
            schools=rows[:_PART],
            more=_next(rows, picture.week.week),
            names={one: words(MEASURE_NAMES[one]) for one in Measure},
            plots=plots,
            hidden=words(HIDDEN),
        )

    async def export(self, request: web.Request) -> web.Response:
        """Give a week as a file."""
        view = await self._view(request)
        body = picture_csv(view, visitor_of(request).translate)
        response = web.Response(body=body, content_type="text/csv", charset="utf-8")
        named = "-".join(["home-use", view.picture.week.week, *([view.chosen.uai] if view.chosen else [])])
        response.headers["Content-Disposition"] = f'attachment; filename="{named}.csv"'
        return response

    async def _view(self, request: web.Request) -> PictureView:
        """Return the week that is asked for, of the places that the reader's role reaches; raise `WeekUnknown`."""
        reach = self._site.reach(request, Action.READ_HOME_PICTURE)
        schools = None if reach.everything else await self._database.read(lambda conn: schools_reached(conn, reach))
        picture = await self._picture.show(request.query.get("week", ""), schools=schools)
        chosen = _chosen(picture, request.query.get("school", ""), whole=schools is None)
        shown = chosen is not None or schools is None
        series = await self._picture.series(chosen.uai if chosen else "", limit=_WEEKS) if shown else []
        return PictureView(
            picture=picture,
            whole=schools is None,
            chosen=chosen,
            past=[one for one in series if one[0] <= picture.week.week and _is_told(one[1])],
        )


def _chosen(picture: Picture, uai: str, *, whole: bool) -> SchoolRow | None:
    """Return the school that is asked for, or the only one; None for all of them."""
    if uai:
        found = next((one for one in picture.schools if one.uai == uai), None)
        if found is None:
            raise WeekUnknown(week=picture.week.week)
        return found
    return picture.schools[0] if not whole and len(picture.schools) == 1 else None


def _table(levels: Sequence[PictureCell], words: Translator) -> list[TableLine]:
    return [TableLine(name=level_words(one.level, words), figures=one.figures) for one in levels]


def _is_told(figures: Figures) -> bool:
    return all(figures.get(one) is not None for one in OVER_WEEKS)


def _plots(series: Sequence[tuple[str, Figures]], levels: Sequence[PictureCell], words: Translator) -> list[Chart]:
    """Draw what is shown; weeks and levels that are hidden are left out, which the page says."""
    told = [(date.fromisoformat(week), figures) for week, figures in series]
    found = []
    if len(told) > 1:
        lines = [
            Line(
                label=words(MEASURE_NAMES[measure]),
                values=tuple(figures[measure] or 0 for _, figures in told),
                tone=tone,
            )
            for measure, tone in _LINES
        ]
        days = [day for day, _ in told]
        found.append(lines_over_days("weeks", days, lines, words, title=words(N_("Week by week"))))
    amounts = [
        Amount(label=level_words(one.level, words), value=many)
        for one in levels
        if (many := one.figures.get(Measure.TABLETS))
    ]
    if amounts:
        title = words(N_("Tablets at home by level"))
        head = (words(N_("Level")), words(MEASURE_NAMES[Measure.TABLETS]))
        found.append(horizontal_bars("levels", amounts, words, title=title, head=head))
    return found


def _week_words(week: Week, words: Translator) -> str:
    day = format_date(date.fromisoformat(week.week), "long", locale=words.lang)
    return words(N_("Week of {day}"), day=day)


def _split(text: str) -> tuple[str, str]:
    name, _, uai = text.rpartition("|")
    return name, uai


def _next(rows: Sequence[SchoolRow], week: str) -> dict[str, str]:
    if len(rows) <= _PART:
        return {}
    last = rows[_PART - 1]
    return {"week": week, "from": f"{last.name}|{last.uai}"}
