"""Stories of what is put right: entries that moved the wrong credits, and reversals."""

from libs.ledger.entry import decode
from libs.ledger.events import Event, LedgerCompensated, ReversalCovered
from tests.rooms import (
    grammar_certification,
    grammar_controls,
    grammar_corrections,
    grammar_transfer,
)
from tests.rooms.story import Ledger, story

VERBS = (
    grammar_certification.report,
    grammar_controls.suspend,
    grammar_corrections.compensate,
    grammar_transfer.ORDERS,
)
"""Whoever imports them has the words of these stories."""


def facts_of(ledger: Ledger) -> list[Event]:
    return [event for raw in ledger.journal for event in decode(raw).events]


@story
def test_what_an_entry_moved_in_error_goes_back(ledger: Ledger) -> None:
    """
    open A01
    open B02
    open C03
    issue JC-ER-000001-01 100 to A01
    transfer 10 A01 -> B02; 20 A01 -> C03 as wrong
    # always an act of two
    compensate wrong JC-ER-000001-01/1-10 HOLD:A01 -> HOLD:B02; \
JC-ER-000001-01/11-30 HOLD:A01 -> HOLD:C03 as proposal
    balance HOLD:B02 10
    approve proposal                           ! approver_must_differ
    approve proposal by operator:2
    holds HOLD:A01 JC-ER-000001-01/1-100
    balance HOLD:C03 0
    # once: what is moved again the same way was moved by another entry
    transfer 10 A01 -> B02 as again
    compensate wrong JC-ER-000001-01/1-10 HOLD:A01 -> HOLD:B02  ! entry_already_compensated
    compensate again JC-ER-000001-01/1-10 HOLD:A01 -> HOLD:B02
    """
    (entry,) = (event for event in facts_of(ledger) if isinstance(event, LedgerCompensated))
    assert entry.position == ledger.named["wrong"]
    assert [one.target for one in entry.postings] == ["HOLD:A01", "HOLD:A01"]


@story
def test_what_an_order_had_held_goes_back_to_the_free_balance(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    place 5 of JC-ER-000001-01 A01 -> B02 by ann wants acceptance as order
    accept order by ben as settled
    compensate settled JC-ER-000001-01/1-5 LOCK:A01:order -> HOLD:B02 as back
    approve back by operator:2
    holds HOLD:A01 JC-ER-000001-01/1-100
    """


@story
def test_what_was_given_out_of_a_buffer_goes_back_into_it(ledger: Ledger) -> None:
    """
    open A01
    issue JC-FM-000123-01 1000 to A01
    unbuffer 10 from FOREST to A01 as release
    compensate release JC-FM-000123-01/971-980 BUF:FOREST -> HOLD:A01 as back
    approve back by operator:2
    balance BUF:FOREST 30
    """


@story
def test_nothing_else_goes_back(ledger: Ledger) -> None:
    """
    open A01
    open B02
    open F01
    open C01
    close C01
    issue JC-ER-000001-01 100 to A01 as issue
    transfer JC-ER-000001-01/1-20 A01 -> B02 as moved
    transfer JC-ER-000001-01/21-30 A01 -> F01 as frozen
    invalidate JC-ER-000001-01/100 from A01 as used
    reserve JC-ER-000001-01/99 from A01 as held
    freeze F01
    transfer JC-ER-000001-01/20 B02 -> A01

    # refusals, in order of precedence
    compensate 99 L/2-1 LOCK:A01:o -> RET:INV by mallory             ! actor_not_allowed
    compensate 99 L/2-1 LOCK:A01:o -> RET:INV                        ! entry_not_found
    compensate used L/2-1 LOCK:A01:o -> RET:INV                      ! serials_reversed
    compensate used L/1-2 LOCK:A01:o -> RET:INV; L/2-3 HOLD:A -> WDL    ! serials_overlap
    compensate used JC-ER-000001-01/100 HOLD:A01 -> RET:INV  ! compensation_out_of_retirement
    compensate used L/1-9 HOLD:A01 -> WDL                    ! compensation_out_of_retirement
    compensate held L/1-9 HOLD:A01 -> LOCK:A01:o             ! movement_not_reversible
    compensate issue L/1-9 ISS:L -> HOLD:A01                 ! movement_not_reversible
    compensate held L/1-9 LOCK:A01:o -> HOLD:A01             ! accounts_must_differ
    compensate moved L/1-9 HOLD:A01 -> HOLD:B02              ! lot_not_found
    compensate moved JC-ER-000001-01/1-2 HOLD:Z99 -> HOLD:B02        ! account_not_found
    compensate moved JC-ER-000001-01/1-2 HOLD:C01 -> HOLD:B02        ! account_closed
    compensate frozen JC-ER-000001-01/21-30 HOLD:A01 -> HOLD:F01     ! account_frozen
    compensate moved JC-ER-000001-01/1-20 HOLD:A01 -> HOLD:B02       ! lot_has_moved first=1
    compensate moved JC-ER-000001-01/1-2 HOLD:A01 -> BUF:FOREST      ! lot_has_moved
    suspend JC as stop
    approve stop by operator:2
    compensate moved JC-ER-000001-01/1-19 HOLD:A01 -> HOLD:B02       ! movements_suspended
    resume JC as on
    approve on by operator:2
    # what moves on between the two operators is refused to the second
    compensate moved JC-ER-000001-01/1-19 HOLD:A01 -> HOLD:B02 as late
    transfer JC-ER-000001-01/7 B02 -> A01
    approve late by operator:2                                       ! lot_has_moved
    """


@story
def test_a_holder_makes_good_for_what_its_project_lost(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    open E02 reps ann
    register JC-FM-000200 implementer GreenCo
    issue JC-FM-000123-01 1000 to A01
    issue JC-FM-000200-01 1000 to E02
    transfer 50 A01 -> B02

    # refusals, in order of precedence
    make-good NONE 2 from A01 by ben                       ! actor_not_allowed account=A01
    make-good NONE 2 from A01 by ann                       ! project_not_found
    make-good JC-FM-000123 2 from Z99                      ! account_not_found
    make-good JC-FM-000123 2 from B02 by ben               ! account_not_of_project account=B02
    make-good JC-FM-000123 2 of NONE from A01              ! lot_not_found
    make-good JC-FM-000123 951 from A01                    ! quantity_exceeds_holding
    make-good JC-FM-000123 JC-FM-000123-01/1 from A01      ! serials_not_held

    make-good JC-FM-000123 2 from A01 by ann
    make-good JC-FM-000200 JC-FM-000200-01/9 from E02
    holds RET:INV JC-FM-000123-01/51-52 JC-FM-000200-01/9-9
    # for ever: it is used up as anything else is
    annul JC-FM-000123-01/51
    duty A01 1
    """
    facts = [event for event in facts_of(ledger) if isinstance(event, ReversalCovered)]
    assert [fact.beneficiary for fact in facts] == ["A01", "GreenCo"]
    assert {fact.purpose for fact in facts} == {"REVERSAL_COVER"}


@story
def test_what_makes_good_must_be_good_itself(ledger: Ledger) -> None:
    """
    open A01
    register KC-KC-000002
    issue KC-KC-000002-01 10 to A01
    make-good KC-KC-000002 1 of KC-KC-000002-01 from A01   ! retire_verb_differs
    """
