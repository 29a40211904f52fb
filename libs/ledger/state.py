"""The state: who holds what, and the registers the rules look into."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias, TypeVar

from libs.ledger.accounts import GRAMMAR, Grammar
from libs.ledger.events import Limits
from libs.ledger.ids import Ids
from libs.ledger.records import Registers
from libs.ledger.retirements import Retirements
from libs.ledger.rules import NO_RULES, NONE, RuleSet
from libs.ledger.serials import Ranges
from libs.ledger.uses import Uses

K = TypeVar("K")
V = TypeVar("V")


class Holding:
    """What one account holds: a set of serials per lot, and its lots in the order of picking."""

    __slots__ = ("lots", "ranks")

    def __init__(self) -> None:
        self.lots: dict[str, Ranges] = {}
        self.ranks: list[tuple[str, str]] = []


Book: TypeAlias = tuple[str, str, str]
"""A balance of the gram and yen sub-ledgers: unit, book, account."""


class State:
    """Everything that decides, folded from the journal; `apply` alone changes it.

    Every change leaves its opposite in `undo`, so a command of many lines, a dry run and a breach
    can be taken back as if it had never been tried.
    """

    def __init__(self, ledger: str) -> None:
        self.ledger = ledger
        self.open = False
        self.grammar: Grammar = GRAMMAR
        self.kinds = frozenset(GRAMMAR.kinds)
        self.terminal = frozenset(GRAMMAR.terminal)
        self.negative = frozenset(GRAMMAR.negative)
        self.limits = Limits()
        self.operators: tuple[str, ...] = ()
        self.rules: RuleSet = NONE
        self.rules_digest = NO_RULES
        self.at_ms = 0
        self.ids = Ids()
        self.keep(Registers())
        self.issued: dict[str, Ranges] = {}
        self.holdings: dict[str, Holding] = {}
        self.owners: dict[str, dict[str, Ranges]] = {}
        self.balances: dict[Book, int] = {}
        self.uses = Uses()
        self.annulled: dict[str, Ranges] = {}
        self.noticed: dict[str, Ranges] = {}
        self.retirements = Retirements()
        self.undo: list[Callable[[], object]] = []

    def keep(self, registers: Registers) -> None:
        """Take these registers for one's own; those that every transfer asks are at hand."""
        self.registers = registers
        self.projects = registers.projects
        self.lots = registers.lots
        self.accounts = registers.accounts
        self.reservations = registers.reservations
        self.orders = registers.orders
        self.proposals = registers.proposals
        self.applications = registers.applications
        self.suspended = registers.suspended
        self.freezes = registers.freezes
        self.openings = registers.openings
        self.mandates = registers.mandates

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Write one record, so that it can be taken back."""
        if key in table:
            self.undo.append(partial(table.__setitem__, key, table[key]))
        else:
            self.undo.append(partial(table.pop, key))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        """Remove one record, so that it can be taken back."""
        self.undo.append(partial(table.__setitem__, key, table.pop(key)))

    def set(self, name: str, value: object) -> None:
        """Change one of the ledger's own settings, so that it can be taken back."""
        self.undo.append(partial(setattr, self, name, getattr(self, name)))
        setattr(self, name, value)

    def adopt(self, grammar: Grammar, rules: RuleSet, digest: str) -> None:
        """Decide by this grammar and rule set from the next entry on."""
        self.set("grammar", grammar)
        self.set("kinds", frozenset(grammar.kinds))
        self.set("terminal", frozenset(grammar.terminal))
        self.set("negative", frozenset(grammar.negative))
        self.set("rules", rules)
        self.set("rules_digest", digest)

    def rollback(self, mark: int = 0) -> None:
        """Take back every change since the mark, last first."""
        while len(self.undo) > mark:
            self.undo.pop()()

    def held(self, code: str, lot: str) -> Ranges | None:
        """Return what an account holds of a lot, or None where that is nothing."""
        holding = self.holdings.get(code)
        return holding.lots.get(lot) if holding else None

    def held_lots(self, code: str) -> Iterator[tuple[str, Ranges]]:
        """Yield what an account holds, lot by lot in the order of picking."""
        holding = self.holdings.get(code)
        if holding:
            for _, lot in holding.ranks:
                yield lot, holding.lots[lot]

    def give(self, code: str, lot: str, start: int, end: int) -> None:
        """Put serials into an account; raise Overlap where it holds any of them."""
        ranges = self.held(code, lot)
        if ranges is None:
            ranges = Ranges()
            self.place(code, lot, ranges)
        ranges.add(start, end)

    def place(self, code: str, lot: str, ranges: Ranges) -> None:
        """Put a whole set of serials of a lot into an account that has none of it."""
        holding = self.holdings.get(code)
        if holding is None:
            holding = self.holdings[code] = Holding()
        holding.lots[lot] = ranges
        insort(holding.ranks, self.lots[lot].rank)
        self.owners.setdefault(lot, {})[code] = ranges

    def take(self, code: str, lot: str, start: int, end: int) -> None:
        """Take serials out of an account; raise Missing where it lacks any of them."""
        holding = self.holdings[code]
        ranges = holding.lots[lot]
        ranges.take(start, end)
        if not ranges.count:
            del holding.lots[lot]
            del holding.ranks[bisect_left(holding.ranks, self.lots[lot].rank)]
            del self.owners[lot][code]
            if not self.owners[lot]:
                del self.owners[lot]
            if not holding.lots:
                del self.holdings[code]

    def quantity(self, code: str) -> int:
        """Return how many credits an account holds, over all lots."""
        holding = self.holdings.get(code)
        return sum(ranges.count for ranges in holding.lots.values()) if holding else 0

    def segments(self) -> Iterator[tuple[str, int, int, str]]:
        """Yield lot, start, end and account of every segment."""
        for lot, owners in self.owners.items():
            for code, ranges in owners.items():
                for start, end in ranges:
                    yield lot, start, end, code
