"""What is counted, under the names that dashboards know; never an account's id as a label."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from typing_extensions import override

SECONDS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2, 5)


class Noise(Collector):
    """Counters that the reader of the journal keeps: shown as they are, never added to here."""

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = {}

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counts as a scraper reads them."""
        says = "Records of the journal's log that are no entries."
        family = CounterMetricFamily("tonne_journal_noise", says, labels=["kind"])
        for kind, count in self.counts.items():
            family.add_metric([kind], count)
        yield family


class Meters:
    """The process's metrics, in a register of their own."""

    media = CONTENT_TYPE_LATEST

    def __init__(self, version: str, revision: str = "") -> None:
        self.register = CollectorRegistry()
        self.requests = Histogram(
            "http_server_request_duration_seconds",
            "How long a request took.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.register,
        )
        self.appends = Histogram(
            "tonne_ledger_append_duration_seconds",
            "From a command's submission to its accepted entry.",
            buckets=SECONDS,
            registry=self.register,
        )
        self.events = self._counter("tonne_ledger_events", "Events answered here.", "type")
        self.rejections = self._counter("tonne_ledger_rejections", "Refusals.", "reason")
        self.replays = self._counter("tonne_idempotent_replays", "First answers given again.")
        self.noise = Noise()
        self.register.register(self.noise)
        self.lag = self._gauge(
            "tonne_projection_lag_events", "Entries not yet in the tables.", "projection"
        )
        self.lag_seconds = self._gauge(
            "tonne_projection_lag_seconds",
            "How old the oldest entry is that is not yet in the tables.",
            "projection",
        )
        self.violations = self._counter(
            "tonne_invariant_violations", "Pages: what must never happen was seen here."
        )
        self.checkpoint_age = self._gauge(
            "tonne_checkpoint_age_seconds", "Since the last checkpoint in the journal, if any."
        )
        self.checkpoint_age.set(float("nan"))  # until there is one
        self.signed = self._gauge(
            "tonne_checkpoint_signed_size", "Entries under the newest signed checkpoint."
        )
        self.refused = self._gauge(
            "tonne_checkpoint_refused", "1 where the tree does not go on in what was signed: page."
        )
        self._checkpoint_ms: int | None = None
        self._leads = False
        self.verified = self._gauge(
            "tonne_replica_verified_position", "Entries that this replica decided again."
        )
        self.waiting = self._gauge(
            "tonne_replica_pending_commands", "Commands read and not yet answered by an entry."
        )
        self.leads = self._gauge("tonne_replica_leads", "1 where this replica proposes entries.")
        self.takeovers = self._counter(
            "tonne_replica_takeovers", "How often this replica began to propose."
        )
        self.alarms = self._counter(
            "tonne_transfer_alarms", "Accounts seen to give many transfers in a short time."
        )
        self.size = self._gauge("tonne_ledger_tree_size", "Entries in the journal.")
        self.issued = self._gauge("tonne_issued_tonnes_co2e", "Credits ever issued.")
        self.retired = self._gauge("tonne_retired_tonnes_co2e", "Credits used up.")
        Info("tonne_build", "The running build.", registry=self.register).info(
            {"version": version, "revision": revision}
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.register)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.register)

    def replica(self, verified: int, pending: int, *, leads: bool) -> None:
        """Say where a replica stands: its next position to verify, and what waits for an answer.

        One that leads and did not a moment ago has taken over.
        """
        if leads and not self._leads:
            self.takeovers.inc()
        self._leads = leads
        self.verified.set(verified)
        self.waiting.set(pending)
        self.leads.set(leads)

    def checkpointed(self, at_ms: int) -> None:
        """Note the instant of the last checkpoint that the journal holds."""
        self._checkpoint_ms = at_ms

    def aged(self, now_ms: int) -> None:
        """Let what has an age grow older."""
        if self._checkpoint_ms is not None:
            self.checkpoint_age.set(max(0, now_ms - self._checkpoint_ms) / 1000)

    def page(self) -> bytes:
        """Return the page that a scraper reads."""
        page: bytes = generate_latest(self.register)  # type: ignore[no-untyped-call]  # theirs
        return page
