"""A reader of a journal on Kafka, in a process of its own: how fast entries are accepted."""

import json
import sys
import time
from hashlib import sha256

import msgspec

from libs.ledger.entry import GENESIS, Head
from libs.ledger.log.kafka import KafkaLog
from libs.ledger.replica import Reader
from services.looping import run
from services.member import broker_of
from services.settings import settings

BATCH = 2000


class _Link(msgspec.Struct):
    position: int
    previous: str


_link = msgspec.json.Decoder(_Link)


async def accepted(first: int, last: int) -> dict[str, float | int | str]:
    """Read until the entry before `last`; the clock starts at the entry `first`."""
    chosen = settings()
    log = await KafkaLog.open(broker_of(chosen), chosen.name)
    reader, offset, started = Reader(Head()), 0, 0.0
    while reader.head.position < last:
        for record in await log.entries(offset, BATCH):
            reader.read(record.value)
            offset = record.offset + 1
            if not started and reader.head.position > first:
                started = time.perf_counter()
    seconds = time.perf_counter() - started
    await log.close()
    noise = msgspec.structs.asdict(reader.noise)
    return {"per_second": (last - first) / seconds, "digest": reader.head.digest, **noise}


async def linked(first: int, last: int) -> dict[str, float | int | str]:
    """Read what the bare loop wrote: the same chain, and nothing else to check."""
    chosen = settings()
    log = await KafkaLog.open(broker_of(chosen), chosen.name)
    position, digest, offset, started = 0, GENESIS, 0, 0.0
    while position < last:
        for record in await log.entries(offset, BATCH):
            link = _link.decode(record.value)
            offset = record.offset + 1
            if (link.position, link.previous) == (position, digest):
                position, digest = position + 1, sha256(record.value).hexdigest()
                if not started and position > first:
                    started = time.perf_counter()
    await log.close()
    return {"per_second": (last - first) / (time.perf_counter() - started), "digest": digest}


if __name__ == "__main__":
    read = {"accepted": accepted, "linked": linked}[sys.argv[1]]
    told = run(read(int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps(told) + "\n")
