"""Campaigns キャンペーン of many partners, and meetings whose grams follow from the rules."""

from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.events import DonationsPledged, GramsAllocated, MeetingOrdered
from libs.ledger.events.offsets import Gathering
from libs.ledger.rules.pools import MeetingRules
from services.pools.meetings.commands import OrderMeeting
from services.pools.meetings.decide import emitted
from tests.rooms import grammar_campaigns
from tests.rooms.story import Ledger, story

assert grammar_campaigns.CAMPAIGNS


@story
def test_partners_tell_out_under_one_campaign_while_it_runs(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    open T02 reps tea
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    retire 1 from A01 into town by ann
    tenant town T01 by tom
    tenant town T02 by tea
    admit town T01 until 2026-12-31 by ann
    admit town T02 until 2026-12-31 by ann
    quota town T01 5000 by tom
    quota town T02 5000 by tea
    campaign town parks on-days 2026-07-01..2026-08-31 by ann
    partner town parks T01 by ann
    at 2026-06-30T23:59
    allocate town 5 tenant T01 under parks by tom        ! campaign_not_running runs_from=2026-07-01
    at 2026-07-01T00:00
    allocate town 5 tenant T01 under parks by tom
    allocate town 5 tenant T02 under parks by tea        ! partner_not_found tenant=T02
    partner town parks T02 by ann
    allocate town 5 tenant T02 under parks by tea
    allocate town 7 under parks by ann
    at 2026-08-31T23:59
    pledge town 100 tenant T02 under parks by tea
    at 2026-09-01T00:00
    pledge town 100 tenant T02 under parks by tea        ! campaign_not_running runs_to=2026-08-31
    pledge town 100 tenant T02 by tea
    left g town G:CAP:town/T02 4995
    """
    (given_yen,) = ledger.last.events
    assert isinstance(given_yen, DonationsPledged)
    assert not given_yen.campaign


@story
def test_a_campaign_is_its_pools(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 10 to A01
    campaign town parks on-days 2026-01-01..2026-12-31 by ann   ! pool_not_found
    pool town A01 by ann
    pool city A01 by ann
    retire 1 from A01 into town by ann
    campaign town parks on-days 2026-01-01..2026-12-31 by tom   ! actor_not_allowed
    campaign town parks on-days 2026-02-30..2026-12-31 by ann   ! day_not_in_calendar
    campaign town parks on-days 2026-02-01..2026-02-30 by ann   ! day_not_in_calendar
    campaign town parks on-days 2026-02-01..2026-01-31 by ann   ! period_reversed
    campaign town parks on-days 2026-01-01..2026-12-31 by ann
    campaign town parks on-days 2026-01-01..2026-12-31 by ann   ! campaign_exists campaign=parks
    partner village parks T01 by ann                            ! pool_not_found
    partner town sea T01 by ann                                 ! campaign_not_found campaign=sea
    partner town parks T01 by ann                               ! tenant_not_found tenant=T01
    tenant town T01 by tom
    partner town parks T01 by tom                               ! actor_not_allowed
    partner town parks T01 by ann
    partner town parks T01 by ann                               ! partner_exists tenant=T01
    at 2026-05-01T00:00
    allocate town 5 under sea by ann                            ! campaign_not_found campaign=sea
    pledge city 5 under parks by ann                            ! campaign_not_found
    allocate town 5 under parks by ann
    close-campaign town sea by ann                              ! campaign_not_found
    close-campaign town parks by tom                            ! actor_not_allowed
    close-campaign town parks by ann
    close-campaign town parks by ann                            ! campaign_not_running
    partner town parks T01 by ann                               ! campaign_not_running
    allocate town 5 under parks by ann                          ! campaign_not_running
    left g town G:CAP:town 999995
    """


@story
def test_a_meeting_is_ordered_with_its_certificate(ledger: Ledger) -> None:
    """
    adopt pooled as rules
    approve rules by operator:2
    open A01 reps ann
    open T01 reps tom
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    meeting town people 40 minutes 90 by ann                    ! meetings_not_ruled rules=pooled
    adopt metered as again
    approve again by operator:2
    meeting village people 40 minutes 90 by ann                 ! pool_not_found
    meeting town people 40 area 120 minutes 90 by tom           ! actor_not_allowed
    meeting town people 40 area 120 minutes 90 by ann           ! quota_exceeded left=0 wanted=21000
    retire 1 from A01 into town by ann
    meeting town people 40 minutes 90 held-on 2026-02-30 by ann    ! day_not_in_calendar
    meeting town people 40 minutes 90 quoted 15000 by ann       ! grams_differ grams=16000
    tenant town T01 by tom
    admit town T01 until 2026-12-31 by ann
    quota town T01 21000 by tom
    meeting town people 40 area 120 minutes 90 tenant T01 for Foods quoted 21000 by tom
    left g town G:CAP:town/T01 0
    """
    ordered, allocated = ledger.last.events
    assert isinstance(ordered, MeetingOrdered)
    assert isinstance(allocated, GramsAllocated)
    assert (ordered.batch, ordered.grams) == (allocated.batch, 21_000)
    (certificate,) = allocated.allocated
    assert (certificate.grams, certificate.recipient) == (21_000, "Foods")
    day = "2026-06-24"
    assert allocated.offset == Gathering(event="Meeting", held_from=day, held_to=day)


@story
def test_a_meeting_online_costs_its_screens_and_nobodys_way(ledger: Ledger) -> None:
    """
    adopt metered as rules
    approve rules by operator:2
    open A01 reps ann
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    retire 1 from A01 into town by ann
    meeting town people 40 minutes 90 online yes by ann
    left g town G:CAP:town 997000
    """


@story
def test_a_meeting_that_emits_nothing_has_no_certificate(ledger: Ledger) -> None:
    """
    adopt unmetered as rules
    approve rules by operator:2
    open A01 reps ann
    issue JC-ER-000001-01 10 to A01
    pool town A01 by ann
    retire 1 from A01 into town by ann
    meeting town people 40 area 120 minutes 90 by ann           ! nothing_to_certify
    meeting town people 40 minutes 90 quoted 1000 by ann        ! nothing_to_certify
    left g town G:CAP:town 1000000
    """


@given(
    *(st.integers(0, 10_000) for _ in range(3)),
    st.integers(1, 1_000_000),
    st.integers(1, 1_000_000),
    st.integers(0, 1_000_000),
    st.integers(1, 100_000),
    st.booleans(),
)
def test_what_a_meeting_emits_is_rounded_up_once_and_fits_an_integer(
    room: int,
    journey: int,
    screen: int,
    up: int,
    people: int,
    area: int,
    minutes: int,
    online: bool,  # noqa: FBT001 - Hypothesis fills it in
) -> None:
    rules = MeetingRules(room=room, journey=journey, screen=screen, round_up=up)
    named = ("P", "x", "2026-01-01")
    asked = OrderMeeting(*named, people, area, minutes, online)
    grams = emitted(rules, asked)
    exact = area * minutes * room + people * (minutes * screen if online else 60 * journey)
    assert grams % up == 0
    assert 60 * (grams - up) < exact <= 60 * grams <= 60 * (2**53 - 1)
