"""Stories of who reports, who verifies, who decides: implementer, accredited body, committee."""

import tests.rooms.grammar_accounts
import tests.rooms.grammar_certification
import tests.rooms.grammar_projects  # noqa: F401 - the words of these stories
from libs.ledger.events import CertificationVerified, ProjectRegistered
from tests.rooms.story import Ledger, story


@story
def test_a_report_is_verified_by_a_body_that_is_accredited_for_it(ledger: Ledger) -> None:
    """
    register JC-ER-000009 implementer GreenCo methods EN-S-001,FO-001
    adopt examined as rules
    approve rules by operator:2
    accredit JQA sectors EN-S,FO since 2025-01-10 until 2025-12-31 as one
    approve one by operator:2
    accredit WOOD sectors FO as two
    approve two by operator:2
    accredit KIN affiliate GreenCo as three
    approve three by operator:2
    accredit ALL as four
    approve four by operator:2
    certify C1 project JC-ER-000009
    verify C9 verifier NONE by mallory             ! certification_not_found
    verify C1 verifier NONE by mallory             ! certification_not_in_phase phase=MONITORING
    report C1 methods EN-S-001,FO-001
    verify C1 verifier NONE by WOOD:ann            ! body_not_found body=NONE
    # no operator stands by a report, nor does another body's verifier
    verify C1 verifier JQA                         ! actor_not_allowed body=JQA
    verify C1 verifier JQA by WOOD:ann             ! actor_not_allowed
    verify C1 verifier JQA by JQA:ann dated 2025-01-09 ! body_not_accredited day=2025-01-09
    verify C1 verifier JQA by JQA:ann dated 2026-01-01 ! body_not_accredited day=2026-01-01
    verify C1 verifier WOOD by WOOD:ann            ! body_not_accredited sector=EN-S
    verify C1 verifier KIN by KIN:ann              ! body_not_independent implementer=GreenCo
    verify C1 verifier ALL by ALL:ann dated 2026-01-02 ! day_ahead
    suspend-body ALL as doubt
    approve doubt by operator:2
    verify C1 verifier ALL by ALL:ann              ! body_suspended body=ALL
    verify C1 verifier JQA by JQA:ann dated 2025-12-31
    """
    (verified,) = ledger.last.events
    assert isinstance(verified, CertificationVerified)
    assert (verified.verifier, verified.verified_on) == ("JQA", "2025-12-31")


@story
def test_a_body_validates_plans_of_its_sectors_only(ledger: Ledger) -> None:
    """
    adopt examined as rules
    approve rules by operator:2
    draft JC-ER-000101
    accredit WOOD sectors FO as one
    approve one by operator:2
    accredit NEW since 2026-01-02 as two
    approve two by operator:2
    accredit JQA sectors EN-S as three
    approve three by operator:2
    validate JC-ER-000101 body WOOD by WOOD:ann    ! body_not_accredited sector=EN-S
    validate JC-ER-000101 body NEW by NEW:ann      ! body_not_accredited day=2026-01-01
    validate JC-ER-000101 by JQA:ann
    """


@story
def test_without_rules_of_sectors_a_body_is_held_to_the_methodology_itself(ledger: Ledger) -> None:
    """
    adopt living as rules
    approve rules by operator:2
    draft JC-ER-000101
    accredit JQA sectors EN-S as trust
    approve trust by operator:2
    adopt standard as fewer
    approve fewer by operator:2
    validate JC-ER-000101 by JQA:ann               ! body_not_accredited sector=EN-S-001
    """


@story
def test_the_implementer_hands_in_its_own_report(ledger: Ledger) -> None:
    """
    register JC-ER-000009 implementer GreenCo methods EN-S-001
    adopt examined as rules
    approve rules by operator:2
    apply A01 name GreenCo reps ann:both,rita:read_only by ann
    review A01
    let-open A01
    apply B02 name BlueCo number 1180301018771 reps ben by ben
    review B02
    let-open B02
    open X03 reps xen
    certify C1 project JC-ER-000009
    report C9 by ann                                     ! actor_not_allowed
    report C9 account A01 by ben                         ! actor_not_allowed
    report C9 account A01 by rita                        ! role_not_allowed
    report C9 account NONE                               ! account_not_found
    report C9 account B02 by ben                         ! certification_not_found
    report C1 account B02 by ben methods EN-S-001        ! account_not_of_project account=B02
    # of an account that was opened without an application nobody knows whose it is
    report C1 account X03 by xen methods EN-S-001        ! account_not_of_project
    report C1 account A01 by ann methods EN-S-001
    # an operator may still hand in a corrected one
    report C1 methods EN-S-001 gives 2000000-0
    # whoever is called otherwise now is another to the project, until it is handed over
    rename A01 name YellowCo
    report C1 account A01 by ann methods EN-S-001        ! account_not_of_project
    rename B02 name GreenCo
    report C1 account B02 by ben methods EN-S-001
    close B02
    report C1 account B02 by ben methods EN-S-001        ! account_closed
    rename X03 name GreenCo
    """


@story
def test_the_committee_enters_what_it_decided(ledger: Ledger) -> None:
    """
    adopt examined as rules
    approve rules by operator:2
    accredit JQA as one
    approve one by operator:2
    draft JC-ER-000101
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 registered by BOARD:ann    ! actor_not_allowed
    accredit BOARD sectors NONE as two
    approve two by operator:2
    # it examines nothing, and nobody else decides
    draft JC-ER-000102
    validate JC-ER-000102 body BOARD by BOARD:ann  ! body_not_accredited
    decide JC-ER-000101 registered                 ! actor_not_allowed actor=operator:1
    decide JC-ER-000101 registered by JQA:ann      ! actor_not_allowed
    decide JC-ER-000109 registered by BOARD:ann    ! project_not_found
    decide JC-ER-000101 registered by BOARD:ann
    certify C1 project JC-ER-000101 days 2024-04-01..2025-03-31
    report C1 methods EN-S-001
    verify C1 verifier JQA by JQA:ann
    present C1
    judge C1 approved                              ! actor_not_allowed actor=operator:1
    judge C9 approved by BOARD:ann                 ! certification_not_found
    judge C1 approved by BOARD:ann
    tick
    extend JC-ER-000101                            ! actor_not_allowed
    extend JC-ER-000101 by BOARD:ann
    suspend-body BOARD as gone
    approve gone by operator:2
    extend JC-ER-000101 by BOARD:ann               ! actor_not_allowed
    adopt lenient as rules
    approve rules by operator:2
    extend JC-ER-000101                            ! extension_not_allowed
    """
    assert ledger.state.registers.certifications["C1"].phase == "COMMITTEE_APPROVED"
    assert ledger.state.registers.plans["JC-ER-000101"].phase == "EXTENDED"


@story
def test_an_operator_enters_it_with_a_second_where_the_rules_say_so(ledger: Ledger) -> None:
    """
    adopt lenient as rules
    approve rules by operator:2
    accredit JQA as one
    approve one by operator:2
    draft JC-ER-000101
    validate JC-ER-000101 by JQA:ann
    submit JC-ER-000101
    examine JC-ER-000101
    decide JC-ER-000101 registered by mallory      ! actor_not_allowed
    decide JC-ER-000101 registered
    """
    assert any(isinstance(event, ProjectRegistered) for event in ledger.last.events)
