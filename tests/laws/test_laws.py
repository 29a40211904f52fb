"""Each law of the books, broken on purpose by a posting made by hand, is caught by its name."""

from hashlib import sha256

import pytest

from libs.ledger import laws
from libs.ledger.apply import apply
from libs.ledger.events import (
    CreditPosting,
    CreditsIssued,
    DutyOpened,
    GramPosting,
    Posting,
    TransferSettled,
    YenPosting,
)
from libs.ledger.holdings import holdings
from libs.ledger.laws import LAWS, Breach, conserved
from libs.ledger.postings import size
from libs.ledger.serials import INTEGER_MAX, Ranges
from libs.ledger.state import State
from tests.laws.dump import dump
from tests.rooms.story import Ledger

LOT = "JC-ER-000001-01"


def world() -> State:
    """Return books with credits held, retired and withdrawn, and grams and yen beside them."""
    ledger = Ledger()
    for told in (
        *("open-ledger", "register JC-ER-000001", "open A01", "open B02"),
        *(f"issue {LOT} 100 to A01", f"invalidate {LOT}/1-10 from A01", f"annul {LOT}/11-20"),
    ):
        ledger.say(told)
    state = ledger.state
    grams = GramPosting("p1", 1_000_000, "G:SRC", "G:CAP:p1")
    yen = YenPosting("t1", 500, "C:DEPOSIT:ann", "C:TRUST")
    apply(state, DutyOpened(debtor="x", duty="d", lot=LOT, quantity=1, postings=(grams, yen)))
    state.undo.clear()
    return state


def credit(first: int, last: int, source: str, target: str, lot: str = LOT) -> CreditPosting:
    return CreditPosting(lot, first, last, source, target)


BROKEN: list[tuple[str, Posting]] = [
    ("serials_in_order", credit(0, 5, "HOLD:A01", "HOLD:B02")),
    ("serials_in_order", credit(22, 21, "HOLD:A01", "HOLD:B02")),
    ("serials_in_order", credit(21, INTEGER_MAX + 1, "HOLD:A01", "HOLD:B02")),
    ("serials_in_order", GramPosting("p1", 0, "G:CAP:p1", "G:ALLOC:c1")),
    ("serials_in_order", YenPosting("t1", -1, "C:TRUST", "C:POOL:p")),
    ("serials_in_order", YenPosting("t1", INTEGER_MAX + 1, "C:TRUST", "C:POOL:p")),
    ("two_ends", credit(21, 21, "HOLD:A01", "HOLD:A01")),
    ("two_ends", credit(21, 21, "HOLD:A01", "POCKET:A01")),
    ("two_ends", credit(21, 21, "POCKET:A01", "HOLD:A01")),
    ("two_ends", GramPosting("p1", 1, "G:CAP:p1", "G:ELSE:p1")),
    ("units_apart", credit(21, 21, "HOLD:A01", "G:CAP:p1")),
    ("units_apart", credit(21, 21, "C:TRUST", "HOLD:A01")),
    ("units_apart", GramPosting("p1", 1, "G:CAP:p1", "HOLD:A01")),
    ("units_apart", YenPosting("t1", 1, "C:TRUST", "G:CAP:p1")),
    ("retired_is_absorbing", credit(1, 1, "RET:INV", "HOLD:A01")),
    ("retired_is_absorbing", credit(1, 1, "RET:CAN", "RET:INV")),
    ("retired_is_absorbing", credit(11, 11, "WDL", "HOLD:A01")),
    ("issued_once", credit(100, 101, f"ISS:{LOT}", "HOLD:A01")),
    ("issued_once", credit(1, 1, f"ISS:{LOT}", "HOLD:A01")),
    ("issued_once", credit(101, 101, "ISS:OTHER", "HOLD:A01")),
    ("issued_once", credit(101, 101, "ISS", "HOLD:A01")),
    ("issued_once", credit(21, 21, "HOLD:A01", f"ISS:{LOT}")),
    ("issued_once", credit(21, 21, "HOLD:A01", "ISS")),
    ("issued_once", credit(1, 1, "ISS:NEW", "HOLD:A01", "NEW")),
    ("source_holds", credit(20, 21, "HOLD:A01", "HOLD:B02")),
    ("source_holds", credit(100, 101, "HOLD:A01", "HOLD:B02")),
    ("source_holds", credit(21, 21, "HOLD:B02", "HOLD:A01")),
    ("source_holds", credit(21, 21, "HOLD:A01", "HOLD:B02", "NEW")),
    ("source_holds", GramPosting("p1", 1_000_001, "G:CAP:p1", "G:ALLOC:c1")),
    ("source_holds", GramPosting("p2", 1, "G:CAP:p1", "G:ALLOC:c1")),
    ("source_holds", YenPosting("t1", 501, "C:TRUST", "C:PAYABLE:bob")),
]


@pytest.mark.parametrize(("law", "posting"), BROKEN)
def test_a_broken_law_is_caught_by_name(law: str, posting: Posting) -> None:
    state = world()
    before = dump(state)
    event = TransferSettled(source="A01", target="B02", postings=(posting,))
    with pytest.raises(Breach, match=f"^{law}: "):
        apply(state, event)
    state.rollback()
    assert dump(state) == before


def test_a_posting_moves_as_many_credits_as_it_names() -> None:
    assert [size(credit(7, last, "HOLD:A01", "HOLD:B02")) for last in (7, 8, 106)] == [1, 2, 100]


def test_every_law_is_broken_here() -> None:
    assert {law for law, _ in BROKEN} == {law.__name__ for law in LAWS}


@pytest.mark.parametrize(
    "posting",
    [
        credit(21, 100, "HOLD:A01", "HOLD:B02"),
        credit(21, 21, "HOLD:A01", "RET:INV"),
        credit(101, INTEGER_MAX, f"ISS:{LOT}", "HOLD:A01"),
        GramPosting("p1", 1_000_000, "G:CAP:p1", "G:ALLOC:c1"),
        GramPosting("p2", INTEGER_MAX, "G:SRC", "G:CAP:p2"),
        YenPosting("t1", 500, "C:TRUST", "C:PAYABLE:bob"),
        YenPosting("t1", 9, "C:POOL:p", "C:PAYABLE:bob"),
    ],
)
def test_a_lawful_posting_passes_and_can_be_taken_back(posting: Posting) -> None:
    state = world()
    before, digest = dump(state), holdings(state)
    apply(state, TransferSettled(source="A01", target="B02", postings=(posting,)))
    assert list(conserved(state)) == []
    assert holdings(state) != digest
    state.rollback()
    assert dump(state) == before


def test_every_posting_is_held_against_the_books_that_the_one_before_left() -> None:
    state = world()
    twice = (credit(21, 21, "HOLD:A01", "HOLD:B02"), credit(21, 21, "HOLD:A01", "HOLD:B02"))
    with pytest.raises(Breach, match="source_holds"):
        apply(state, TransferSettled(source="A01", target="B02", postings=twice))


def test_a_lot_comes_into_being_once() -> None:
    state = world()
    again = CreditsIssued(
        lot=LOT,
        project="JC-ER-000001",
        account="B02",
        certified_on="2025-12-01",
        vintage_from="2024-01-01",
        vintage_to="2024-12-31",
        postings=(credit(50, 150, f"ISS:{LOT}", "HOLD:B02"),),
    )
    with pytest.raises(Breach, match="issued_once"):
        apply(state, again)


def test_credits_that_are_lost_or_doubled_are_counted() -> None:
    state = world()
    state.issued[LOT].add(101, 102)
    state.issued["NOBODY"] = Ranges([(1, 6)])
    assert list(conserved(state)) == [f"{LOT}: issued 101, held 100", "NOBODY: issued 5, held 0"]


def test_the_laws_stand_in_this_order_since_later_ones_lean_on_earlier() -> None:
    assert (
        laws.serials_in_order,
        laws.two_ends,
        laws.units_apart,
        laws.retired_is_absorbing,
        laws.issued_once,
        laws.source_holds,
    ) == LAWS


def test_the_holdings_digest_is_what_its_lines_say() -> None:
    lines = (
        f"t\t{LOT}\t1\t10\tRET:INV\n"
        f"t\t{LOT}\t11\t20\tWDL\n"
        f"t\t{LOT}\t21\t100\tHOLD:A01\n"
        "JPY\tt1\tC:DEPOSIT:ann\t-500\n"
        "JPY\tt1\tC:TRUST\t500\n"
        "g\tp1\tG:CAP:p1\t1000000\n"
        "g\tp1\tG:SRC\t-1000000\n"
    )
    assert holdings(world()) == sha256(lines.encode()).hexdigest()
    assert holdings(State("main")) == sha256().hexdigest()
