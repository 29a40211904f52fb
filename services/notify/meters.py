"""What notify counts, under names that dashboards know; never an account or an address."""

from collections.abc import Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from libs.edge.metrics import Noise
from services.notify.outbox import NAME


class Meters:
    """The process's metrics, in a register of their own."""

    media = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.register = CollectorRegistry()
        self.deliveries = Counter(
            "tonne_deliveries",
            "Attempts to send a notice: sent, deferred or dead.",
            ("outcome",),
            registry=self.register,
        )
        self._outbox = Gauge(
            "tonne_outbox_notices",
            "Notices that are not sent: pending, no_recipient or dead.",
            ("state",),
            registry=self.register,
        )
        self._papers = Gauge(
            "tonne_notices_owed",
            "Notices that the journal asks for and does not have yet.",
            registry=self.register,
        )
        self._calls = Gauge(
            "tonne_webhook_calls",
            "Calls of webhooks that were not taken: pending or dead.",
            ("state",),
            registry=self.register,
        )
        self._lag = Gauge(
            "tonne_projection_lag_events",
            "Records of the journal's log not yet in the outbox.",
            ("projection",),
            registry=self.register,
        )
        self._active = Gauge(
            "tonne_notify_active", "1 where this process follows.", registry=self.register
        )
        self._noise = Noise()
        self.register.register(self._noise)
        Info("tonne_build", "The running build.", registry=self.register).info(
            {"version": version("tonne")}
        )
        for outcome in ("sent", "deferred", "dead"):
            self.deliveries.labels(outcome)

    def delivered(self, outcome: str) -> None:
        """Count an attempt."""
        self.deliveries.labels(outcome).inc()

    def following(self, lag: float, noise: Mapping[str, int], *, active: bool) -> None:
        """Say how far this process follows: `lag` in records, not a number where nobody knows."""
        self._lag.labels(NAME).set(lag)
        self._active.set(active)
        self._noise.counts = noise

    def waiting(self, counts: Mapping[str, int]) -> None:
        """Say how many notices wait, by state; none where nobody can be asked."""
        for state in ("pending", "no_recipient", "dead"):
            self._outbox.labels(state).set(counts.get(state, float("nan")))

    def owed(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Say how many notices and calls wait; none where nobody can be asked."""
        nobody = 0.0 if counts else float("nan")
        self._papers.set(counts.get("papers", {}).get("owed", nobody))
        for state in ("pending", "dead"):
            self._calls.labels(state).set(counts.get("calls", {}).get(state, nobody))

    def page(self) -> bytes:
        """Return the page that a scraper reads."""
        page: bytes = generate_latest(self.register)  # type: ignore[no-untyped-call]  # theirs
        return page
