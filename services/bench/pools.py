"""`tonne bench pools`: a million certificates of grams, booked, in tables, and issued as paper."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import func, select

from libs.ledger import events
from libs.ledger.decider import Record
from libs.ledger.entry import Head
from libs.ledger.ports import Cursor
from libs.ledger.rules.pools import PoolRules
from libs.ledger.state import State
from libs.ledger.verdict import Accepted
from services import rules, views
from services.bench import batches
from services.bench.figures import Bench, Figure, figure, machine
from services.bench.projection import bare_copy, empty
from services.bench.standing import STARTED_MS
from services.bench.workload import Workload, account, lot
from services.bootstrap import opening
from services.cluster.postgres import PostgresServer
from services.decider import decider
from services.invalidation.commands import Application, InvalidateCredits
from services.issuance.commands import IssueCredits, RegisterProject
from services.pools.commands import AllocateGrams, Allocation, OpenPool
from services.pools.projection import allocations
from services.transfer.commands import OpenAccount

Told = Callable[[str], None]
POOL, NAME, PURPOSE = "bench", "Town of Bench", "OFFSET_PRODUCT"
TONNES = 1_000_000


class Size(msgspec.Struct, frozen=True):
    """So many commands of so many certificates each, so often; `asked` for as paper."""

    commands: int
    lines: int
    runs: int
    asked: int


FULL = Size(commands=100, lines=events.LINES_MAX, runs=3, asked=500)
QUICK = Size(commands=2, lines=1000, runs=1, asked=10)


def pools(size: Size, said: Told) -> Bench:
    """Measure on a PostgreSQL that is started for it; fsync stays on."""
    with tempfile.TemporaryDirectory(prefix="tonne-bench-") as folder:
        said("PostgreSQL")
        with PostgresServer(Path(folder)) as server:
            figures = list(_figures(server.url(), size, said))
    settings: dict[str, str | int] = {**msgspec.structs.asdict(size), "grams each": 1000}
    return Bench(machine(), settings, figures)


def _figures(url: str, size: Size, said: Told) -> Iterator[Figure]:
    booked, shown, whole, floors = [], [], [], []
    issued, asked = [], []
    for run in range(size.runs):
        said(f"{size.commands * size.lines:,} certificates, run {run + 1} of {size.runs}")
        work = Workload(run)
        setting = _journal(list(_setting(work)), State("main"))
        records = [_allocation(work, size.lines) for _ in range(size.commands)]
        started = time.perf_counter()
        entries = _journal(records, setting.state, setting.head)
        booked.append(time.perf_counter() - started)
        found = _projected(url, setting.entries, entries.entries, size)
        shown.append(found.shown)
        floors.append(found.floor)
        issued.append(found.issued)
        asked.append(found.asked)
        whole.append(booked[-1] + found.shown)
    yield figure("booked: decided, chained", "s", booked)
    yield figure("projected, every constraint on", "s", shown, "", min(floors))
    yield figure("booked and projected", "s", whole, "<= 30")
    yield figure("issued: roots, leaves, statements", "s", issued)
    yield figure("certificates when asked for, one process", "per s", asked, ">= 25")


class Run(msgspec.Struct, frozen=True):
    """The seconds that the tables take, those of a COPY of the same rows alone, and the paper's."""

    shown: float
    floor: float
    issued: float
    asked: float


class Journal(msgspec.Struct, frozen=True):
    """Entries in this process, and what comes of them."""

    entries: list[bytes]
    state: State
    head: Head


def _journal(records: Sequence[bytes], state: State, head: Head | None = None) -> Journal:
    deciding, head, entries = decider(), head or Head(), []
    for record in records:
        asked = Record(0, head.offset, STARTED_MS + head.offset, record)
        sealed = deciding.decide(state, head, asked)
        if not isinstance(sealed.verdict, Accepted):
            raise TypeError(f"the benchmark asks for what is refused: {sealed.verdict!r}")
        head = sealed.head
        entries.append(sealed.raw)
    return Journal(entries, state, head)


def _projected(url: str, setting: Sequence[bytes], entries: Sequence[bytes], size: Size) -> Run:
    """Fill the tables, and issue what is in them as paper."""
    engine = empty(url)
    try:
        (projection,) = views.followers(engine)
        projection.follow(setting, Cursor(len(setting), sha256(setting[-1]).hexdigest()))
        started = time.perf_counter()
        for number, raw in enumerate(entries, len(setting) + 1):
            projection.follow((raw,), Cursor(number, sha256(raw).hexdigest()))
        seconds = time.perf_counter() - started
        with engine.connect() as connection:
            kept = connection.scalar(select(func.count()).select_from(allocations))
        if kept != size.commands * size.lines:
            raise TypeError(f"{kept} certificates are in the tables")
        took = batches.issued(engine, entries)
        asked = batches.asked(engine, entries, size.lines, size.asked)
        return Run(seconds, bare_copy(engine), took, asked)
    finally:
        engine.dispose()


def _setting(work: Workload) -> Iterator[bytes]:
    """Open a pool that a million tonnes were retired for."""
    ruled = replace(rules.default(), pools=PoolRules(purposes=(PURPOSE,)))
    yield opening("main", ruled, 0)
    project = RegisterProject("ER", (), "bench", "JC-ER-1", "JC")
    yield work.record("project.register.v1", project)
    yield work.record("account.open.v1", OpenAccount(account(0), "bench"))
    days = ("2026-01-01", "2025-01-01", "2025-12-31")
    issued = IssueCredits(account(0), days[0], lot(0), "JC-ER-1", TONNES, *days[1:])
    yield work.record("credits.issue.v1", issued)
    yield work.record("pool.open.v1", OpenPool(POOL, account(0), NAME))
    used = Application(account(0), NAME, PURPOSE, quantity=TONNES, pool=POOL)
    yield work.record("credits.invalidate.v1", InvalidateCredits((used,)))


def _allocation(work: Workload, lines: int) -> bytes:
    """Return a command of so many certificates, each of a kilogram for somebody."""
    told = tuple(
        Allocation(grams=1000, commitment=sha256(number.to_bytes(8)).hexdigest())
        for number in range(work.count, work.count + lines)
    )
    return work.record("grams.allocate.v1", AllocateGrams(POOL, told))
