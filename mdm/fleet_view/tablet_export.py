"""A list of tablets as a CSV file, written while it is read: nothing is held but a page."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from mdm.clock import from_ms
from mdm.csv_writing import first_lines, lines
from mdm.fleet.reach import Reach
from mdm.fleet.states import STATE_NAMES
from mdm.fleet.tablet import TabletView
from mdm.fleet_view.filters import TabletFilter
from mdm.fleet_view.list_store import Order
from mdm.fleet_view.lists import TabletLists
from mdm.i18n import N_, Translator

TITLES = (
    N_("Serial number"),
    N_("Name"),
    N_("Platform"),
    N_("Model"),
    N_("State"),
    N_("School code"),
    N_("School"),
    N_("Kit"),
    N_("Place number"),
    N_("System"),
    N_("Battery (%)"),
    N_("Free storage (GB)"),
    N_("Last heard of"),
    N_("Failed commands"),
)
_ZONE = ZoneInfo("Europe/Paris")


async def export_tablets(
    lists: TabletLists, wanted: TabletFilter, reach: Reach, order: Order, words: Translator
) -> AsyncIterator[bytes]:
    """Yield the file in parts. Times are those of metropolitan France; numbers have the decimal comma."""
    yield first_lines([words(title) for title in TITLES])
    async for tablets in lists.all_pages(wanted, reach, order):
        yield lines([_row(view, words) for view in tablets])


def _row(view: TabletView, words: Translator) -> list[str]:
    tablet, place, report = view.tablet, view.place, view.report
    battery = report.battery if report is not None else None
    free = report.free_space if report is not None else None
    return [
        tablet.serial or "",
        tablet.name,
        tablet.platform.value,
        (report.model_name if report is not None else None) or tablet.model,
        words(STATE_NAMES[tablet.state]),
        place.uai if place is not None else "",
        place.school_name if place is not None else "",
        place.kit_name if place is not None else "",
        str(place.slot_number) if place is not None else "",
        (report.os_version if report is not None else None) or "",
        "" if battery is None else str(battery),
        "" if free is None else f"{free / 10**9:.1f}".replace(".", ","),
        "" if report is None else from_ms(report.seen_at).astimezone(_ZONE).strftime("%d/%m/%Y %H:%M"),
        str(view.errors),
    ]
