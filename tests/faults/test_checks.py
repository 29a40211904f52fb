"""The checker itself: good runs pass every check, and each bad one is found by its check."""

from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from services.decider import decider
from tests.faults.checks import CHECKS, judge
from tests.faults.clerk import KINDS
from tests.faults.defects import PLANTS
from tests.faults.history import NEMESIS, Event, Op, Recorder, Retired, operations, read
from tests.faults.model import BELIEVED
from tests.faults.planting import Plant, Unfit, planted
from tests.faults.rules import RULES
from tests.faults.run import Run
from tests.faults.scene import Scene

GOOD = range(50)
COMMANDS = 60
PLANTED_MIN = 2
"""Into so many good runs each defect is planted."""


@cache
def good(seed: int, commands: int = COMMANDS) -> Run:
    return Scene(seed, commands).run()


@pytest.mark.parametrize("seed", GOOD)
def test_a_good_run_passes_every_check(seed: int) -> None:
    found = [str(wrong) for check in CHECKS.values() for wrong in check(good(seed))]
    assert found == []


@pytest.mark.parametrize(
    ("check", "defect"),
    [pytest.param(check, defect, id=f"{check}-{name}") for check, name, defect in PLANTS],
)
def test_a_bad_run_is_found_by_its_check(check: str, defect: Plant) -> None:
    done = 0
    for seed in GOOD:
        try:
            bad = planted(good(seed, 3 * COMMANDS), defect, Random(seed))
        except Unfit:
            continue
        found = [wrong.check for wrong in CHECKS[check](bad)]
        assert found, f"seed {seed}"
        assert set(found) == {check}
        assert judge(bad, acknowledged=1).verdict == "violation"
        done += 1
        if done == PLANTED_MIN:
            return
    pytest.fail("no run has a place for this defect")


def test_every_check_has_three_bad_histories_and_there_are_fifty() -> None:
    by_check = Counter(check for check, _, _ in PLANTS)
    assert by_check.keys() == CHECKS.keys()
    assert min(by_check.values()) >= 3
    assert len(PLANTS) >= 50


def test_every_command_is_judged_here_or_by_the_naive_registry() -> None:
    assert decider().rulings.keys() == RULES.keys() | BELIEVED
    assert not RULES.keys() & BELIEVED


def test_what_the_scenes_do_is_what_the_checks_look_at() -> None:
    """Notices of every state, certificates, mails, and calls, some of them refused at first."""
    done: Counter[str] = Counter()
    mails: Counter[str] = Counter()
    refused = 0
    for seed in range(14):
        run = good(seed, 3 * COMMANDS)
        done.update(
            event["type"] for entry in run.entries for event in entry.told.get("events", ())
        )
        mails.update(mail.told[1] for mail in run.sinks.mails)
        refused += sum(not call.taken for call in run.sinks.calls)
    must = {"issued", "superseded", "withdrawn"}
    assert not {f"notice.{one}.v1" for one in must} - done.keys()
    assert not {"donations.settled.v1", "grams.allocated.v1", "balance.requested.v1"} - done.keys()
    assert not {*KINDS.values(), "withdrawn"} - mails.keys()
    assert refused


def test_a_run_that_proves_nothing_is_unknown() -> None:
    run = good(4)
    assert judge(run, acknowledged=10).verdict == "valid"
    assert judge(run).verdict == "unknown"
    assert judge(run, acknowledged=10, injected=100).verdict == "unknown"
    assert judge(run, acknowledged=10, unknown=1000).verdict == "unknown"
    unread = Run(run.events, run.journals, run.commands, {}, run.holdings)
    assert judge(unread, acknowledged=10).verdict == "unknown"
    alone = Run(run.events, {"aiokafka": run.journals["aiokafka"]}, run.commands, run.tables)
    assert judge(alone, acknowledged=10).verdict == "unknown"
    cut = Run(run.events, run.journals, run.commands, run.tables, run.holdings, whole=False)
    assert judge(cut, acknowledged=10).verdict == "unknown"


def test_a_violation_outweighs_everything_else() -> None:
    run = good(4)
    run = Run(run.events, run.journals, run.commands, run.tables, {"auditor": "b"}, whole=False)
    assert judge(run).verdict == "violation"
    assert judge(run, except_for=["C19"]).verdict == "unknown"


def test_a_history_is_written_as_it_happens_and_read_again(tmp_path: Path) -> None:
    with Recorder(tmp_path / "history.ndjson") as history:
        one, other = history.process(), history.process()
        history.invoke(one, "write", {"type": "tick.pass.v1"}, "id-1", "transfer")
        history.invoke(other, "account", {"account": "A01"})
        history.nemesis("F2", {"killed": 1})
        history.end(other, "ok", {"position": 3})
        history.end(one, "info")
        told = read(tmp_path / "history.ndjson")
    assert [event.i for event in told] == list(range(5))
    assert [event.type for event in told] == ["invoke", "invoke", "info", "ok", "info"]
    assert told[2].process == NEMESIS
    assert all(a.mono_ns <= b.mono_ns for a, b in pairwise(told))
    first, second = operations(told)
    assert (first.invoke, first.end, first.known) == (told[0], told[4], False)
    assert (second.invoke, second.end, second.known) == (told[1], told[3], True)
    assert first.ended_ns > second.ended_ns


def test_a_process_that_does_not_know_does_nothing_more(tmp_path: Path) -> None:
    with Recorder(tmp_path / "history.ndjson") as history:
        process = history.process()
        history.invoke(process, "write")
        with pytest.raises(Retired):
            history.invoke(process, "write")
        history.end(process, "info")
        with pytest.raises(Retired):
            history.invoke(process, "write")
        with pytest.raises(Retired):
            history.end(process, "ok")
        assert history.process() != process


def test_an_operation_that_nobody_saw_end_may_end_at_any_time() -> None:
    invoke = Event(i=0, process="c1", type="invoke", f="write", mono_ns=5)
    assert Op(invoke, None).ended_ns > 10**18
