"""A cluster under test: one ledger on real servers, every role a process that may be killed."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from libs.edge.cursors import cursor_of
from libs.edge.database import connect
from libs.ledger.log import topics as brokers
from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import KafkaLog, commands_topic, generations, journal_topic
from libs.ledger.rules import RuleSet
from services import migrating, rules, topics
from services.bootstrap import opening
from services.cluster.children import end, free_ports, spawn, tail
from services.node import SystemClock
from services.settings import environment
from tests.faults.accepted import Record, accepted
from tests.faults.caller import Caller
from tests.faults.history import Event, Recorder, read
from tests.faults.readers import by_aiokafka, by_confluent
from tests.faults.run import AUDITOR, Run, Tables
from tests.faults.tables import audited, dump, made_anew

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60
QUIET_SECONDS = 60
LOOK_SECONDS = 0.1
ROOMS = ("issuance", "transfer", "invalidation")


class House(msgspec.Struct, frozen=True):
    """A process of the town: its name, what it serves, where, and its patience as a replica."""

    name: str
    role: str
    port: int
    patience_ms: int = -1


class Town:
    """One ledger, its processes and its history.

    `fresh` makes an empty database for the tables that are made anew; it decides by `ruled`, and
    `settings` are those of its processes beside ours. Processes are started from the thread that
    uses this; they end with it.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap: str,
        database: str,
        fresh: Callable[[], str],
        name: str = "main",
        *,
        replication: int = 1,
        wait_ms: int = 2000,
        ruled: RuleSet | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.name = name
        self.broker = Broker(bootstrap)
        self.database = database
        self.fresh = fresh
        self.history = Recorder(folder / "history.ndjson")
        self.houses: dict[str, House] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._replication = replication
        self.chosen = {
            "name": name,
            "log": f"kafka://{bootstrap}",
            "database": database,
            "wait_ms": str(wait_ms),
            "log_level": "warning",
            "state": str(folder / "state"),
            **(settings or {}),
        }
        self.ruled = ruled or rules.default()

    async def __aenter__(self) -> Self:
        """Lay tables and topics, and open the ledger; no process runs yet."""
        (self.folder / "state").mkdir(exist_ok=True)
        engine = connect(self.database)
        try:
            await asyncio.to_thread(migrating.upgrade, engine)
            await self._pin()
            log = await KafkaLog.open(self.broker, self.name)
            now_ms = SystemClock().wall_ms()
            await log.submit([opening(self.name, self.ruled, now_ms)])
            await log.close()
        finally:
            engine.dispose()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process by its id."""
        self.stop_all(0)
        self.history.close()

    async def _pin(self) -> None:
        engine = connect(self.database)
        try:
            done = await topics.apply(self.broker, self.name, engine, replication=self._replication)
            assert not done.problems, [str(problem) for problem in done.problems]
        finally:
            engine.dispose()

    # ------------------------------------------------------------------------------ processes

    async def settle(self, houses: Sequence[tuple[str, str, int]]) -> None:
        """Start processes, given as name, role and patience, and wait until all are ready."""
        for name, role, patience_ms in houses:
            self.start(name, role, patience_ms)
        await self.ready(name for name, _, _ in houses)
        await self._pin()

    def start(
        self, name: str, role: str = "", patience_ms: int = -1, *, wrapped: Sequence[str] = ()
    ) -> None:
        """Start a process, or start it again; `wrapped` is the program that runs it otherwise."""
        house = self.houses.get(name) or House(name, role, free_ports(1)[0], patience_ms)
        self.houses[name] = house
        chosen = {
            **self.chosen,
            "http": f"127.0.0.1:{house.port}",
            "patience_ms": str(house.patience_ms),
        }
        program = ["-m", *(wrapped or ("services.cli",)), "serve", house.role]
        environ = {**environment(**chosen), "PYTHONPATH": str(PROJECT)}
        self._processes[name] = spawn(
            [sys.executable, *program], self.log(name), environment=environ
        )

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.folder / f"{name}.log"

    async def ready(self, names: Iterable[str], seconds: float = READY_SECONDS) -> None:
        """Wait until processes say that they are ready; one that ended is an error."""
        for name in names:
            caller = Caller(self.houses[name].port)
            try:
                async with asyncio.timeout(seconds):
                    while not await self._is_ready(name, caller):  # noqa: ASYNC110 - a process sets no event
                        await asyncio.sleep(LOOK_SECONDS)
            except TimeoutError:
                raise RuntimeError(f"{name} is not ready:\n{tail(self.log(name))}") from None
            finally:
                caller.hang_up()

    async def _is_ready(self, name: str, caller: Caller) -> bool:
        if self.ended(name) is not None:
            raise RuntimeError(f"{name} ended:\n{tail(self.log(name))}")
        try:
            return (await caller.ask("GET", "/readyz", seconds=5)).status == 200
        except (OSError, TimeoutError):
            return False

    def ended(self, name: str) -> int | None:
        """Return how a process ended, or None while it runs."""
        return self._processes[name].poll()

    async def gone(self, name: str, seconds: float = READY_SECONDS) -> int:
        """Wait until a process has ended, and return how."""
        try:
            async with asyncio.timeout(seconds):
                while self.ended(name) is None:  # noqa: ASYNC110 - a process sets no event
                    await asyncio.sleep(LOOK_SECONDS / 2)
        except TimeoutError:
            raise RuntimeError(f"{name} goes on:\n{tail(self.log(name))}") from None
        return int(self._processes[name].returncode)

    def kill(self, name: str) -> None:
        """End a process at once and see it gone."""
        self._processes[name].kill()
        self._processes[name].wait()

    def signal(self, name: str, by: signal.Signals) -> None:
        """Send a process a signal."""
        self._processes[name].send_signal(by)

    def stop(self, name: str, grace_seconds: float = 12) -> int:
        """Ask a process to end, and return how it did."""
        return end(self._processes[name], grace_seconds)

    def stop_all(self, grace_seconds: float = 12) -> None:
        """End every process that runs."""
        for process in self._processes.values():
            if process.poll() is None:
                end(process, grace_seconds) if grace_seconds else end(process, 0, signal.SIGKILL)

    def ports(self, role: str) -> list[int]:
        """Return where the processes of a role listen."""
        return [house.port for house in self.houses.values() if house.role in (role, "all")]

    def said(self, name: str) -> str:
        """Return everything that a process said."""
        return self.log(name).read_text(errors="replace")

    # ------------------------------------------------------------------------------- the end

    async def quiet(self, seconds: float = QUIET_SECONDS) -> bool:
        """Wait until every record has its entry and the tables have every entry; say if they do."""
        try:
            async with asyncio.timeout(seconds):
                while not await self._still():
                    continue
        except TimeoutError:
            return False
        return True

    async def _still(self) -> bool:
        """Look at what costs little first: a journal that grows is not still."""
        ends = []
        for _ in range(2):
            ends.append((await self.ends(), await asyncio.to_thread(self._tables_at)))
            await asyncio.sleep(2 * LOOK_SECONDS)
        if ends[0] != ends[1]:
            return False
        records, entries = await self.newest()
        return ends[1][1] == entries and records

    async def ends(self) -> tuple[int, int]:
        """Return where the journal's topic and the newest commands topic end."""
        log = KafkaLog(self.broker, self.name, max(await self.generations()))
        try:
            return await log.journal_end(), await log.commands_end()
        finally:
            await log.close()

    async def newest(self) -> tuple[bool, int]:
        """Say whether the newest record is answered, and how many entries there are."""
        found = accepted(await by_aiokafka(self.broker.bootstrap, journal_topic(self.name)))
        newest = max(await self.generations())
        log = KafkaLog(self.broker, self.name, newest)
        try:
            end_offset = await log.commands_end()
        finally:
            await log.close()
        head = found.head
        return (head.log, head.offset) == (newest, end_offset), head.position

    def _tables_at(self) -> int:
        engine = create_engine(self.database, poolclass=NullPool)
        try:
            with engine.connect() as connection:
                return cursor_of(connection).position
        except SQLAlchemyError:
            return -1

    async def generations(self) -> list[int]:
        """Return the generations of the commands log that there are."""
        return generations(self.name, await brokers.names(self.broker))

    async def observe(self, *, whole: bool = True) -> Run:
        """Read everything there is, by two clients, and make every table anew."""
        at, journal = self.broker.bootstrap, journal_topic(self.name)
        ours, theirs = await by_aiokafka(at, journal), await by_confluent(at, journal)
        commands: dict[str, dict[int, list[Record]]] = {"aiokafka": {}, "confluent": {}}
        for generation in await self.generations():
            topic = commands_topic(self.name, generation)
            commands["aiokafka"][generation] = await by_aiokafka(at, topic)
            commands["confluent"][generation] = await by_confluent(at, topic)
        entries = {record.offset: record.value for record in ours}
        raw = [entries[entry.offset] for entry in accepted(ours).entries]
        made, lost = await asyncio.to_thread(self._tables, raw)
        return Run(
            events=self.events(),
            journals={"aiokafka": ours, "confluent": theirs},
            commands=commands,
            tables=made,
            holdings={AUDITOR: await asyncio.to_thread(audited, raw)},
            whole=whole,
            lost=lost,
        )

    def _tables(self, raw: list[bytes]) -> tuple[dict[str, Tables], dict[str, str]]:
        """Return the tables as they are served and made anew, and why some cannot be had."""
        made: dict[str, Tables] = {}
        lost: dict[str, str] = {}
        ways: dict[str, Callable[[], Tables]] = {
            "live": self._live,
            "fresh": lambda: self._anew(raw),
            "sqlite": lambda: self._file(raw),
        }
        for name, way in ways.items():
            try:
                made[name] = way()
            except Exception as wrong:  # noqa: BLE001 - whatever it is, it is what the run came to
                lost[name] = f"{type(wrong).__name__}: {wrong}"[:400]
        return made, lost

    def _live(self) -> Tables:
        engine = connect(self.database)
        try:
            return dump(engine)
        finally:
            engine.dispose()

    def _anew(self, raw: list[bytes]) -> Tables:
        url = self.fresh()
        engine = connect(url)
        try:
            migrating.upgrade(engine)
        finally:
            engine.dispose()
        return made_anew(url, raw)

    def _file(self, raw: list[bytes]) -> Tables:
        file = self.folder / "anew.db"
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        return made_anew(f"sqlite:///{file}", raw)

    def events(self) -> list[Event]:
        """Return the history so far."""
        return read(self.history.path)
