"""Stories of credits that are the state's own: issued to it, and given to holders."""

import tests.rooms.grammar_certification
import tests.rooms.grammar_controls
import tests.rooms.grammar_corrections  # noqa: F401 - the words of these stories
from tests.rooms.story import Ledger, story


@story
def test_credits_of_a_subsidy_are_issued_to_the_state(ledger: Ledger) -> None:
    """
    certify C1 project JC-FM-000123
    issue-state JC-FM-000123-01 C1 by mallory      ! actor_not_allowed
    issue-state JC-FM-000123-01 C9                 ! certification_not_found
    issue-state JC-FM-000123-01 C1                 ! certification_not_in_phase
    approved C1 methods FM-001 gives 90000-0
    suspend JC as stop
    approve stop by operator:2
    issue-state JC-FM-000123-01 C1                 ! movements_suspended
    resume JC as again
    approve again by operator:2
    issue-state JC-FM-000123-01 C1
    issue-state JC-FM-000123-02 C1                 ! certification_not_in_phase
    holds GOV:HOLD JC-FM-000123-01/1-90
    balance BUF:FOREST 0
    withdraw JC-FM-000123-01
    holds WDL JC-FM-000123-01/1-90
    """
    assert ledger.state.registers.certifications["C1"].phase == "RETURNED"


@story
def test_credits_of_the_state_are_sold_by_two_operators_and_never_netted(ledger: Ledger) -> None:
    """
    open A01
    open F01
    freeze F01
    certify C1 project JC-FM-000123
    certify C2 project NT-ER-000001
    approved C1 methods FM-001 gives 90000-0
    approved C2 methods ER-001 gives 50000-0
    issue-state JC-FM-000123-01 C1
    issue-state NT-ER-000001-01 C2
    issue JC-ER-000001-01 100 to A01

    # refusals, in order of precedence
    sell-state 91 of JC-ER-000001-01 to NONE by mallory      ! actor_not_allowed
    sell-state 91 of JC-ER-000001-01 to NONE                 ! account_not_found
    sell-state 91 of JC-ER-000001-01 to F01                  ! account_frozen
    sell-state 50 of NT-ER-000001-01 to A01                  ! scheme_not_transferable
    # what a holder has is not the state's
    sell-state 1 of JC-ER-000001-01 to A01                   ! quantity_exceeds_holding holding=0
    sell-state 91 of JC-FM-000123-01 to A01                  ! quantity_exceeds_holding holding=90
    suspend JC as stop
    approve stop by operator:2
    sell-state 1 of JC-FM-000123-01 to A01                   ! movements_suspended
    resume JC as again
    approve again by operator:2

    sell-state 40 of JC-FM-000123-01 to A01 as sale
    balance GOV:HOLD 140
    approve sale                                             ! approver_must_differ
    approve sale by operator:2
    sell-state JC-FM-000123-01/50-59 to A01 as sale
    approve sale by operator:2
    holds GOV:HOLD JC-FM-000123-01/41-49,60-90 NT-ER-000001-01/1-50
    holds HOLD:A01 JC-ER-000001-01/1-100 JC-FM-000123-01/1-40,50-59
    withdraw JC-FM-000123-01                                 ! lot_has_moved account=HOLD:A01
    # a sale in error goes back as any other movement does
    compensate sale JC-FM-000123-01/50-59 GOV:HOLD -> HOLD:A01 as back
    approve back by operator:2
    balance GOV:HOLD 100
    """
