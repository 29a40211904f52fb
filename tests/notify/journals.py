"""Journals of real entries on a real topic, with everything beside them that a log may hold."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from libs.ledger.log.broker import Broker
from libs.ledger.log.kafka import journal_topic
from libs.ledger.log.topics import create
from services.topics import topics_of
from tests.rooms.story import Ledger

OPENING = (
    "open-ledger",
    "register JC-ER-000001",
    "open A01",
    "open B02",
    "issue JC-ER-000001-01 1000 to A01",
    "transfer 300 A01 -> B02",
)
ROUND = (
    "invalidate each 1 from A01; 9999 from A01; 1 from B02",
    "transfer 2 A01 -> B02",
    "invalidate 9999 from A01   ! quantity_exceeds_holding",
)


def written(rounds: int) -> list[bytes]:
    """Decide a journal; each round is an hour in which two accounts retire a credit each."""
    ledger = Ledger()
    for line in OPENING:
        ledger.say(line)
    for number in range(rounds):
        ledger.say(f"at 2026-01-01T{number:02d}:30")
        for line in ROUND:
            ledger.say(line)
    return ledger.journal


def numbers(journal: Iterable[bytes]) -> list[str]:
    """Return the numbers of the notices that a journal asks for, by other code than ours."""
    return [
        f"main-{entry['position']}-{event['line'] + 1}"
        for entry in map(json.loads, journal)
        for event in entry.get("events", ())
        if event["type"] in ("credits.invalidated.v1", "credits.cancelled.v1")
    ]


def hours(journal: Iterable[bytes]) -> dict[str, dict[str, int]]:
    """Return the tonnes of each hour in which some moved, by other code than ours."""
    found: dict[str, Counter[str]] = {}
    kinds = {"credits.issued.v1": "issued", "transfer.settled.v1": "transferred"}
    kinds["credits.invalidated.v1"] = "retired"
    for entry in map(json.loads, journal):
        for event in entry.get("events", ()):
            for posting in event.get("postings", ()):
                of_hour = found.setdefault(f"{entry['at'][:13]}:00:00.000Z", Counter())
                of_hour[kinds[event["type"]]] += posting["last"] - posting["first"] + 1
    every = ("issued", "transferred", "retired")
    return {hour: {kind: count[kind] for kind in every} for hour, count in found.items()}


def noisy(journal: Sequence[bytes]) -> Iterator[bytes | None]:
    """Yield a journal as two leaders, a zombie and a stranger leave it in the log."""
    for position, raw in enumerate(journal):
        yield raw
        if position % 3 == 0:
            yield raw  # a second leader's, equal
        if position % 5 == 0:
            yield from (b"", None, b"\xff\x00 not an entry", b'{"position":1}')
        if position % 7 == 0:
            yield journal[position // 2]  # a zombie, far behind
            yield journal[min(position + 2, len(journal) - 1)]  # and one whose batch was torn


async def make_topics(bootstrap: str, ledger: str) -> None:
    """Make the topics of a ledger as `tonne topics apply` does."""
    await create(Broker(bootstrap), topics_of(ledger, replication=1))


async def append(bootstrap: str, ledger: str, values: Iterable[bytes | None]) -> None:
    """Append records to the journal's topic."""
    producer = Broker(bootstrap).producer()
    await producer.start()
    try:
        for value in values:
            await producer.send(journal_topic(ledger), value, key=b"k")
    finally:
        await producer.stop()
