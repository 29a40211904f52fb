"""Run seeds of the simulation: `python -m tests.simulation SEED`, or `--seeds N --from M`."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.simulation.swarm import simulate
from tests.simulation.world import Failure, World


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(
    arguments: list[str] | None = None, simulate: Callable[[int, int], World] = simulate
) -> int:
    """Run what was asked for; return 1 where any seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="one seed, with what it did")
    parser.add_argument("--seeds", type=int, default=1000, help="how many, for the night")
    parser.add_argument("--from", type=int, default=0, dest="start", help="the first of them")
    parser.add_argument("--commands", type=int, default=90, help="how many commands in each")
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        world = simulate(asked.seed, asked.commands)
        say(f"seed {asked.seed}: {', '.join(sorted(world.swarm)) or 'no fault'}")
        say(f"{len(world.accepted)} entries {world.books.spoken}, {world.reader.noise}")
        say(world.digest())
        return 0
    failed, began = 0, time.monotonic()
    for seed in range(asked.start, asked.start + asked.seeds):
        try:
            simulate(seed, asked.commands)
        except Failure as wrong:
            failed += 1
            say(str(wrong))
    seconds = time.monotonic() - began
    say(f"{asked.seeds} seeds from {asked.start}, {failed} failed, {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
