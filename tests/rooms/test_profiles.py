"""The profiles that are shipped, played as their holders live them."""

from msgspec import UNSET

from libs.ledger.rules.transfer import coded
from tests.rooms import grammar_controls, grammar_transfer
from tests.rooms.grammar import RULES
from tests.rooms.story import Ledger, story

assert grammar_controls.CONTROLS
assert grammar_transfer.ORDERS


@story
def test_one_representative_of_j_credit_acts_at_once(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    adopt uncontrolled as rules
    approve rules by operator:2
    transfer 40 A01 -> B02 by ann
    place 10 A01 -> B02 by ann
    balance HOLD:B02 50
    """


def test_j_credit_asks_its_holders_for_no_second_person() -> None:
    asked = RULES["j-credit"].transfer
    assert asked is not UNSET
    assert asked.controls == {}


def test_j_credit_asks_them_for_a_code_before_what_nobody_can_undo() -> None:
    final = {"transfer.request.v1", "credits.invalidate.v1", "application.confirm.v1"}
    assert final <= set(coded(RULES["j-credit"].transfer))
    assert coded(RULES["eu-like"].transfer) == coded(UNSET) == ()


@story
def test_the_profile_that_is_like_the_eu(ledger: Ledger) -> None:
    """
    unopened
    open-ledger
    adopt eu-like as rules
    approve rules by operator:2
    register EUA-EU-000001 as act
    approve act by operator:2
    open A01 reps ann,art as act
    approve act by operator:2
    open B02 reps ben as act
    approve act by operator:2
    open C03 reps cid as act
    approve act by operator:2
    issue EUA-EU-000001-01 500000 to A01 as act
    approve act by operator:2
    # Wednesday before Easter, 11:00 in the office: trusted on the fourth working day
    at 2026-04-01T10:00
    trust A01 -> B02 by ann
    transfer 10 of EUA-EU-000001-01 A01 -> B02 by ann ! order_required
    # to a stranger: a second representative, and a day
    place 10 A01 -> C03 by ann as stranger
    approve-order stranger by ann ! approver_must_differ
    approve-order stranger by art
    balance HOLD:C03 0
    # four working days with Good Friday and Easter Monday between: Thursday of the next week
    at 2026-04-02T10:00
    tick
    balance HOLD:C03 10
    at 2026-04-09T09:59
    place 20 A01 -> B02 by ann as early
    approve-order early by art
    balance HOLD:B02 0
    at 2026-04-09T10:00
    place 30 A01 -> B02 by ann as friend
    approve-order friend by art
    balance HOLD:B02 30
    # no more than 100,000 a day, whoever is trusted
    place 99951 A01 -> B02 by art ! daily_limit_exceeded limit=100000 moved=50
    # a mistake is taken back by two operators within two days
    reverse friend as back
    approve back by operator:2
    balance HOLD:B02 0
    at 2026-04-10T09:59
    tick
    balance HOLD:B02 20
    at 2026-04-10T10:00
    # what a court freezes stays; and where keys are stolen everything stops
    seize EUA-EU-000001-01/61-70 from A01 as act
    approve act by operator:2
    place EUA-EU-000001-01/61-80 A01 -> B02 by ann ! serials_frozen
    suspend EUA as stop
    approve stop by operator:2
    place 1 A01 -> B02 by ann ! movements_suspended
    resume EUA as on
    approve on by operator:2
    place 1 A01 -> B02 by ann as last
    approve-order last by art
    balance HOLD:B02 21
    at 2026-04-14T10:00
    tick
    reverse early ! transfer_not_found
    """
