"""Stories of the ledger's own commands: its opening, its rules, its second pairs of eyes."""

import msgspec
import pytest

from libs.ledger.decider import WrongDecider
from libs.ledger.events import ReservationExpired
from libs.ledger.rules import RuleSet
from services import rules
from tests.rooms.grammar import Line
from tests.rooms.story import Ledger, story


@story
def test_a_ledger_is_opened_once_under_its_own_name(ledger: Ledger) -> None:
    """
    unopened
    open A01                                                       ! ledger_not_open
    tick                                                           ! ledger_not_open
    open-ledger name other operators ann,ann kinds HOLD            ! ledger_differs asked=other
    open-ledger operators ann,ann kinds HOLD                       ! actor_not_allowed
    open-ledger operators ann,ann kinds HOLD by ann                ! operators_too_few operators=1
    open-ledger operators ann,ben kinds HOLD by ann                ! grammar_differs
    open-ledger operators ann,ben by ann
    open-ledger name other operators ann,ann kinds HOLD            ! ledger_already_open
    open A01                                                       ! actor_not_allowed
    open A01 by ben
    """


@story
def test_limits_are_fixed_by_the_first_entry(ledger: Ledger) -> None:
    """
    unopened
    open-ledger limits 4095,10     ! body_invalid
    open-ledger limits 25165825,10 ! body_invalid
    open-ledger limits 4096,0      ! body_invalid
    open-ledger limits 4096,10001  ! body_invalid
    open-ledger limits 4096,2
    register JC-ER-000001
    open A01
    open B02
    issue JC-ER-000001-01 100 to A01
    transfer 1 A01 -> B02; 1 A01 -> B02; 1 A01 -> B02     ! too_many_lines lines=3 most=2
    transfer 1 A01 -> B02; 1 A01 -> B02
    # forty-seven pieces make an entry of more than 4096 bytes; a dry run says so too
    transfer JC-ER-000001-01/11,13,15,17,19,21,23,25,27,29,31,33,35,37,39 A01 -> B02
    transfer JC-ER-000001-01/41,43,45,47,49,51,53,55,57,59,61,63,65,67,69 A01 -> B02
    transfer JC-ER-000001-01/71,73,75,77,79,81,83,85,87,89,91,93,95,97,99 A01 -> B02
    transfer 47 B02 -> A01                                ! entry_too_large
    balance HOLD:B02 47
    transfer 30 B02 -> A01
    """


@story
def test_rules_change_by_two_operators(ledger: Ledger) -> None:
    """
    adopt careful by mallory                   ! actor_not_allowed
    adopt careful as act
    approve act                                ! approver_must_differ actor=operator:1
    approve act by mallory                     ! actor_not_allowed
    approve 0 by operator:2                    ! act_not_found position=0
    approve act by operator:2
    approve act by operator:2                  ! act_not_found
    """
    assert ledger.head.rules == ledger.state.rules_digest
    assert ledger.state.rules.name == "standard"
    assert ledger.state.rules.two_person != ("rules.adopt.v1",)


@story
def test_an_act_of_two_waits_for_the_second(ledger: Ledger) -> None:
    """
    adopt careful as act
    approve act by operator:2
    open A01 reps alice
    open B02
    issue JC-ER-000001-01 10 to A01
    transfer 11 A01 -> B02 by alice            ! quantity_exceeds_holding
    transfer 6 A01 -> B02 by alice as first
    transfer 6 A01 -> B02 by alice as second
    transfer each 3 A01 -> B02; 3 A01 -> B02 by alice as third
    balance HOLD:B02 0
    approve first by alice                     ! actor_not_allowed
    approve first
    balance HOLD:B02 6
    # what the first could do when it asked may be wrong when the second says yes
    approve second                             ! quantity_exceeds_holding holding=4
    approve third
    lines accepted quantity_exceeds_holding
    balance HOLD:B02 9
    """


@story
def test_the_second_word_and_a_new_log_never_wait(ledger: Ledger) -> None:
    """
    adopt careful as act
    approve act by operator:2
    attach
    adopt standard as back
    approve back by operator:2
    """


@story
def test_rules_keep_every_scheme_that_is_in_use(ledger: Ledger) -> None:
    """
    adopt narrow     ! scheme_not_found scheme=KC project=KC-KC-000001
    """


@story
def test_time_passes_for_the_registry_and_its_operators(ledger: Ledger) -> None:
    """
    open A01 reps alice
    tick by alice           ! actor_not_allowed actor=alice
    tick by operator:2
    tick by system:clock
    """


def test_a_tick_frees_what_fits_into_its_entry_and_the_next_goes_on() -> None:
    ledger = Ledger()

    def say(told: str) -> None:
        ledger.say(told)

    say("open-ledger limits 4096,10")
    say("register JC-ER-000001")
    say("open A01")
    say("issue JC-ER-000001-01 100 to A01")
    for _ in range(8):
        say("reserve 1 from A01 until 2026-01-02T00:00")
    say("reserve JC-ER-000001-01/11,13,15,17,19,21,23,25 from A01 until 2026-01-02T00:01")
    say("at 2026-01-03T00:00")
    freed = []
    for _ in range(5):
        ledger.do(Line("tick", {}))
        events = ledger.last.events[1:]
        freed.append([len(e.postings) for e in events if isinstance(e, ReservationExpired)])
    assert freed == [[1, 1, 1], [1, 1, 1], [1, 1], [8], []]
    assert ledger.state.quantity("HOLD:A01") == 100
    ledger.replay()


@story
def test_a_checkpoint_is_a_claim_about_the_past(ledger: Ledger) -> None:
    """
    checkpoint 6 by mallory        ! actor_not_allowed
    checkpoint 8                   ! checkpoint_ahead position=7
    checkpoint 8                   ! checkpoint_ahead position=8
    checkpoint 8 by system:views
    """


@story
def test_a_new_log_begins_behind_the_head_it_names(ledger: Ledger) -> None:
    """
    attach elsewhere in-place     ! head_differs position=5
    attach in-place               ! head_differs position=6
    attach
    tick
    attach
    """
    assert (ledger.head.log, ledger.head.offset) == (2, 1)


@story
def test_a_bug_of_ours_is_answered_and_paged(ledger: Ledger) -> None:
    """
    open A01
    issue JC-ER-000001-01 100 to A01
    cook-the-books A01     ! breach
    pages 1
    balance HOLD:A01 100
    # and the registry goes on
    invalidate 1 from A01
    """
    assert "source_holds: HOLD:Z99 lacks JC-ER-000001-01 1-10" in ledger.pages[0]


def test_code_that_lacks_the_active_decider_says_so() -> None:
    ledger = Ledger()
    for told in ("open-ledger", "adopt newer as act", "approve act by operator:2"):
        ledger.say(told)
    with pytest.raises(WrongDecider, match="ask for decider 2, this code is decider 1"):
        ledger.send(b"{}")


@story
def test_operators_come_and_go_by_two_and_two_stay(ledger: Ledger) -> None:
    """
    appoint ann by mallory                     ! actor_not_allowed
    appoint operator:2                         ! operator_exists operator=operator:2
    appoint system:tick                        ! operator_not_a_person operator=system:tick
    appoint ann as act
    open A01 by ann                            ! actor_not_allowed
    approve act                                ! approver_must_differ actor=operator:1
    approve act by operator:2
    open A01 by ann
    dismiss ben                                ! operator_not_found operator=ben
    dismiss ann by mallory                     ! actor_not_allowed
    dismiss operator:2 as out
    dismiss operator:1 by ann as last
    approve out by ann
    open B02 by operator:2                     ! actor_not_allowed
    # whoever was proposed when three were there is weighed again when two are
    approve last                               ! operators_too_few operators=1
    dismiss ann                                ! operators_too_few operators=1
    open C03 by ann
    """


def test_no_rule_set_asks_for_notices_of_notices() -> None:
    """The first would be told by a second, and so on for ever."""
    adopted = msgspec.to_builtins(rules.shipped("j-credit"))
    adopted["notices"]["facts"]["notice.issued.v1"] = {"kind": "invalidation", "form": "mail"}
    with pytest.raises(msgspec.ValidationError, match="no notice is told by a notice"):
        msgspec.convert(adopted, RuleSet)
