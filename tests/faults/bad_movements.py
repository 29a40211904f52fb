"""Bad histories of what moved: for C5 to C7."""

from tests.faults.accepted import Json
from tests.faults.movements import ended
from tests.faults.planting import Bed, plant, rows

# ----------------------------------------------------------------------------- C5: double use


def _ends(posting: Json) -> bool:
    return posting["unit"] == "t" and ended(posting["target"])


@plant("C5")
def used_twice(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_ends))
    bed.move_again(position, posting)


@plant("C5")
def used_twice_in_one_serial(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_ends))
    edge = {"first": posting["last"], "last": posting["last"] + 5, "target": "RET:CAN"}
    bed.move_again(position, {**posting, **edge})


@plant("C5")
def moved_after_use(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_ends))
    bed.move_again(position, {**posting, "target": "HOLD:A5"})


@plant("C5")
def withdrawn_after_use(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: _ends(p) and p["target"] != "WDL"))
    bed.move_again(position, {**posting, "target": "WDL"})


@plant("C5")
def used_by_two_lines_of_one_command(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_ends))

    def change(told: list[Json]) -> None:
        told[position]["events"][-1]["postings"].append(posting)

    bed.rewrite(change)


# -------------------------------------------------------------------------------- C6: revival


@plant("C6")
def the_retired_comes_back(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["target"].startswith("RET")))
    bed.move_again(position, {**posting, "source": posting["target"], "target": "HOLD:A1"})


@plant("C6")
def the_withdrawn_comes_back(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["target"] == "WDL"))
    bed.move_again(position, {**posting, "source": "WDL", "target": "HOLD:A1"})


@plant("C6")
def one_retirement_into_another(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["target"].startswith("RET")))
    bed.move_again(position, {**posting, "source": posting["target"], "target": "WDL"})


@plant("C6")
def a_table_that_holds_the_retired(bed: Bed) -> None:
    row = bed.one([row for row in rows(bed, "live", "holdings") if ended(row["account"])])
    row["account"] = "HOLD:A1"


# --------------------------------------------------------------------------- C7: conservation


def _held(posting: Json) -> bool:
    return bool(posting["unit"] == "t" and posting["source"].startswith("HOLD"))


@plant("C7")
def more_than_there_is(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_held))

    def change(told: list[Json]) -> None:
        for event in told[position]["events"]:
            for mine in event.get("postings", ()):
                if mine == posting:
                    mine["last"] += 1_000

    bed.rewrite(change)


@plant("C7")
def out_of_another_account(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_held))
    bed.move_again(position, {**posting, "source": "HOLD:nobody", "target": "HOLD:A1"})


@plant("C7")
def issued_twice(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["source"].startswith("ISS")))
    bed.move_again(position, posting)


@plant("C7")
def a_posting_with_one_end(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(_held))
    bed.move_again(position, {**posting, "target": posting["source"]})


@plant("C7")
def a_posting_backwards(bed: Bed) -> None:
    position, posting = bed.one(bed.moves(lambda p: p["unit"] == "t" and p["last"] > p["first"]))
    turned = {"first": posting["last"], "last": posting["first"], "source": posting["target"]}
    bed.move_again(position, {**posting, **turned, "target": "HOLD:A1"})


@plant("C7")
def grams_out_of_nothing(bed: Bed) -> None:
    ends = {"source": "G:ALLOC:p-1", "target": "G:CAP:x"}
    bed.move_again(0, {"unit": "g", "book": "p-1", "quantity": 5, **ends})


@plant("C7")
def a_table_lacks_a_range(bed: Bed) -> None:
    mine = rows(bed, "fresh", "holdings")
    mine.remove(bed.one(mine))


@plant("C7")
def a_table_has_a_serial_twice(bed: Bed) -> None:
    mine = rows(bed, "sqlite", "holdings")
    row = bed.one(mine)
    mine.append({**row, "account": "HOLD:A1", "first": row["last"], "last": row["last"]})
