"""Stories of the invalidation room: used up once and for ever, or annulled by the regulator."""

from libs.ledger.events import CreditsAnnulled, CreditsInvalidated
from tests.rooms.story import Ledger, story


@story
def test_credits_are_used_up_by_total(ledger: Ledger) -> None:
    """
    # domain.md 2.3 (c): 137 t for O2, one application
    open A01 reps alice
    issue JC-ER-000001-01 1000 to A01
    invalidate 137 from A01 for O2 by alice period 2025-04-01..2026-03-31 detail Web-site
    balance RET:INV 137
    balance HOLD:A01 863
    holds RET:INV JC-ER-000001-01/1-137
    """
    (used,) = ledger.last.events
    assert isinstance(used, CreditsInvalidated)
    assert (used.beneficiary, used.period_to, used.detail) == ("O2", "2026-03-31", "Web-site")


@story
def test_credits_are_used_up_by_serial(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 1000 to A01
    invalidate JC-ER-000001-01/10-19,30 from A01
    holds RET:INV JC-ER-000001-01/10-19,30-30
    # adjacent ranges are no overlap
    invalidate JC-ER-000001-01/20-24,25-29 from A01
    holds RET:INV JC-ER-000001-01/10-30
    """


@story
def test_a_credit_is_used_up_once(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 10 to A01
    invalidate JC-ER-000001-01/1-5 from A01
    invalidate JC-ER-000001-01/5 from A01          ! serials_not_held first=5 last=5
    transfer JC-ER-000001-01/5 A01 -> B02          ! serials_not_held
    invalidate 6 from A01                          ! quantity_exceeds_holding holding=5 quantity=6
    invalidate 5 from A01
    invalidate 1 from A01                          ! quantity_exceeds_holding holding=0
    """


@story
def test_domestic_credits_are_cancelled_and_not_invalidated(ledger: Ledger) -> None:
    """
    open A01
    issue KC-KC-000001-01 10 to A01 certified 2020-01-01
    issue JC-ER-000001-01 10 to A01
    cancel 3 from A01 for O2
    holds RET:CAN KC-KC-000001-01/1-3
    invalidate 3 from A01 for O2
    holds RET:INV JC-ER-000001-01/1-3
    cancel 1 of JC-ER-000001-01 from A01          ! retire_verb_differs lot=JC-ER-000001-01
    invalidate 1 of KC-KC-000001-01 from A01      ! retire_verb_differs lot=KC-KC-000001-01
    cancel 8 from A01                             ! quantity_exceeds_holding holding=7
    cancel 7 from A01
    """


@story
def test_ten_thousand_beneficiaries_may_share_one_entry(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 10 to A01
    invalidate 3 from A01; 4 from A01; 4 from A01 for Cat    ! quantity_exceeds_holding line=2
    balance RET:INV 0
    invalidate each 3 from A01 for Ann; 4 from A01 for Ben; 4 from A01 for Cat
    lines accepted accepted quantity_exceeds_holding
    balance RET:INV 7
    invalidate each 4 from A01 for Cat       ! no_line_accepted
    """


@story
def test_an_invalidation_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open F01
    freeze F01
    open C01
    close C01
    issue KC-KC-000001-01 10 to A01
    issue JC-ER-000001-01 10 to A01

    invalidate 11 of NONE from Z99 stated 2025-02-29 purpose NONE by alice  ! actor_not_allowed
    invalidate 11 of NONE from Z99 stated 2025-02-29 purpose NONE           ! day_not_in_calendar
    invalidate 11 of NONE from Z99 period 2025-02-29..2025-01-01            ! day_not_in_calendar
    invalidate 11 of NONE from Z99 period 2025-02-01..2025-01-32            ! day_not_in_calendar
    invalidate 11 of NONE from Z99 period 2025-01-02..2025-01-01 purpose NO ! period_reversed
    invalidate 11 of NONE from Z99 purpose NONE                     ! purpose_unknown purpose=NONE
    invalidate 11 of NONE from Z99                                  ! account_not_found
    invalidate 11 of NONE from C01                                  ! account_closed
    invalidate 11 of NONE from F01                                  ! account_frozen
    invalidate 11 NONE/2-1 from A01                                 ! lot_not_found
    invalidate 11 KC-KC-000001-01/2-1 from A01                      ! selection_ambiguous
    invalidate KC-KC-000001-01/11,11,2-1 from A01                   ! serials_reversed
    invalidate KC-KC-000001-01/11,11 from A01                       ! serials_overlap
    invalidate KC-KC-000001-01/11 from A01                          ! retire_verb_differs
    invalidate JC-ER-000001-01/11 from A01                          ! serials_not_held
    invalidate 11 of JC-ER-000001-01 from A01                       ! quantity_exceeds_holding
    cancel 11 of NONE from Z99 by alice                             ! actor_not_allowed
    cancel 11 of KC-KC-000001-01 from A01                           ! quantity_exceeds_holding
    invalidate 10 of JC-ER-000001-01 from A01 period 2025-01-01..2025-01-01
    """


@story
def test_the_regulator_annuls_what_is_held_wherever_it_is(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-FM-000123-01 1000 to A01
    transfer 100 A01 -> B02
    reserve 50 from B02 as order
    freeze B02
    annul JC-FM-000123-01
    holds WDL JC-FM-000123-01/1-1000
    balance LOCK:B02:order 0
    balance BUF:FOREST 0
    annul JC-FM-000123-01      ! nothing_to_annul
    """


@story
def test_what_was_used_stays_used_and_the_implementer_owes_it(ledger: Ledger) -> None:
    """
    register JC-ER-000009 implementer GreenCo
    open A01
    issue JC-ER-000009-01 100 to A01
    invalidate 30 from A01
    annul JC-ER-000009-01/11-40
    holds RET:INV JC-ER-000009-01/1-30
    holds WDL JC-ER-000009-01/31-40
    duty GreenCo 20
    # annulling more marks only what was not marked yet
    annul JC-ER-000009-01/1-40
    duty GreenCo 30
    annul JC-ER-000009-01/1-40   ! nothing_to_annul
    """
    assert ledger.state.annulled["JC-ER-000009-01"].count == 40


@story
def test_what_was_annulled_in_part_can_be_annulled_whole(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    invalidate 100 from A01
    annul JC-ER-000001-01/41-60
    duty A01 20
    annul JC-ER-000001-01
    duty A01 100
    """
    (annulled, _) = ledger.last.events
    assert isinstance(annulled, CreditsAnnulled)
    assert [(part.first, part.last) for part in annulled.used] == [(1, 40), (61, 100)]


@story
def test_each_user_owes_what_it_used_where_the_rules_say_so(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue KC-KC-000001-01 100 to A01
    transfer 50 A01 -> B02
    cancel 20 from A01 for Ann
    cancel 20 from B02 for Ben
    cancel 20 from A01 for Ann
    annul KC-KC-000001-01/11-75
    duty Ann 25
    duty Ben 10
    balance RET:CAN 60
    """


@story
def test_nobody_owes_anything_where_the_rules_say_so(ledger: Ledger) -> None:
    """
    open A01
    issue NT-ER-000001-01 100 to A01
    invalidate 20 from A01 for Ann
    annul NT-ER-000001-01
    duty Ann 0
    duty A01 0
    balance WDL 80
    """


@story
def test_what_the_buffer_used_up_is_owed_by_no_user(ledger: Ledger) -> None:
    """
    open A01
    issue KC-KC-000001-01 100 to A01 buffer FOREST:40
    cover 40 from FOREST
    annul KC-KC-000001-01
    duty A01 0
    balance RET:BUF 40
    """


@story
def test_an_annulment_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01 reps alice
    issue JC-ER-000001-01 100 to A01
    annul NONE/2-1 by alice                    ! actor_not_allowed
    annul NONE/2-1                             ! lot_not_found
    annul JC-ER-000001-01/101,101,2-1          ! serials_reversed
    annul JC-ER-000001-01/101,101              ! serials_overlap
    annul JC-ER-000001-01/100-101              ! serials_not_held first=100 last=101
    annul JC-ER-000001-01/100
    annul JC-ER-000001-01/100                  ! nothing_to_annul
    withdraw JC-ER-000001-01                   ! lot_has_moved account=WDL
    """
