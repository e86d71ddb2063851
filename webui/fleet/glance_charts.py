"""Four bars of the whole fleet: as agreed or not, storage, battery, battery health; pure."""

from mdm.charts.chart import Amount, Chart
from mdm.charts.drawing import Tone
from mdm.charts.stacked import stacked_bar
from mdm.fleet.states import TabletState
from mdm.fleet_view.figures import Figures
from mdm.i18n import N_, Translator

_NOT_KNOWN = N_("Not known")
Parts = tuple[tuple[str, int, Tone], ...]


def condition_charts(figures: Figures, words: Translator) -> tuple[Chart, ...]:
    """Return them; health only where some tablet told it. Retired tablets are in none."""
    used = figures.tablets - figures.states.get(TabletState.RETIRED, 0)
    health = figures.health_normal + figures.health_service + figures.health_other
    charts = (
        _bar(
            "agreed",
            N_("As agreed or not"),
            (
                (N_("As agreed"), figures.converged, "good"),
                (N_("Not as agreed"), figures.drifting, "care"),
                (N_("Not managed"), used - figures.converged - figures.drifting, "quiet"),
            ),
            words,
        ),
        _bar(
            "storage",
            N_("Storage"),
            (
                (N_("Enough room"), figures.storage_known - figures.storage_low, "good"),
                (N_("Little free storage"), figures.storage_low, "care"),
                (_NOT_KNOWN, used - figures.storage_known, "quiet"),
            ),
            words,
        ),
        _bar(
            "battery",
            N_("Battery at the last report"),
            (
                (N_("20% or more"), figures.battery_known - figures.battery_low, "good"),
                (N_("Less than 20%"), figures.battery_low, "care"),
                (_NOT_KNOWN, used - figures.battery_known, "quiet"),
            ),
            words,
        ),
        _bar(
            "health",
            N_("Battery health"),
            (
                (N_("Good"), figures.health_normal, "good"),
                (N_("To be serviced"), figures.health_service, "bad"),
                (N_("Of another maker"), figures.health_other, "second"),
                (_NOT_KNOWN, used - health, "quiet"),
            ),
            words,
        ),
    )
    return charts if health else charts[:-1]


def _bar(name: str, title: str, parts: Parts, words: Translator) -> Chart:
    amounts = [Amount(label=words(label), value=max(0, value), tone=tone) for label, value, tone in parts if value > 0]
    head = (words(N_("Which")), words(N_("Tablets")), words(N_("Share")))
    return stacked_bar(name, amounts, words, title=words(title), head=head)
