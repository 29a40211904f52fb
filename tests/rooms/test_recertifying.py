"""Stories of certifications whose project or member is not what it was, or goes by another name."""

from tests.rooms import grammar_certification, grammar_issuance, grammar_projects
from tests.rooms.story import Ledger, story

VERBS = (grammar_certification.report, grammar_issuance.draft, grammar_projects.join)
"""Whoever imports them has the words of these stories."""


@story
def test_what_is_credited_no_more_is_neither_approved_nor_issued(ledger: Ledger) -> None:
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
    join JC-ER-P00101 M1 applied 2023-06-01 begun 2023-05-01
    certify C1 project JC-ER-P00101 member M1 days 2023-06-01..2025-10-31
    # it leaves in the middle of the period that is monitored: the report must be another
    leave JC-ER-P00101 M1 day 2024-01-01
    report C1 methods EN-S-001
    verify C1
    present C1
    judge C1 approved                       ! period_not_credited last=2024-01-01
    judge C1 returned
    certify C2 project JC-ER-P00101 member M1 days 2023-06-01..2024-01-01
    report C2 methods EN-S-001
    verify C2
    present C2
    judge C2 approved
    certify C3 project JC-ER-P00101 days 2024-01-02..2024-12-31
    report C3 methods EN-S-001
    verify C3
    present C3
    withdraw-project JC-ER-P00101
    judge C3 approved                       ! project_not_in_phase phase=WITHDRAWN
    judge C3 rejected
    # neither a holder nor the state gets what a project had certified that was taken out
    issue-state JC-ER-P00101-01 C2          ! project_not_in_phase phase=WITHDRAWN
    """


@story
def test_what_comes_back_by_another_name_is_not_certified_again(ledger: Ledger) -> None:
    """
    adopt living as change
    approve change by operator:2
    accredit JQA as trust
    approve trust by operator:2
    draft JC-ER-P00101 form programme applied 2023-04-01 begun 2023-01-01 at-site There
    validate JC-ER-P00101 by JQA:ann
    submit JC-ER-P00101
    examine JC-ER-P00101
    decide JC-ER-P00101 registered
    join JC-ER-P00101 M1 applied 2023-06-01 begun 2023-05-01 at-site Here
    certify C1 project JC-ER-P00101 member M1 days 2023-06-01..2024-01-01
    report C1 methods EN-S-001
    verify C1
    present C1
    judge C1 approved
    leave JC-ER-P00101 M1 day 2024-01-01
    # no device was named, so nothing but its place tells that it is the same one
    join JC-ER-P00101 M2 applied 2023-06-01 begun 2023-05-01 at-site Here
    certify C2 project JC-ER-P00101 member M2 days 2024-01-01..2024-12-31 ! period_already_monitored
    certify C2 project JC-ER-P00101 member M2 days 2024-01-02..2024-12-31
    # nor is a whole project that was taken out and drafted anew
    certify C3 project JC-ER-P00101 days 2025-01-01..2025-06-30
    withdraw-project JC-ER-P00101
    draft JC-ER-P00102 applied 2023-04-01 begun 2023-01-01 at-site There
    register JC-ER-P00102
    certify C4 project JC-ER-P00102 days 2025-06-30..2025-12-31 ! period_already_monitored
    certify C4 project JC-ER-P00102 days 2025-07-01..2025-12-31
    """
