"""Seeded commands of every type, sensible and senseless, with what is known of their answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from libs.ledger.accounts import GRAMMAR
from libs.ledger.codec import encode
from libs.ledger.commands import OpenLedger
from libs.ledger.events import Limits
from libs.ledger.rules import DECIDER, BufferRule, RuleSet, Scheme
from tests.simulation.books import Body, Books

OPERATORS = ("operator:1", "operator:2")
ACTORS = (*OPERATORS, *OPERATORS, "agent:1", "agent:2", "nobody:1")
ACCOUNTS = tuple(f"A{number}" for number in range(6))
PROJECTS = ("JC-FM-1", "JC-SO-2", "DC-SO-3", "NT-SO-4")
PURPOSES = ("OTHER", "OFFSET")
RULES = RuleSet(
    "first",
    DECIDER,
    ("rules.adopt.v1", "credits.annul.v1"),
    {
        "JC": Scheme("implementer", "invalidate", transferable=True),
        "DC": Scheme("user", "cancel", transferable=True),
        "NT": Scheme("nobody", "invalidate", transferable=False),
    },
    {"FM": BufferRule("FOREST", 1500)},
    PURPOSES,
)
GARBAGE = (
    b"",
    b"\xff\xfe\x00",
    b"{",
    b"null",
    b'{"actor":"operator:1"}',
    b"[" * 5_000,
    b'{"actor":"operator:1","body":{},"id":"no","sent":"2026","type":"tick.pass.v1"}',
    "無効化".encode() * 600,
)


def instant(milliseconds: int) -> str:
    """Write an instant as a client does."""
    at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def canonical(value: Body) -> bytes:
    """Write JSON the one way, without a line of the code under test."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Workload:
    """Makes the next command; it has seen the accepted journal, as any client may."""

    rules = RULES

    def __init__(self, chance: Random, books: Books) -> None:
        self.chance = chance
        self.books = books
        self.made: list[bytes] = []
        self.garbage: dict[bytes, str] = {}
        self._number = 0
        self._lots = 0
        self._kinds: tuple[tuple[int, Callable[[], tuple[str, Body]]], ...] = (
            (6, self._open_account),
            (4, self._register),
            (12, self._issue),
            (26, self._transfer),
            (10, self._reserve),
            (6, self._release),
            (4, self._seize),
            (3, self._lift),
            (12, lambda: self._use("credits.invalidate.v1")),
            (6, lambda: self._use("credits.cancel.v1")),
            (4, self._annul),
            (4, self._withdraw),
            (4, self._buffer),
            (4, self._freeze),
            (3, self._unfreeze),
            (2, self._close),
            (5, self._tick),
            (3, self._adopt),
            (8, self._approve),
            (2, self._checkpoint),
            (1, self._attach),
            (1, lambda: ("ledger.open.v1", self._opening())),
            (2, lambda: ("credits.conjure.v1", {"quantity": 10})),
        )

    def opening(self, sent_ms: int) -> bytes:
        """Return the command that opens the ledger, and the accounts to begin with."""
        return self.write("ledger.open.v1", self._opening(), OPERATORS[0], sent_ms)

    def first(self, sent_ms: int) -> list[bytes]:
        """Return what gives the rest something to work with."""
        asked = [("account.open.v1", self._account(name)) for name in ACCOUNTS[:5]]
        asked += [("project.register.v1", self._project(name)) for name in PROJECTS]
        for number, project in enumerate((*PROJECTS, *PROJECTS[:2])):
            asked.append(("credits.issue.v1", self._lot(project, ACCOUNTS[number % 5])))
        return [self.write(kind, body, OPERATORS[0], sent_ms) for kind, body in asked]

    def next(self, sent_ms: int) -> bytes:
        """Return a record: mostly a command, now and then a repeat, or no command at all."""
        chance = self.chance
        turn = chance.random()
        if turn < 0.06 and self.made:
            return chance.choice(self.made)
        if turn < 0.09 and self.made:
            return self._other_content(json.loads(chance.choice(self.made)))
        if turn < 0.12:
            return self._known(chance.choice(GARBAGE), "undecodable")
        kind, body, actor = self.command()
        if turn < 0.14:
            body = {**body, "extra": 1}
        raw = self.write(kind, body, actor, sent_ms)
        if turn < 0.16:
            self.made.remove(raw)
            return self._known(json.dumps(json.loads(raw)).encode(), "not_canonical")
        return raw

    def command(self) -> tuple[str, Body, str]:
        """Return what somebody wants: the type of it, its body, and who it is."""
        chance = self.chance
        kinds = [kind for _, kind in self._kinds]
        kind, body = chance.choices(kinds, [weight for weight, _ in self._kinds])[0]()
        actor = chance.choice(OPERATORS) if chance.random() < 0.75 else chance.choice(ACTORS)
        return kind, body, "system:clock" if kind == "tick.pass.v1" else actor

    def due(self, now_ms: int) -> int:
        """Return when the next command is sent: now, where nobody waits for a day to come."""
        return now_ms

    def _known(self, raw: bytes, reason: str) -> bytes:
        self.garbage[raw] = reason
        return raw

    def _other_content(self, command: Body) -> bytes:
        """Take an id that is bound already for something else."""
        other = {**command, "actor": "nobody:2", "body": command["body"]}
        return canonical(other)

    def write(self, kind: str, body: Body, actor: str, sent_ms: int) -> bytes:
        """Return the record of a command, and remember it."""
        self._number += 1
        identity = str(UUID(int=self._number * 0x9E3779B97F4A7C15 % 2**128))
        command = {
            "actor": actor,
            "body": body,
            "id": identity,
            "sent": instant(sent_ms),
            "type": kind,
        }
        raw = canonical(command)
        self.made.append(raw)
        return raw

    # ----------------------------------------------------------------------------------- bodies

    def _opening(self) -> Body:
        body: Body = json.loads(
            encode(OpenLedger(GRAMMAR, "main", Limits(), OPERATORS, self.rules))
        )
        return body

    def _account(self, name: str) -> Body:
        return {"account": name, "name": f"Account {name}", "representatives": ["agent:1"]}

    def _open_account(self) -> tuple[str, Body]:
        return "account.open.v1", self._account(self.chance.choice((*ACCOUNTS, "A9")))

    def _project(self, name: str) -> Body:
        scheme, kind, _ = name.split("-")
        return {
            "implementer": f"Implementer of {name}",
            "kind": kind,
            "methodologies": [],
            "name": "森林",
            "project": name,
            "scheme": scheme,
        }

    def _register(self) -> tuple[str, Body]:
        name = self.chance.choice((*PROJECTS, "XX-SO-9", f"JC-SO-{self.chance.randrange(5, 50)}"))
        return "project.register.v1", self._project(name)

    def _lot(self, project: str, account: str) -> Body:
        self._lots += 1
        day = f"2026-{self.chance.randrange(1, 13):02d}-01"
        return {
            "account": account,
            "certified_on": day,
            "lot": f"{project}-{self._lots:02d}",
            "project": project,
            "quantity": self.chance.randrange(1, 40),
            "vintage_from": "2025-01-01",
            "vintage_to": "2025-12-31",
        }

    def _issue(self) -> tuple[str, Body]:
        chance = self.chance
        body = self._lot(chance.choice((*PROJECTS, "none")), chance.choice(ACCOUNTS))
        turn = chance.random()
        if turn < 0.35 and self.books.lots:
            lot = chance.choice(sorted(self.books.lots))
            body |= {"lot": lot, "project": self.books.lots[lot][0]}
            if turn < 0.3:
                body["first"] = chance.randrange(1, 90)
        elif turn < 0.5:
            body["buffer"] = {"account": "POOL", "quantity": chance.randrange(0, 20)}
        elif turn < 0.55:
            body["certified_on"] = "2026-02-30"
        elif turn < 0.6:
            body["vintage_to"] = "2024-01-01"
        return "credits.issue.v1", body

    def _holder(self) -> str:
        """Pick an account, mostly one that is open and holds something."""
        held = {code[5:] for code in self.books.owner.values() if code.startswith("HOLD:")}
        able = sorted(name for name in held if self.books.accounts[name][0] == "open")
        return self.chance.choice(able if able and self.chance.random() < 0.9 else ACCOUNTS)

    def _selection(self, code: str, able: Callable[[Body], bool] = bool) -> Body:
        """Ask for what the account holds, or a little more; by total or by serial."""
        chance = self.chance
        mine = self.books.held(code)
        if chance.random() < 0.85:
            schemes = self.books.rules["schemes"] if mine else {}
            mine = [serial for serial in mine if able(schemes[self.books.lots[serial[0]][1]])]
        if chance.random() < 0.04 or not mine:
            return {"lot": "none-1", "quantity": chance.randrange(1, 5)}
        lot = chance.choice(mine)[0]
        numbers = [number for name, number in mine if name == lot]
        turn = chance.random()
        if turn < 0.35:
            return {"quantity": self._quantity(len(mine))}
        if turn < 0.65:
            return {"lot": lot, "quantity": self._quantity(len(numbers))}
        if turn < 0.68:
            return {"lot": lot}
        first = chance.choice(numbers)
        last = first + chance.randrange(0, 8)
        parts = [{"first": first, "last": last}]
        if turn < 0.8:
            parts.append({"first": last + 1, "last": last + chance.randrange(1, 4)})
        elif turn < 0.83:
            parts.append({"first": last, "last": last})
        elif turn < 0.86:
            parts = [{"first": last + 1, "last": first}]
        return {"lot": lot, "serials": parts}

    def _quantity(self, most: int) -> int:
        if self.chance.random() < 0.15:
            return most + self.chance.randrange(0, 2)
        return self.chance.randrange(1, max(2, most))

    def _line(self) -> Body:
        chance = self.chance
        source, target = self._holder(), chance.choice(ACCOUNTS[:5])
        if target == source and chance.random() < 0.9:
            target = "A1" if source == "A0" else "A0"
        able = self._selection(f"HOLD:{source}", lambda scheme: scheme["transferable"])
        return {"source": source, "target": target, **able}

    def _many(self, line: Callable[[], Body]) -> Body:
        count = 1 if self.chance.random() < 0.6 else self.chance.randrange(2, 5)
        body: Body = {"lines": [line() for _ in range(count)]}
        if self.chance.random() < 0.35:
            body["atomic"] = self.chance.random() < 0.4
        return body

    def _transfer(self) -> tuple[str, Body]:
        return "transfer.request.v1", self._many(self._line)

    def _reserve(self) -> tuple[str, Body]:
        account = self._holder()
        body = {"account": account, **self._selection(f"HOLD:{account}")}
        if self.chance.random() < 0.7:
            body["expires_at"] = instant(self.books.at + self.chance.randrange(-1000, 4000))
        return "credits.reserve.v1", body

    def _release(self) -> tuple[str, Body]:
        if not self.books.orders and self.chance.random() < 0.9:
            return self._reserve()
        return "reservation.release.v1", {"order": self.chance.choice([*self.books.orders, "o-0"])}

    def _seize(self) -> tuple[str, Body]:
        """Freeze some of what an account holds in one piece; now and then more."""
        account = self._holder()
        lot, first = self.chance.choice(self.books.held(f"HOLD:{account}") or [("none-1", 1)])
        body: Body = {"account": account, "basis": "a court's order", "lot": lot, "first": first}
        body["last"] = first + self.chance.randrange(-1, 3)
        if self.chance.random() < 0.5:
            body["expires_at"] = instant(self.books.at + self.chance.randrange(-500, 4000))
        return "serials.freeze.v1", {**body, "last": max(1, body["last"])}

    def _lift(self) -> tuple[str, Body]:
        return "serials.unfreeze.v1", {"freeze": self.chance.choice([*self.books.freezes, "f-0"])}

    def _use(self, kind: str) -> tuple[str, Body]:
        def line() -> Body:
            account = self._holder()
            who, purpose = f"User {self.chance.randrange(3)}", "OTHER"
            if self.chance.random() < 0.05:
                purpose = "NONE"
            body: Body = {"account": account, "beneficiary": who, "purpose": purpose}
            if self.chance.random() < 0.2:
                year = self.chance.choice(("2024", "2025", "2026"))
                body |= {"period_from": "2025-04-01", "period_to": f"{year}-03-31"}
            verb = kind.split(".")[1]
            return body | self._selection(f"HOLD:{account}", lambda s: s["retire"] == verb)

        return kind, self._many(line)

    def _some_lot(self) -> str:
        return self.chance.choice([*sorted(self.books.lots)[-6:], "none-1"])

    def _annul(self) -> tuple[str, Body]:
        body: Body = {"lot": self._some_lot(), "reason": "in error"}
        if self.chance.random() < 0.7:
            first = self.chance.randrange(1, 20)
            body["serials"] = [{"first": first, "last": first + self.chance.randrange(0, 6)}]
        return "credits.annul.v1", body

    def _withdraw(self) -> tuple[str, Body]:
        return "issuance.withdraw.v1", {"lot": self._some_lot(), "reason": "in error"}

    def _buffer(self) -> tuple[str, Body]:
        pool = self.chance.choice(("FOREST", "POOL"))
        body: Body = {"buffer": pool, **self._selection(f"BUF:{pool}")}
        if self.chance.random() < 0.5:
            return "buffer.release.v1", {**body, "account": self.chance.choice(ACCOUNTS)}
        return "buffer.cancel.v1", {**body, "reason": "fire"}

    def _freeze(self) -> tuple[str, Body]:
        return "account.freeze.v1", {"account": self.chance.choice(ACCOUNTS), "reason": "a court"}

    def _unfreeze(self) -> tuple[str, Body]:
        frozen = [name for name, (status, _) in self.books.accounts.items() if status == "frozen"]
        return "account.unfreeze.v1", {"account": self.chance.choice([*frozen, *frozen, "A1"])}

    def _close(self) -> tuple[str, Body]:
        return "account.close.v1", {"account": self.chance.choice(ACCOUNTS[3:])}

    def _tick(self) -> tuple[str, Body]:
        return "tick.pass.v1", {"due_at": instant(self.books.at)}

    def _adopt(self) -> tuple[str, Body]:
        chance = self.chance
        share = BufferRule("FOREST", chance.randrange(0, 5000))
        schemes = dict(self.rules.schemes)
        schemes["NT"] = Scheme("user", "invalidate", chance.random() < 0.5)
        if chance.random() < 0.1:
            del schemes["NT"]
        rules = msgspec.structs.replace(
            self.rules, name=f"rules {self._number}", schemes=schemes, buffers={"FM": share}
        )
        body: Any = json.loads(encode(rules))
        return "rules.adopt.v1", {"rules": body}

    def _approve(self) -> tuple[str, Body]:
        if not self.books.acts and self.chance.random() < 0.9:
            return self._annul()
        return "act.approve.v1", {"position": self.chance.choice([*self.books.acts, 3])}

    def _checkpoint(self) -> tuple[str, Body]:
        position = self.books.position - 1 + self.chance.choice((0, 0, 50))
        return "checkpoint.record.v1", {
            "digest": "0" * 64,
            "holdings": "f" * 64,
            "position": max(0, position),
        }

    def _attach(self) -> tuple[str, Body]:
        return "log.attach.v1", {"digest": self.books.previous, "position": self.books.position}
