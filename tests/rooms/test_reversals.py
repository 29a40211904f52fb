"""Settled transfers that are taken back within some working days: by operators, or by agreement."""

from libs.ledger.entry import decode
from libs.ledger.events import TransferReversed, TransferSettled
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_a_settled_order_is_reversed_serial_by_serial(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    place JC-ER-000001-01/11-20; JC-ER-000001-01/31-40 A01 -> B02 by ann as order
    # a frozen account or a suspension is no obstacle
    freeze B02
    freeze A01
    suspend JC as stop
    approve stop by operator:2
    reverse order by operator:1 as back
    balance HOLD:B02 20
    approve back by operator:1 ! approver_must_differ
    at 2026-04-09T11:29
    approve back by operator:2
    holds HOLD:A01 JC-ER-000001-01/1-100
    reverse order ! transfer_not_found
    """
    facts = (fact for raw in ledger.journal for fact in decode(raw).events)
    (settled,) = (fact for fact in facts if isinstance(fact, TransferSettled))
    assert settled.reversible_until == "2026-04-09T11:30:00.000Z"
    assert not ledger.state.registers.settled


@story
def test_what_has_moved_on_cannot_be_reversed(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    place JC-ER-000001-01/1-10 A01 -> B02 by ann as given
    place JC-ER-000001-01/11-20 A01 -> B02 by ann as locked
    place JC-ER-000001-01/21-30 A01 -> B02 by ann as used
    place JC-ER-000001-01/31-40 A01 -> B02 by ann as frozen
    place JC-ER-000001-01/41-50 A01 -> B02 by ann as annulled
    transfer JC-ER-000001-01/10 B02 -> A01
    reserve JC-ER-000001-01/11 from B02
    invalidate JC-ER-000001-01/25 from B02
    seize JC-ER-000001-01/31-32 from B02
    reverse given ! transfer_has_moved first=1 last=10
    reverse locked ! transfer_has_moved
    reverse used ! transfer_has_moved
    reverse frozen ! transfer_has_moved
    reverse annulled as back
    annul JC-ER-000001-01
    approve back by operator:2 ! transfer_has_moved
    """


@story
def test_a_window_closes_by_itself(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    place 10 of JC-ER-000001-01 A01 -> B02 by ann as order
    # one scheme without a window is enough to have none
    place 10 of JC-ER-000001-01; 10 of KC-KC-000001-01 A01 -> B02 by ann as mixed
    reverse mixed ! transfer_not_found
    at 2026-04-09T11:29
    tick
    reverse order as asked
    at 2026-04-09T11:30
    reverse order ! reversal_too_late
    tick
    reverse order ! transfer_not_found
    """
    assert not ledger.state.registers.settled


@story
def test_a_reversal_is_refused(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 10 to A01
    adopt reversible as rules
    approve rules by operator:2
    place 10 A01 -> B02 by ann as order
    reverse order by ann ! actor_not_allowed
    close A01
    reverse order ! account_closed
    """


@story
def test_a_receiver_gives_back_what_its_giver_asks_for(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    place JC-ER-000001-01/11-20 A01 -> B02 by ann as order
    give-back order by ben ! reversal_not_requested
    ask-back order by ben ! actor_not_allowed
    ask-back order by ann
    balance HOLD:B02 10
    ask-back order by ann ! reversal_requested
    give-back order by ann ! actor_not_allowed
    at 2026-04-09T11:29
    give-back order by ben
    holds HOLD:A01 JC-ER-000001-01/1-100
    give-back order by ben ! transfer_not_found
    ask-back order by ann ! transfer_not_found
    """
    (given,) = (
        fact
        for raw in ledger.journal
        for fact in decode(raw).events
        if isinstance(fact, TransferReversed)
    )
    assert given.reason == "Wrong account.", "the giver's own words"
    assert not ledger.state.registers.settled


@story
def test_two_operators_carry_out_what_the_giver_asks_for(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    place 10 A01 -> B02 by ann as order
    ask-back order by ann
    reverse order by operator:1 as back
    approve back by operator:2
    balance HOLD:B02 0
    give-back order by ben ! transfer_not_found
    """


@story
def test_a_request_is_refused(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    adopt reversible as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    place JC-ER-000001-01/1-10 A01 -> B02 by ann as order
    place JC-ER-000001-01/11-20 A01 -> B02 by ann as moved
    freeze A01
    ask-back order by ann ! account_frozen
    unfreeze A01
    ask-back order by ann
    ask-back moved by ann
    suspend JC as stop
    approve stop by operator:2
    give-back order by ben ! movements_suspended
    resume JC as on
    approve on by operator:2
    freeze B02
    give-back order by ben ! account_frozen
    unfreeze B02
    reserve JC-ER-000001-01/11 from B02
    give-back moved by ben ! transfer_has_moved first=11 last=20
    place JC-ER-000001-01/21-30 A01 -> B02 by ann as late
    place JC-ER-000001-01/31-40 A01 -> B02 by ann as used
    invalidate JC-ER-000001-01/35 from B02
    ask-back used by ann ! transfer_has_moved
    at 2026-04-09T11:30
    give-back order by ben ! reversal_too_late
    ask-back late by ann ! reversal_too_late
    """


@story
def test_what_was_settled_at_once_is_reversed_where_the_rules_let_it(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    transfer 1 of JC-ER-000001-01 A01 -> B02 by ann as before
    reverse before/0 ! transfer_not_found
    adopt reversible-at-once as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    transfer JC-ER-000001-01/11-20 A01 -> B02; JC-ER-000001-01/31-40 A01 -> B02 by ann as both
    # a scheme without a window has none
    transfer 5 of KC-KC-000001-01 A01 -> B02 by ann as other
    ask-back other/0 by ann ! transfer_not_found
    ask-back both/0 by ann
    give-back both/0 by ben
    holds HOLD:B02 JC-ER-000001-01/1-1,31-40 KC-KC-000001-01/1-5
    transfer JC-ER-000001-01/40 B02 -> A01 by ben
    reverse both/1 ! transfer_has_moved first=31 last=40
    transfer 3 of JC-ER-000001-01 A01 -> B02 by ann as last
    at 2026-04-09T11:30
    reverse last/0 ! reversal_too_late
    tick
    reverse last/0 ! transfer_not_found
    """
    assert not ledger.state.registers.settled
