"""Bad histories of what clients were told: for C1 to C4."""

from copy import deepcopy

from tests.faults.accepted import Entry, Json
from tests.faults.planting import Bed, plant

# ----------------------------------------------------------------------------- C1: lost writes


@plant("C1")
def the_end_of_the_journal_is_lost(bed: Bed) -> None:
    last = max(op.answer["position"] for op in bed.known())
    keep = [r for r in bed.run.journals["aiokafka"] if r.offset < bed.run.entries[last].offset]
    bed.run.journals = dict.fromkeys(bed.run.journals, keep)


@plant("C1")
def an_answer_without_an_append(bed: Bed) -> None:
    lost = [op for op in bed.run.writes if op.end and op.end.type == "info"]
    lost = [op for op in lost if op.invoke.command_id and op.identity not in bed.run.first]
    op = bed.one(lost)
    answer = {"position": len(bed.run.entries), "verdict": "accepted", "reason": None}
    bed.amend(op.end, type="ok", answer=answer)


@plant("C1")
def told_yes_where_the_entry_says_no(bed: Bed) -> None:
    bed.tell(bed.one(bed.known(verdict="rejected")), verdict="accepted", reason=None)


@plant("C1")
def told_another_reason(bed: Bed) -> None:
    bed.tell(bed.one(bed.known(verdict="rejected")), reason="account_frozen_by_mistake")


@plant("C1")
def told_of_another_entry(bed: Bed) -> None:
    op = bed.one(bed.known())
    bed.tell(op, position=(op.answer["position"] + 1) % len(bed.run.entries))


# ------------------------------------------------------------------------- C2: forged entries


@plant("C2")
def a_forged_entry_at_the_end(bed: Bed) -> None:
    def change(told: list[Json]) -> None:
        forged = deepcopy(
            bed.one([e for e in told if e["verdict"] == "accepted" and e["position"]])
        )
        forged |= {"offset": told[-1]["offset"] + 1, "rules": bed.run.read.head.rules}
        told.append(forged)

    bed.rewrite(change)


@plant("C2")
def a_command_that_nobody_sent(bed: Bed) -> None:
    op = bed.one(bed.known())
    bed.amend(op.invoke, command_id="00000000-0000-0000-0000-00000000f00d")


@plant("C2")
def a_command_of_another_actor(bed: Bed) -> None:
    op = bed.one(bed.known())
    bed.amend(op.invoke, value={**op.invoke.value, "actor": "operator:9"})


@plant("C2")
def a_command_with_more_in_it(bed: Bed) -> None:
    op = bed.one(bed.known())
    body = {**op.invoke.value["body"], "quantity": 10**6}
    bed.amend(op.invoke, value={**op.invoke.value, "body": body})


@plant("C2")
def a_request_that_is_no_digest_of_its_record(bed: Bed) -> None:
    place = bed.chance.randrange(1, len(bed.run.entries))
    bed.rewrite(lambda told: told[place].update(request="f" * 64))


@plant("C2")
def a_command_shown_otherwise_than_sent(bed: Bed) -> None:
    entry = bed.one([e for e in bed.run.entries if "raw" not in e.command])

    def change(told: list[Json]) -> None:
        told[entry.position]["command"]["sent"] = "2020-01-01T00:00:00.000Z"

    bed.rewrite(change)


@plant("C2")
def an_instant_the_log_does_not_have(bed: Bed) -> None:
    place = bed.chance.randrange(1, len(bed.run.entries))
    bed.rewrite(lambda told: told[place].update(appended="2026-12-31T23:59:59.999Z"))


# -------------------------------------------------------------------------- C3: aborted reads


@plant("C3")
def refused_and_done_all_the_same(bed: Bed) -> None:
    op = bed.one(bed.known())
    bed.amend(op.end, type="fail", answer={"status": 422})


@plant("C3")
def shown_what_the_journal_lacks(bed: Bed) -> None:
    bed.tell(bed.one(bed.known(verdict="accepted")), digest="e" * 64)


@plant("C3")
def shown_what_never_came(bed: Bed) -> None:
    shown = [op for op in bed.run.reads if op.answer.get("outcome")]
    op = bed.one(shown)
    outcome = {**op.answer["outcome"], "position": len(bed.run.entries) + 3, "digest": "d" * 64}
    bed.tell(op, outcome=outcome)


# ---------------------------------------------------------------------- C4: duplicate effects


def _repeats(bed: Bed) -> list[Entry]:
    return [entry for entry in bed.run.entries if entry.told["verdict"] == "repeated"]


@plant("C4")
def done_a_second_time(bed: Bed) -> None:
    able = [e for e in _repeats(bed) if bed.run.entries[e.told["repeats"]].told.get("events")]
    again = bed.one(able)

    def change(told: list[Json]) -> None:
        first = told[again.told["repeats"]]
        told[again.position] |= {"verdict": "accepted", "events": first["events"]}
        del told[again.position]["repeats"]

    bed.rewrite(change)


@plant("C4")
def a_repeat_of_another_answer(bed: Bed) -> None:
    again = bed.one(_repeats(bed))
    bed.rewrite(lambda told: told[again.position].update(repeats=again.told["repeats"] + 1))


@plant("C4")
def a_repeat_at_first_sight(bed: Bed) -> None:
    first = bed.one([e for e in bed.run.entries[1:] if e.first_outcome])
    bed.rewrite(lambda told: told[first.position].update(verdict="repeated", repeats=0, events=[]))


@plant("C4")
def a_repeat_that_does_something(bed: Bed) -> None:
    again = bed.one(_repeats(bed))
    events = bed.one([e.told["events"] for e in bed.run.entries if e.told.get("events")])
    bed.rewrite(lambda told: told[again.position].update(events=events))


@plant("C4")
def an_id_bound_twice(bed: Bed) -> None:
    stolen = [e for e in bed.run.entries if "different_content" in e.outcome[1]]
    bed_entry = bed.one(stolen)
    bed.rewrite(lambda told: told[bed_entry.position].update(reason="actor_not_allowed"))
