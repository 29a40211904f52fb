"""Bad histories of order, reads, and whatever follows the journal: for C9 to C19."""

from tests.faults.accepted import Json, Record
from tests.faults.answers import canonical
from tests.faults.history import Op
from tests.faults.planting import Bed, plant, rows

# ------------------------------------------------------------------ C9: strict serializability


@plant("C9")
def over_before_what_precedes_it_began(bed: Bed) -> None:
    ops = sorted(bed.known(), key=lambda op: int(op.answer["position"]))
    place = bed.chance.randrange(1, len(ops))
    early, late = ops[place - 1], ops[place]
    assert late.end is not None
    bed.amend(late.invoke, mono_ns=early.invoke.mono_ns - 20)
    bed.amend(late.end, mono_ns=early.invoke.mono_ns - 10)


@plant("C9")
def the_last_answer_before_the_first_question(bed: Bed) -> None:
    ops = sorted(bed.known(), key=lambda op: int(op.answer["position"]))
    late = ops[-1]
    assert late.end is not None
    bed.amend(late.end, mono_ns=1)


@plant("C9")
def refused_for_what_is_not_so(bed: Bed) -> None:
    op = bed.one(bed.known(verdict="rejected"))
    bed.tell(op, reason="ledger_already_open")
    at = op.answer["position"]
    bed.rewrite(lambda told: told[at].update(reason="ledger_already_open"))


@plant("C9")
def refused_what_must_be_done(bed: Bed) -> None:
    op = bed.one(bed.known(verdict="accepted"))
    assert op.end is not None
    answer = {"position": op.answer["position"], "verdict": "rejected", "reason": "account_frozen"}
    bed.amend(op.end, answer=answer)

    def change(told: list[Json]) -> None:
        told[answer["position"]] |= {"verdict": "rejected", "reason": "account_frozen"}
        told[answer["position"]].pop("events", None)

    bed.rewrite(change)


@plant("C9")
def done_what_must_be_refused(bed: Bed) -> None:
    op = bed.one(bed.known(verdict="rejected"))
    bed.tell(op, verdict="accepted", reason=None)
    at = op.answer["position"]

    def change(told: list[Json]) -> None:
        told[at] |= {"verdict": "accepted", "events": []}
        del told[at]["reason"]

    bed.rewrite(change)


@plant("C9")
def moved_to_somebody_else(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["target"].startswith("HOLD")))

    def change(told: list[Json]) -> None:
        for event in told[position]["events"]:
            for mine in event.get("postings", ()):
                if mine == posting:
                    mine["target"] = "HOLD:thief"

    bed.rewrite(change)


@plant("C9")
def a_line_told_otherwise(bed: Bed) -> None:
    entry = bed.one([e for e in bed.run.entries if e.told.get("lines")])

    def change(told: list[Json]) -> None:
        line = told[entry.position]["lines"][0]
        line |= {"verdict": "rejected", "reason": "grammar_differs"}

    bed.rewrite(change)


# ---------------------------------------------------------------------------- C10: stale reads


def _shown(bed: Bed) -> list[Op]:
    return [op for op in bed.run.reads if op.invoke.f == "account"]


@plant("C10")
def a_session_goes_back(bed: Bed) -> None:
    seen: set[str] = set()
    able = []
    for op in bed.run.ops:
        if op.invoke.f in ("account", "status") and op.known and op.invoke.process in seen:
            able.append(op)
        if op.known and op.answer.get("position", 0) > 0:
            seen.add(op.invoke.process)
    bed.tell(bed.one(able), position=0)


@plant("C10")
def a_balance_that_never_was(bed: Bed) -> None:
    op = bed.one([op for op in _shown(bed) if op.answer["balances"]])
    code = bed.one(sorted(op.answer["balances"]))
    bed.tell(op, balances={**op.answer["balances"], code: op.answer["balances"][code] + 1})


@plant("C10")
def a_balance_too_many(bed: Bed) -> None:
    op = bed.one([op for op in _shown(bed) if op.answer["status"] != "unknown"])
    bed.tell(op, balances={**op.answer["balances"], "LOCK:A0:o-999": 3})


@plant("C10")
def an_account_in_another_state(bed: Bed) -> None:
    op = bed.one(_shown(bed))
    bed.tell(op, status="closed" if op.answer["status"] != "closed" else "open")


@plant("C10")
def a_read_of_the_future(bed: Bed) -> None:
    bed.tell(bed.one(_shown(bed)), position=len(bed.run.entries))


@plant("C10")
def a_read_older_than_it_says(bed: Bed) -> None:
    told = [op for op in _shown(bed) if not op.answer["balances"]]
    known = [op for op in told if op.answer["status"] == "unknown"]
    op = bed.one(known)
    bed.amend(op.invoke, value={"account": "A0"})


# --------------------------------------------------------------------------- C12: equivocation


@plant("C12")
def another_client_reads_other_bytes(bed: Bed) -> None:
    theirs = bed.run.journals["confluent"]
    place = bed.chance.randrange(len(theirs))
    theirs[place] = theirs[place]._replace(value=theirs[place].value + b" ")


@plant("C12")
def another_client_misses_a_record(bed: Bed) -> None:
    theirs = bed.run.journals["confluent"]
    del theirs[bed.chance.randrange(len(theirs))]


@plant("C12")
def another_client_reads_another_command(bed: Bed) -> None:
    theirs = bed.run.commands["confluent"][0]
    place = bed.chance.randrange(len(theirs))
    theirs[place] = theirs[place]._replace(appended_ms=theirs[place].appended_ms + 1)


@plant("C12")
def two_entries_behind_one(bed: Bed) -> None:
    entry = bed.one(bed.run.entries)
    raw = canonical({**entry.told, "verdict": "rejected", "reason": "breach"})
    for mine in bed.run.journals.values():
        mine.append(Record(mine[-1].offset + 1, 0, raw))


@plant("C12")
def two_answers_at_one_position(bed: Bed) -> None:
    op = bed.one(bed.known(verdict="accepted"))
    twin = bed.one([o for o in bed.known(verdict="accepted") if o.identity != op.identity])
    bed.tell(twin, position=op.answer["position"])


# --------------------------------------------------------------------------------- C14: unseen


@plant("C14")
def tables_that_stand_still(bed: Bed) -> None:
    bed.run.tables["live"].position -= 1


@plant("C14")
def tables_of_another_journal(bed: Bed) -> None:
    bed.run.tables["live"].digest = "c" * 64


@plant("C14")
def tables_without_a_movement(bed: Bed) -> None:
    mine = rows(bed, "live", "movements")
    mine.remove(bed.one(mine))


@plant("C14")
def tables_that_do_not_know_a_command(bed: Bed) -> None:
    mine = rows(bed, "live", "commands")
    mine.remove(bed.one(mine))


@plant("C14")
def a_record_that_nobody_answers(bed: Bed) -> None:
    for mine in bed.run.commands.values():
        mine[0].append(Record(len(mine[0]), 0, b"{}"))


# ---------------------------------------------------------------------------- C15: instability


def _asked(bed: Bed, *, there: bool) -> list[Op]:
    looked = [op for op in bed.run.reads if op.invoke.f == "status"]
    return [op for op in looked if bool(op.answer.get("outcome")) is there]


@plant("C15")
def an_outcome_that_is_gone(bed: Bed) -> None:
    bed.tell(bed.one(_asked(bed, there=True)), outcome=None)


@plant("C15")
def an_outcome_that_changed(bed: Bed) -> None:
    op = bed.one(_asked(bed, there=True))
    other = {"verdict": "rejected", "reason": "account_closed_then"}
    bed.tell(op, outcome={**op.answer["outcome"], **other})


@plant("C15")
def an_outcome_elsewhere(bed: Bed) -> None:
    op = bed.one(_asked(bed, there=True))
    outcome = {**op.answer["outcome"], "position": op.answer["outcome"]["position"] + 1}
    bed.tell(op, outcome=outcome)


@plant("C15")
def an_outcome_of_what_never_was(bed: Bed) -> None:
    op = bed.one(_asked(bed, there=False))
    bed.tell(op, outcome={"position": 1, "verdict": "accepted", "reason": None})


# --------------------------------------------------------------------------------- C19: replay


@plant("C19")
def the_auditor_holds_otherwise(bed: Bed) -> None:
    bed.run.holdings["auditor"] = "b" * 64


@plant("C19")
def a_range_is_somebody_elses_in_one_database(bed: Bed) -> None:
    row = bed.one(rows(bed, "sqlite", "holdings"))
    row["account"] = "HOLD:A7"


@plant("C19")
def tables_that_cannot_be_made_anew(bed: Bed) -> None:
    del bed.run.tables["fresh"]
    bed.run.lost["fresh"] = "IntegrityError"


@plant("C19")
def a_name_differs_in_one_database(bed: Bed) -> None:
    row = bed.one(rows(bed, "live", "accounts"))
    row["name"] += " "


@plant("C19")
def a_row_is_missing_in_one_database(bed: Bed) -> None:
    mine = rows(bed, "fresh", "projects")
    mine.remove(bed.one(mine))
