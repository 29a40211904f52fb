"""Pools プール: retired tonnes in grams, quotas never below zero, yen that become grams."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.events import DonationsSettled, GramPosting, GramsAllocated
from libs.ledger.events.offsets import Travel
from tests.rooms import grammar_invalidation, grammar_pools, grammar_projects
from tests.rooms.story import Ledger, story

assert grammar_pools.POOLS
assert grammar_projects.COURSES.courses
assert grammar_invalidation.claim is not None


@story
def test_a_thousand_and_one_stickers_need_two_tonnes(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    tenant town T01 by tom
    admit town T01 until 2026-12-31 by ann
    quota town T01 1 by tom                        ! quota_exceeded left=0
    offer town T01 junsai 1000 by tom
    retire 1 from A01 into town by ann
    quota town T01 1000001 by tom                  ! quota_exceeded left=1000000 wanted=1000001
    quota town T01 1000000 by tom
    allocate town junsai*1001 tenant T01 by tom    ! quota_exceeded left=1000000 wanted=1001000
    retire 1 from A01 into town by ann
    quota town T01 1000000 by tom
    allocate town junsai*1001 tenant T01 by tom
    left g town G:CAP:town/T01 999000
    left g town G:CAP:town 0
    balance RET:INV 2
    balance HOLD:A01 8
    """
    (told_out,) = ledger.last.events
    assert isinstance(told_out, GramsAllocated)
    assert [one.grams for one in told_out.allocated] == [1_001_000]


@story
def test_the_seven_steps_of_a_platform_and_its_school_trip(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 816 to A01
    pool platform A01 by ann
    retire 816 from A01 into platform by ann
    # 1 plan and 2 apply, 3 the fee
    tenant platform T01 by tom
    admit platform T01 until 2026-12-31 by ann
    # 4 the quota of a tenth of the trip, 9.6 t
    quota platform T01 9600000 by tom
    # 5 the goods: a pupil's share of it; 6 the report of 268, which 7 certificates tell of
    offer platform T01 trip 35820 offset travel/2022-05-10..2022-05-12 by tom
    allocate platform trip*269 tenant T01 by tom    ! quota_exceeded left=9600000 wanted=9635580
    allocate platform trip*268 tenant T01 by tom
    left g platform G:CAP:platform/T01 240
    allocate platform trip tenant T01 by tom        ! quota_exceeded left=240 wanted=35820
    left g platform G:CAP:platform 806400000
    quota platform T01 806400001 by tom             ! quota_exceeded left=806400000
    quota platform T01 806400000 by tom
    left g platform G:CAP:platform 0
    allocate platform 1 by ann                      ! quota_exceeded left=0 wanted=1
    balance HOLD:A01 0
    balance RET:INV 816
    """
    pupils, paid, grams = 268, 48_000, 9_600_000
    assert (grams // pupils, paid // pupils, paid * 1_000_000 // grams) == (35_820, 179, 5_000)


@story
def test_whom_a_pool_retires_for_and_what_for_is_its_own(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann                           ! pools_not_ruled rules=standard
    adopt pooled as rules
    approve rules by operator:2
    pool town A01 by ben                           ! actor_not_allowed
    pool town Z99                                  ! account_not_found
    pool town A01 by ann
    pool town B02 by ben                           ! pool_exists
    retire 1 from A01 into village by ann          ! pool_not_found
    transfer 1 of JC-ER-000001-01 A01 -> B02 by ann
    retire 1 from B02 into town by ben             ! pool_of_another_account account=A01
    retire 1 from A01 into town for Town by ann    ! pool_names_another
    retire 1 from A01 into town purpose OTHER by ann  ! purpose_not_of_pools
    adopt standard as plain
    approve plain by operator:2
    retire 1 from A01 into town by ann             ! purpose_not_of_pools
    balance HOLD:A01 9
    """


@story
def test_a_town_gives_what_its_own_forests_took_in(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    draft JC-ER-000101 at-site Nichinan
    draft JC-ER-000102 at-site Nichinanbu
    register JC-ER-000101
    register JC-ER-000102
    issue JC-ER-000101-01 5 to A01
    issue JC-ER-000102-01 5 to A01
    pool woods A01 origin 31/Nichinan,21/Nichinan by ann
    pool gifu A01 origin 21 by ann
    retire 1 of JC-ER-000102-01 from A01 into woods by ann   ! not_of_origin
    retire 5 from A01 into woods by ann
    retire 1 from A01 into woods by ann                      ! quantity_exceeds_holding
    retire 1 from A01 into gifu by ann
    left g woods G:CAP:woods 5000000
    holds HOLD:A01 JC-ER-000102-01/2-5
    """


@story
def test_what_an_application_holds_is_confirmed_only_if_it_is_still_of_the_origin(
    ledger: Ledger,
) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    draft JC-ER-000101 at-site Nichinan
    register JC-ER-000101
    issue JC-ER-000101-01 5 to A01
    pool woods A01 origin 31/Nichinan,21/Nichinan by ann
    file-into 2 from A01 into woods by ann as filed
    change JC-ER-000101 at-site Seki
    confirm filed by ann                            ! not_of_origin lot=JC-ER-000101-01
    left g woods G:CAP:woods 0
    change JC-ER-000101 at-site Nichinan
    confirm filed by ann
    left g woods G:CAP:woods 2000000
    """


@story
def test_an_application_and_a_cancellation_book_grams_when_they_are_carried_out(
    ledger: Ledger,
) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    issue JC-ER-000001-01 10 to A01
    issue KC-KC-000001-01 10 to A01
    pool town A01 by ann
    file-into 12 from A01 into town by ann as filed
    left g town G:CAP:town 0
    confirm filed by ann
    left g town G:CAP:town 12000000
    balance RET:CAN 2
    cancel-into 8 of KC-KC-000001-01 from A01 into town by ann
    left g town G:CAP:town 20000000
    """


@story
def test_who_offers_has_applied_and_paid(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    tenant town T01 by tom                         ! pool_not_found
    pool town A01 by ann
    tenant town T01 by ann                         ! actor_not_allowed
    tenant town Z99                                ! account_not_found
    admit village T01 until 2026-12-31 by ann      ! pool_not_found
    admit town T01 until 2026-12-31 by ann         ! tenant_not_found
    offer town T01 junsai 1000 by tom              ! tenant_not_found
    tenant town T01 by tom
    tenant town T01 by tom                         ! tenant_exists
    offer town T01 junsai 1000 by tom              ! fee_not_paid paid_until=never
    admit town T01 until 2026-02-30 by ann         ! day_not_in_calendar
    admit town T01 until 2026-12-31 by tom         ! actor_not_allowed
    admit town T01 until 2026-12-31 by ann
    offer town T01 junsai 1000 by ann              ! actor_not_allowed
    offer village T01 junsai 1000 by tom           ! pool_not_found
    offer town T01 junsai 1000 by tom
    offer town T01 junsai 2000 by tom              ! goods_exists
    quota town T01 5 by ann                        ! actor_not_allowed
    allocate town junsai*5 tenant T01 by tom       ! quota_exceeded
    freeze T01
    offer town T01 leek 1000 by tom                ! account_frozen
    unfreeze T01
    at 2026-12-31T23:59
    offer town T01 leek 1000 by tom
    at 2027-01-01T00:00
    offer town T01 nira 1000 by tom                ! fee_not_paid paid_until=2026-12-31
    admit town T01 until 2027-12-31 by ann
    offer town T01 nira 1000 by tom
    """


@story
def test_a_certificate_says_grams_or_goods(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    tenant town T01 by tom
    admit town T01 until 2026-12-31 by ann
    offer town T01 junsai 1000 by tom
    allocate village 5 by ann                      ! pool_not_found
    allocate town 5 by tom                         ! actor_not_allowed
    retire 1 from A01 into town by ann
    allocate town 5 ; 0 by ann                     ! body_invalid
    allocate town 5 ; 5*2 by ann                   ! grams_ambiguous line=1
    allocate town for Ann by ann                   ! grams_ambiguous line=0
    allocate town junsai by ann                    ! grams_ambiguous line=0
    quota town T01 5000 by tom
    allocate town 5 junsai tenant T01 by tom       ! grams_ambiguous
    allocate town leek tenant T01 by tom           ! goods_not_found goods=leek line=0
    allocate town junsai ; 7 for Ann ; junsai*2 tenant T01 by tom
    left g town G:CAP:town/T01 1993
    allocate town 10 by ann
    left g town G:CAP:town 994990
    """
    (second,) = ledger.last.events
    assert isinstance(second, GramsAllocated)
    assert second.first == 3007
    assert [type(part) for part in second.postings] == [GramPosting]


@story
def test_yen_become_grams_at_the_price_that_was_paid(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open B02
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    settle village 1 at-price 1 to B02 by ann             ! pool_not_found
    pledge village 1 by ann                               ! pool_not_found
    pledge town 1 ; 0 by ann                              ! body_invalid
    pledge town 1 ; 1 ; 14998 for Ann by ann
    left JPY town C:TRUST 15000
    settle town 0 at-price 15000 to B02 by ann            ! body_invalid
    settle town 15001 at-price 15000 to B02 by ann        ! donations_exceeded left=15000
    settle town 15000 at-price 15000 to Z99 by ann        ! account_not_found
    settle town 15000 at-price 15000 to B02 by ann        ! quota_exceeded left=0 wanted=1000000
    retire 1 from A01 into town by ann
    settle town 1 at-price 1000001 to B02 by ann          ! nothing_to_certify yen=1 price=1000001
    settle town 15000 at-price 15000 to B02 by ann
    left g town G:CAP:town 0
    left JPY town C:PAYABLE:B02 -15000
    left JPY town C:POOL:town 0
    pay village 1 to B02 by ann                           ! pool_not_found
    pay town 15001 to B02 by ann                          ! payable_exceeded owed=15000
    pay town 15000 to B02 by ann
    left JPY town C:TRUST 0
    pledge town 5 by ann
    settle town 6 at-price 15000 to B02 by ann            ! donations_exceeded left=5
    """


@story
def test_what_was_offset_is_said_in_days_that_are(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    retire 1 from A01 into town by ann
    tenant town T01 by tom
    admit town T01 until 2026-12-31 by ann
    offer town T01 rice 1000 offset gift/2026-02-30 by tom                ! day_not_in_calendar
    offer town T01 rice 1000 offset product/2026-02-01..2026-01-31 by tom ! period_reversed
    offer town T01 rice 1000 offset gift by tom
    offer town T01 soba 1000 offset gift/2026-02-28 by tom
    offer town T01 leek 1000 offset product/2026-02-01 by tom
    allocate town 5 offset travel/2021-12-16..2021-12-15 by ann           ! period_reversed
    allocate town 5 offset event/2021-12-16..2021-12-32 by ann            ! day_not_in_calendar
    allocate town 5 offset activity by ann                                ! body_invalid
    allocate town 5 offset activity/2021-04-01..2026-03-31 by ann
    allocate town 5 offset event/2021-10-10..2021-10-10 by ann
    allocate town 5 ; 6 offset travel/2021-12-16..2021-12-20 by ann
    """
    (told_out,) = ledger.last.events
    assert isinstance(told_out, GramsAllocated)
    assert isinstance(told_out.offset, Travel)
    assert (told_out.offset.travellers, told_out.offset.travelled_to) == (268, "2021-12-20")


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12), st.integers(1, 40_000))
def test_no_gram_is_lost_between_donors(yen: list[int], price: int) -> None:
    """Each donor has the grams that fall into its yen: together they are all there are."""
    whole = sum(yen) * 1_000_000 // price
    tonnes = -(-whole // 1_000_000)
    ledger = Ledger()
    for told in (
        *("open-ledger", "adopt pooled as rules", "approve rules by operator:2"),
        *("register JC-ER-000001", "open A01 reps ann", "open B02", "pool town A01 by ann"),
        f"issue JC-ER-000001-01 {tonnes} to A01",
        f"retire {tonnes} from A01 into town by ann",
        "pledge town " + " ; ".join(map(str, yen)) + " by ann",
        f"settle town {sum(yen)} at-price {price} to B02 by ann",
    ):
        ledger.say(told)
    (settled,) = ledger.last.events
    assert isinstance(settled, DonationsSettled)
    bounds = [sum(yen[:count]) * 1_000_000 // price for count in range(len(yen) + 1)]
    assert sum(b - a for a, b in pairwise(bounds)) == whole
    assert sum(p.quantity for p in settled.postings if isinstance(p, GramPosting)) == whole


@story
def test_what_no_integer_holds_is_refused_and_not_a_breach(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    issue JC-ER-000001-01 9007199255 to A01
    pool town A01 by ann
    pledge town 9007199254740991 by ann
    pledge town 1 by ann                                  ! grams_too_many
    retire 9007199255 from A01 into town by ann           ! grams_too_many
    file-into 9007199255 from A01 into town by ann        ! grams_too_many
    file-into 4600000000 from A01 into town by ann as filed
    retire 4407199255 from A01 into town by ann
    confirm filed by ann                                  ! grams_too_many
    """
