"""Stories of duties: who must replace credits that were used and then annulled, and how it does."""

import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from libs.ledger.entry import decode
from libs.ledger.events import CreditsCancelled, CreditsInvalidated, DutyDischarged
from libs.ledger.records import Duty
from tests.rooms.story import Ledger, story


@story
def test_a_duty_is_discharged_little_by_little(ledger: Ledger) -> None:
    """
    adopt matrix as table
    approve table by operator:2
    open A01 reps ann
    open P01 reps pat
    register JC-ER-000009 implementer GreenCo
    issue JC-ER-000009-01 100 to A01
    issue JC-ER-000001-01 100 to P01
    use 30 of JC-ER-000009-01 from A01
    annul JC-ER-000009-01 as gone
    discharge gone 31 of JC-ER-000001-01 from P01     ! quantity_exceeds_duty left=30
    discharge gone 20 from P01 by pat
    balance RET:INV 50
    discharge gone 11 from P01 by pat                 ! quantity_exceeds_duty left=10
    discharge gone JC-ER-000001-01/91-100 from P01 by pat
    balance HOLD:P01 70
    discharge gone 1 from P01                         ! duty_not_found
    """
    discharged, used = decode(ledger.journal[-2]).events
    assert isinstance(discharged, DutyDischarged)
    assert isinstance(used, CreditsInvalidated)
    assert (used.beneficiary, used.purpose) == ("GreenCo", "REVERSAL_COVER")
    assert (discharged.quantity, discharged.left) == (10, 0)
    assert ledger.state.registers.duties == {}


@story
def test_what_replaces_must_be_of_the_scheme_and_good(ledger: Ledger) -> None:
    """
    open A01 reps ann
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    invalidate 10 of JC-ER-000001-01 from A01
    annul JC-ER-000001-01 as gone
    discharge gone 10 from A01                        ! replacement_not_ruled
    adopt matrix as table
    approve table by operator:2
    discharge none 10 from A01                        ! duty_not_found
    discharge gone 10 from A01 by bob                 ! actor_not_allowed
    discharge gone 10 from NONE                       ! account_not_found
    discharge gone 10 of KC-KC-000001-01 from A01     ! not_a_replacement
    discharge gone 10 of JC-ER-000001-01 from A01     ! quantity_exceeds_holding holding=0
    discharge gone 1 of NONE from A01                 ! lot_not_found
    second 2031-03-31T15:00:00
    discharge gone 1 of JC-ER-000002-01 from A01      ! credits_expired
    """
    (duty,) = ledger.state.registers.duties.values()
    assert duty == Duty(duty.duty, "A01", "JC-ER-000001-01", 10)


@story
def test_each_scheme_says_who_owes_and_what_replaces(ledger: Ledger) -> None:
    """
    adopt matrix as table
    approve table by operator:2
    open A01
    # the user owes, and cancels other credits of the domestic scheme
    issue KC-KC-000001-01 100 to A01
    register KC-KC-000002
    issue KC-KC-000002-01 100 to A01
    cancel 10 of KC-KC-000001-01 from A01 for Ann; 5 of KC-KC-000001-01 from A01 for Ben
    annul KC-KC-000001-01 as gone
    discharge gone.1 5 from A01
    balance RET:CAN 20
    # nobody owes
    issue NT-ER-000001-01 100 to A01
    invalidate 10 of NT-ER-000001-01 from A01
    annul NT-ER-000001-01 as free
    discharge free 10 from A01                        ! duty_not_found
    """
    (left,) = ledger.state.registers.duties.values()
    assert (left.debtor, left.quantity) == ("Ann", 10)
    ledger.say("discharge gone.0 10 from A01")
    assert [type(event) for event in ledger.last.events] == [DutyDischarged, CreditsCancelled]
