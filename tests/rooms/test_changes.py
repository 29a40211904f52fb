"""Stories of plans that change, of projects that pass to others, of removals that are lost."""

import msgspec

from tests.rooms import grammar_projects
from tests.rooms.story import Ledger, story

assert grammar_projects.COURSES.courses


@story
def test_a_changed_plan_is_examined_anew_and_a_registered_one_stays_the_same_project(
    ledger: Ledger,
) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-000102 at-site Seki
    draft JC-ER-000101 at-site Gifu
    validate JC-ER-000101 by JQA:ann
    change JC-ER-000101 by mallory                          ! actor_not_allowed
    change JC-ER-000199                                     ! project_not_found
    change JC-ER-000101 applied 2026-02-30                  ! day_not_in_calendar
    change JC-ER-000101 scheme XX                           ! scheme_not_found
    change JC-ER-000101 payback 35                          ! additionality_not_shown
    change JC-ER-000101 at-site Seki                        ! project_identical project=JC-ER-000102
    change JC-ER-000101 at-site Mino implementer BlueCo methods EN-S-001,AG-005 consent yes
    submit JC-ER-000101                                     ! project_not_in_phase phase=DRAFT
    change JC-ER-000102 at-site Gifu
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 returned
    change JC-ER-000101 at-site Mino monitorable 2020-06-01
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 registered
    tick
    extend JC-ER-000101
    change JC-ER-000101 kind XX  ! plan_of_another_project field=kind
    change JC-ER-000101 implementer RedCo  ! plan_of_another_project field=implementer
    change JC-ER-000101 methods AG-005 consent yes  ! plan_of_another_project field=methodologies
    change JC-ER-000101 at-site Ogaki monitorable 2021-01-01
    """
    plan = ledger.state.registers.plans["JC-ER-000101"]
    assert (plan.phase, plan.extended) == ("EXTENDED", 1)
    assert (plan.credited_from, plan.credited_to) == ("2020-06-01", "2031-03-31")
    assert set(ledger.state.registers.sites) == {
        "21/EN-S-001/2020-01-01/Gifu",
        "21/EN-S-001/2020-01-01/Ogaki",
    }
    ledger.say("withdraw-project JC-ER-000102")
    ledger.say("change JC-ER-000102 at-site Gifu ! project_not_in_phase phase=WITHDRAWN")


@story
def test_who_takes_a_project_over_owes_what_it_owes(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    open A01
    draft JC-ER-000101
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    hand-over JC-ER-000101 BlueCo                 ! project_not_in_phase phase=COMMITTEE
    decide JC-ER-000101 registered
    hand-over JC-ER-000101 BlueCo by mallory      ! actor_not_allowed
    hand-over JC-ER-000199 BlueCo                 ! project_not_found
    hand-over JC-ER-000101 BlueCo day 2026-01-02  ! day_ahead
    hand-over JC-ER-000101 GreenCo                ! implementers_must_differ implementer=GreenCo
    hand-over JC-ER-000101 BlueCo
    issue JC-ER-000101-01 100 to A01
    invalidate 60 from A01
    annul JC-ER-000101-01
    duty BlueCo 60
    duty GreenCo 0
    """
    assert ledger.state.registers.plans["JC-ER-000101"].implementer == "BlueCo"


@story
def test_the_loss_of_a_removal_is_reported_with_who_makes_good_for_it(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-FM-000101 methods FO-001 lasting Certified payback none
    draft JC-ER-000102
    validate JC-FM-000101 by JQA:ann
    validate JC-ER-000102 by JQA:ann
    submit JC-FM-000101
    submit JC-ER-000102
    examine JC-FM-000101
    examine JC-ER-000102
    lose JC-FM-000101 STORM 472                   ! project_not_in_phase phase=COMMITTEE
    decide JC-FM-000101 registered
    decide JC-ER-000102 registered
    lose JC-FM-000101 STORM 472 by mallory        ! actor_not_allowed
    lose JC-FM-000199 STORM 472                   ! project_not_found
    lose JC-FM-000101 STORM 472 day 2026-01-02    ! day_ahead
    lose JC-ER-000102 STORM 472                   ! loss_not_reportable
    lose JC-FM-000101 FASHION 472                 ! cause_unknown cause=FASHION
    tick
    end JC-FM-000101
    lose JC-FM-000101 STORM 472
    """
    fact = msgspec.json.decode(msgspec.json.encode(ledger.last.events[0]))
    assert (fact["covered_by"], fact["quantity"]) == ("buffer", 472)
    ledger.say("lose JC-FM-000101 CUT 5")
    fact = msgspec.json.decode(msgspec.json.encode(ledger.last.events[0]))
    assert (fact["covered_by"], fact["loss"]) == ("holder", f"l-{ledger.head.position - 1}")
    for rules, reason in (("planning", "cause_unknown"), ("standard", "loss_not_reportable")):
        ledger.say(f"adopt {rules} as change")
        ledger.say("approve change by operator:2")
        ledger.say(f"lose JC-FM-000101 STORM 5 ! {reason}")
