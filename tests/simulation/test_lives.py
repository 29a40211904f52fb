"""Whole lives under faults: many seeds as the naive registry has them, planted bugs caught."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from services.decider import decider
from services.pools.decide import RULINGS as POOLS_ROOM
from tests.simulation.bugs import Plant
from tests.simulation.life_bugs import PLANTED
from tests.simulation.lives import simulate_lives
from tests.simulation.registry import UNJUDGED, known
from tests.simulation.world import Failure

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = 150
SEEDS = range(25)
SEEDS_UNTIL_ALL_IS_DONE = 160
SEEDS_UNTIL_CAUGHT = 150

lived = cache(simulate_lives)


@pytest.mark.parametrize("seed", SEEDS, ids="seed-{:04d}".format)
def test_every_verdict_is_that_of_the_naive_registry(seed: int) -> None:
    lived(seed, COMMANDS)


@pytest.mark.timeout(600)  # as many seeds as it takes
def test_every_command_of_lives_and_pools_is_done() -> None:
    lacking = {*filter(known, decider().rulings), *POOLS_ROOM}
    for seed in range(SEEDS_UNTIL_ALL_IS_DONE):
        entries = map(json.loads, lived(seed, COMMANDS).accepted)
        done = [one["command"]["type"] for one in entries if one["verdict"] == "accepted"]
        lacking.difference_update(done)
        if not lacking:
            return
    pytest.fail(f"never done: {sorted(lacking)}")


def test_no_command_is_passed_over_in_silence() -> None:
    judged = {kind for kind in decider().rulings if known(kind)}
    assert decider().rulings.keys() == judged | UNJUDGED | {"ledger.open.v1"}
    assert not judged & UNJUDGED


def test_a_failure_names_the_command_that_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.ledger.ids.Ids.find", lambda *_: None)
    with pytest.raises(Failure, match=r"replay it: python -m tests\.simulation\.lives 1\b"):
        simulate_lives(1, COMMANDS)


def test_the_journal_is_the_same_under_every_hash_seed() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-m", "tests.simulation.lives", "11"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        )
        digests.add(ran.stdout.splitlines()[-1])
    assert digests == {simulate_lives(11).digest()}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    for seed in range(SEEDS_UNTIL_CAUGHT):
        try:
            simulate_lives(seed, COMMANDS)
        except Failure:
            return
    pytest.fail(f"{plant.__name__} lived through {SEEDS_UNTIL_CAUGHT} seeds: {plant.__doc__}")
