"""The whole cluster on one machine: servers, then tables and topics, then every service."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

from services.cluster.children import NoServer, tail
from services.cluster.jars import default_cache, jars
from services.cluster.kafka import KafkaServers
from services.cluster.postgres import PostgresServer, create_database
from services.cluster.processes import Processes, Service, services

SIZES = (1, 3)


def _silent(_: str) -> None:
    return None


class Cluster:
    """Kafka, PostgreSQL and the services over them, whose data stay in a folder.

    With `database` a PostgreSQL that is there already is used. `told` hears what is done next.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        *,
        name: str = "main",
        database: str = "",
        base_port: int = 8000,
        told: Callable[[str], None] = _silent,
    ) -> None:
        if brokers not in SIZES:
            raise NoServer(f"a cluster has 1 broker or 3, not {brokers}")
        self.folder = folder.resolve()
        self.services: tuple[Service, ...] = services(base_port)
        self._told = told
        self._told("Kafka's jars")
        fetched = jars(default_cache())
        self.kafka = KafkaServers(self.folder / "kafka", fetched, brokers, logs=self.logs)
        self.postgres = (
            None if database else PostgresServer(self.folder / "postgres", logs=self.logs)
        )
        self._name = name
        self._database = database
        self._processes: Processes | None = None

    @property
    def processes(self) -> Processes:
        """The services, once the servers are there."""
        assert self._processes is not None
        return self._processes

    @property
    def logs(self) -> Path:
        """The folder of every log file."""
        return self.folder / "logs"

    def __enter__(self) -> Self:
        """Start everything, whatever is needed first first; `ready` tells of each service."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything, the last started first."""
        self.stop()

    def start(self) -> None:
        """Start the servers, lay the tables and topics, open the ledger, start the services."""
        chosen = self.start_servers()
        self._processes = Processes(self.logs, chosen)
        self._run("migrate", "upgrade")
        self.pin()
        self._run("open")
        for service in self.services:
            self.processes.start(service)

    def pin(self) -> None:
        """Make and pin the topics; once more when all is ready, for the journal's first record."""
        self._run("topics", "apply", "--replication", "1" if self.kafka.brokers == 1 else "3")

    def _run(self, *words: str) -> None:
        self._told(f"tonne {' '.join(words)}")
        self.processes.run(*words)

    def start_servers(self) -> dict[str, str]:
        """Start Kafka and PostgreSQL, and return the settings that lead to them."""
        self._told(f"Kafka, {self.kafka.brokers} broker(s), at {self.kafka.bootstrap}")
        self.kafka.start()
        if self.postgres is not None:
            self._told("PostgreSQL")
            self.postgres.start()
            self.postgres.wait()
            self._database = create_database(self.postgres.url(), "tonne")
        self.kafka.wait()
        state = self.folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        return {
            "name": self._name,
            "log": f"kafka://{self.kafka.bootstrap}",
            "database": self._database,
            "state": str(state),
        }

    @property
    def shown_database(self) -> str:
        """The address of the tables, without its password."""
        return make_url(self._database).render_as_string()

    def ended(self) -> str:
        """Return in words what runs no more though it should; nothing while all is well."""
        if broken := self.kafka.ended():
            return f"broker {broken[0]} ended\n{tail(self.kafka.log(broken[0]))}"
        if self.postgres is not None and self.postgres.ended():
            return f"PostgreSQL ended\n{tail(self.postgres.log)}"
        for name, code in self.processes.ended().items():
            return f"{name} ended with {code}\n{tail(self.processes.log(name))}"
        return ""

    def stop(self) -> None:
        """End everything by its process id, the last started first."""
        if self._processes is not None:
            self._processes.stop()
        if self.postgres is not None:
            self.postgres.stop()
        self.kafka.stop()
