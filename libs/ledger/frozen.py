"""The state as plain data: what a snapshot holds, and back."""

from array import array

import msgspec

from libs.ledger.accounts import Grammar
from libs.ledger.entry import Digest
from libs.ledger.events import Limits
from libs.ledger.records import Registers
from libs.ledger.retirements import Numbered, Retired, Retirements
from libs.ledger.rules import RuleSet
from libs.ledger.serials import CHUNK_BOUNDS, Ranges
from libs.ledger.state import State

ONE_RANGE = 2
"""The bounds of a set that is one unbroken range."""


class FrozenRetirements(msgspec.Struct, frozen=True):
    """Retirements that a certificate may rest on: their columns as bytes, 32 a range."""

    columns: tuple[bytes, ...]
    claims: tuple[Retired, ...]
    lots: tuple[str, ...]
    certified: bytes


class Frozen(msgspec.Struct, frozen=True):
    """Everything in a state but its ids: ranges as the bytes of their bounds, 16 a range."""

    ledger: str
    open: bool
    grammar: Grammar
    limits: Limits
    operators: tuple[str, ...]
    rules: RuleSet
    rules_digest: Digest
    at_ms: int
    registers: Registers
    issued: dict[str, bytes]
    held: dict[str, dict[str, bytes]]
    annulled: dict[str, bytes]
    noticed: dict[str, bytes]
    balances: tuple[tuple[str, str, str, int], ...]
    uses: dict[str, bytes]
    users: tuple[str, ...]
    retirements: FrozenRetirements


def freeze(state: State) -> Frozen:
    """Return the state as plain data."""
    return Frozen(
        ledger=state.ledger,
        open=state.open,
        grammar=state.grammar,
        limits=state.limits,
        operators=state.operators,
        rules=state.rules,
        rules_digest=state.rules_digest,
        at_ms=state.at_ms,
        registers=state.registers.copy(),
        issued={lot: _bytes(ranges) for lot, ranges in state.issued.items()},
        held={
            code: {lot: _bytes(ranges) for lot, ranges in holding.lots.items()}
            for code, holding in state.holdings.items()
        },
        annulled={lot: _bytes(ranges) for lot, ranges in state.annulled.items()},
        noticed={kind: _bytes(places) for kind, places in state.noticed.items()},
        balances=tuple((*book, quantity) for book, quantity in state.balances.items()),
        uses={lot: uses.tobytes() for lot, uses in state.uses.lots.items()},
        users=tuple(state.uses.names),
        retirements=_frozen(state.retirements),
    )


def thaw(frozen: Frozen) -> State:
    """Return the state that was frozen, with no ids in memory."""
    state = State(frozen.ledger)
    state.open = frozen.open
    state.limits = frozen.limits
    state.operators = frozen.operators
    state.at_ms = frozen.at_ms
    state.adopt(frozen.grammar, frozen.rules, frozen.rules_digest)
    state.undo.clear()
    state.keep(frozen.registers.copy())
    state.issued = {lot: _ranges(kept) for lot, kept in frozen.issued.items()}
    state.annulled = {lot: _ranges(kept) for lot, kept in frozen.annulled.items()}
    state.noticed = {kind: _ranges(kept) for kind, kept in frozen.noticed.items()}
    for code, lots in frozen.held.items():
        for lot, kept in lots.items():
            state.place(code, lot, _ranges(kept))
    state.balances = {(unit, book, code): q for unit, book, code, q in frozen.balances}
    state.uses.names = list(frozen.users)
    state.uses.numbers = {name: number for number, name in enumerate(frozen.users)}
    for lot, kept in frozen.uses.items():
        state.uses.lots[lot] = array("q", kept)
    state.retirements = _thawed(frozen.retirements)
    return state


def _frozen(kept: Retirements) -> FrozenRetirements:
    return FrozenRetirements(
        columns=tuple(column.tobytes() for column in kept.columns),
        claims=tuple(kept.claims.values),
        lots=tuple(kept.lots.values),
        certified=_bytes(kept.certified),
    )


def _thawed(frozen: FrozenRetirements) -> Retirements:
    kept = Retirements()
    for column, data in zip(kept.columns, frozen.columns, strict=True):
        column.frombytes(data)
    kept.claims, kept.lots = Numbered(frozen.claims), Numbered(frozen.lots)
    kept.certified = _ranges(frozen.certified)
    return kept


def _bytes(ranges: Ranges) -> bytes:
    return b"".join(chunk.tobytes() for chunk in ranges.chunks)


def _ranges(kept: bytes) -> Ranges:
    bounds = array("q", kept)
    ranges = Ranges()
    half = CHUNK_BOUNDS // 2
    if len(bounds) == ONE_RANGE:  # most of them: what a million small holdings start from
        ranges.chunks, ranges.count = [bounds], bounds[1] - bounds[0]
        return ranges
    ranges.chunks = [bounds[start : start + half] for start in range(0, len(bounds), half)]
    ranges.count = sum(bounds[1::2]) - sum(bounds[::2])
    return ranges
