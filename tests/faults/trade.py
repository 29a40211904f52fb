"""What the clients of a run ask for: transfers, uses, reservations; sensible and not."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

Body = dict[str, Any]
OPERATORS = ("operator:1", "operator:2")
AGENT = "agent:1"
ACCOUNTS = tuple(f"A{number}" for number in range(8))
LOTS = 6
QUANTITY = 20_000
DAY = "2026-04-01"


class Command(NamedTuple):
    """A command as a client asks for it."""

    id: str
    type: str
    actor: str
    body: Body


class Trade:
    """Makes commands; it knows what its clients were told, and no more."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.ledger = "main"
        self.lots = [f"L-{number:02d}" for number in range(LOTS)]
        self.orders: deque[str] = deque(maxlen=50)
        self.segments: deque[tuple[str, Body]] = deque(maxlen=200)
        self._opened = 0
        self._lots = LOTS
        self._kinds: tuple[tuple[int, Callable[[], tuple[str, Body]]], ...] = (
            (46, self._transfer),
            (8, self._many),
            (14, self._by_serial),
            (12, lambda: ("credits.invalidate.v1", {"lines": [self._use()]})),
            (3, lambda: ("credits.cancel.v1", {"lines": [self._use()]})),
            (6, self._reserve),
            (5, self._release),
            (1, self._freeze),
            (2, self._unfreeze),
            (2, self._open),
        )

    def founding(self) -> list[Command]:
        """Return what gives the rest something to work with."""
        found = [
            ("account.open.v1", {"account": name, "name": name, "representatives": [AGENT]})
            for name in ACCOUNTS
        ]
        for project, scheme, kind in (("P-FM", "JC", "FM"), ("P-KC", "KC", "SO")):
            body = {"project": project, "scheme": scheme, "kind": kind, "name": project}
            found.append(("project.register.v1", {**body, "methodologies": []}))
        found += [("credits.issue.v1", self.lot(number)) for number in range(LOTS)]
        return [self.command(kind, body, OPERATORS[0]) for kind, body in found]

    def lot(self, number: int) -> Body:
        """Return the issuance of a lot of its own."""
        return {
            "account": ACCOUNTS[number % len(ACCOUNTS)],
            "certified_on": DAY,
            "lot": f"L-{number:02d}",
            "project": "P-KC" if number % 3 == 2 else "P-FM",
            "quantity": QUANTITY,
            "vintage_from": DAY,
            "vintage_to": DAY,
        }

    def next(self) -> Command:
        """Return the next command."""
        weights = [weight for weight, _ in self._kinds]
        _, make = self.chance.choices(self._kinds, weights)[0]
        kind, body = make()
        actor = self.chance.choices((*OPERATORS, AGENT, "nobody:1"), (4, 4, 3, 1))[0]
        return self.command(kind, body, actor)

    def command(self, kind: str, body: Body, actor: str) -> Command:
        """Return a command under an id of its own."""
        return Command(str(UUID(int=self.chance.getrandbits(128))), kind, actor, body)

    def account(self) -> str:
        """Return an account; two of them are everybody's favourites."""
        return self.chance.choices(ACCOUNTS, (6, 5, 1, 1, 1, 1, 1, 1))[0]

    def heard(self, command: Command, answer: Body) -> None:
        """Learn from an answer."""
        if command.type == "credits.reserve.v1" and answer["verdict"] == "accepted":
            self.orders.append(f"o-{answer['position']}")

    def saw(self, answer: Body) -> None:
        """Learn from what an account was seen to hold."""
        for segment in answer.get("segments", ())[:5]:
            if segment["code"].startswith("HOLD:"):
                self.segments.append((segment["code"][5:], segment))

    # ---------------------------------------------------------------------------------- bodies

    def _selection(self) -> Body:
        quantity = self.chance.randrange(1, 6)
        if self.chance.random() < 0.02:
            quantity = 10_000_000
        if self.chance.random() < 0.4:
            return {"lot": self.chance.choice(self.lots), "quantity": quantity}
        return {"quantity": quantity}

    def _line(self) -> Body:
        return {"source": self.account(), "target": self.account(), **self._selection()}

    def _transfer(self) -> tuple[str, Body]:
        return "transfer.request.v1", {"lines": [self._line()]}

    def _many(self) -> tuple[str, Body]:
        lines = [self._line() for _ in range(self.chance.randrange(2, 6))]
        body: Body = {"lines": lines}
        if self.chance.random() < 0.5:
            body["atomic"] = self.chance.random() < 0.5
        return "transfer.request.v1", body

    def _use(self) -> Body:
        who = f"User {self.chance.randrange(9)}"
        named = {"account": self.account(), "beneficiary": who, "purpose": "OTHER"}
        return {**named, **self._selection()}

    def _by_serial(self) -> tuple[str, Body]:
        """Take serials that somebody was seen to hold: others do so at the same time."""
        if not self.segments:
            return self._transfer()
        account, segment = self.chance.choice(self.segments)
        first = self.chance.randrange(segment["first"], segment["last"] + 1)
        last = min(segment["last"], first + self.chance.randrange(4))
        asked = {"lot": segment["lot"], "serials": [{"first": first, "last": last}]}
        if self.chance.random() < 0.5:
            line: Body = {"source": account, "target": self.account(), **asked}
            return "transfer.request.v1", {"lines": [line]}
        line = {"account": account, "beneficiary": "User 1", "purpose": "OTHER", **asked}
        return "credits.invalidate.v1", {"lines": [line]}

    def _reserve(self) -> tuple[str, Body]:
        body: Body = {"account": self.account(), **self._selection()}
        if self.chance.random() < 0.6:
            due = datetime.now(UTC) + timedelta(seconds=self.chance.randrange(-1, 6))
            body["expires_at"] = f"{due.isoformat(timespec='milliseconds')[:23]}Z"
        return "credits.reserve.v1", body

    def _release(self) -> tuple[str, Body]:
        order = self.chance.choice(self.orders) if self.orders else "o-0"
        return "reservation.release.v1", {"order": order}

    def _freeze(self) -> tuple[str, Body]:
        return "account.freeze.v1", {"account": self.chance.choice(ACCOUNTS[4:]), "reason": "r"}

    def _unfreeze(self) -> tuple[str, Body]:
        return "account.unfreeze.v1", {"account": self.chance.choice(ACCOUNTS[4:])}

    def _open(self) -> tuple[str, Body]:
        self._opened += 1
        account = f"B{self._opened}" if self.chance.random() < 0.7 else self.account()
        return "account.open.v1", {"account": account, "name": "n"}
