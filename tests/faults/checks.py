"""Every check by its name, and the verdict on a run.

A run is `valid`, a `violation`, or `unknown`: one that proves nothing is not green.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, TypeAlias

import msgspec

from tests.faults.answers import (
    c1_lost_writes,
    c2_forged_entries,
    c3_aborted_reads,
    c4_duplicate_effects,
    c12_equivocation,
    c15_instability,
)
from tests.faults.movements import c5_double_use, c6_revival, c7_conservation
from tests.faults.notices import c16_notices
from tests.faults.order import c9_strict_serializability, c10_stale_reads
from tests.faults.projections import c14_unseen, c19_replay
from tests.faults.run import AUDITOR, TABLES, Run, Violation
from tests.faults.webhooks import c17_webhooks

Check: TypeAlias = Callable[[Run], Iterator[Violation]]

CHECKS: Mapping[str, Check] = {
    "C1": c1_lost_writes,
    "C2": c2_forged_entries,
    "C3": c3_aborted_reads,
    "C4": c4_duplicate_effects,
    "C5": c5_double_use,
    "C6": c6_revival,
    "C7": c7_conservation,
    "C9": c9_strict_serializability,
    "C10": c10_stale_reads,
    "C12": c12_equivocation,
    "C14": c14_unseen,
    "C15": c15_instability,
    "C16": c16_notices,
    "C17": c17_webhooks,
    "C19": c19_replay,
}

ACKNOWLEDGED_MIN = 1000
SHOWN_MAX = 20
"""How many violations of one check are told; the first is what matters."""


class Verdict(msgspec.Struct, frozen=True):
    """What a run proves; `why` says what an unknown one lacks."""

    verdict: Literal["valid", "violation", "unknown"]
    violations: Sequence[Violation] = ()
    why: Sequence[str] = ()


def judge(
    run: Run,
    *,
    acknowledged: int = ACKNOWLEDGED_MIN,
    unknown: int = 0,
    injected: int = 1,
    except_for: Sequence[str] = (),
) -> Verdict:
    """Run every check; `unknown` operations are asked for where the fault should cause them.

    `except_for` names checks whose promise the fault itself breaks, told by whoever injects it.
    """
    found: list[Violation] = []
    for name, check in CHECKS.items():
        if name not in except_for:
            found += islice(check(run), SHOWN_MAX)
    if found:
        return Verdict("violation", found)
    missing = list(_missing(run, acknowledged, unknown, injected))
    return Verdict("unknown" if missing else "valid", (), missing)


def _missing(run: Run, acknowledged: int, unknown: int, injected: int) -> Iterator[str]:
    if run.acknowledged < acknowledged:
        yield f"{run.acknowledged} commands were acknowledged, {acknowledged} prove something"
    if run.unknown < unknown:
        yield f"{run.unknown} operations ended unknown, this fault causes {unknown} or more"
    if run.injected < injected:
        yield f"{run.injected} faults were injected, not {injected}"
    if not run.whole:
        yield "the final reads did not come to their end"
    if len(run.journals) < 2 or len(run.commands) < 2:
        yield "the topics were not read by two clients"
    if lacking := {*TABLES, AUDITOR} - run.tables.keys() - run.holdings.keys():
        yield f"nobody looked at {', '.join(sorted(lacking))}"
