"""Notices 通知書 as facts: each noticed fact has exactly one that is current, or had one."""

from libs.ledger.entry import decode
from libs.ledger.events import NoticeIssued, NoticeSuperseded
from libs.ledger.state import State
from tests.rooms import grammar_corrections, grammar_notices
from tests.rooms.story import Ledger, story

VERBS = (grammar_corrections.compensate, grammar_notices.issue)
"""Whoever imports them has the words of these stories."""


def owed(state: State) -> dict[str, tuple[str, ...]]:
    return {number: (one.kind, *one.parties) for number, one in state.registers.owed.items()}


@story
def test_a_fact_has_one_notice_and_its_number_says_which_fact_it_is_of(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    adopt told as rules
    approve rules by operator:2
    invalidate 10 from A01; 5 from A01 as use
    tell use fact 2                  ! fact_not_noticed position=10 fact=2
    tell 3                           ! fact_not_noticed
    tell use kind transfer        ! notice_kind_differs kind=invalidation
    tell use by holder:ann           ! actor_not_allowed
    tell use by system:notify id 9 as first
    tell use by system:notify id 9 = first
    tell use by system:notify id 10  ! notice_exists position=10 fact=0
    tell use fact 1
    tell use fact 1                  ! notice_exists
    """
    assert owed(ledger.state) == {}
    assert {kind: list(kept) for kind, kept in ledger.state.noticed.items()} == {
        "invalidation": [(10 << 20, (10 << 20) + 2)]
    }


@story
def test_only_what_the_rules_name_is_owed_from_then_on(ledger: Ledger) -> None:
    """
    open A01 as before
    tell before kind account      ! fact_not_noticed
    adopt told as rules
    approve rules by operator:2
    open B02 as after
    issue JC-ER-000001-01 100 to A01 as issued
    transfer 30 A01 -> B02 as moved
    reserve 5 from B02
    close A01                        ! account_not_empty
    attest A01 2025-12-31 as asked
    annul JC-ER-000001-01 as gone
    """
    named = ledger.named
    assert owed(ledger.state) == {
        f"main-{named['after']}-1": ("account", "B02"),
        f"main-{named['issued']}-1": ("issuance", "A01"),
        f"main-{named['moved']}-1": ("transfer", "A01", "B02"),
        f"main-{named['asked']}-1": ("balance", "A01"),
        f"main-{named['gone']}-1": ("annulment", "A01", "B02"),
    }


@story
def test_two_operators_supersede_a_notice_and_its_successor_is_of_the_same_fact(
    ledger: Ledger,
) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    adopt told as rules
    approve rules by operator:2
    invalidate 10 from A01 as use
    supersede use                              ! notice_not_found
    tell use
    tell use version 2                         ! notice_exists
    supersede use by holder:ann                ! actor_not_allowed
    supersede main-010-1                       ! notice_not_found
    supersede other-10-1                       ! notice_not_found
    supersede main-10                          ! notice_not_found
    supersede use version 2                    ! notice_not_found
    supersede use spelt user=Somebody          ! body_invalid
    supersede use spelt quantity=11            ! body_invalid
    supersede use spelt project_name=X as act
    supersede use as again
    approve act by operator:1                  ! approver_must_differ
    approve act by operator:2
    approve again by operator:2                ! notice_not_current status=superseded
    supersede use                              ! notice_not_current status=superseded
    tell use                                   ! notice_exists
    tell use version 3                         ! notice_exists
    tell use version 2 kind transfer        ! notice_kind_differs
    tell use version 2 as successor
    tell use version 2                         ! notice_exists
    supersede use                              ! notice_not_current status=issued
    supersede use version 2 as third
    approve third by operator:2
    tell use version 3
    supersede use version 3 as unmade
    """
    facts = [fact for raw in ledger.journal for fact in decode(raw).events]
    issued = [one for one in facts if isinstance(one, NoticeIssued)]
    use = ledger.named["use"]
    numbers = [f"main-{use}-1", f"main-{use}-1-r2", f"main-{use}-1-r3"]
    assert [one.number for one in issued] == numbers
    assert [one.predecessor or "" for one in issued] == ["", *numbers[:2]]
    assert {(one.position, one.fact, one.kind) for one in issued} == {(use, 0, "invalidation")}
    first, *_ = [one for one in facts if isinstance(one, NoticeSuperseded)]
    assert [(one.field, one.text) for one in first.spelling or ()] == [("project_name", "X")]


@story
def test_a_notice_is_withdrawn_only_where_its_fact_was_undone(ledger: Ledger) -> None:
    """
    open A01
    open B02
    issue JC-ER-000001-01 100 to A01
    adopt told as rules
    approve rules by operator:2
    transfer 10 A01 -> B02 as other
    transfer 30 A01 -> B02 as moved
    invalidate 10 from A01 as use
    tell other kind transfer
    tell moved kind transfer
    tell use
    retract moved undone other            ! fact_stands
    retract moved undone moved            ! fact_stands
    compensate other JC-ER-000001-01/1-10 HOLD:A01 -> HOLD:B02 as act
    approve act by operator:2 as undone
    retract moved undone undone           ! fact_stands
    retract other undone undone by ann    ! actor_not_allowed
    retract main-2-1 undone undone        ! notice_not_found
    retract other undone undone as drop
    approve drop by operator:2
    retract other undone undone           ! notice_not_current status=withdrawn
    supersede other                       ! notice_not_current status=withdrawn
    tell other kind transfer           ! notice_exists
    annul JC-ER-000001-01 as annulled
    retract use undone annulled as gone
    approve gone by operator:2
    retract use undone annulled           ! notice_not_current status=withdrawn
    """


@story
def test_what_is_owed_is_issued_by_one_whatever_the_rules_ask_of_two(ledger: Ledger) -> None:
    """
    adopt told-by-two as rules
    approve rules by operator:2
    open A01 as opened
    tell opened kind account by system:notify
    """
    assert owed(ledger.state) == {}


@story
def test_a_balance_is_attested_at_the_end_of_a_day_that_is_over(ledger: Ledger) -> None:
    """
    open A01 reps ann
    attest A01 2025-12-31 by ann
    attest A01 2026-01-01 by ann   ! day_ahead day=2026-01-01
    attest A01 2025-02-30 by ann   ! day_not_in_calendar
    attest A01 2025-12-31 by bob   ! actor_not_allowed
    attest B02 2025-12-31 by ann   ! actor_not_allowed
    attest B02 2025-12-31          ! account_not_found
    at 2026-01-02T00:00
    attest A01 2026-01-01
    """
