"""The fleet's figures as charts, in words of the reader's language; pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from mdm.charts.bars import horizontal_bars
from mdm.charts.chart import Amount, Chart
from mdm.charts.commune_map import MapKey, MapPlace, commune_map
from mdm.charts.drawing import Tone
from mdm.charts.lines import Line, lines_over_days
from mdm.charts.stacked import stacked_bar
from mdm.fleet.states import STATE_NAMES, TabletState
from mdm.fleet_view.figures import DayFigures, Figures, OsFigure, PlaceFigures
from mdm.fleet_view.geography import CommunePlace
from mdm.i18n import N_, Translator

_TABLETS = N_("Tablets")
_STATE_TONES: dict[TabletState, Tone] = {
    TabletState.READY: "good",
    TabletState.LOANED: "first",
    TabletState.ENROLLED: "care",
    TabletState.NEW: "second",
    TabletState.LOST: "bad",
    TabletState.BROKEN: "third",
    TabletState.RETIRED: "quiet",
}
_BATTERY_LOW = N_("With less than 20% of battery at the last report")
_PLATFORMS = {"ipad": "iPadOS", "android": "Android"}
_SYSTEMS = 12

_LOST_OR_BROKEN = N_("lost or broken")
_DRIFTING = N_("not as agreed")
_UNSEEN = N_("not heard of for a month")
_FULL = N_("with little free storage")
_WELL = N_("all is well")
_NONE = N_("no tablet")
_KEYS: tuple[tuple[Tone, str], ...] = (
    ("bad", N_("Lost or broken: how many")),
    ("care", N_("To look at: how many")),
    ("good", N_("All is well: the number of tablets")),
    ("quiet", N_("No tablet")),
)


def states_chart(figures: Figures, words: Translator) -> Chart:
    """Return the tablets by state; states that no tablet has are left out."""
    amounts = [
        Amount(label=words(STATE_NAMES[state]), value=figures.states.get(state, 0), tone=tone)
        for state, tone in _STATE_TONES.items()
        if figures.states.get(state, 0)
    ]
    head = (words(N_("State")), words(_TABLETS), words(N_("Share")))
    return stacked_bar("states", amounts, words, title=words(N_("Tablets by state")), head=head)


def seen_chart(figures: Figures, words: Translator) -> Chart:
    """Return when tablets were heard of last."""
    amounts = [
        Amount(label=words(N_("In the last 24 hours")), value=figures.seen_day, tone="good"),
        Amount(label=words(N_("In the last 7 days")), value=figures.seen_week, tone="first"),
        Amount(label=words(N_("In the last 30 days")), value=figures.seen_month, tone="care"),
        Amount(label=words(N_("Longer ago")), value=figures.seen_longer, tone="bad"),
        Amount(label=words(N_("Never")), value=figures.seen_never, tone="quiet"),
    ]
    return horizontal_bars("seen", amounts, words, title=words(N_("Last heard of")), head=_head(words))


def systems_chart(systems: Sequence[OsFigure], words: Translator) -> Chart:
    """Return the most frequent system versions, the newest first."""
    frequent = sorted(systems, key=lambda one: -one.tablets)[:_SYSTEMS]
    amounts = [
        Amount(label=_system(one, words), value=one.tablets, tone="first" if one.platform == "ipad" else "second")
        for one in systems
        if one in frequent
    ]
    return horizontal_bars("systems", amounts, words, title=words(N_("System versions")), head=_head(words))


def days_chart(days: Sequence[DayFigures], words: Translator) -> Chart:
    """Return how the fleet went, day after day."""
    lines = [
        Line(label=words(N_("Ready or on loan")), values=tuple(one.ready for one in days), tone="good"),
        Line(label=words(N_("Heard of that day")), values=tuple(one.seen for one in days), tone="second"),
        Line(label=words(N_("Not as agreed")), values=tuple(one.drifting for one in days), tone="bad"),
    ]
    dates = [date.fromisoformat(one.day) for one in days]
    return lines_over_days("days", dates, lines, words, title=words(N_("Day after day")))


def communes_map(
    communes: Sequence[PlaceFigures],
    positions: Mapping[str, CommunePlace],
    words: Translator,
    *,
    href: Callable[[str], str] = lambda _insee: "",
    source: str = "",
) -> Chart:
    """Return the map; ``href`` gives the address that a commune, by INSEE code, leads to.

    A commune has the tone of the worst that any of its tablets is, and the number of those tablets.
    """
    places = []
    for one in communes:
        tone, value, said = worst_of(one.figures)
        found = positions.get(one.place)
        places.append(
            MapPlace(
                name=one.name,
                value=value,
                tone=tone,
                said=words(said),
                position=(found.latitude, found.longitude) if found is not None else None,
                rings=found.rings if found is not None else (),
                href=href(one.place),
                cells=tuple(str(cell) for cell in _cells(one.figures)),
            )
        )
    head = tuple(words(title) for title in _MAP_HEAD)
    keys = [MapKey(tone=tone, label=words(label)) for tone, label in _KEYS]
    title = words(N_("Tablets by commune"))
    return commune_map("communes", places, keys, words, title=title, head=head, source=source)


def worst_of(figures: Figures) -> tuple[Tone, int, str]:
    """Return the tone of a place, how many tablets it is because of, and in which words (a gettext text)."""
    gone = figures.states.get(TabletState.LOST, 0) + figures.states.get(TabletState.BROKEN, 0)
    if gone:
        return "bad", gone, _LOST_OR_BROKEN
    for count, said in (
        (figures.drifting, _DRIFTING),
        (figures.seen_longer, _UNSEEN),
        (figures.storage_low, _FULL),
    ):
        if count:
            return "care", count, said
    return ("good", figures.tablets, _WELL) if figures.tablets else ("quiet", 0, _NONE)


_MAP_HEAD = (
    N_("Commune"),
    N_("Tablets"),
    N_("Lost or broken"),
    N_("Not as agreed"),
    N_("Not heard of for a month"),
    N_("With little free storage"),
)


def _cells(figures: Figures) -> tuple[int, ...]:
    gone = figures.states.get(TabletState.LOST, 0) + figures.states.get(TabletState.BROKEN, 0)
    return figures.tablets, gone, figures.drifting, figures.seen_longer, figures.storage_low


def _head(words: Translator) -> tuple[str, str]:
    return words(N_("Which")), words(_TABLETS)


def _system(one: OsFigure, words: Translator) -> str:
    name = _PLATFORMS.get(one.platform, one.platform)
    return f"{name} {one.os_version}" if one.os_version else words(N_("{platform}, version not told"), platform=name)
