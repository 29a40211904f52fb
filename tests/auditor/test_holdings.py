"""The auditor's ranges hold what one dictionary entry for each serial would hold."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import pytest

from libs.auditor import audit
from tests.auditor.naive import ACCOUNTS, ENDS, holdings, naive_digest, step
from tests.auditor.writer import LOT, Writer, digest, good, small, tonnes

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_lot_of_2_to_the_40_costs_as_much_as_one_of_ten() -> None:
    journal = Writer()
    journal.open()
    size = 2**40
    journal.issue("BIG", 1, size, "HOLD:A")
    for number in range(300):
        first = 1 + number * (size // 300)
        journal.add("x", tonnes("BIG", first, first + size // 600, "HOLD:A", "RET:INV"))
    found, report = audit.prove(io.BytesIO(journal.seal()))
    assert report["ok"]
    assert report["retired"] == 300 * (size // 600 + 1)
    assert len(found.lots["BIG"].ranges) == 600
    assert report["holdings"] == holdings(journal)


def test_touching_ranges_of_one_account_are_one_range() -> None:
    journal = Writer()
    journal.open()
    journal.issue(LOT, 11, 20, "HOLD:A")
    journal.issue(LOT, 1, 10, "HOLD:A")
    journal.issue(LOT, 31, 40, "HOLD:A")
    journal.issue(LOT, 21, 30, "HOLD:A")
    for serial in (5, 7, 6, 40, 1, 20, 39):
        journal.add("x", tonnes(LOT, serial, serial, "HOLD:A", "HOLD:B"))
    for serial in (6, 5, 7, 1, 40, 39, 20):
        journal.add("x", tonnes(LOT, serial, serial, "HOLD:B", "HOLD:A"))
    journal.add("x", tonnes(LOT, 1, 40, "HOLD:A", "HOLD:B"))
    found, report = audit.prove(io.BytesIO(journal.seal()))
    assert found.lots[LOT].ranges == {1: (40, "HOLD:B")}
    assert report["holdings"] == digest(f"t\t{LOT}\t1\t40\tHOLD:B\n".encode())


@pytest.mark.parametrize("seed", range(20))
def test_the_holdings_are_those_of_one_dictionary_entry_per_serial(seed: int) -> None:
    rnd = random.Random(seed)
    serials: dict[tuple[str, int], str] = {}
    books: dict[tuple[str, str, str], int] = {}
    journal, tops = Writer(), dict[str, int]()
    journal.open()
    for _ in range(rnd.randint(1, 150)):
        postings = [step(rnd, serials, tops) for _ in range(rnd.randint(1, 3))]
        if rnd.random() < 0.3:
            book, quantity = rnd.choice("ab"), rnd.randint(1, 9)
            pair = rnd.sample(["C:DEPOSIT:x", "C:POOL:y", "C:PAYABLE:z"], 2)
            postings.append(small("JPY", book, quantity, *pair))
            for account, sign in zip(pair, (-1, 1), strict=True):
                key = ("JPY", book, account)
                books[key] = books.get(key, 0) + sign * quantity
        journal.add("x", *postings)
    sealed = journal.seal()
    _, report = audit.prove(io.BytesIO(sealed))
    assert report["failure"] is None
    assert report["holdings"] == naive_digest(serials, books) == holdings(journal)
    assert report["issued"] == len(serials)
    assert report["withdrawn"] == sum(account == "WDL" for account in serials.values())
    assert report["retired_by"] == {
        code: sum(account == code for account in serials.values()) for code in ENDS[:3]
    }
    # And whatever one serial does that the naive books forbid, the auditor forbids as well.
    lot, serial = rnd.choice(sorted(serials))
    other = rnd.choice([a for a in ACCOUNTS if a != serials[lot, serial]])
    target = rnd.choice([a for a in ACCOUNTS if a != other])
    journal.add("x", tonnes(lot, serial, serial, other, target))
    broken = audit.prove(io.BytesIO(journal.seal()))[1]["failure"]
    assert isinstance(broken, dict)
    assert broken["law"] == "not_held"


def test_books_that_do_not_add_up_break_conservation() -> None:
    """No posting leads here: the last walk over the holdings watches the auditor itself."""

    def broken(change: Callable[[audit.Audit], object]) -> object:
        subject = audit.Audit()
        for line in good().lines():
            subject.take(line + b"\n")
        change(subject)
        with pytest.raises(audit.BreachError) as caught:
            subject.close()
        return caught.value.args[0]

    def overlap(subject: audit.Audit) -> None:
        last, account = subject.lots[LOT].ranges[1]
        subject.lots[LOT].ranges[1] = (last + 1, account)

    def overlap_that_adds_up(subject: audit.Audit) -> None:
        lot = subject.lots[LOT]
        overlap(subject)
        lot.ranges[932] = (999, "BUF:FOREST")

    assert broken(lambda a: setattr(a.lots[LOT], "issued", 999)) == "conservation"
    assert broken(lambda a: a.lots[LOT].ranges.pop(1)) == "conservation"
    assert broken(lambda a: a.ended.update(WDL=22)) == "conservation"
    assert broken(overlap) == "conservation"
    assert broken(overlap_that_adds_up) == "conservation"
