"""B1: the served OpenAPI taken at its word by schemathesis, which tries to break it."""

import asyncio
import sys
import time
from collections import Counter

from msgspec.structs import replace

from services.settings import environment
from tests.faults.checks import judge
from tests.faults.ground import CLIENTS, Ground, observed
from tests.faults.history import NEMESIS, Event, read
from tests.faults.load import Load
from tests.faults.report import Report, report
from tests.faults.town import PROJECT, Town

CHECKED = (
    *("status_code_conformance", "content_type_conformance", "response_headers_conformance"),
    *("response_schema_conformance", "negative_data_rejection", "missing_required_header"),
    "unsupported_method",
)
"""What an answer is held to. That good data are taken is not asked: the books may refuse them."""

ENDLESS = "followJournal"
"""The operation whose answer has no end."""

PHASES = "examples,coverage,fuzzing,stateful"
SHORT_PHASES = "fuzzing,stateful"
UNHANDLED = "unhandled"
"""A 5xx that nobody meant."""

SHORT = 2000
WAIT_MS = 300
OPERATIONS = 36
FAULT_LINES = 60


async def b1(ground: Ground, requests: int, acknowledged: int) -> Report:
    """Send so many generated requests, or some more, to a registry that has seen some life."""
    began = time.monotonic()
    async with ground.town("b1", wait_ms=WAIT_MS) as town:
        await town.settle((("all-1", "all", 0),))
        load = Load(town, ground.seed, CLIENTS)
        await load.found()
        async with load:
            await load.until(acknowledged)
        wrong: list[str] = []
        turn, sent = 0, 0
        while sent < requests:
            phases = PHASES if requests > SHORT else SHORT_PHASES
            wrong += await _try(town, ground.seed + turn, phases, requests - sent)
            turn, sent = turn + 1, _counted(town)["B1"]
        run = await observed(town)
        run.events = [*run.events, *_tried(town)]
        wrong += [str(event.value) for event in _tried(town) if event.f == UNHANDLED]
        verdict = judge(run, acknowledged=acknowledged, injected=requests)
    told = report("B1", run, verdict, time.monotonic() - began)
    if wrong:
        told = replace(told, verdict="violation", violations=[*told.violations, *wrong])
    return told


async def _try(town: Town, seed: int, phases: str, requests: int) -> list[str]:
    """Run schemathesis once; return what it found wrong."""
    address = f"http://127.0.0.1:{town.ports('all')[0]}/openapi.json"
    examples = max(2, requests // OPERATIONS // 4)
    options = {
        "--checks": ",".join(CHECKED),
        "--phases": phases,
        "--max-examples": str(examples),
        "--seed": str(seed),
        "--exclude-operation-id": ENDLESS,
        "--suppress-health-check": "all",
        "--request-timeout": "10",
        "--warnings": "off",
        "--workers": "1",
    }
    words = [word for pair in options.items() for word in pair]
    program = [sys.executable, "-m", "schemathesis.cli", "run", address, *words]
    environ = {
        **environment(),
        "PYTHONPATH": str(PROJECT),
        "SCHEMATHESIS_HOOKS": "tests.faults.hooks",
        "FAULTS_EVENTS": str(town.folder / "b1.ndjson"),
    }
    process = await asyncio.create_subprocess_exec(
        *(*program, "--no-color", "--continue-on-failure"),
        cwd=town.folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    (town.folder / f"schemathesis-{seed}.log").write_bytes(said)
    if process.returncode == 0:
        return []
    return ["\n".join(said.decode().splitlines()[-FAULT_LINES:])]


def _tried(town: Town) -> list[Event]:
    file = town.folder / "b1.ndjson"
    return read(file) if file.is_file() else []


def _counted(town: Town) -> Counter[str]:
    return Counter(event.f for event in _tried(town) if event.process == NEMESIS)
