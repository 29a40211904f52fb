"""Stories of projects: from a plan through the committee into the register, and to their end."""

from importlib.resources import files

import msgspec

from libs.ledger.rules.issuance import IssuanceRules
from libs.ledger.rules.projects import ProjectRules
from tests.rooms.grammar_projects import COURSES
from tests.rooms.story import Ledger, story


def phases(ledger: Ledger) -> dict[str, str]:
    return {project: plan.phase for project, plan in ledger.state.registers.plans.items()}


def ends(ledger: Ledger) -> dict[str, str]:
    return {project: plan.credited_to for project, plan in ledger.state.registers.plans.items()}


@story
def test_a_plan_becomes_a_project_that_credits_are_issued_of(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-000101
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101 day 2026-02-01
    open A01
    issue JC-ER-000101-01 10 to A01               ! project_not_found
    at 2026-02-01T00:00
    decide JC-ER-000101 registered met 2026-02-01
    issue JC-ER-000101-01 10 to A01
    balance HOLD:A01 10
    # it has been credited for since 2020, so time finds it active, and over in Japan in 2028
    tick
    at 2028-03-31T14:59
    tick
    extend JC-ER-000101 met 2028-03-31
    at 2031-03-31T14:59
    tick
    """
    assert phases(ledger) == {"JC-ER-000101": "EXTENDED"}
    assert ends(ledger) == {"JC-ER-000101": "2031-03-31"}
    project = ledger.state.projects["JC-ER-000101"]
    assert (project.implementer, project.methodologies) == ("GreenCo", ("EN-S-001/1.0",))
    ledger.say("at 2031-03-31T15:00")
    ledger.say("tick")
    assert phases(ledger) == {"JC-ER-000101": "ENDED"}
    ledger.say("extend JC-ER-000101 ! project_not_in_phase phase=ENDED")
    ledger.say("withdraw-project JC-ER-000101 ! project_not_in_phase phase=ENDED")


@story
def test_a_forest_is_watched_for_ten_years_after_its_period(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-FM-000101 kind FM methods FO-001 lasting Certified applied 2026-05-01 payback none
    validate JC-FM-000101 by JQA:ann
    submit JC-FM-000101
    examine JC-FM-000101
    decide JC-FM-000101 registered
    tick
    """
    assert phases(ledger) == {"JC-FM-000101": "REGISTERED"}
    for at, phase in (
        ("2026-04-30T14:59", "REGISTERED"),
        ("2026-04-30T15:00", "ACTIVE"),
        ("2031-03-31T14:59", "ACTIVE"),
        ("2031-03-31T15:00", "MONITORED_POST_PERIOD"),
        ("2041-03-31T14:59", "MONITORED_POST_PERIOD"),
        ("2041-03-31T15:00", "ENDED"),
    ):
        ledger.say(f"at {at}")
        ledger.say("tick")
        assert phases(ledger) == {"JC-FM-000101": phase}, at


@story
def test_a_period_is_extended_as_the_rules_let_it_and_ended_before_its_time(
    ledger: Ledger,
) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-000101
    draft JC-ER-000102 monitorable 2024-01-01
    draft JC-FM-000103 methods FO-001 lasting Certified payback none
    draft JC-FM-000104 methods FO-001,EN-S-001 lasting Certified
    validate JC-ER-000101 by JQA:ann
    validate JC-ER-000102 by JQA:ann
    validate JC-FM-000103 by JQA:ann
    validate JC-FM-000104 by JQA:ann
    submit JC-ER-000101
    submit JC-ER-000102
    submit JC-FM-000103
    submit JC-FM-000104
    examine JC-ER-000101
    examine JC-ER-000102
    examine JC-FM-000103
    examine JC-FM-000104
    decide JC-ER-000101 registered
    decide JC-ER-000102 registered
    decide JC-FM-000103 registered
    decide JC-FM-000104 registered
    extend JC-ER-000101                           ! project_not_in_phase phase=REGISTERED
    tick
    extend JC-ER-000101 by mallory                ! actor_not_allowed
    extend JC-ER-000199                           ! project_not_found
    extend JC-ER-000101 met 2026-01-02            ! day_ahead day=2026-01-02
    extend JC-ER-000101 met 2026-01-00            ! day_not_in_calendar
    extend JC-ER-000101
    extend JC-ER-000101                           ! extension_not_allowed extended=1
    extend JC-ER-000102                           ! crediting_period_empty last=2031-03-31
    extend JC-FM-000103
    extend JC-FM-000103
    extend JC-FM-000103                           ! extension_not_allowed extended=2
    adopt brief as change
    approve change by operator:2
    extend JC-FM-000104                           ! extension_not_allowed extended=0
    adopt planning as change
    approve change by operator:2
    extend JC-FM-000104                           ! extension_not_allowed extended=0
    adopt standard as change
    approve change by operator:2
    extend JC-FM-000104                           ! extension_not_allowed extended=0
    end JC-ER-000102 by mallory                   ! actor_not_allowed
    end JC-ER-000102
    end JC-ER-000102                              ! project_not_in_phase phase=ENDED
    adopt living as change
    approve change by operator:2
    end JC-FM-000104
    """
    assert ends(ledger) == {
        "JC-ER-000101": "2031-03-31",
        "JC-ER-000102": "2026-01-01",
        "JC-FM-000103": "2044-03-31",
        "JC-FM-000104": "2026-01-01",
    }
    assert ledger.state.registers.plans["JC-FM-000104"].monitored_to == "2036-01-01"


@story
def test_only_an_accredited_body_that_is_not_the_implementers_validates(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    draft JC-ER-000101
    validate JC-ER-000101 by JQA:ann              ! body_not_found body=JQA
    accredit JQA by mallory                       ! actor_not_allowed
    accredit JQA as trust
    validate JC-ER-000101 by JQA:ann              ! body_not_found
    approve trust                                 ! approver_must_differ
    approve trust by operator:2
    accredit JQA                                  ! body_exists body=JQA
    accredit SELF name GreenCo as self
    approve self by operator:2
    accredit KIN affiliate RedCo,GreenCo as kin
    approve kin by operator:2
    validate JC-ER-000101 by operator:1           ! actor_not_allowed body=JQA
    validate JC-ER-000101 body SELF by SELF:ann   ! body_not_independent implementer=GreenCo
    validate JC-ER-000101 body KIN by KIN:ann     ! body_not_independent body=KIN
    validate JC-ER-000199 by JQA:ann              ! project_not_found
    validate JC-ER-000101 by JQA:ann day 2026-01-02  ! day_ahead day=2026-01-02
    validate JC-ER-000101 by JQA:ann day 2025-02-29  ! day_not_in_calendar
    suspend-body JQA by mallory                        ! actor_not_allowed
    suspend-body XQA                                   ! body_not_found body=XQA
    suspend-body JQA as doubt
    approve doubt by operator:2
    suspend-body JQA                                   ! body_suspended body=JQA
    validate JC-ER-000101 by JQA:ann              ! body_suspended
    accredit JQA speaker JQA:bob as trust
    approve trust by operator:2
    validate JC-ER-000101 by JQA:ann              ! actor_not_allowed
    validate JC-ER-000101 by JQA:bob
    validate JC-ER-000101 by JQA:bob              ! project_not_in_phase phase=VALIDATED
    """


@story
def test_the_committee_returns_rejects_or_registers_what_was_laid_before_it(
    ledger: Ledger,
) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-000101 at-site Gifu
    draft JC-ER-000102
    draft JC-ER-000103
    submit JC-ER-000101                           ! project_not_in_phase phase=DRAFT
    validate JC-ER-000101 by JQA:ann
    validate JC-ER-000102 by JQA:ann
    validate JC-ER-000103 by JQA:ann
    submit JC-ER-000101 by mallory                ! actor_not_allowed
    submit JC-ER-000101
    submit JC-ER-000102
    submit JC-ER-000103
    examine JC-ER-000101 by mallory               ! actor_not_allowed
    examine JC-ER-000101 day 2026-02-30            ! day_not_in_calendar
    decide JC-ER-000101 registered                ! project_not_in_phase phase=SUBMITTED
    examine JC-ER-000101
    examine JC-ER-000102
    examine JC-ER-000103
    decide JC-ER-000101 rejected by mallory       ! actor_not_allowed
    decide JC-ER-000101 rejected met 2026-01-02   ! day_ahead
    decide JC-ER-000101 rejected
    decide JC-ER-000102 returned
    register JC-ER-000103
    decide JC-ER-000103 registered                ! project_exists
    decide JC-ER-000101 registered                ! project_not_in_phase phase=REJECTED
    # where the rejected one would have stood another may stand
    draft JC-ER-000104 at-site Gifu
    """
    assert phases(ledger) == {
        "JC-ER-000101": "REJECTED",
        "JC-ER-000102": "RETURNED",
        "JC-ER-000103": "COMMITTEE",
        "JC-ER-000104": "DRAFT",
    }


@story
def test_a_project_that_was_withdrawn_issues_nothing_more(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    open A01
    draft JC-ER-000101 at-site Gifu
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 registered
    tick
    issue JC-ER-000101-01 10 to A01
    withdraw-project JC-ER-000101 by mallory      ! actor_not_allowed
    withdraw-project JC-ER-000199                 ! project_not_found
    withdraw-project JC-ER-000101
    withdraw-project JC-ER-000101                 ! project_not_in_phase phase=WITHDRAWN
    issue JC-ER-000101-02 10 to A01               ! project_not_in_phase phase=WITHDRAWN
    balance HOLD:A01 10
    draft JC-ER-000102 at-site Gifu
    withdraw-project JC-ER-000102
    draft JC-ER-000101 at-site Gifu               ! project_exists
    """
    assert ledger.state.registers.sites == {}


def test_the_shipped_rules_say_how_the_projects_of_every_sector_go_on() -> None:
    folder = files("services.rules").joinpath("j-credit")
    rules = msgspec.json.decode(folder.joinpath("projects.json").read_bytes(), type=ProjectRules)
    sectors = msgspec.json.decode(folder.joinpath("issuance.json").read_bytes(), type=IssuanceRules)
    assert set(rules.courses) == set(sectors.sectors)
    watched = {code for code, one in rules.courses.items() if one.monitored_years == 10}
    assert watched == {"FO"}
    assert set(COURSES.courses) < set(rules.courses)
