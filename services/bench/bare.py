"""The bare loop on Kafka: decode, one dict update, encode, hash, append, read back; no rule."""

import asyncio
import sys
from collections import deque
from hashlib import sha256

import msgspec

from libs.ledger.codec import Command
from libs.ledger.entry import GENESIS
from libs.ledger.log.kafka import KafkaLog
from services.looping import run
from services.member import broker_of
from services.settings import settings

BATCH = 256


async def bare(count: int) -> None:
    """Answer so many commands of the log, pipelined as a replica does it."""
    chosen = settings()
    log = await KafkaLog.open(broker_of(chosen), chosen.name)
    waiting: deque[bytes] = deque()
    fresh: list[bytes] = []
    news = asyncio.Event()

    async def decide() -> None:
        decoder, digest, balance, position = msgspec.json.Decoder(Command), GENESIS, {"A": 0}, 0
        while position < count:
            for record in await log.commands(position, BATCH):
                command = decoder.decode(record.value)
                balance["A"] += 1
                request = sha256(record.value).hexdigest()
                entry = {"command": command, "position": position, "previous": digest}
                raw = msgspec.json.encode({**entry, "request": request}, order="sorted")
                digest = sha256(raw).hexdigest()
                waiting.append(raw)
                fresh.append(raw)
                position += 1
            news.set()
            await asyncio.sleep(0)

    async def propose() -> None:
        while True:
            await news.wait()
            news.clear()
            batch = fresh.copy()
            fresh.clear()
            await log.propose(batch)

    async def compare() -> None:
        offset = 0
        while offset < count:
            for record in await log.entries(offset, BATCH):
                assert waiting.popleft() == record.value
                offset += 1
            await asyncio.sleep(0)

    proposing = asyncio.create_task(propose())
    await asyncio.gather(decide(), compare())
    proposing.cancel()
    await log.close()


if __name__ == "__main__":
    run(bare(int(sys.argv[1])))
