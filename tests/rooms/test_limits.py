"""Daily limits: how much of a scheme may leave an account in a legal day."""

from libs.ledger.events import LimitCounted, OrderPlaced
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_an_order_counts_on_the_day_that_it_is_placed(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 1000 to A01
    issue KC-KC-000001-01 1000 to A01
    adopt limited as rules
    approve rules by operator:2
    at 2026-04-01T12:00
    place 60; 20 A01 -> B02 by ann wants acceptance as one
    place 21 of JC-ER-000001-01 A01 -> B02 by ann ! daily_limit_exceeded limit=100 moved=80
    # what comes back is not given back
    call-off one by ann
    place 21 of JC-ER-000001-01 A01 -> B02 by ann ! daily_limit_exceeded day=2026-04-01
    place 20 of JC-ER-000001-01 A01 -> B02 by ann
    # another scheme, an operator, another account and another day are free
    place 500 of KC-KC-000001-01 A01 -> B02 by ann
    place 500 of JC-ER-000001-01 A01 -> B02
    place 100 of JC-ER-000001-01 B02 -> A01 by ben
    at 2026-04-01T22:59
    place 1 of JC-ER-000001-01 A01 -> B02 by ann ! daily_limit_exceeded
    at 2026-04-01T23:00
    place 100 of JC-ER-000001-01 A01 -> B02 by ann
    """
    placed, counted, _ = ledger.last.events
    assert isinstance(placed, OrderPlaced)
    assert isinstance(counted, LimitCounted)
    assert (counted.day, counted.quantity) == ("2026-04-02", 100)  # an hour ahead of UTC


@story
def test_an_account_limits_itself_and_only_an_operator_raises_it(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 1000 to A01
    limit A01 JC by ann
    limit A01 JC 50 by ann
    transfer 30 A01 -> B02; 21 A01 -> B02 by ann ! daily_limit_exceeded line=1 moved=30
    transfer each 30 A01 -> B02; 21 A01 -> B02; 20 A01 -> B02 by ann
    lines accepted daily_limit_exceeded accepted
    limit A01 JC 51 by ann ! limit_not_lower limit=50
    limit A01 JC by ann ! limit_not_lower
    limit A01 JC 40 by ann
    limit A01 JC 60
    transfer 11 A01 -> B02 by ann ! daily_limit_exceeded limit=60 moved=50
    transfer 10 A01 -> B02 by ann
    transfer 900 A01 -> B02
    limit A01 JC
    transfer 40 A01 -> B02 by ann
    """


@story
def test_the_lower_of_two_limits_counts(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 1000 to A01
    limit A01 JC 40 by ann
    adopt limited as rules
    approve rules by operator:2
    place 41 A01 -> B02 by ann ! daily_limit_exceeded limit=40
    limit A01 JC 400
    place 101 A01 -> B02 by ann ! daily_limit_exceeded limit=100
    limit A01 KC 1 by ann
    """


@story
def test_a_limit_is_refused(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open C03
    close C03
    limit A01 JC 1 by eve ! actor_not_allowed
    limit A01 XX 1 by ann ! scheme_not_found
    limit C03 JC 1 ! account_closed
    """
