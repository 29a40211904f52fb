"""What members of a programme did, as an app tells for its implementer 会員の取組み."""

from libs.ledger.events import ActivitiesReported
from tests.rooms import grammar_accounts, grammar_activities, grammar_projects
from tests.rooms.story import Ledger, story

assert grammar_projects.COURSES.courses
assert grammar_accounts.LIVES
assert grammar_activities.ACTIVITIES


@story
def test_an_app_reports_what_members_did_on_days_of_theirs(ledger: Ledger) -> None:
    """
    adopt examined as rules
    approve rules by operator:2
    apply A01 name GreenCo reps app:both,rita:read_only by app
    review A01
    let-open A01
    open B02 reps ben
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-P00101 form programme applied 2023-04-01 begun 2023-01-01
    draft JC-ER-000102 at-site Gifu begun 2025-06-01 applied 2026-01-01
    validate JC-ER-P00101 by JQA:ann
    validate JC-ER-000102 by JQA:ann
    submit JC-ER-P00101
    submit JC-ER-000102
    examine JC-ER-P00101
    examine JC-ER-000102
    did JC-ER-P00101 A01 M1 1200 by app                      ! project_not_in_phase
    decide JC-ER-P00101 registered
    decide JC-ER-000102 registered
    did JC-ER-000102 A01 M1 1200 by app                      ! project_not_a_programme
    did JC-ER-P00199 A01 M1 1200 by app                      ! project_not_found
    did JC-ER-P00101 A01 M1 1200 by ben                      ! actor_not_allowed
    did JC-ER-P00101 Z99 M1 1200                             ! account_not_found
    did JC-ER-P00101 A01 M1 1200 by rita                     ! role_not_allowed
    did JC-ER-P00101 B02 M1 1200 by ben                      ! account_not_of_project account=B02
    did JC-ER-P00101 A01 M1 1200 by app                      ! member_not_found member=M1 line=0
    join JC-ER-P00101 M1
    join JC-ER-P00101 M2 at-site Seki monitorable 2026-06-01
    did JC-ER-P00101 A01 M1 1200 ; M1 5 day 2026-02-30 by app   ! day_not_in_calendar line=1
    did JC-ER-P00101 A01 M1 1200 day 2026-01-02 by app       ! day_ahead line=0
    did JC-ER-P00101 A01 M1 1200 day 2025-12-31 by app       ! period_not_credited
    did JC-ER-P00101 A01 M1 5 ; M2 5 by app                  ! period_not_credited line=1
    did JC-ER-P00101 A01 M1 1200 ; M1 5 by app
    leave JC-ER-P00101 M1
    did JC-ER-P00101 A01 M1 7 by app
    """
    (event,) = ledger.last.events
    assert isinstance(event, ActivitiesReported)
    (did,) = event.reported
    assert (did.member, did.activity, did.done_on, did.grams) == ("M1", "led", "2026-01-01", 7)
