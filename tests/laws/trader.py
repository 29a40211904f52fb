"""What comes to the mind of somebody who looks at what there is before speaking.

Most of what a trader asks makes sense: orders are approved by who may, applications confirmed
while they wait. About a tenth makes none.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import UNSET
from typing_extensions import override

from libs.ledger.events import CreditsUsed, Event
from libs.ledger.instants import parse, text
from tests.laws.beside import HOUR_MS, Beside, Whim
from tests.laws.naive import OPERATORS, Body
from tests.laws.naive_trade import NaiveTrade

T = TypeVar("T")
PEOPLE = ("ann", "bea", "cem", "dan", "eve")
CHECKS = ("CORPORATE_REGISTER", "REPRESENTATIVE_IDENTITY", "NO_ANTISOCIAL_FORCES")
BUSINESSES = ("8000000000001", "7000000000002")
PLACES = ({"prefecture": 31, "site": "Forest"}, {"prefecture": 13, "site": "Office"})
ROLES = {
    "transfer": ("initiator", "both"),
    "invalidate": ("initiator", "both"),
    "approve": ("approver", "both"),
    "look": ("initiator", "approver", "both"),
}


class Trader(Whim):
    """A whim that looks at what there is before it speaks."""

    def __init__(self, seed: int, naive: NaiveTrade) -> None:
        super().__init__(seed)
        self.naive = naive

    def sense(self, share: float = 0.92) -> bool:
        return self.random() < share

    def one(self, known: list[T], nonsense: T) -> T:
        """Return one of what there is, and nonsense now and then, or where there is nothing."""
        return self.choice(known) if known and self.sense() else nonsense

    def operator(self) -> str:
        return self.mostly(OPERATORS, "ann")

    def who(self, account: str, what: str, but: str = "") -> str:
        """Return somebody who may do this for an account; now and then somebody else."""
        roles = self.naive.reps.get(account, {})
        led = [actor for actor, role in roles.items() if role in ROLES[what] and actor != but]
        agents: list[str] = []
        for mandate in self.naive.mandates.get(account, {}).values():
            led_by = self.naive.reps.get(mandate.get("agent", ""), {})
            agents += mandate.get("actors", led_by)
        if agents and self.random() < 0.2:
            return self.choice(agents)
        if self.sense(0.85) and led:
            return self.choice(led)
        return self.choice((*PEOPLE, *OPERATORS))

    def holder(self) -> str:
        """Return an account that is open and holds something, most of the time."""
        known = [
            account
            for account, status in sorted(self.naive.accounts.items())
            if status == "open" and self.naive.held(f"HOLD:{account}")
        ]
        return self.one(known, self.choice((*sorted(self.naive.accounts), "Z9")))

    def anybody(self) -> str:
        opened = [one for one, status in sorted(self.naive.accounts.items()) if status == "open"]
        return self.one(opened, self.choice((*sorted(self.naive.accounts), "Z9")))

    def ends(self) -> tuple[str, str]:
        """Return who gives and who receives: two accounts, unless nobody makes sense."""
        source = self.holder()
        return source, self.other(source)

    def other(self, account: str) -> str:
        """Return another open account, if there is one and it makes sense."""
        opened = [one for one, status in sorted(self.naive.accounts.items()) if status == "open"]
        others = [one for one in opened if one != account]
        return self.one(others, self.anybody())

    def holder_entity(self) -> Body:
        """Return a legal entity by a number of Japan or of another register; or somebody else."""
        holder: Body = {"country": self.mostly(("JP",), "FR"), "name": "n", "name_kana": "あ"}
        if self.sense(0.9):
            holder["corporate_number"] = self.mostly(BUSINESSES, "8000000000002")
        elif self.sense(0.5):
            holder["registered_as"] = "HRB 1"
        return holder

    def scheme_of(self) -> str:
        return self.mostly(tuple(self.naive.rules["schemes"]), "XX")

    def credits(self, account: str, most: int = 6) -> Body:
        """Choose what an account holds: by total, of one lot, or by serials."""
        held = self.naive.held(f"HOLD:{account}")
        quantity = self.randint(1, most)
        if not held or not self.sense():
            return self.selection()
        lot, number = self.choice(held)
        last = number
        while last - number < quantity - 1 and (lot, last + 1) in held:
            last += 1
        named = [{"first": number, "last": last}]
        return self.choice(
            (
                {"quantity": quantity},
                {"lot": lot, "quantity": min(quantity, sum(one[0] == lot for one in held))},
                {"lot": lot, "serials": named},
            )
        )

    def due(self, share: float = 0.3) -> Body:
        """Say when something expires: in some hours or working days, or when it is too late."""
        hours = self.choice((-1, 1, 2, 24, 48, 72))
        then = text(parse(self.naive.at) + hours * HOUR_MS)
        return self.perhaps(
            share, expires_at=self.choice((then, self.naive.after(self.choice((1, 2)))))
        )

    def moments(self) -> list[str]:
        """Return the instants at which something that waits is due, or is over."""
        naive = self.naive
        known = [one[end] for one in naive.trade_orders.values() for end in ("expires", "settles")]
        known += [one["until"] for one in naive.trade_settled.values()]
        known += [due for _, due in (*naive.orders.values(), *naive.freezes.values())]
        known += list(naive.trade_trusted.values())
        return sorted(one for one in known if naive.at < one < "9")

    def energy(self, body: Body) -> Body:
        """Claim what stands behind credits of one lot, one more, or anything."""
        ranges = body.get("serials", ())
        named = sum(part["last"] + 1 - part["first"] for part in ranges)
        tonnes, kwh = self.naive.trade_certified.get(body.get("lot", ""), (1, 0))
        exact = kwh * (named or body.get("quantity", 0)) // tonnes
        share = 0.7 if kwh else 0.05
        return self.perhaps(share, energy_kwh=max(0, exact + self.choice((0, 0, 1, -1))))

    def aim(self) -> Body:
        """Say what credits are used for, in a way that the rules may take."""
        purposes = tuple(self.naive.rules["purposes"])
        fine = tuple(one for one in purposes if one.startswith(("OFFSET", "ONTAI", "OTHER", "S")))
        first = self.choice(fine) if self.sense(0.6) else self.mostly(purposes, "NONE")
        body: Body = {"beneficiary": self.choice(("Ann", "Ben")), "purpose": first}
        together = self.naive.section("invalidation").get("together", [[]])
        if first in together[0] and self.sense(0.3):
            body["also"] = self.sample(together[0], self.choice((1, 1, 2)))
            body |= self.perhaps(0.9, scope=self.choice(("SCOPE_1", "SCOPE_2")))
        body |= self.perhaps(0.3, scope=self.choice(("SCOPE_1", "SCOPE_2", "SCOPE_3")))
        year = int(self.naive.today()[:4])
        share = 0.7 if first.startswith("ONTAI") else 0.1
        body |= self.perhaps(share, fiscal_year=self.choice((year, year - 1, year - 1, year - 2)))
        body |= self.perhaps(0.8, place=self.choice((PLACES[0], *PLACES)))
        body |= self.perhaps(0.1, country=self.choice(("JP", "FR")), stated_on=self.day())
        return body | self.perhaps(0.1, period_from=self.day(), period_to=self.day())


class Traders(Beside):
    """What the steps of the two rooms have in common."""

    naive: NaiveTrade
    claimed = 0
    """What uses have told of electricity, in kWh."""

    @override
    def learn(self, events: Iterable[Event]) -> None:
        super().learn(events)
        for event in events:
            if isinstance(event, CreditsUsed) and event.energy_kwh is not UNSET:
                self.claimed += event.energy_kwh

    def trader(self, seed: int) -> Trader:
        """Return what comes to mind here: the same seed gives something new later."""
        return Trader(seed * 1_000_003 + self.ledger.head.position, self.naive)

    def by_two(self, kind: str, body: Body, whim: Trader) -> None:
        """Ask as an operator, and mostly have another one approve it where that takes two."""
        proposed, actor = self.ledger.head.position, whim.operator()
        self.both(kind, body, actor)
        if proposed in self.naive.trade_proposals and whim.sense(0.88):
            other = OPERATORS[1 - OPERATORS.index(actor)]
            self.both("act.approve.v1", {"position": proposed}, other)
