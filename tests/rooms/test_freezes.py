"""Named serials are frozen 差押え: they stay where they are until the freeze is over."""

import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_frozen_serials_are_out_of_reach_of_every_act(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 100 to A01
    seize JC-ER-000001-01/11-20 from A01 as court
    seize JC-ER-000001-01/41-50 from A01 as police
    holds HOLD:A01 JC-ER-000001-01/1-10,21-40,51-100
    transfer JC-ER-000001-01/15-25 A01 -> B02 ! serials_frozen first=15 last=25
    place JC-ER-000001-01/11 A01 -> B02 by ann ! serials_frozen line=0
    reserve JC-ER-000001-01/20 from A01 by ann ! serials_frozen
    invalidate JC-ER-000001-01/50 from A01 ! serials_frozen
    seize JC-ER-000001-01/20-21 from A01 ! serials_frozen
    transfer 81 A01 -> B02 ! quantity_exceeds_holding holding=80
    withdraw JC-ER-000001-01 ! lot_has_moved
    transfer 80 A01 -> B02
    transfer JC-ER-000001-01/1 A01 -> B02 ! serials_not_held
    transfer JC-ER-000001-01/11 B02 -> A01 ! serials_not_held
    close A01 ! account_not_empty holding=20
    lift police
    balance HOLD:A01 10
    lift police ! freeze_not_found
    transfer JC-ER-000001-01/41-50 A01 -> B02
    # the regulator's annulment reaches what is frozen
    annul JC-ER-000001-01
    balance WDL 100
    lift court
    balance HOLD:A01 0
    """


@story
def test_a_freeze_ends_by_itself(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    seize JC-ER-000001-01/11-20 from A01 until 2026-01-02T12:00
    seize JC-ER-000001-01/21-30 from A01
    at 2026-01-02T11:59
    tick
    balance HOLD:A01 80
    at 2026-01-02T12:00
    tick
    balance HOLD:A01 90
    at 2027-01-02T12:00
    tick
    balance HOLD:A01 90
    """


@story
def test_a_freeze_does_not_wait_for_anything(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    freeze A01
    suspend as all
    approve all by operator:2
    seize JC-ER-000001-01/11-20 from A01 as court
    lift court
    """


@story
def test_a_freeze_is_refused(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open C03
    close C03
    issue JC-ER-000001-01 100 to A01
    seize JC-ER-000001-01/1-2 from A01 by ann ! actor_not_allowed
    seize JC-ER-000001-01/1-2 from A01 until 2026-02-30T12:00 ! day_not_in_calendar
    seize JC-ER-000001-01/1-2 from A01 until 2025-12-31T12:00 ! expiry_past
    seize JC-ER-000001-01/1-2 from Z99 ! account_not_found
    seize JC-ER-000001-01/1-2 from C03 ! account_closed
    seize JC-ER-000009-01/1-2 from A01 ! lot_not_found
    seize JC-ER-000001-01/2-1 from A01 ! serials_reversed
    seize JC-ER-000001-01/100-101 from A01 ! serials_not_held
    lift f-1 ! freeze_not_found
    lift f-1 by ann ! actor_not_allowed
    """
