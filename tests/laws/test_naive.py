"""The whole decider against the naive registry: same verdicts, owners, balances and duties.

Machines of 50 steps that Hypothesis chooses and shrinks, and walks of 100 steps whose seed is the
test's name. `HYPOTHESIS_PROFILE=nightly` makes fifty times as many; in CI (profile `ci`) every run
makes the same ones. A failing machine prints its steps as a program, and the blob that replays it.
"""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings
from hypothesis.stateful import initialize, rule

from libs.ledger.instants import text
from tests.laws.beside import HOUR_MS, LOTS, Beside, seeds
from tests.laws.naive import Body

STEPS = 50
WALKS = 40 if settings().max_examples <= 100 else 2_000


class Registry(Beside):
    """The commands that every rule set has, under the rules of the stories."""

    @initialize()
    def open(self) -> None:
        self.ledger.say("open-ledger")
        for account in ("A1", "A2"):
            body: Body = {"account": account, "name": "n", "representatives": ["ann"]}
            self.both("account.open.v1", body, "operator:1")
        for lot in LOTS:
            scheme, kind, _, _ = lot.split("-")
            project = {"project": lot[:-3], "scheme": scheme, "kind": kind, "name": "n"}
            self.both("project.register.v1", project | {"methodologies": []}, "operator:1")
            body = {"account": "A1", "lot": lot, "quantity": 40, "project": lot[:-3]}
            day = "2025-06-30"
            body |= {"certified_on": day, "vintage_from": day, "vintage_to": day}
            self.both("credits.issue.v1", body, "operator:1")

    @rule(seed=seeds)
    def register(self, seed: int) -> None:
        whim = self.whim(seed)
        body: Body = {"project": whim.lot()[:-3], "scheme": whim.mostly(("JC",), "XX")}
        body |= {"kind": "ER", "name": "n", "methodologies": []} | whim.perhaps(
            implementer="GreenCo"
        )
        self.both("project.register.v1", body, whim.actor())

    @rule(seed=seeds)
    def issue(self, seed: int) -> None:
        whim = self.whim(seed)
        lot, day = whim.lot(), whim.day()
        body: Body = {"account": whim.account(), "lot": lot, "quantity": whim.randint(1, 12)}
        body |= {"project": lot[:-3], "certified_on": day, "vintage_from": day, "vintage_to": day}
        first = whim.choice((1, whim.randint(1, 60), whim.randint(41, 99), 2**53 - 4))
        share = {"account": "FOREST", "quantity": whim.randint(0, 9)}
        body |= whim.perhaps(0.7, first=first) | whim.perhaps(buffer=share)
        body |= whim.perhaps(0.1, project="JC-FM-000123", vintage_to=whim.day())
        self.both("credits.issue.v1", body, whim.actor())

    @rule(seed=seeds)
    def open_account(self, seed: int) -> None:
        whim = self.whim(seed)
        body = {"account": whim.account(), "name": "n"} | whim.perhaps(representatives=["ann"])
        self.both("account.open.v1", body, whim.actor())

    @rule(seed=seeds)
    def change_account(self, seed: int) -> None:
        whim = self.whim(seed)
        kind = whim.choice(("freeze", "unfreeze", "unfreeze", "close"))
        body = {"account": whim.account()} | ({"reason": "r"} if kind == "freeze" else {})
        self.both(f"account.{kind}.v1", body, whim.actor())

    @rule(seed=seeds)
    def lead_account(self, seed: int) -> None:
        """Change who acts for an account; now and then it is a bankrupt's."""
        whim = self.whim(seed)
        account, actor = whim.account(), whim.choice(("ann", "bea", "bea"))
        role = whim.choice(("initiator", "approver", "both", "both", "read_only"))
        person = {"actor": whim.choice((actor, "ann", "bea")), "role": role}
        kind = whim.choice(("appoint", "appoint", "replace", "dismiss"))
        said: dict[str, Body] = {
            "appoint": {"representative": person},
            "replace": {"representative": actor, "successor": person},
            "dismiss": {"representative": actor},
        }
        body: Body = {"account": account} | said[kind]
        if whim.random() < 0.1:
            body = {"account": account, "administrator": actor, "reason": "r"}
            self.both("insolvency.record.v1", body, whim.actor())
        else:
            self.both(f"representative.{kind}.v1", body, whim.actor())

    @rule(seed=seeds)
    def mandate(self, seed: int) -> None:
        whim = self.whim(seed)
        account = whim.account()
        given = sorted(self.naive.mandates.get(account, {}))
        if given and whim.random() < 0.4:
            body: Body = {"account": account, "mandate": whim.choice([*given, "m-0"])}
            self.both("mandate.revoke.v1", body, whim.actor())
            return
        scope = whim.choice((["transfer"], ["invalidate"], ["invalidate", "transfer"]))
        until = whim.mostly(("2026-01-01", "2026-01-02"), "2025-12-31", "2025-02-29")
        body = {"account": account, "agent": whim.account(), "scope": scope, "until": until}
        self.both("mandate.grant.v1", body, whim.actor())

    @rule(seed=seeds)
    def end_account(self, seed: int) -> None:
        whim = self.whim(seed)
        account = whim.mostly(("A2", "A3", "A3"), "A1", "Z9")
        if whim.random() < 0.7:
            self.both("closing.begin.v1", {"account": account}, whim.actor())
        else:
            body = {"account": account, "successor": whim.account(), "reason": "r"}
            self.both("account.merge.v1", body, whim.actor())

    @rule(seed=seeds)
    def transfer(self, seed: int) -> None:
        whim = self.whim(seed)

        def line() -> Body:
            ends = {"source": whim.account(), "target": whim.account()}
            return ends | whim.perhaps(0.1, stated_on=whim.day())

        self.both("transfer.request.v1", whim.lines(line), whim.actor())

    @rule(seed=seeds)
    def use(self, seed: int) -> None:
        whim = self.whim(seed)
        kind = whim.choice(("invalidate", "cancel"))

        def line() -> Body:
            body = {"account": whim.account(), "beneficiary": whim.choice(("Ann", "Ben"))}
            body |= {"purpose": whim.mostly(("OFFSET", "OTHER"), "NONE")}
            return body | whim.perhaps(0.2, period_from=whim.day(), period_to=whim.day())

        self.both(f"credits.{kind}.v1", whim.lines(line), whim.actor())

    @rule(seed=seeds)
    def reserve(self, seed: int) -> None:
        whim = self.whim(seed)
        due = text(self.ledger.now_ms + whim.choice((-1, 0, 1, 2, 3)) * HOUR_MS)
        body = {"account": whim.account()} | whim.selection() | whim.perhaps(expires_at=due)
        self.both("credits.reserve.v1", body, whim.actor())

    @rule(seed=seeds)
    def release(self, seed: int) -> None:
        whim = self.whim(seed)
        order = whim.choice([*sorted(self.naive.orders), "o-0"])
        self.both("reservation.release.v1", {"order": order}, whim.actor())

    @rule(seed=seeds)
    def freeze(self, seed: int) -> None:
        whim = self.whim(seed)
        due = text(self.ledger.now_ms + whim.choice((-1, 0, 1, 2, 3)) * HOUR_MS)
        body = {"account": whim.account(), "lot": whim.lot(), "basis": "b"} | whim.part()
        self.both("serials.freeze.v1", body | whim.perhaps(expires_at=due), whim.actor())

    @rule(seed=seeds)
    def unfreeze(self, seed: int) -> None:
        whim = self.whim(seed)
        freeze = whim.choice([*sorted(self.naive.freezes), "f-0"])
        self.both("serials.unfreeze.v1", {"freeze": freeze}, whim.actor())

    @rule(seed=seeds)
    def tick(self, seed: int) -> None:
        whim = self.whim(seed)
        self.ledger.now_ms += whim.randint(0, 2) * HOUR_MS
        self.both("tick.pass.v1", {"due_at": text(self.ledger.now_ms)}, whim.actor())

    @rule(seed=seeds)
    def release_buffer(self, seed: int) -> None:
        whim = self.whim(seed)
        body = {"account": whim.account(), "buffer": "FOREST"} | whim.selection()
        self.both("buffer.release.v1", body, whim.actor())

    @rule(seed=seeds)
    def cancel_buffer(self, seed: int) -> None:
        whim = self.whim(seed)
        body = {"buffer": "FOREST", "reason": "r"} | whim.selection()
        self.both("buffer.cancel.v1", body, whim.actor())

    @rule(seed=seeds)
    def annul(self, seed: int) -> None:
        whim = self.whim(seed)
        body = {"lot": whim.lot(), "reason": "r"} | whim.perhaps(0.95, serials=whim.parts())
        self.both("credits.annul.v1", body, whim.actor())

    @rule(seed=seeds)
    def withdraw(self, seed: int) -> None:
        whim = self.whim(seed)
        self.both("issuance.withdraw.v1", {"lot": whim.lot(), "reason": "r"}, whim.actor())


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(stateful_step_count=STEPS)

MOVES: tuple[Callable[[Registry, int], None], ...] = (
    *[Registry.transfer, Registry.use, Registry.reserve] * 3,
    *(Registry.issue, Registry.annul, Registry.tick, Registry.release, Registry.change_account),
    *(Registry.release_buffer, Registry.cancel_buffer, Registry.register, Registry.open_account),
    *(Registry.withdraw, Registry.lead_account, Registry.mandate, Registry.end_account),
    *(Registry.freeze, Registry.freeze, Registry.unfreeze),
)


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_random_walk_ends_in_the_same_books(seed: int) -> None:
    chance, registry = Random(seed), Registry()
    registry.open()
    for _ in range(2 * STEPS):
        chance.choice(MOVES)(registry, chance.getrandbits(32))
        registry.same_books()
    registry.teardown()
