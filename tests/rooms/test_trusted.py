"""Trusted accounts 信頼する口座, and orders that wait for their day."""

import pytest

from libs.ledger.events import OrderPlaced, TrustedAdded
from libs.ledger.instants import parse
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@pytest.mark.parametrize(
    ("asked", "effective"),
    [
        ("2026-04-09T11:30", "2026-04-15T11:30"),  # Thursday to Wednesday
        ("2026-04-11T12:00", "2026-04-17T10:00"),  # Saturday counts from Monday 10:00
        ("2026-04-13T19:00", "2026-04-20T10:00"),  # Monday evening counts from Tuesday 10:00
    ],
)
def test_an_account_is_trusted_four_working_days_later(asked: str, effective: str) -> None:
    ledger = Ledger()
    for told in ("open-ledger", "open A01 reps ann", "open B02"):
        ledger.say(told)
    ledger.say("adopt slow as rules")
    ledger.say("approve rules by operator:2")
    ledger.now_ms = parse(f"{asked}:00.000Z") - 3_600_000  # the office is an hour ahead of UTC
    ledger.say("trust A01 -> B02 by ann")
    (added,) = ledger.last.events
    assert isinstance(added, TrustedAdded)
    assert parse(added.effective_at) == parse(f"{effective}:00.000Z") - 3_600_000


@story
def test_the_days_until_an_account_is_trusted_are_rule_data(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    trust A01 -> B02 by ann
    distrust A01 -> B02 by ann
    adopt quick-trust as rules
    approve rules by operator:2
    at 2026-04-09T11:30
    trust A01 -> B02 by ann
    """
    (added,) = ledger.last.events
    assert isinstance(added, TrustedAdded)
    assert added.effective_at == "2026-04-10T11:30:00.000Z"


@story
def test_an_order_to_a_stranger_waits_for_its_day(ledger: Ledger) -> None:
    """
    open A01 reps ann,art
    open B02
    open C03
    issue JC-ER-000001-01 100 to A01
    issue KC-KC-000001-01 100 to A01
    adopt trusting as rules
    approve rules by operator:2
    at 2026-04-01T11:30
    trust A01 -> B02 by ann
    at 2026-04-07T11:29
    place 10 of JC-ER-000001-01 A01 -> B02 by ann as early
    at 2026-04-07T11:30
    place 10 of JC-ER-000001-01 A01 -> B02 by ann
    balance HOLD:B02 10
    place 10 of KC-KC-000001-01 A01 -> C03 by ann
    place 10 of JC-ER-000001-01 A01 -> C03 by ann as stranger
    place 5 of JC-ER-000001-01 A01 -> C03 by ann wants approval as careful
    balance HOLD:C03 10
    # before its day an approval settles nothing, after it the approval does
    at 2026-04-08T11:30
    approve-order careful by art
    balance HOLD:C03 10
    place 4 of JC-ER-000001-01 A01 -> C03 by ann wants approval as late
    # what is trusted no more while an order waits, and what is trusted by then, changes nothing
    distrust A01 -> B02 by ann
    at 2026-04-09T11:29
    tick
    balance HOLD:B02 20
    balance HOLD:C03 10
    at 2026-04-09T11:30
    tick
    balance HOLD:B02 20
    balance HOLD:C03 25
    at 2026-04-13T11:30
    tick
    balance LOCK:A01:late 4
    approve-order late by art
    balance HOLD:C03 29
    """


@story
def test_an_order_waits_on_while_it_may_not_be_settled(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open C03
    issue JC-ER-000001-01 100 to A01
    adopt slow as rules
    approve rules by operator:2
    at 2026-04-07T11:30
    place 10 A01 -> C03 by ann as one
    place 20 A01 -> C03 by ann until 2026-04-08T11:30 as two
    place 30 A01 -> C03 by ann until 2026-04-10T11:30 as three
    freeze C03
    at 2026-04-09T11:30
    tick
    balance LOCK:A01:one 10
    # what expires before its day never settles
    balance LOCK:A01:two 0
    balance LOCK:A01:three 30
    unfreeze C03
    suspend JC as stop
    approve stop by operator:2
    tick
    balance LOCK:A01:one 10
    resume JC as on
    approve on by operator:2
    tick
    balance HOLD:C03 40
    """


@story
def test_an_order_that_waits_for_its_day_can_be_taken_back(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open C03
    issue JC-ER-000001-01 100 to A01
    adopt slow as rules
    approve rules by operator:2
    place 10 A01 -> C03 by ann as one
    approve-order one ! order_not_waiting
    call-off one by ann
    balance HOLD:A01 100
    place 10 A01 -> C03 by ann as one
    """
    placed = ledger.last.events[0]
    assert isinstance(placed, OrderPlaced)
    assert placed.waits_for == ("delay",)
    assert placed.settles_at == "2026-01-05T09:00:00.000Z"


@story
def test_the_trusted_list_is_refused(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    trust A01 -> B02 by ben ! actor_not_allowed
    trust A01 -> Z99 by ann ! account_not_found
    trust A01 -> A01 by ann ! accounts_must_differ
    distrust A01 -> B02 by ann ! trusted_not_found
    distrust A01 -> B02 by ben ! actor_not_allowed
    trust A01 -> B02 by ann
    trust A01 -> B02 by ann ! trusted_exists
    distrust A01 -> B02 by ann
    distrust A01 -> B02 by ann ! trusted_not_found
    """
