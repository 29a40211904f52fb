"""The life of an account 口座: applied for, reviewed, opened, led, merged, ended."""

import pytest

from libs.ledger.corporate import is_corporate_number
from tests.rooms import grammar_accounts
from tests.rooms.story import Ledger, story

assert grammar_accounts.LIVES


@story
def test_an_account_is_applied_for_looked_into_and_opened(ledger: Ledger) -> None:
    """
    adopt knowing as rules
    approve rules by operator:2
    apply A01 reps ann:both,art:approver,rita:read_only by ann
    # it is no account yet
    issue JC-ER-000001-01 10 to A01 ! account_not_found
    let-open A01 ! account_not_under_review status=applied
    review A01 SEAL
    let-open A01 ! checklist_incomplete missing=IDENTITY
    review A01 IDENTITY
    let-open A01
    issue JC-ER-000001-01 10 to A01
    let-open A01 ! account_not_under_review status=opened
    review A01 SEAL ! account_not_under_review status=opened
    apply A01 reps ann ! account_exists
    close A01 ! account_not_empty
    """


@story
def test_an_application_that_is_returned_may_come_again(ledger: Ledger) -> None:
    """
    adopt knowing as rules
    approve rules by operator:2
    apply A01
    review A01 SEAL
    return A01
    review A01 SEAL ! account_not_under_review status=returned
    apply A01 number 1180301018771 ! account_exists
    apply A01 reps bob
    review A01 IDENTITY
    # what was settled before the return counts no more
    let-open A01 ! checklist_incomplete missing=SEAL
    reject A01
    let-open A01 ! account_not_under_review status=rejected
    apply A01 ! account_exists
    open A01 ! account_exists
    apply B02
    """


@story
def test_an_application_is_refused(ledger: Ledger) -> None:
    """
    apply A01 ! account_kind_not_found
    adopt knowing as rules
    approve rules by operator:2
    apply A01 by eve ! actor_not_allowed
    apply A01 kind private ! account_kind_not_found kind=private
    # a natural person has neither a number here nor one elsewhere
    apply A01 number none ! holder_not_legal_entity country=JP
    apply A01 number none country DE ! holder_not_legal_entity country=DE
    apply A01 register HRB-1 ! holder_not_legal_entity country=JP
    apply A01 number 7000012050003 ! corporate_number_wrong
    apply A01 number 123456789012 ! body_invalid
    apply A01 reps ann,bob,ann:approver ! representative_exists actor=ann
    open B02
    apply B02 ! account_exists
    review A01 SEAL by ann ! actor_not_allowed
    let-open A01 by ann ! actor_not_allowed
    review A01 SEAL ! application_not_found
    let-open A01 ! application_not_found
    apply A01 country DE register HRB-1
    review A01 CHARACTER ! check_not_found item=CHARACTER
    review A01
    """


@story
def test_a_business_has_one_account_or_one_a_department(ledger: Ledger) -> None:
    """
    adopt knowing as rules
    approve rules by operator:2
    apply A01
    apply A02 ! business_has_account account=A01
    apply A02 department Energy ! business_has_account account=A01
    apply G01 kind government
    apply G02 kind government
    apply B02 number 1180301018771
    # the day the rule set names has come in Tokyo
    at 2026-01-31T15:00
    apply A02 department Energy
    apply A03 department Energy ! business_has_account account=A02
    apply A03 ! business_has_account account=A01
    review A01 IDENTITY SEAL
    let-open A01
    review A02
    reject A02
    apply A03 department Energy
    close A01
    apply A04 department Forests
    adopt undivided as rules
    approve rules by operator:2
    apply A05 department Steel ! business_has_account account=A03
    """


@story
def test_an_answer_waits_for_a_second_operator_where_the_rules_ask(ledger: Ledger) -> None:
    """
    adopt deciding-in-two as rules
    approve rules by operator:2
    apply A01
    review A01 IDENTITY SEAL
    let-open A01 as answer
    freeze A01 ! account_not_found
    approve answer ! approver_must_differ
    approve answer by operator:2
    freeze A01
    """


@story
def test_what_a_successor_takes_over(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    open C03
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 50 to A01
    issue NT-ER-000001-01 5 to A01
    transfer JC-ER-000001-01/11-20 A01 -> C03
    place 1 of JC-ER-000001-01 A01 -> B02 wants acceptance as out
    place 1 C03 -> A01 wants acceptance as in
    place 1 C03 -> B02 wants acceptance
    reserve 1 from C03
    merge A01 to B02 by ann ! actor_not_allowed
    merge A01 to Z99 ! account_not_found account=Z99
    merge A01 to A01 ! accounts_must_differ
    merge A01 to B02 ! orders_outstanding account=A01
    call-off out
    merge A01 to B02 ! orders_outstanding account=A01
    decline in
    reserve 2 from A01 as kept
    merge A01 to B02 ! orders_outstanding account=A01
    release kept
    seize JC-ER-000002-01/1-5 from A01 as seizure
    merge A01 to B02 ! orders_outstanding account=A01
    lift seizure
    begin-closing A01
    suspend JC as stop
    approve stop by operator:2
    merge A01 to B02 ! movements_suspended
    resume JC as go
    approve go by operator:2
    merge A01 to B02
    holds HOLD:B02 JC-ER-000001-01/1-10,21-100 JC-ER-000002-01/1-50 NT-ER-000001-01/1-5
    balance HOLD:A01 0
    transfer 1 B02 -> A01 ! account_closed account=A01
    merge A01 to B02 ! account_closed account=A01
    rename A01 ! account_closed
    """


@story
def test_a_merger_must_fit_one_entry(ledger: Ledger) -> None:
    """
    unopened
    open-ledger limits 65536,100
    register JC-ER-000001
    open A01
    open B02
    issue JC-ER-000001-01 1000 to A01
    # every second serial is another's: 127 ranges are left, of 512 bytes each at most
    transfer JC-ER-000001-01/2,4,6,8,10,12,14,16,18,20,22,24,26,28 A01 -> B02
    transfer JC-ER-000001-01/30,32,34,36,38,40,42,44,46,48,50,52,54,56 A01 -> B02
    transfer JC-ER-000001-01/58,60,62,64,66,68,70,72,74,76,78,80,82,84 A01 -> B02
    transfer JC-ER-000001-01/86,88,90,92,94,96,98,100,102,104,106,108,110,112 A01 -> B02
    transfer JC-ER-000001-01/114,116,118,120,122,124,126,128,130,132,134,136,138,140 A01 -> B02
    transfer JC-ER-000001-01/142,144,146,148,150,152,154,156,158,160,162,164,166,168 A01 -> B02
    transfer JC-ER-000001-01/170,172,174,176,178,180,182,184,186,188,190,192,194,196 A01 -> B02
    transfer JC-ER-000001-01/198,200,202,204,206,208,210,212,214,216,218,220,222,224 A01 -> B02
    transfer JC-ER-000001-01/226,228,230,232,234,236,238,240,242,244,246,248,250,252 A01 -> B02
    merge A01 to B02 ! holdings_too_many ranges=127 most=126
    transfer JC-ER-000001-01/1 A01 -> B02
    merge A01 to B02
    balance HOLD:B02 1000
    """


@story
def test_no_account_is_closed_while_an_order_is_on_its_way(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    open C03
    issue JC-ER-000001-01 10 to A01
    place 4 A01 -> B02 by ann wants acceptance as early
    # rules that say nothing of accounts ask for an empty one only
    close B02
    call-off early by ann
    adopt knowing as rules
    approve rules by operator:2
    open D04
    place 1 A01 -> D04 by ann wants acceptance as other
    place 9 A01 -> C03 by ann wants acceptance as order
    close C03 ! orders_outstanding account=C03
    annul JC-ER-000001-01
    # the order holds nothing any more, and is its giver's to call off
    close A01 ! orders_outstanding account=A01
    call-off order by ann
    close C03
    call-off other by ann
    close A01
    """


@story
def test_a_bankrupts_account_is_its_administrators(ledger: Ledger) -> None:
    """
    open A01 reps ann,bob
    open B02 reps bea
    issue JC-ER-000001-01 100 to A01
    grant A01 transfer agent B02 until 2026-12-31 by ann
    transfer 1 A01 -> B02 by bea
    insolvent A01 to adam by ann ! actor_not_allowed
    insolvent Z99 to adam ! account_not_found
    insolvent A01 to adam
    transfer 1 A01 -> B02 by adam ! account_frozen
    transfer 1 A01 -> B02 by ann ! actor_not_allowed
    transfer 1 A01 -> B02 by bea ! actor_not_allowed
    # another administrator follows; no mandate is left to end
    insolvent A01 to eva
    unfreeze A01
    transfer 1 A01 -> B02 by adam ! actor_not_allowed
    transfer 1 A01 -> B02 by eva
    close B02 ! account_not_empty
    open C03
    close C03
    insolvent C03 to eva ! account_closed
    """


@story
def test_a_closing_account_is_left_and_never_entered(ledger: Ledger) -> None:
    """
    open A01 reps ann
    open B02 reps ben
    issue JC-ER-000001-01 100 to A01
    issue JC-ER-000002-01 100 to B02
    place 5 A01 -> B02 by ann wants acceptance as out
    begin-closing A01 by ben ! actor_not_allowed
    begin-closing Z99 ! account_not_found
    begin-closing A01 by ann
    begin-closing A01 by ann ! account_closing
    transfer 1 B02 -> A01 ! account_closing account=A01
    issue JC-ER-000001-02 5 to A01 ! account_closing
    begin-closing B02
    transfer 1 A01 -> B02 ! account_closing account=B02
    unfreeze A01 ! account_closing
    freeze B02
    unfreeze B02
    accept out by ben
    transfer 90 A01 -> B02 by ann
    reserve 1 from A01 by ann ! account_closing
    invalidate 5 from A01 by ann
    close A01
    rename B02
    rename B02 by ben ! actor_not_allowed
    rename Z99 ! account_not_found
    """


@pytest.mark.parametrize(
    "number",
    [
        "7000012050002",  # 国税庁
        "1180301018771",  # a maker of cars
        "8000012010038",  # デジタル庁
    ],
)
def test_the_check_digit_of_a_corporate_number(number: str) -> None:
    assert is_corporate_number(number)
    for place in range(13):
        for digit in "0123456789":
            wrong = number[:place] + digit + number[place + 1 :]
            alike = {number[place], digit} == {"0", "9"} and place
            assert is_corporate_number(wrong) == (digit == number[place] or bool(alike))
