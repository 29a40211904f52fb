"""Stories of the electricity behind credits: what is claimed of a lot never exceeds it (I7)."""

from hypothesis import given
from hypothesis import strategies as st

from libs.ledger.entry import decode
from libs.ledger.events import CreditsUsed
from libs.ledger.records import CertifiedLot
from libs.ledger.state import State
from services.invalidation.decide.energy import certified_kwh
from tests.rooms import grammar_certification, grammar_invalidation
from tests.rooms.grammar import Line
from tests.rooms.story import FACTS, Ledger, story

VERBS = (grammar_certification.report, grammar_invalidation.claim)
"""Whoever imports them has the words of these stories."""


def sunny(ledger: Ledger, line: Line) -> None:
    """Issue 10 t with 20,155 kWh of electricity to A01, as a lot of this name."""
    lot, name = line.words[0], f"C-{line.words[0]}"
    project, _, year = lot.rpartition("-")
    days = f"20{year}-01-01..20{year}-12-31"
    for told in (
        f"certify {name} project {project} days {days}",
        f"report {name} gives 10000-0 energy 20155 methods {project.split('-')[1]}-001",
        *(f"verify {name}", f"present {name}", f"judge {name} approved"),
        f"issue {lot} 10 to A01 under {name} vintage {days}",
    ):
        ledger.say(told)


FACTS["sunny"] = sunny


def claims(ledger: Ledger) -> list[object]:
    facts = [event for raw in ledger.journal for event in decode(raw).events]
    return [fact.energy_kwh for fact in facts if isinstance(fact, CreditsUsed)]


@story
def test_each_credit_brings_its_part_of_what_was_certified(ledger: Ledger) -> None:
    """
    open A01
    sunny JC-ER-000001-23
    # three tenths of 20,155 kWh are 6,046.5, rounded down
    use 3 of JC-ER-000001-23 from A01 energy 6047 ! energy_exceeds_certified certified_kwh=6046
    use 3 of JC-ER-000001-23 from A01 energy 6046
    # who claims less leaves nothing to others: it is bound to the tonnes
    use 3 of JC-ER-000001-23 from A01 energy 0
    use 4 of JC-ER-000001-23 from A01 energy 8063 ! energy_exceeds_certified claimed_kwh=8063
    use 4 of JC-ER-000001-23 from A01 energy 8062
    """
    assert claims(ledger) == [6046, 0, 8062]


@story
def test_lots_bring_each_its_own_and_one_that_was_not_certified_nothing(ledger: Ledger) -> None:
    """
    open A01
    sunny JC-ER-000001-23
    sunny JC-ER-000002-24
    issue JC-ER-000002-77 10 to A01
    use 10 of JC-ER-000002-77 from A01 energy 1   ! energy_exceeds_certified certified_kwh=0
    use 30 from A01 energy 40311                  ! energy_exceeds_certified certified_kwh=40310
    use 15 from A01 energy 30233                  ! energy_exceeds_certified certified_kwh=30232
    use 15 from A01 energy 30232
    use 15 from A01 energy 10077
    """


@story
def test_an_application_claims_when_it_is_filed_and_when_it_is_confirmed(ledger: Ledger) -> None:
    """
    open A01
    sunny JC-ER-000001-23
    sunny KC-KC-000001-23
    file 11 of JC-ER-000001-23 from A01 energy 1  ! quantity_exceeds_holding
    file 9 of JC-ER-000001-23 from A01 energy 18140 ! energy_exceeds_certified line=0
    file 9 of JC-ER-000001-23 from A01 energy 18139 as claim
    file 10 from A01 energy 20154 as mixed
    # what is annulled in between brings nothing any more
    annul JC-ER-000001-23/9
    confirm claim                                 ! energy_exceeds_certified certified_kwh=16124
    confirm mixed
    """
    # nine of one scheme, one of another: each fact tells what stands behind its own
    assert claims(ledger) == [18139, 2015]


@story
def test_what_a_lot_got_beside_its_certification_brings_no_electricity(ledger: Ledger) -> None:
    """
    open A01
    sunny JC-ER-000001-23
    # serials of another registry join the lot: behind the ten that were certified stands all
    issue JC-ER-000001-23 11-20 to A01
    use 20 of JC-ER-000001-23 from A01 energy 20156     ! energy_exceeds_certified
    use JC-ER-000001-23/9-12 from A01 energy 4032   ! energy_exceeds_certified certified_kwh=4031
    use JC-ER-000001-23/9-12 from A01 energy 4031
    use JC-ER-000001-23/13-20 from A01 energy 1         ! energy_exceeds_certified certified_kwh=0
    use 16 of JC-ER-000001-23 from A01 energy 16124
    """
    assert claims(ledger) == [4031, 16124]


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=40))
def test_what_all_uses_of_a_lot_can_claim_is_no_more_than_was_certified(
    kwh: int, uses: list[int]
) -> None:
    state = State("main")
    state.registers.certified["L"] = CertifiedLot("C", sum(uses), kwh)
    start, claimed = 1, 0
    for quantity in uses:
        claimed += certified_kwh(state, [("L", start, start + quantity)])
        start += quantity
    assert kwh - len(uses) < claimed <= kwh
    assert certified_kwh(state, [("L", 1, start)]) == kwh
