"""Movements that two operators suspend: of one scheme, or of all."""

import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_nothing_of_a_suspended_scheme_moves(ledger: Ledger) -> None:
    """
    open A01 reps ann,art
    open B02 reps ben
    issue JC-FM-000123-01 1000 to A01
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    place 5 of JC-ER-000001-01 A01 -> B02 by ann wants approval,acceptance as order
    place 6 of JC-ER-000001-01 A01 -> B02 by ann wants acceptance as other
    file 7 of JC-ER-000001-01 from A01 as claim
    suspend JC as stop
    # one operator alone has suspended nothing
    transfer 1 of JC-ER-000001-01 A01 -> B02
    approve stop by operator:1 ! approver_must_differ
    approve stop by operator:2
    transfer 1 of JC-ER-000001-01 A01 -> B02 ! movements_suspended lot=JC-ER-000001-01
    place 1 of JC-ER-000001-01 A01 -> B02 by ann ! movements_suspended line=0
    approve-order order by art ! movements_suspended
    accept other by ben ! movements_suspended
    reserve 1 of JC-ER-000001-01 from A01 ! movements_suspended
    invalidate JC-ER-000001-01/50 from A01 ! movements_suspended
    file 1 of JC-ER-000001-01 from A01 ! movements_suspended
    confirm claim ! movements_suspended
    issue JC-ER-000002-01 10 to A01 ! movements_suspended
    unbuffer 1 from FOREST to A01 ! movements_suspended
    unbuffer JC-FM-000123-01/1000 from FOREST to A01 ! movements_suspended
    # what is of another scheme moves; a quantity of whatever is eligible takes that
    transfer 101 A01 -> B02 ! movements_suspended
    transfer 100 A01 -> B02
    holds HOLD:B02 JC-ER-000001-01/19-19 KC-KC-000001-01/1-100
    # what gives back, ends, marks or stops goes on
    call-off other by ann
    freeze B02
    unfreeze B02
    annul JC-FM-000123-01
    drop claim
    tick
    resume JC as on
    transfer 1 of JC-ER-000001-01 A01 -> B02 ! movements_suspended
    approve on by operator:2
    transfer 1 of JC-ER-000001-01 A01 -> B02
    approve-order order by art
    accept order by ben
    balance HOLD:B02 107
    """


@story
def test_all_movements_are_suspended_beside_those_of_a_scheme(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    suspend as all
    approve all by operator:2
    transfer 1 A01 -> B02 ! movements_suspended suspension=s-11
    issue JC-ER-000002-01 10 to A01 ! movements_suspended
    suspend JC as stop
    approve stop by operator:2
    resume as on
    approve on by operator:2
    transfer 1 of JC-ER-000001-01 A01 -> B02 ! movements_suspended
    transfer 1 of KC-KC-000001-01 A01 -> B02
    """
    assert list(ledger.state.suspended) == ["JC"]


@story
def test_a_suspension_is_refused(ledger: Ledger) -> None:
    """
    suspend JC by ann ! actor_not_allowed
    suspend XX ! scheme_not_found
    resume JC ! movements_not_suspended scheme=JC
    resume ! movements_not_suspended
    resume JC by ann ! actor_not_allowed
    suspend JC as stop
    suspend JC as again
    approve stop by operator:2
    # what was proposed is judged when it is carried out
    approve again by operator:2 ! movements_already_suspended suspension=s-13
    suspend JC ! movements_already_suspended
    """


@story
def test_a_withdrawal_is_stopped_where_the_rules_say_so(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 10 to A01
    issue JC-ER-000002-01 10 to A01
    suspend JC as stop
    approve stop by operator:2
    # a rule set of before says nothing of it, and decides as it did
    withdraw JC-ER-000001-01
    adopt stopping-withdrawal as rules
    approve rules by operator:2
    withdraw JC-ER-000002-01 ! movements_suspended
    resume JC as on
    approve on by operator:2
    withdraw JC-ER-000002-01
    """
