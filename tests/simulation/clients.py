"""Clients that live whole lives: what they ask next comes of what the journal says so far."""

import json
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace
from typing_extensions import override

from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import encode
from libs.ledger.commands import OpenLedger
from libs.ledger.events import Limits
from libs.ledger.instants import text
from tests.laws.life import Life
from tests.laws.naive_rules import rule_set
from tests.simulation.books import Body
from tests.simulation.registry import LifeBooks, known
from tests.simulation.workload import OPERATORS, Workload

Step: TypeAlias = Callable[[int], None]


class Said(NamedTuple):
    """What a client means to send, and the instant that it waits for."""

    when_ms: int
    kind: str
    body: Body
    actor: str


class Client(Life):
    """Somebody who has read the journal so far, and guesses what becomes of what is on its way."""

    def __init__(self, rules: str) -> None:
        super().__init__()
        self.means: deque[Said] = deque()
        self.naive.trade_rules = rules
        self.begun = 0

    def found(self, now_ms: int, seed: int) -> None:
        """Mean to send what every life needs; nothing of it can be lost."""
        self.ledger.now_ms = now_ms
        self.ledger.head = replace(self.ledger.head, position=1)
        self.accredit()
        self.people()
        self.begin(self.whim(seed))
        self.begun = len(self.means)

    def read(self, books: LifeBooks, now_ms: int) -> None:
        """Begin anew from what the journal says, once it tells of how all began."""
        self.ledger.now_ms = now_ms
        if books.position > self.begun:
            self.naive = deepcopy(books.naive)
            self.ledger.head = replace(self.ledger.head, position=books.position)

    @override
    def both(self, kind: str, body: Body, actor: str) -> None:
        """Mean to send a command, and go on as if it came next."""
        now_ms, position = self.ledger.now_ms, self.ledger.head.position
        self.means.append(Said(now_ms, kind, deepcopy(body), actor))
        if known(kind):
            self.naive.decide(kind, body, actor, max(self.naive.at, text(now_ms)), position)
        self.ledger.head = replace(self.ledger.head, position=position + 1)

    def ripe(self) -> list[Step]:
        """Return the steps that few lives come as far as, where this one has."""
        naive = self.naive
        opened = [one for one, status in naive.accounts.items() if status == "open"]
        approved = [one["phase"] for one in naive.certifications.values()]
        come = (
            (self.sell, "COMMITTEE_APPROVED" in approved or self.held("GOV:HOLD")),
            (self.follow, "COMMITTEE_APPROVED" in approved),
            (self.buffers, self.held("BUF:")),
            (self.trade_reverse, naive.trade_settled),
            (self.trade_reverse, any(one["asked"] for one in naive.trade_settled.values())),
            (self.trade_answer, naive.trade_orders),
            (self.trade_confirm, naive.trade_applications),
            (self.trade_discharge, naive.trade_duties),
            (self.trade_set_aside, naive.freezes),
            (self.trade_standing, any(not self.held(f"HOLD:{one}") for one in opened)),
            (self.pool_whole, self.held("RET:INV")),
            (self.pool_step, naive.pool_of),
        )
        return [step for step, there in come if there]


class LifeWorkload(Workload):
    """Sends what the steps of whole lives ask for, a command at a time."""

    books: LifeBooks

    def __init__(self, chance: Random, books: LifeBooks) -> None:
        super().__init__(chance, books)
        self.books = books
        self.client = Client(books.naive.trade_rules)
        self.steps = [getattr(self.client, rule.function.__name__) for rule in self.client.rules]

    @override
    def first(self, sent_ms: int) -> list[bytes]:
        client = self.client
        client.found(sent_ms, self.chance.randrange(2**32))
        asked = [self.write(one.kind, one.body, one.actor, sent_ms) for one in client.means]
        client.means.clear()
        return asked

    @override
    def command(self) -> tuple[str, Body, str]:
        """Return what is meant next."""
        _, kind, body, actor = self.client.means.popleft()
        waiting = [*self.books.naive.trade_proposals]
        if kind == "act.approve.v1" and waiting and body["position"] not in waiting:
            body = {"position": waiting[-1]}
        return kind, body, actor

    @override
    def due(self, now_ms: int) -> int:
        while not self.client.means:
            self.client.read(self.books, now_ms)
            steps = self.client.ripe() if self.chance.random() < 0.4 else []
            self.chance.choice(steps or self.steps)(self.chance.randrange(2**32))
        return max(now_ms, self.client.means[0].when_ms)

    @override
    def _opening(self) -> Body:
        opened = OpenLedger(
            GRAMMAR, "main", Limits(), OPERATORS, rule_set(self.books.naive.trade_rules)
        )
        body: Body = json.loads(encode(opened))
        return body
