"""What the push room counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class PushMetrics:
    """Counters and gauges in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sent = Counter("valise_pushes", "Pushes by what became of them", ["outcome"], registry=registry)
        self._days = Gauge(
            "valise_push_certificate_days_left", "Days until the push certificate expires", registry=registry
        )
        self._paused = Gauge("valise_push_paused", "1 while pushes are held back", registry=registry)

    def count(self, outcome: str) -> None:
        """Count one push."""
        self._sent.labels(outcome).inc()

    def certificate_days(self, days: int | None) -> None:
        """Note how long the certificate lasts; -1 when there is none."""
        self._days.set(-1 if days is None else days)

    def paused(self, *, is_paused: bool) -> None:
        """Note whether pushes are held back."""
        self._paused.set(int(is_paused))
