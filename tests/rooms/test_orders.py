"""Transfer orders 移転申請: what waits, who ends the waiting, and what goes back."""

from libs.ledger.entry import decode
from libs.ledger.events import OrderPlaced, TransferSettled
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_an_order_that_waits_for_nothing_is_settled_in_its_own_entry(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 50 to A01 certified 2025-11-01
    place 60; 30 of JC-ER-000001-01; JC-ER-000001-01/91-95 A01 -> B02 by ann as order
    # 60: the oldest certification first, then what is left of the other; each line after the last
    holds HOLD:B02 JC-ER-000002-01/1-50 JC-ER-000001-01/1-40,91-95
    holds HOLD:A01 JC-ER-000001-01/41-90,96-100
    balance LOCK:A01:order 0
    call-off order ! order_not_found
    """
    placed, settled = decode(ledger.journal[-2]).events
    assert isinstance(placed, OrderPlaced)
    assert isinstance(settled, TransferSettled)
    assert settled.order == placed.order


@story
def test_a_second_representative_and_the_receiver_are_waited_for(ledger: Ledger) -> None:
    """
    open A01 reps ann,art
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    place 40 A01 -> B02 by ann wants approval,acceptance as order
    balance HOLD:A01 60
    balance LOCK:A01:order 40
    accept order by ben
    balance HOLD:B02 0
    approve-order order by ann ! approver_must_differ actor=ann
    approve-order order by art
    balance LOCK:A01:order 0
    holds HOLD:B02 JC-ER-000001-01/1-40
    approve-order order by art ! order_not_found
    place 10 A01 -> B02 by art wants approval,acceptance as other
    approve-order other by ann
    approve-order other by ann ! order_not_waiting
    accept other by ben
    balance HOLD:B02 50
    """


@story
def test_a_scheme_asks_for_its_controls(ledger: Ledger) -> None:
    """
    open A01 reps ann,art
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    adopt controlled as rules
    approve rules by operator:2
    place 10 of JC-ER-000001-01 A01 -> B02 by ann as order
    accept order by ben
    approve-order order by art
    balance HOLD:B02 10
    # at once only what no profile binds; an operator takes over as before
    transfer 10 of JC-ER-000001-01 A01 -> B02 by ann ! order_required lot=JC-ER-000001-01
    transfer 5 of KC-KC-000001-01 A01 -> B02 by ann
    transfer 5 of JC-ER-000001-01 A01 -> B02
    place 5 of KC-KC-000001-01 A01 -> B02 by ann
    balance HOLD:B02 25
    adopt two-eyed as rules
    approve rules by operator:2
    place 10 of JC-ER-000001-01 A01 -> B02 by ann as order
    accept order by ben ! order_not_waiting
    approve-order order by art
    balance HOLD:B02 35
    adopt uncontrolled as rules
    approve rules by operator:2
    transfer 5 of JC-ER-000001-01 A01 -> B02 by ann
    place 5 of JC-ER-000001-01 A01 -> B02 by ann
    balance HOLD:B02 45
    """


@story
def test_what_is_declined_or_called_off_goes_back(ledger: Ledger) -> None:
    """
    open A01 reps ann,art
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    place 40 A01 -> B02 by ann wants acceptance as order
    place 30 A01 -> B02 by ann wants acceptance as other
    balance HOLD:A01 30
    close A01 ! account_not_empty
    decline order by ann ! actor_not_allowed
    decline order by ben
    balance HOLD:A01 70
    decline order by ben ! order_not_found
    decline o-1 by ben ! order_not_found
    call-off other by ben ! actor_not_allowed
    freeze A01
    call-off other by art ! account_frozen
    accept other by ben ! account_frozen account=A01
    unfreeze A01
    call-off other by art
    balance HOLD:A01 100
    accept other by ben ! order_not_found
    """


@story
def test_an_order_whose_time_is_over_goes_back_by_itself(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    reserve 5 from A01 until 2026-01-01T14:00
    place 40 A01 -> B02 by ann wants acceptance until 2026-01-01T12:00 as order
    place 10 A01 -> B02 by ann wants acceptance until 2026-01-02T12:00 as later
    place 7 A01 -> B02 by ann wants acceptance as ever
    tick
    balance LOCK:A01:order 40
    at 2026-01-01T12:00
    accept order by ben ! expiry_past
    tick
    balance LOCK:A01:order 0
    balance HOLD:A01 78
    accept later by ben
    balance HOLD:B02 10
    at 2026-02-01T12:00
    tick
    balance LOCK:A01:ever 7
    balance HOLD:A01 83
    """


@story
def test_orders_are_refused_as_transfers_are(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    open C03
    close C03
    issue JC-ER-000001-01 100 to A01
    issue NT-ER-000001-01 100 to A01
    place 1 A01 -> B02 by eve ! actor_not_allowed
    place 1 A01 -> B02 until 2026-02-30T12:00 ! day_not_in_calendar
    place 1 A01 -> B02 until 2025-12-31T12:00 ! expiry_past
    place 1 A01 -> Z99 ! account_not_found account=Z99
    place 1 A01 -> C03 ! account_closed account=C03
    place 1 A01 -> A01 ! accounts_must_differ
    place 1 of NT-ER-000001-01 A01 -> B02 ! scheme_not_transferable line=0
    place 60; 41 of JC-ER-000001-01 A01 -> B02 ! quantity_exceeds_holding line=1 holding=40
    place JC-ER-000001-01/1-9; JC-ER-000001-01/9-10 A01 -> B02 ! serials_not_held line=1
    balance HOLD:A01 200
    """


@story
def test_what_is_out_of_reach_is_skipped_by_quantity_and_refused_by_name(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue KC-KC-000001-01 10 to A01 certified 2015-01-01
    issue JC-ER-000001-01 100 to A01 certified 2025-01-01
    issue JC-ER-000002-01 100 to A01 certified 2025-02-01
    issue NT-ER-000001-01 100 to A01 certified 2014-01-01
    seize JC-ER-000001-01/1-10 from A01
    suspend KC as stop
    approve stop by operator:2
    # the oldest certification first, the lowest serial first, past what is stopped or frozen
    place 95; 5 A01 -> B02 by ann
    holds HOLD:B02 JC-ER-000001-01/11-100 JC-ER-000002-01/1-10
    place 1 of KC-KC-000001-01 A01 -> B02 by ann ! movements_suspended line=0
    place 1 of NT-ER-000001-01 A01 -> B02 by ann ! scheme_not_transferable
    place 1; JC-ER-000001-01/1 A01 -> B02 by ann ! serials_frozen line=1
    adopt valid-only as rules
    approve rules by operator:2
    at 2031-03-31T23:59
    place 10 A01 -> B02 by ann
    transfer 10 A01 -> B02 by ann
    # the last day of use is over
    at 2031-04-01T00:00
    place 1 of JC-ER-000002-01 A01 -> B02 by ann ! credits_expired
    transfer 1 of JC-ER-000002-01 A01 -> B02 by ann ! credits_expired
    transfer 1 A01 -> B02 ! movements_suspended
    """
