"""Bugs of whole lives to plant, one at a time: each breaks a rule that only lives come to."""

import pytest
from msgspec import UnsetType
from msgspec.structs import replace

from libs.ledger import decider as core
from libs.ledger import pooling
from libs.ledger.decider import Act
from libs.ledger.events import GramPosting
from libs.ledger.records import Certification, Order
from libs.ledger.records.certification import Phase
from libs.ledger.rules.calendar import Calendar
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected
from services.issuance.decide import certification
from services.transfer.decide import orders, trusting
from tests.simulation.bugs import Plant
from tests.simulation.workload import OPERATORS


def who_places_an_order_approves_it(patch: pytest.MonkeyPatch) -> None:
    """The second approval 承認 of an order may be its placer's own."""
    right = orders._waiting

    def waiting(state: State, act: Act, named: str, step: str) -> Order | Rejected:
        found = right(state, act, named, step)
        if isinstance(found, Rejected) and found.reason == Reason.APPROVER_MUST_DIFFER:
            other = OPERATORS[act.actor == OPERATORS[0]]
            return right(state, replace(act, actor=other), named, step)
        return found

    patch.setattr(orders, "_waiting", waiting)


def trust_counts_at_once(patch: pytest.MonkeyPatch) -> None:
    """A trusted account is not waited for."""

    def now(_: Calendar, at_ms: int, __: int) -> int:
        return at_ms

    patch.setattr(trusting, "after_working_days", now)


def a_certification_is_issued_twice(patch: pytest.MonkeyPatch) -> None:
    """What was certified is issued again while its lot has another name."""
    right = certification.found

    def found(state: State, act: Act, named: str, *phases: Phase) -> Certification | Rejected:
        return right(state, act, named, *phases, "ISSUED")

    patch.setattr("services.issuance.decide.issuing.found", found)


def the_state_sells_by_one_hand(patch: pytest.MonkeyPatch) -> None:
    """Credits of the state need no second operator."""
    left = tuple(kind for kind in core.ALWAYS_TWO if kind != "government.release.v1")
    patch.setattr(core, "ALWAYS_TWO", left)


def a_pool_gets_a_gram_too_many(patch: pytest.MonkeyPatch) -> None:
    """More is booked for a pool than was used up for it."""
    right = pooling.booked

    def booked(pool: str | UnsetType, tonnes: int) -> tuple[GramPosting, ...]:
        return tuple(replace(one, quantity=one.quantity + 1) for one in right(pool, tonnes))

    patch.setattr("services.invalidation.decide.using.booked", booked)


PLANTED: tuple[Plant, ...] = (
    who_places_an_order_approves_it,
    trust_counts_at_once,
    a_certification_is_issued_twice,
    the_state_sells_by_one_hand,
    a_pool_gets_a_gram_too_many,
)
