"""Bugs to plant, one at a time: the simulation must catch each, or it proves less than it says."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from libs.ledger import accounts, instants, laws, replica
from libs.ledger import decider as core
from libs.ledger import entry as entries
from libs.ledger.decider import Record
from libs.ledger.entry import Head, Outline
from libs.ledger.frozen import Frozen, thaw
from libs.ledger.ids import Ids
from libs.ledger.replica import Replica
from libs.ledger.serials import Ranges
from libs.ledger.state import State
from libs.ledger.verdict import Accepted, Verdict
from services.invalidation.decide import annulling as invalidation
from services.issuance.decide import credits as issuance
from tests.simulation import node

Plant = Callable[[pytest.MonkeyPatch], None]


def no_dedupe(patch: pytest.MonkeyPatch) -> None:
    """A repeated id is carried out again."""
    patch.setattr(Ids, "find", lambda *_: None)


def a_refusal_keeps_its_id_free(patch: pytest.MonkeyPatch) -> None:
    """The same command is judged anew after a refusal."""

    def first(verdict: Verdict) -> bool:
        return isinstance(verdict, Accepted)

    patch.setattr(core, "_first_outcome", first)


def previous_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """A reader takes what names another entry before it."""

    def extends(head: Head, entry: Outline) -> bool:
        return (entry.position, entry.offset) == (head.position, head.offset)

    patch.setattr("libs.ledger.replica.extends", extends)


def old_entries_count_again(patch: pytest.MonkeyPatch) -> None:
    """A reader takes what stands below its head."""
    right = entries.extends

    def extends(head: Head, entry: Outline) -> bool:
        return right(head, entry) or entry.position == head.position - 1

    patch.setattr("libs.ledger.replica.extends", extends)


def retired_credits_revive(patch: pytest.MonkeyPatch) -> None:
    """An annulment takes credits back that were used, and no law is in the way."""
    right = accounts.kind

    def kind(code: str) -> str:
        return "HOLD" if code.startswith("RET") else right(code)

    patch.setattr(invalidation, "kind", kind)
    patch.setattr(laws, "kind", kind)


def a_failed_command_is_not_taken_back(patch: pytest.MonkeyPatch) -> None:
    """What the first lines did stays when a later line is refused."""
    patch.setattr(State, "rollback", lambda *_: None)


def the_wall_clock_decides(patch: pytest.MonkeyPatch) -> None:
    """An entry shows the instant of its writing."""
    right = instants.text
    patch.setattr(core, "text", lambda at: right(at + time.perf_counter_ns() % 1000))


def the_order_of_a_set_decides(patch: pytest.MonkeyPatch) -> None:
    """Lots are picked in the order of their hashes."""

    def held_lots(state: State, code: str) -> Iterator[tuple[str, Ranges]]:
        holding = state.holdings.get(code)
        yield from ((lot, holding.lots[lot]) for lot in set(holding.lots)) if holding else ()

    patch.setattr(State, "held_lots", held_lots)


def a_lost_proposal_is_never_repeated(patch: pytest.MonkeyPatch) -> None:
    """A leader waits for ever for what it proposed."""
    patch.setattr(replica, "STILL_MS", 10**12)


def a_proposal_is_swallowed(patch: pytest.MonkeyPatch) -> None:
    """The last of several entries is counted as proposed, and never is."""
    right = Replica.due

    def due(self: Replica, now_ms: int) -> Sequence[bytes]:
        entries = right(self, now_ms)
        self._moved_ms = now_ms
        return entries[:-1] if len(entries) > 1 else entries

    patch.setattr(Replica, "due", due)


def the_standby_never_takes_over(patch: pytest.MonkeyPatch) -> None:
    """Patience without end."""
    right = Replica.due

    def due(self: Replica, now_ms: int) -> Sequence[bytes]:
        return right(self, now_ms) if self.patience_ms == 0 else ()

    patch.setattr(Replica, "due", due)


def neighbours_overlap(patch: pytest.MonkeyPatch) -> None:
    """`<=` where `<` belongs: a range meets the one that begins where it ends."""
    right = Ranges._first_behind
    patch.setattr(Ranges, "_first_behind", lambda self, *place: right(self, *place) - 1)


def the_last_serial_is_not_held(patch: pytest.MonkeyPatch) -> None:
    """`>` where `>=` belongs: nobody can give the end of what he has."""
    right = Ranges.holds
    patch.setattr(Ranges, "holds", lambda self, start, end: right(self, start, end + 1))


def a_sender_is_believed(patch: pytest.MonkeyPatch) -> None:
    """A leap of the broker's clock moves the rules' clock, whatever the sender says."""
    patch.setattr(core, "SENT_AHEAD_MS_MAX", 10**12)


def unverified_entries_are_answered(patch: pytest.MonkeyPatch) -> None:
    """A client hears of an entry before our own replica has decided it."""
    patch.setattr(Replica, "verified", property(lambda self: self.accepted.position))


def a_snapshot_forgets_the_orders(patch: pytest.MonkeyPatch) -> None:
    """What was set aside is unknown after a start from a snapshot."""

    def forgetful(frozen: Frozen) -> State:
        state = thaw(frozen)
        state.reservations.clear()
        return state

    patch.setattr(node, "thaw", forgetful)


def a_share_is_rounded_up(patch: pytest.MonkeyPatch) -> None:
    """The buffer gets a credit more than its share."""
    right = issuance._buffer_share

    def share(*asked: object) -> tuple[str, int] | None:
        found = right(*asked)  # type: ignore[arg-type]  # whatever the rule takes is passed on
        return (found[0], found[1] + 1) if found and found[0] == "BUF:FOREST" else found

    patch.setattr(issuance, "_buffer_share", share)


def a_record_delivered_again_is_decided_again(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether an offset was there before."""
    right = Replica.take

    def take(self: Replica, records: Sequence[Record]) -> None:
        at = self.tip.offset
        right(self, [Record(r.log, at + n, r.appended_ms, r.value) for n, r in enumerate(records)])

    patch.setattr(Replica, "take", take)


PLANTED: tuple[Plant, ...] = (
    no_dedupe,
    a_refusal_keeps_its_id_free,
    previous_is_not_looked_at,
    old_entries_count_again,
    retired_credits_revive,
    a_failed_command_is_not_taken_back,
    the_wall_clock_decides,
    the_order_of_a_set_decides,
    a_lost_proposal_is_never_repeated,
    a_proposal_is_swallowed,
    the_standby_never_takes_over,
    neighbours_overlap,
    the_last_serial_is_not_held,
    a_sender_is_believed,
    unverified_entries_are_answered,
    a_snapshot_forgets_the_orders,
    a_share_is_rounded_up,
    a_record_delivered_again_is_decided_again,
)
