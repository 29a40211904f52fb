"""Two hundred seeds under faults, mixed deciders, one digest everywhere, planted bugs caught."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from itertools import count, cycle
from pathlib import Path

import pytest
from msgspec.structs import asdict

from tests.simulation.__main__ import main
from tests.simulation.bugs import PLANTED, Plant
from tests.simulation.naive import RULES
from tests.simulation.swarm import deviating, simulate
from tests.simulation.world import FAULTS, Failure, World

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = 150
SEEDS_UNTIL_CAUGHT = 30


@pytest.mark.parametrize("seed", range(200), ids="seed-{:04d}".format)
def test_nothing_is_lost_or_used_twice(seed: int) -> None:
    simulate(seed, COMMANDS)


@pytest.mark.parametrize("seed", [3, 42])
def test_a_seed_replays_identically(seed: int) -> None:
    assert len({simulate(seed, COMMANDS).digest() for _ in range(3)}) == 1


def test_a_failure_names_its_seed_and_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("libs.ledger.ids.Ids.find", lambda *_: None)
    told = []
    for _ in range(2):
        with pytest.raises(Failure, match=r"replay it: python -m tests\.simulation 1\b") as failure:
            simulate(1, COMMANDS)
        told.append(str(failure.value))
    assert told[0] == told[1]
    assert told[0].startswith("seed 1, ")


def test_the_night_runs_many_seeds_and_fails_when_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--seeds", "3", "--from", "1000"]) == 0
    assert "3 seeds from 1000, 0 failed" in capsys.readouterr().out
    monkeypatch.setattr("libs.ledger.ids.Ids.find", lambda *_: None)
    assert main(["--seeds", "2", "--from", "1000"]) == 1
    assert "replay it: python -m tests.simulation 1001" in capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_is_survived(fault: str) -> None:
    World(7, COMMANDS, faults=frozenset({fault}), other=deviating).run()


def test_the_swarm_does_what_it_says() -> None:
    """Every fault strikes, every type of command is done and refused, every power cut tears."""
    struck: Counter[str] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    for seed in range(45):
        world = simulate(seed, 100)
        struck += world.struck
        struck += Counter({f"noise {name}": n for name, n in asdict(world.reader.noise).items()})
        for raw in world.accepted:
            entry = json.loads(raw)
            verdicts[entry["command"].get("type", "raw"), entry["verdict"]] += 1
    must = {*FAULTS, "commit torn", "commit survived", "start from zero", "start from snapshot"}
    lasting = {"two leaders", "slow readers", "verifier", "mixed deciders"}
    assert not [fault for fault in must - lasting if not struck[fault]]
    assert struck["noise below"] > 100
    assert struck["noise void"] > 100
    assert struck["noise equivocation"]
    done = {kind for kind, verdict in verdicts if verdict == "accepted"}
    refused = {kind for kind, verdict in verdicts if verdict == "rejected"}
    assert set(RULES) - done == {"log.attach.v1"}
    assert set(RULES) <= refused


# --------------------------------------------------------------------------------- mixed deciders


def test_the_replica_that_deviates_halts_and_says_where() -> None:
    """What every reader accepted is the same for all; `World` judges where and why it halted."""
    deviated = others = 0
    for seed in range(24):
        world = World(seed, 100, faults=frozenset({"mixed deciders", "zombies"}), other=deviating)
        world.run()
        halted = {node.name for node in world.nodes if node.halted}
        deviated += halted == {"node 1"}
        others += halted == {"node 0"}
        assert len(halted) == 1, f"seed {seed}: {halted} halted"
    assert deviated >= 5
    assert others >= 5, "the deviating replica never led, so half of it is not tested"


# ---------------------------------------------------------------------------------- determinism


def _digest(python: str, hash_seed: int, locale: str, zone: str) -> str:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "LC_ALL": locale,
        "TZ": zone,
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(
        [python, "-m", "tests.simulation", "11", "--commands", "120"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.splitlines()[-1]


def _pythons() -> list[str]:
    """Find the Pythons of this machine that have what the ledger needs."""
    named = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    return [
        sys.executable,
        *(
            python
            for python in named
            if python
            and not subprocess.run(
                [python, "-c", "import msgspec"], check=False, capture_output=True
            ).returncode
        ),
    ]


def test_the_journal_is_the_same_under_every_hash_seed_locale_zone_and_python() -> None:
    zones = cycle(("UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Chatham"))
    locales = cycle(("C", "C.UTF-8", "POSIX"))
    pythons = cycle(_pythons())
    runs = zip(count(), range(21), locales, zones, pythons, strict=False)
    digests = {_digest(python, n, locale, zone) for _, n, locale, zone, python in runs}
    assert len(digests) == 1
    assert digests == {simulate(11, 120).digest()}


# ------------------------------------------------------------------------------------ planted bugs


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    mixed = frozenset({"mixed deciders", "slow readers", "zombies"})
    for seed in range(SEEDS_UNTIL_CAUGHT):
        try:
            simulate(seed, 100)
            World(seed, 100, faults=mixed, other=deviating).run()
        except Failure:
            return
    pytest.fail(f"{plant.__name__} lived through {SEEDS_UNTIL_CAUGHT} seeds: {plant.__doc__}")
