"""Stories of certifications: monitored, reported, verified, decided."""

from importlib.resources import files

import msgspec
import pytest

from libs.ledger.events import Measured, Reduction, Removal
from libs.ledger.rules import RuleSet
from libs.ledger.rules.certification import CertificationRules
from services.issuance.decide.certification import tonnes
from tests.rooms import (
    grammar_certification,
    grammar_controls,
    grammar_issuance,
    grammar_projects,
)
from tests.rooms.story import Ledger, story

VERBS = (
    grammar_certification.report,
    grammar_controls.suspend,
    grammar_issuance.draft,
    grammar_projects.join,
)
"""Whoever imports them has the words of these stories."""


def phases(ledger: Ledger) -> dict[str, str]:
    return {name: one.phase for name, one in ledger.state.registers.certifications.items()}


@story
def test_a_certification_goes_from_its_monitoring_to_the_committee(ledger: Ledger) -> None:
    """
    certify C1 devices M1,M2,M1 days 2024-01-01..2024-12-31
    report C1 gives 1500999-500500 energy 2015000 heat 36 prefecture 21
    # what was reported may be corrected until it is verified
    report C1 gives 1500999-500000 energy 2015000 heat 36 prefecture 21
    verify C1
    present C1
    judge C1 approved dated 2025-03-19
    """
    known = ledger.state.registers.certifications["C1"]
    assert (known.phase, known.quantity, known.devices) == (
        "COMMITTEE_APPROVED",
        1000,
        ("M1", "M2"),
    )
    assert (known.electricity_kwh, known.heat_mj, known.prefecture) == (2_015_000, 36, 21)
    assert (known.period_from, known.period_to) == ("2024-01-01", "2024-12-31")
    assert known.decided_on == "2025-03-19"


@story
def test_no_period_and_no_device_is_certified_twice(ledger: Ledger) -> None:
    """
    certify C1 devices M1 days 2024-01-01..2024-12-31
    # refusals, in order of precedence
    certify C1 project NONE days 2024-02-30..2024-01-01 by mallory    ! actor_not_allowed
    certify C1 project NONE days 2024-02-30..2024-01-01               ! day_not_in_calendar
    certify C1 project NONE days 2024-01-02..2024-02-30               ! day_not_in_calendar
    certify C1 project NONE days 2024-02-02..2024-02-01               ! period_reversed
    certify C1 project NONE                                           ! project_not_found
    certify C1 devices M1                                             ! certification_exists
    certify C2 days 2024-12-31..2025-12-31              ! period_already_monitored certification=C1
    certify C2 days 2023-01-01..2024-01-01              ! period_already_monitored
    certify C2 project JC-ER-000002 devices M9,M1       ! device_already_monitored device=M1
    # the day after is another period, and another device another certification
    certify C2 days 2025-01-01..2025-12-31 devices M1
    certify C3 project JC-ER-000002 devices M9
    """


@story
def test_members_of_a_programme_are_certified_each_for_itself(ledger: Ledger) -> None:
    """
    certify C1 member M-1
    certify C2 member M-1                 ! period_already_monitored certification=C1
    certify C2 member M-2
    # the whole project is all of its members
    certify C3                            ! period_already_monitored certification=C1
    certify C3 days 2025-01-01..2025-06-30
    certify C4 member M-3 days 2025-06-30..2025-12-31   ! period_already_monitored
    """


@story
def test_a_member_is_certified_for_the_days_it_is_credited(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-P00101 form programme applied 2023-04-01 begun 2023-01-01
    validate JC-ER-P00101 by JQA:ann
    submit JC-ER-P00101
    examine JC-ER-P00101
    decide JC-ER-P00101 registered
    join JC-ER-P00101 M1 applied 2025-06-01 begun 2025-05-01
    certify C1 project JC-ER-P00101 member M9     ! member_not_found member=M9
    certify C1 project JC-ER-P00101 member M1     ! period_not_credited first=2025-06-01
    certify C1 project JC-ER-P00101 member M1 days 2025-06-01..2025-12-31
    withdraw-project JC-ER-P00101
    certify C2 project JC-ER-P00101 days 2024-01-01..2024-12-31 ! project_not_in_phase
    """


@story
def test_what_the_committee_returns_or_rejects_frees_its_period(ledger: Ledger) -> None:
    """
    certify C1 devices M1
    report C1
    verify C1
    present C1
    judge C1 returned
    certify C2 devices M1
    report C2
    verify C2
    present C2
    judge C2 rejected
    certify C3 devices M1
    report C1                             ! certification_not_in_phase phase=RETURNED
    """
    assert phases(ledger) == {"C1": "RETURNED", "C2": "REJECTED", "C3": "MONITORING"}


@story
def test_each_step_has_its_turn(ledger: Ledger) -> None:
    """
    certify C1
    report C9 methods XX-1 by mallory     ! actor_not_allowed
    report C9 methods XX-1                ! certification_not_found certification=C9
    verify C1                             ! certification_not_in_phase phase=MONITORING
    present C1                            ! certification_not_in_phase
    judge C1 approved                    ! certification_not_in_phase
    report C1 methods XX-1 gives 999-0    ! methodology_not_of_project methodology=XX-1
    report C1 gives 1000-1                ! nothing_to_certify
    report C1 gives 1000-2000             ! nothing_to_certify
    report C1 removes 5000-3000-1001      ! nothing_to_certify
    report C1
    verify C1 dated 2025-02-29               ! day_not_in_calendar
    verify C1 dated 2026-01-02               ! day_ahead day=2026-01-02
    verify C1
    report C1                             ! certification_not_in_phase phase=VERIFIED
    present C1
    judge C1 approved dated 2025-02-29      ! day_not_in_calendar
    judge C1 approved dated 2026-01-02      ! day_ahead
    judge C1 approved
    judge C1 rejected                    ! certification_not_in_phase phase=COMMITTEE_APPROVED
    """


@story
def test_a_period_is_reported_when_it_is_over(ledger: Ledger) -> None:
    """
    certify C1 days 2025-01-01..2026-01-31
    at 2026-01-31T23:59
    report C1                             ! monitoring_not_over last=2026-01-31 today=2026-01-31
    at 2026-02-01T00:00
    report C1
    """


@story
def test_a_period_lies_within_the_crediting_period(ledger: Ledger) -> None:
    """
    adopt planning as change
    approve change by operator:2
    # credited from 2020-04-01 to 2028-03-31
    draft JC-ER-000101
    register JC-ER-000101
    certify C1 project JC-ER-000101 days 2020-03-31..2020-12-31  ! period_not_credited
    certify C1 project JC-ER-000101 days 2027-04-01..2028-04-01  ! period_not_credited
    certify C1 project JC-ER-000101 days 2020-04-01..2028-03-31
    """


@pytest.mark.parametrize(
    ("measured", "whole"),
    [
        (Reduction(baseline_kg=2000, project_kg=1), 1),
        (Reduction(baseline_kg=2000, project_kg=0), 2),
        (Removal(baseline_removal_kg=900, project_emission_kg=100, project_removal_kg=3999), 2),
        (Removal(baseline_removal_kg=0, project_emission_kg=1, project_removal_kg=0), -1),
        (Reduction(baseline_kg=2**53 - 1, project_kg=0), 9_007_199_254_740),
    ],
)
def test_tonnes_are_whole(measured: Measured, whole: int) -> None:
    assert tonnes(measured) == whole


@story
def test_an_approved_certification_is_issued_once_and_as_approved(ledger: Ledger) -> None:
    """
    # domain.md 2.3 (a): 2,660 t of forest, 3 % of them for the buffer, rounded down
    adopt certifying as change
    approve change by operator:2
    open A01
    certify C1 project JC-FM-000123
    report C1 methods FM-001 removes 2661999-100-900 energy 7 heat 8 prefecture 21
    issue JC-FM-000123-01 2660 to A01 under C1   ! certification_not_in_phase phase=REPORTED
    verify C1
    present C1
    judge C1 approved

    # each line has every fault of the lines below it
    issue JC-FM-000123-01 9 to Z99                 ! certification_required scheme=JC
    issue JC-FM-000123-01 9 to Z99 under C9        ! certification_not_found
    issue JC-FM-000123-01 9 to Z99 under C1 of JC-ER-000001  ! certification_differs field=project
    issue JC-FM-000123-01 9 to Z99 under C1        ! certification_differs certified=2660
    issue JC-FM-000123-01 2660 to Z9 under C1 vintage 2024-01-02..2024-12-31 ! certification_differs
    issue JC-FM-000123-01 2660 to Z9 under C1 vintage 2024-01-01..2024-12-30 ! certification_differs
    issue JC-FM-000123-01 2660 to Z99 under C1 certified 2025-12-02 ! certification_differs
    issue JC-FM-000123-01 2660 to Z99 under C1 buffer WOOD:79 ! certification_differs field=buffer
    issue JC-FM-000123-01 2660 to Z99 under C1 buffer FOREST:80 ! certification_differs certified=79
    issue JC-FM-000123-01 5-2664 to Z99 under C1 ! certification_differs field=first certified=1
    issue JC-FM-000123-01 2660 to Z99 under C1 buffer FOREST:79 ! account_not_found
    issue JC-FM-000123-01 2660 to A01 under C1
    issue JC-FM-000123-02 2660 to A01 under C1     ! certification_not_in_phase phase=ISSUED
    holds HOLD:A01 JC-FM-000123-01/1-2581
    holds BUF:FOREST JC-FM-000123-01/2582-2660
    # another scheme is not asked for any
    issue KC-KC-000001-01 10 to A01
    """
    known = ledger.state.registers.certified["JC-FM-000123-01"]
    assert (known.certification, known.quantity, known.electricity_kwh) == ("C1", 2660, 7)


@story
def test_the_share_of_the_buffer_is_that_of_the_methodology_in_its_version(
    ledger: Ledger,
) -> None:
    """
    adopt certifying as change
    approve change by operator:2
    open A01
    register JC-FM-000200 methods FM-001,FM-002,FM-003
    certify C1 project JC-FM-000200 days 2021-01-01..2021-12-31
    certify C2 project JC-FM-000200 days 2022-01-01..2022-12-31
    certify C3 project JC-FM-000200 days 2023-01-01..2023-12-31
    certify C4
    approved C1 methods FM-001@2.0
    approved C2 methods FM-001@1.0,FM-002@1.0
    approved C3 methods FM-003
    approved C4
    issue JC-FM-000200-01 1000 to A01 under C1 vintage 2021-01-01..2021-12-31
    issue JC-FM-000200-02 1000 to A01 under C2 vintage 2022-01-01..2022-12-31
    # of this methodology the rules say nothing: the share of the credit type counts
    issue JC-FM-000200-03 1000 to A01 under C3 vintage 2023-01-01..2023-12-31
    # and of this type neither: there is no share
    issue JC-ER-000001-04 1000 to A01 under C4 buffer FOREST:1   ! certification_differs
    issue JC-ER-000001-04 1000 to A01 under C4
    holds BUF:FOREST JC-FM-000200-01/901-1000 JC-FM-000200-03/971-1000
    holds BUF:WOOD JC-FM-000200-02/951-1000
    balance HOLD:A01 3820
    """


@story
def test_a_reversal_is_covered_from_a_certified_buffer(ledger: Ledger) -> None:
    """
    # domain.md 2.3 (b): 14,730 t before, 472 t used, 14,258 t after
    adopt certifying as change
    approve change by operator:2
    open A01
    certify C1 project JC-FM-000123
    approved C1 methods FM-001 removes 491000999-0-0
    issue JC-FM-000123-01 491000 to A01 under C1
    balance BUF:FOREST 14730
    cover 472 from FOREST
    balance BUF:FOREST 14258
    balance RET:BUF 472
    """


@story
def test_a_certification_has_a_lot_of_its_own(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 1-10 to A01
    certify C1
    approved C1 gives 90000-0
    # it may be named where no rule asks for it
    issue JC-ER-000001-01 11-100 to A01 under C1   ! certification_differs field=first asked=11
    issue JC-ER-000001-01 1-90 to A01 under C1     ! lot_exists
    issue JC-ER-000001-01 90 to A01 under C1       ! lot_exists
    issue-state JC-ER-000001-01 C1                 ! lot_exists
    issue JC-ER-000001-02 90 to A01 under C1
    """


@story
def test_nothing_is_issued_of_a_project_whose_registration_was_cancelled(
    ledger: Ledger,
) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    open A01
    draft JC-ER-000101 applied 2023-04-01 begun 2023-01-01
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 registered
    certify C1 project JC-ER-000101
    approved C1 methods EN-S-001 gives 9000-0
    withdraw-project JC-ER-000101
    issue JC-ER-000101-01 9 to A01 under C1    ! project_not_in_phase phase=WITHDRAWN
    issue-state JC-ER-000101-01 C1             ! project_not_in_phase phase=WITHDRAWN
    """
    assert not ledger.state.lots


@story
def test_an_issuance_that_is_withdrawn_may_be_certified_anew(ledger: Ledger) -> None:
    """
    open A01
    open B02
    certify C1 devices M1
    approved C1 gives 90000-0
    issue JC-ER-000001-01 90 to A01 under C1
    certify C2 devices M1                          ! period_already_monitored
    transfer 1 A01 -> B02
    withdraw JC-ER-000001-01                       ! lot_has_moved account=HOLD:B02
    transfer 1 B02 -> A01
    withdraw JC-ER-000001-01
    certify C2 devices M1
    issue JC-ER-000001-02 90 to A01 under C1       ! certification_not_in_phase phase=RETURNED
    """
    assert phases(ledger) == {"C1": "RETURNED", "C2": "MONITORING"}


@story
def test_a_withdrawal_waits_for_a_second_operator_where_the_rules_say_so(ledger: Ledger) -> None:
    """
    adopt two-withdraw as change
    approve change by operator:2
    open A01
    issue JC-ER-000001-01 10 to A01
    withdraw JC-ER-000001-01 as back
    balance HOLD:A01 10
    approve back                                   ! approver_must_differ
    approve back by operator:2
    balance WDL 10
    """


def test_the_shipped_rules_ask_for_a_certification_of_every_j_credit() -> None:
    folder = files("services.rules")
    raw = folder.joinpath("j-credit/certification.json").read_bytes()
    rules = msgspec.json.decode(raw, type=CertificationRules)
    known = msgspec.json.decode(folder.joinpath("default.json").read_bytes(), type=RuleSet)
    assert set(rules.schemes) <= set(known.schemes)
    assert {one.share for one in rules.buffers.values()} == {300}
    assert all(code.startswith("FO-") for code in rules.buffers)
