"""Stories of programmes: members join and leave, each with a crediting period of its own."""

from tests.rooms import grammar_projects
from tests.rooms.story import Ledger, story

assert grammar_projects.COURSES.courses


@story
def test_each_member_of_a_programme_is_credited_for_its_own_days(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-P00101 form programme applied 2023-04-01 begun 2023-01-01
    draft JC-ER-000102 at-site Gifu begun 2025-06-01 applied 2026-01-01
    validate JC-ER-P00101 by JQA:ann
    submit JC-ER-P00101
    examine JC-ER-P00101
    join JC-ER-P00101 M1                          ! project_not_in_phase phase=COMMITTEE
    decide JC-ER-P00101 registered
    join JC-ER-P00199 M1                          ! project_not_found
    join JC-ER-P00101 M1 by mallory               ! actor_not_allowed
    join JC-ER-P00101 M1 applied 2026-02-30       ! day_not_in_calendar
    join JC-ER-P00101 M1 methods AG-005           ! methodology_not_of_project methodology=AG-005
    join JC-ER-P00101 M1 methods EN-S-001@2.0     ! methodology_not_of_project version=2.0
    join JC-ER-P00101 M1 begun 2023-12-31         ! implemented_too_early
    join JC-ER-P00101 M1 monitorable 2031-04-01   ! crediting_period_empty
    join JC-ER-P00101 M1 at-site Gifu             ! project_identical project=JC-ER-000102
    join JC-ER-P00101 M1 applied 2022-01-01 begun 2021-06-01
    join JC-ER-P00101 M1                          ! member_exists member=M1
    join JC-ER-P00101 M2 at-site Seki
    join JC-ER-P00101 M3 at-site Seki             ! project_identical project=JC-ER-P00101
    draft JC-ER-000103 at-site Seki begun 2025-06-01 applied 2026-01-01  ! project_identical
    tick
    leave JC-ER-P00101 M1 by mallory              ! actor_not_allowed
    leave JC-ER-P00199 M1                         ! project_not_found
    leave JC-ER-P00101 M9                         ! member_not_found member=M9
    leave JC-ER-P00101 M1 day 2026-01-02          ! day_ahead
    leave JC-ER-P00101 M1
    leave JC-ER-P00101 M1                         ! member_not_found
    join JC-ER-P00101 M1                          ! member_exists
    join JC-ER-P00101 M4 at-site Mino monitorable 2026-06-01
    """
    found = {
        one.member: (one.credited_from, one.credited_to)
        for one in ledger.state.registers.members.values()
    }
    assert found == {
        "M1": ("2023-04-01", "2026-01-01"),
        "M2": ("2026-01-01", "2031-03-31"),
        "M4": ("2026-06-01", "2031-03-31"),
    }
    plan = ledger.state.registers.plans["JC-ER-P00101"]
    assert (plan.phase, plan.credited_to, plan.runs_to) == ("ACTIVE", "2031-03-31", "2031-03-31")
    ledger.say("withdraw-project JC-ER-P00101")
    assert ledger.state.registers.sites.keys() == {"21/EN-S-001/2025-06-01/Gifu"}


@story
def test_a_programme_runs_until_the_last_of_its_members_is_done(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-P00101 form programme applied 2019-01-01 begun 2019-01-01
    draft JC-ER-000102
    validate JC-ER-P00101 by JQA:ann
    submit JC-ER-P00101
    examine JC-ER-P00101
    decide JC-ER-P00101 registered
    validate JC-ER-000102 by JQA:ann
    submit JC-ER-000102
    examine JC-ER-000102
    decide JC-ER-000102 registered
    join JC-ER-000102 M1                          ! project_not_a_programme
    join JC-ER-P00101 M1 monitorable 2026-04-01
    join JC-ER-P00101 M2 applied 2022-01-01 begun 2021-06-01
    tick
    # its own eight years ended with 2026, and the last member's end with the scheme
    at 2027-06-01T00:00
    tick
    """
    plan = ledger.state.registers.plans["JC-ER-P00101"]
    assert (plan.phase, plan.credited_to, plan.runs_to) == ("ACTIVE", "2026-12-31", "2031-03-31")
    ledger.say("leave JC-ER-P00101 M1 day 2027-06-01")
    plan = ledger.state.registers.plans["JC-ER-P00101"]
    assert plan.runs_to == "2029-12-31"
    ledger.say("end JC-ER-P00101")
    plan = ledger.state.registers.plans["JC-ER-P00101"]
    assert (plan.phase, plan.credited_to) == ("ENDED", "2026-12-31")
    assert ledger.state.registers.members["JC-ER-P00101:M2"].credited_to == "2027-06-01"
