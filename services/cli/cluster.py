"""`tonne cluster`: the whole cluster on this machine, watched until Ctrl-C."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.cli.frame import err, out
from services.cluster.children import NoServer
from services.settings import settings

if TYPE_CHECKING:
    from services.cluster.whole import Cluster

FOLDER = Path("build/cluster")
LOOK_SECONDS = 0.25
READY_SECONDS = 120

ORDER = """\
curl -s -X POST http://{transfer}/v1/accounts -H 'Content-Type: application/json' \
-H 'Idempotency-Key: 0b5a2f4e-7c1d-4e2f-9b1a-6d1f3a5c7e90' \
-d '{{"account": "A01", "name": "Example Forest Co."}}'
curl -s http://{transfer}/v1/accounts/A01
curl -s 'http://{replica}/readyz?verbose'"""


def cluster(
    brokers: Annotated[int, typer.Option(help="1, or a quorum of 3.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where data and logs are kept.")] = FOLDER,
    base_port: Annotated[
        int, typer.Option(min=1024, max=60_000, help="The services listen at ports above it.")
    ] = 8000,
) -> None:
    """Run Kafka, PostgreSQL and every service on this machine until Ctrl-C.

    The data stay in the folder: the next start goes on with them. TONNE_DATABASE, where it is set,
    is used in place of a PostgreSQL of our own.

    Example: tonne cluster --brokers 3 --folder build/cluster
    """
    from services.cluster.whole import Cluster  # noqa: PLC0415 - needs the extra `kafka`

    chosen = settings()
    with _ending():
        whole = Cluster(
            folder,
            brokers,
            name=chosen.name,
            database=chosen.database,
            base_port=base_port,
            told=lambda step: err.print(f"cluster: {step}", markup=False),
        )
        try:
            with whole:
                _until_ready(whole)
                whole.pin()
                _tell(whole)
                _watch(whole)
        except KeyboardInterrupt:
            err.print("cluster: ended; its data stay in the folder", markup=False)


@contextmanager
def _ending() -> Iterator[None]:
    """Let SIGTERM end the cluster as Ctrl-C does; a second signal does not disturb the end."""

    def once(_number: int, _frame: FrameType | None) -> NoReturn:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        err.print("cluster: ending, the last started first", markup=False)
        raise KeyboardInterrupt

    before = {one: signal.signal(one, once) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _until_ready(whole: "Cluster") -> None:
    """Show which service is ready until all are; raise NoServer where one ends, or takes long."""
    waiting = [service.name for service in whole.services]
    deadline = time.monotonic() + READY_SECONDS
    with Live(console=err, transient=True, auto_refresh=False) as live:
        while waiting:
            for name in [name for name in waiting if whole.processes.ready(name)]:
                waiting.remove(name)
                if not err.is_terminal:
                    err.print(f"cluster: {name} is ready", markup=False)
            _insist(whole)
            if time.monotonic() > deadline:
                raise NoServer(f"{', '.join(waiting)} not ready; see {whole.logs}")
            if err.is_terminal:
                live.update(_table(whole, waiting), refresh=True)
            time.sleep(LOOK_SECONDS)


def _insist(whole: "Cluster") -> None:
    """Raise NoServer, and so end the rest, where anything ended that should run."""
    if ended := whole.ended():
        raise NoServer(ended)


def _watch(whole: "Cluster") -> None:
    while True:
        _insist(whole)
        time.sleep(LOOK_SECONDS)


def _table(whole: "Cluster", waiting: list[str]) -> Table:
    table = Table("service", "address", "pid", "state", box=None, pad_edge=False)
    for service in whole.services:
        waits = service.name in waiting
        state = Text("starting", "yellow") if waits else Text("ready", "green")
        pid = str(whole.processes.pids[service.name])
        table.add_row(service.name, f"http://{service.address}", pid, state)
    return table


def _tell(whole: "Cluster") -> None:
    """Tell where everything is, and what to do with it."""
    at = {service.name: service.address for service in whole.services}
    out.print(_table(whole, []))
    out.print(f"logs     {whole.logs}", markup=False, soft_wrap=True)
    out.print(f"kafka    {whole.kafka.bootstrap}", markup=False)
    out.print(f"database {whole.shown_database}", markup=False, soft_wrap=True)
    out.print("\nNext:", markup=False)
    ways = ORDER.format(transfer=at["transfer"], replica=at["replica-1"])
    out.print(ways, markup=False, soft_wrap=True)
    out.print("Ctrl-C ends it all; nothing is lost.", markup=False)
