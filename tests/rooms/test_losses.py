"""Stories of losses: who intended one makes good for it, a storm is the buffer's."""

import tests.rooms.grammar_corrections
import tests.rooms.grammar_invalidation
import tests.rooms.grammar_projects  # noqa: F401 - the words of these stories
from libs.ledger.entry import decode
from libs.ledger.events import DutyDischarged, LossOwed, LossReported, ReversalCovered
from libs.ledger.records import Duty
from tests.rooms.grammar import Line
from tests.rooms.story import FACTS, Ledger, story

FOREST = "JC-FM-000101"


def forest(ledger: Ledger, line: Line) -> None:
    """Bring a forest of GreenCo's to its registration, and 100 t of it to A01 under rules."""
    for told in (
        "adopt owing as rules",
        "approve rules by operator:2",
        "accredit JQA as trust",
        "approve trust by operator:2",
        f"draft {FOREST} methods FO-001 lasting Certified payback none",
        f"validate {FOREST} by JQA:ann",
        f"submit {FOREST}",
        f"examine {FOREST}",
        f"decide {FOREST} registered",
        "open A01 reps ann",
        "open P01 reps pat",
        f"issue {FOREST}-01 100 to A01",
        "issue JC-ER-000001-01 100 to P01",
    ):
        ledger.say(told)
    assert not line.rest


FACTS["forest"] = forest


@story
def test_an_intended_loss_is_owed_until_its_holder_has_made_good_for_it(ledger: Ledger) -> None:
    """
    forest
    lose JC-FM-000101 CUT 30
    lose JC-FM-000101 CUT 7
    make-good JC-FM-000101 31 from A01 by ann              ! quantity_exceeds_duty left=30
    make-good JC-FM-000101 20 from P01 by pat              ! account_not_of_project
    make-good JC-FM-000101 20 from A01 by ann
    make-good JC-FM-000101 11 from A01 by ann              ! quantity_exceeds_duty left=10
    make-good JC-FM-000101 10 from A01 by ann
    # then the next of them
    make-good JC-FM-000101 8 from A01 by ann               ! quantity_exceeds_duty left=7
    make-good JC-FM-000101 7 from A01 by ann
    # whoever owes nothing may give what he likes
    make-good JC-FM-000101 1 from A01 by ann
    balance RET:INV 38
    """
    assert ledger.state.registers.duties == {}
    *_, last, free = (decode(raw).events for raw in ledger.journal)
    assert [type(event) for event in last] == [DutyDischarged, ReversalCovered]
    assert [type(event) for event in free] == [ReversalCovered]


@story
def test_the_implementer_owes_and_another_may_pay_for_it(ledger: Ledger) -> None:
    """
    forest
    issue KC-KC-000001-01 100 to P01
    lose JC-FM-000101 CUT 30 as cut
    discharge cut 1 of KC-KC-000001-01 from P01 by pat     ! not_a_replacement
    discharge cut 25 of JC-ER-000001-01 from P01 by pat
    """
    reported, owed = decode(ledger.journal[ledger.named["cut"]]).events
    assert isinstance(reported, LossReported)
    assert isinstance(owed, LossOwed)
    assert (owed.debtor, owed.loss, owed.quantity) == ("GreenCo", reported.loss, 30)
    assert ledger.state.registers.duties == {owed.duty: Duty(owed.duty, "GreenCo", "", 5, FOREST)}
    used = ledger.last.events[1]
    assert getattr(used, "detail", "") == f"{owed.duty}: {FOREST}"


@story
def test_a_storm_is_covered_from_the_buffer_and_owed_by_nobody(ledger: Ledger) -> None:
    """
    forest
    issue JC-FM-000123-01 1000 to A01
    lose JC-FM-000101 STORM 30
    cover 30 from FOREST
    balance RET:BUF 30
    """
    assert ledger.state.registers.duties == {}
