"""Stories of applications: filed, held, and then used up or taken back."""

import tests.rooms.grammar_accounts
import tests.rooms.grammar_invalidation  # noqa: F401 - the words of these stories
from libs.ledger.entry import decode
from libs.ledger.events import ApplicationConfirmed, CreditsCancelled, CreditsInvalidated
from tests.rooms.story import Ledger, story


@story
def test_an_application_holds_its_credits_until_it_is_confirmed(ledger: Ledger) -> None:
    """
    open A01 reps alice
    issue JC-ER-000001-01 100 to A01
    file 30 from A01 for O2 by alice scope SCOPE_1 agent Broker number 1234567890123 as one
    balance HOLD:A01 70
    invalidate 71 from A01       ! quantity_exceeds_holding holding=70
    close A01                    ! account_not_empty holding=100
    confirm one by alice
    balance RET:INV 30
    confirm one                  ! application_not_found
    drop one                     ! application_not_found
    """
    confirmed, used = decode(ledger.journal[-3]).events
    assert isinstance(used, CreditsInvalidated)
    assert isinstance(confirmed, ApplicationConfirmed)
    assert (used.application, used.beneficiary) == (confirmed.application, "O2")
    assert (used.scope, used.agent, used.corporate_number) == ("SCOPE_1", "Broker", "1234567890123")


@story
def test_an_application_is_taken_back_or_runs_out(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    file 30 from A01 as one
    drop one
    balance HOLD:A01 100
    confirm one                                  ! application_not_found
    file 30 from A01 expires 2026-01-02T00:00 as two
    at 2026-01-02T00:00
    tick
    balance HOLD:A01 100
    confirm two                                  ! application_not_found
    # its time is over at the instant it named, whether or not anybody has said so yet
    file 30 from A01 expires 2026-01-03T00:00 as late
    at 2026-01-03T00:00
    confirm late                                 ! expiry_past
    tick
    # whoever releases the reservation that an application is takes it back as well
    file 30 from A01 as three
    """
    order = f"a-{ledger.named['three']}-0"
    ledger.say(f"release {order}")
    ledger.say(f"confirm {order} ! application_not_found")
    ledger.say("balance HOLD:A01 100")


@story
def test_an_agent_for_transfers_alone_takes_no_application_back(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps bob
    issue JC-ER-000001-01 100 to A01
    grant A01 transfer agent B02 until 2026-12-31 by ann
    file 30 from A01 by ann as one
    """
    ledger.say(f"release a-{ledger.named['one']}-0 by bob ! mandate_not_valid")
    ledger.say(f"release a-{ledger.named['one']}-0 by ann")


@story
def test_each_line_is_an_application_of_its_own(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    file 60 from A01; 60 from A01            ! quantity_exceeds_holding line=1
    file each 60 from A01 for Ann; 60 from A01; 40 from A01 for Ben as bulk
    lines accepted quantity_exceeds_holding accepted
    confirm bulk.2
    balance RET:INV 40
    drop bulk.0
    balance HOLD:A01 60
    """


@story
def test_each_credit_is_used_up_by_the_verb_of_its_scheme(ledger: Ledger) -> None:
    """
    open A01
    issue KC-KC-000001-01 10 to A01 certified 2020-01-01
    issue JC-ER-000001-01 10 to A01
    file 15 from A01 as one
    confirm one
    holds RET:CAN KC-KC-000001-01/1-10
    holds RET:INV JC-ER-000001-01/1-5
    """
    assert [type(event) for event in ledger.last.events] == [
        ApplicationConfirmed,
        CreditsCancelled,
        CreditsInvalidated,
    ]


@story
def test_an_application_must_still_be_good_when_it_is_carried_out(ledger: Ledger) -> None:
    """
    unopened
    second 2024-06-01T00:00:00
    open-ledger
    adopt matrix as table
    approve table by operator:2
    open A01
    project JC-ER-000010 EN-S-001
    issue JC-ER-000010-01 10 to A01
    file 1 from A01 purpose ONTAI_NON_UTILITY year 2023 as one
    file 1 from A01 purpose ONTAI_NON_UTILITY year 2023 as two
    file 1 from A01 purpose ONTAI_NON_UTILITY year 2024 as three
    file 1 from A01 purpose OTHER as four
    file 1 from A01 purpose CDP                 ! quantity_exceeds_holding holding=0
    second 2024-06-30T14:59:59
    confirm one
    second 2024-06-30T15:00:00
    confirm two                                 ! fiscal_year_not_assignable fiscal_year=2023
    confirm three
    second 2031-03-31T15:00:00
    confirm four                                ! credits_expired valid_until=2031-03-31
    """


@story
def test_an_application_is_refused_for_the_first_thing_that_is_wrong(ledger: Ledger) -> None:
    """
    open A01 reps alice
    open B02 reps bob
    issue JC-ER-000001-01 10 to A01
    issue JC-ER-000002-01 10 to A01
    file 1 from A01 by bob                                   ! actor_not_allowed
    file 1 from A01 expires 2026-02-30T00:00                 ! day_not_in_calendar
    file 1 from A01 expires 2026-01-01T00:00                 ! expiry_past
    file 1 from A01 purpose NONE                             ! purpose_unknown
    file 11 of JC-ER-000001-01 from A01                      ! quantity_exceeds_holding
    file 5 of JC-ER-000001-01 from A01 as one
    file 5 of JC-ER-000002-01 from A01 as two
    confirm NONE                                             ! application_not_found
    confirm one by bob                                       ! actor_not_allowed
    drop one by bob                                          ! actor_not_allowed
    freeze A01
    confirm one                                              ! account_frozen
    drop one                                                 ! account_frozen
    unfreeze A01
    annul JC-ER-000001-01
    confirm one                                              ! lot_annulled
    drop one
    confirm two
    """
