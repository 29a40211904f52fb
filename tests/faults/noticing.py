"""Which notices a journal asks for, and what becomes of each: written from the rules as told.

A fact of a type that the rule set names has one current notice. Its number is LEDGER-POSITION-FACT,
facts counted from 1; a successor's has -r2, -r3 behind it. It concerns the accounts that the fact
names, else those that it takes from. Nothing here is shared with the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.faults.accepted import Json

NAMED = {
    "account.decided.v1": ("account",),
    "account.opened.v1": ("account",),
    "balance.requested.v1": ("account",),
    "certificate.requested.v1": ("account",),
    "credits.cancelled.v1": ("account",),
    "credits.invalidated.v1": ("account",),
    "credits.issued.v1": ("account",),
    "transfer.settled.v1": ("source", "target"),
}
"""Which fields of a fact name the accounts that it concerns."""

TAKEN = {
    *("buffer.cancelled.v1", "credits.annulled.v1", "issuance.withdrawn.v1"),
    "reversal.covered.v1",
}
"""Facts with a notice that name no account: it concerns those that credits are taken from."""

POOLED = {
    "donations.pledged.v1": "pledged",
    "donations.settled.v1": "",
    "grams.allocated.v1": "allocated",
}
"""Facts of a pool, which concern its account and whoever tells out; and where their lines are."""

STATE = "GOV:HOLD"
UNDOING = {
    *("credits.annulled.v1", "issuance.withdrawn.v1", "transfer.reversed.v1"),
    "ledger.compensated.v1",
}
ISSUED = {
    *("type", "number", "kind", "position", "fact", "sha256", "parties", "check"),
    *("predecessor", "postings", "root", "size"),
}
"""The fields of an issued notice that this model knows: another one is not passed over."""

DIGEST = re.compile(r"[0-9a-f]{64}")
SUCCESSOR = re.compile(r"(.+-\d+-\d+)-r(\d{1,7})")


class Fact(NamedTuple):
    """A fact that people are told of: where it stands, the kind of its notice, whom it concerns."""

    position: int
    fact: int
    kind: str
    parties: tuple[str, ...]
    event: Json


class Standing(NamedTuple):
    """The newest notice of a fact: which of its versions, and whether it is current."""

    version: int
    status: str


def parties(event: Json) -> tuple[str, ...]:
    """Return the accounts that a fact concerns."""
    fields = NAMED.get(event["type"])
    if fields is not None:
        return tuple(event[name] for name in fields if event[name] != STATE)
    sources = (posting["source"].split(":") for posting in event.get("postings", ()))
    return tuple(dict.fromkeys(code[1] for code in sources if code[0] in ("HOLD", "LOCK")))


class Notices:
    """What is owed, and how every notice stands, behind the entries that were read."""

    def __init__(self) -> None:
        self.ledger = ""
        self.kinds: dict[str, str] = {}
        self.pools: dict[str, str] = {}
        self.facts: dict[str, Fact] = {}
        self.owed: dict[str, Fact] = {}
        self.issued: dict[str, Json] = {}
        self.standing: dict[str, Standing] = {}
        self.undone: dict[int, int | None] = {}

    def read(self, entry: Json) -> list[str]:
        """Take an accepted entry; return what in it no registry may do."""
        self.ledger = entry["ledger"]
        events = entry.get("events", [])
        for event in events:
            if event["type"] in ("ledger.opened.v1", "rules.adopted.v1"):
                facts = event["rules"].get("notices", {}).get("facts", {})
                self.kinds = {kind: told["kind"] for kind, told in facts.items()}
        return [
            wrong
            for number, event in enumerate(events)
            for wrong in self._heard(entry["position"], number, event)
        ]

    def _heard(self, position: int, number: int, event: Json) -> Iterator[str]:
        kind = event["type"]
        if kind == "notice.issued.v1":
            yield from self._issue(position, event)
        elif kind == "notice.superseded.v1":
            yield from self._end(event, "superseded")
        elif kind == "notice.withdrawn.v1":
            yield from self._withdraw(position, event)
        if kind in UNDOING and self.kinds:
            self.undone[position] = event["position"] if kind == "ledger.compensated.v1" else None
        if kind == "pool.opened.v1":
            self.pools[event["pool"]] = event["account"]
        if kind in self.kinds:
            if kind not in NAMED and kind not in TAKEN and kind not in POOLED:
                yield f"nobody told this model whom {kind} concerns"
            first = f"{self.ledger}-{position}-{number + 1}"
            fact = Fact(position, number, self.kinds[kind], self._whom(event), event)
            self.facts[first] = self.owed[first] = fact

    def _whom(self, event: Json) -> tuple[str, ...]:
        if event["type"] not in POOLED:
            return parties(event)
        teller = None if event["type"] == "donations.settled.v1" else event.get("tenant")
        account = self.pools[event["pool"]]
        return (account,) if teller in (None, account) else (account, str(teller))

    def _issue(self, position: int, event: Json) -> Iterator[str]:
        number = event["number"]
        if number in self.issued:
            yield f"{number} is issued twice"
            return
        fact = self.owed.pop(number, None)
        if fact is None:
            yield f"{number} is issued, and nothing asks for it"
            return
        first, version = self.first(number)
        before = numbered(first, version - 1) if version > 1 else None
        said = {name: event.get(name) for name in ("position", "fact", "kind", "predecessor")}
        due = {"position": fact.position, "fact": fact.fact, "kind": fact.kind}
        if said != due | {"predecessor": before}:
            yield f"{number} says {said}, it is of {due}, behind {before}"
        whom = fact.parties if version == 1 else ()
        if tuple(event.get("parties", ())) != whom:
            yield f"{number} concerns {event.get('parties')}, not {whom}"
        if position <= fact.position:
            yield f"{number} is issued before its fact"
        if not DIGEST.fullmatch(event["sha256"]):
            yield f"{number} has no digest of a document"
        lines = POOLED.get(fact.event["type"])
        if lines and event.get("size", len(fact.event[lines])) != len(fact.event[lines]):
            yield f"{number} has {event['size']} documents, its fact {len(fact.event[lines])} lines"
        if unknown := event.keys() - ISSUED:
            yield f"{number} says {sorted(unknown)}, which this model does not know"
        self.issued[number] = event
        self.standing[first] = Standing(version, "issued")

    def _end(self, event: Json, status: str) -> Iterator[str]:
        number = event["number"]
        first, version = self.first(number)
        if self.standing.get(first) != (version, "issued"):
            yield f"{number} is {status}, and was not current"
            return
        self.standing[first] = Standing(version, status)
        if status == "superseded":
            self.owed[numbered(first, version + 1)] = self.facts[first]

    def _withdraw(self, position: int, event: Json) -> Iterator[str]:
        yield from self._end(event, "withdrawn")
        if not self.undoes(event["number"], event["undone_by"]) or position <= event["undone_by"]:
            yield f"{event['number']} is withdrawn, and its fact stands"

    def undoes(self, number: str, position: int) -> bool:
        """Say whether the entry at a position took back something that a notice may be of."""
        fact = self.facts.get(self.first(number)[0])
        undone = self.undone.get(position, -1)
        return fact is not None and undone in (None, fact.position) and position > fact.position

    def first(self, number: str) -> tuple[str, int]:
        """Return the number of a fact's first notice, and which version a number names."""
        named = None if number in self.facts else SUCCESSOR.fullmatch(number)
        return (named[1], int(named[2])) if named else (number, 1)

    def current(self, number: str) -> bool:
        """Say whether a notice is the current one of its fact."""
        first, version = self.first(number)
        return number in self.issued and self.standing[first] == (version, "issued")

    def astray(self) -> Iterator[str]:
        """Yield facts that have not exactly one notice: owed, current, or withdrawn for good."""
        waits = {self.first(number)[0] for number in self.owed}
        for first in self.facts:
            stands = self.standing.get(first)
            ends = stands is not None and stands.status in ("issued", "withdrawn")
            if ends == (first in waits):
                yield f"{first} stands as {stands}, and {'one is' if ends else 'none is'} owed"


def numbered(first: str, version: int) -> str:
    """Return the number of a version of a fact's notice."""
    return first if version == 1 else f"{first}-r{version}"


def tonnes(event: Json) -> int:
    """Return how many credits a fact moves."""
    moved = [one for one in event.get("postings", ()) if one["unit"] == "t"]
    return sum(one["last"] - one["first"] + 1 for one in moved)
