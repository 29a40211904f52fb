"""Bugs of whole lives to plant, one at a time: each breaks a rule that only lives come to."""

from collections.abc import Sequence
from functools import partial

import pytest
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from libs.ledger import decider as core
from libs.ledger import pooling
from libs.ledger.decider import Act
from libs.ledger.events import GramPosting, NoticeIssued
from libs.ledger.records import Certification, Order
from libs.ledger.records import notices as told_of
from libs.ledger.records.certification import Phase
from libs.ledger.registers import notices as noticing
from libs.ledger.rules.calendar import Calendar
from libs.ledger.serials import Ranges
from libs.ledger.state import State
from libs.ledger.verdict import Reason, Rejected
from services.issuance.decide import certification
from services.notify import delivery, hooks, issuing
from services.notify.notices import Notice
from services.notify.papers import Papers
from services.pools import decide as pools
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


def a_fee_is_never_asked_for(patch: pytest.MonkeyPatch) -> None:
    """A tenant offers although nobody has admitted it."""
    right = pools._may_offer

    def may_offer(state: State, act: Act, pool: str, tenant: str) -> Rejected | None:
        wrong = right(state, act, pool, tenant)
        return None if wrong and wrong.reason == Reason.FEE_NOT_PAID else wrong

    patch.setattr(pools, "_may_offer", may_offer)


def a_settlement_is_rounded_up(patch: pytest.MonkeyPatch) -> None:
    """Yen become a gram more than they paid for."""
    right = pools._told_out

    def told_out(pool: str, tenant: str | UnsetType, batch: str, grams: int) -> GramPosting:
        return right(pool, tenant, batch, grams + (tenant is UNSET))

    patch.setattr(pools, "_told_out", told_out)


def anywhere_is_of_a_pools_origin(patch: pytest.MonkeyPatch) -> None:
    """A pool takes credits that were made elsewhere."""
    patch.setattr("services.invalidation.decide.using.of_origin", lambda *_: True)


def a_notice_is_issued_twice(patch: pytest.MonkeyPatch) -> None:
    """What was issued is owed for ever, and each time that it is asked for it is issued."""

    def issue(state: State, event: NoticeIssued) -> None:
        place = told_of.Told(event.position, event.fact).place
        state.put(state.noticed, event.kind, state.noticed.get(event.kind, Ranges()))
        if not state.noticed[event.kind].holds(place, place + 1):
            state.noticed[event.kind].add(place, place + 1)
            state.undo.append(partial(state.noticed[event.kind].take, place, place + 1))

    patch.setattr(noticing, "_issue", issue)


def a_notice_is_lost_with_its_worker(patch: pytest.MonkeyPatch) -> None:
    """What a worker has claimed is nobody's, when it dies."""
    patch.setattr(issuing, "LEASE_MS", 10**12)


def people_are_told_before_it_is_issued(patch: pytest.MonkeyPatch) -> None:
    """A mail goes out with the fact, under a number that no notice has yet."""
    right = Papers.hear

    def hear(self: Papers, connection: Connection, raw: bytes, plainly: Sequence[Notice]) -> object:
        said = right(self, connection, raw, plainly)
        return said or list(plainly)

    patch.setattr(Papers, "hear", hear)


def a_call_is_forgotten_when_it_fails(patch: pytest.MonkeyPatch) -> None:
    """A receiver that was deaf once is not called again."""
    patch.setattr(hooks, "RETRY_MS", ())


def a_receiver_hears_of_others(patch: pytest.MonkeyPatch) -> None:
    """Facts of every account go to whoever asked for one account's."""
    patch.setattr(hooks, "_concerned", lambda _: ("A1",))


def a_mail_is_done_when_it_is_claimed(patch: pytest.MonkeyPatch) -> None:
    """Whoever dies behind a claim leaves a mail that nobody sends again."""
    right = delivery.claim

    def claim(engine: Engine, now_ms: int, lease_ms: int = 0) -> delivery.Mail | None:
        return right(engine, now_ms, 10**12)

    patch.setattr(delivery, "claim", claim)


PLANTED: tuple[Plant, ...] = (
    who_places_an_order_approves_it,
    trust_counts_at_once,
    a_certification_is_issued_twice,
    the_state_sells_by_one_hand,
    a_pool_gets_a_gram_too_many,
    a_fee_is_never_asked_for,
    a_settlement_is_rounded_up,
    anywhere_is_of_a_pools_origin,
    a_notice_is_issued_twice,
    a_notice_is_lost_with_its_worker,
    people_are_told_before_it_is_issued,
    a_call_is_forgotten_when_it_fails,
    a_receiver_hears_of_others,
    a_mail_is_done_when_it_is_claimed,
)
