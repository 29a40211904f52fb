"""F7: somebody writes into the ledger's topics in transactions."""

import asyncio
import re
import subprocess
import sys
from random import Random
from uuid import UUID

from confluent_kafka import Producer

from libs.ledger.log.kafka import commands_topic, journal_topic
from services.settings import environment
from tests.faults.answers import canonical
from tests.faults.history import HEAL
from tests.faults.load import Load
from tests.faults.town import PROJECT, Town

HALT = re.compile(r"the commands log jumps from offset \d+ to \d+: a record is missing")
SAYS_SECONDS = 90


class Stranger:
    """A client with a transactional id, which nobody may have on these topics."""

    def __init__(self, town: Town, chance: Random) -> None:
        self.town = town
        self.chance = chance
        name = f"stranger-{chance.getrandbits(40)}"
        self._producer = Producer(
            {"bootstrap.servers": town.broker.bootstrap, "transactional.id": name}
        )
        self._producer.init_transactions(30)

    def begin(self, topic: str, value: bytes) -> None:
        """Begin a transaction and write into it; it hangs until it is ended."""
        self._producer.begin_transaction()
        self._producer.produce(topic, value, partition=0)
        self._producer.flush(30)

    def end(self, *, commit: bool) -> None:
        """End the transaction: a marker takes an offset."""
        if commit:
            self._producer.commit_transaction(30)
        else:
            self._producer.abort_transaction(30)

    def command(self) -> bytes:
        """Write a lawful command, noted in the history as put into the log itself."""
        body = {"account": f"S{self.chance.getrandbits(40)}", "name": "a stranger's"}
        value = {"actor": "operator:1", "body": body, "type": "account.open.v1"}
        identity = str(UUID(int=self.chance.getrandbits(128)))
        history = self.town.history
        process = history.process()
        history.invoke(process, "inbox", value, identity)
        history.end(process, "info")
        return canonical({**value, "id": identity, "sent": "2026-04-01T00:00:00.000Z"})


async def f7(town: Town, load: Load, chance: Random, count: int) -> None:
    """Write in transactions, committed, aborted and hanging: into the journal, into the commands.

    In the journal they are noise. In the commands they leave a gap, and every process halts there
    with one word; behind a new generation of the commands log the town goes on.
    """
    for turn in range(count):
        stranger = await asyncio.to_thread(Stranger, town, chance)
        for commit in (True, False):
            await asyncio.to_thread(stranger.begin, journal_topic(town.name), b'{"position":1}')
            await load.more(10)
            await asyncio.to_thread(stranger.end, commit=commit)
            town.history.nemesis("F7", {"journal": "committed" if commit else "aborted"})
            await load.more(10)
        newest = commands_topic(town.name, max(await town.generations()))
        await asyncio.to_thread(stranger.begin, newest, stranger.command())
        town.history.nemesis("F7", {"commands": "hanging"})
        await load.more(10)
        commit = turn % 2 == 0
        await asyncio.to_thread(stranger.end, commit=commit)
        town.history.nemesis("F7", {"commands": "committed" if commit else "aborted"})
        await _halted(town)
        await _attach(town)
        await load.more(20)


async def _halted(town: Town) -> None:
    """See that every process that decides ends, and that all of them say the same."""
    deciding = [name for name, house in town.houses.items() if house.role != "notify"]
    words = set()
    for name in deciding:
        code = await town.gone(name, SAYS_SECONDS)
        said = HALT.findall(town.said(name).replace("\n", " "))
        if not said or code == 0:
            raise RuntimeError(f"{name} ended with {code} and said {town.said(name)[-800:]}")
        words.add(said[-1])
    if len(words) != 1:
        raise RuntimeError(f"the processes halted with different words: {sorted(words)}")
    town.history.nemesis(HEAL, {"halted": sorted(words)})


async def _attach(town: Town) -> None:
    """Begin a new generation, start everything, and carry over what came late."""
    await asyncio.to_thread(attach, town)
    names = [name for name in town.houses if town.ended(name) is not None]
    for name in names:
        town.start(name)
    await town.ready(names)
    await asyncio.to_thread(attach, town)


def attach(town: Town) -> None:
    """Run `tonne journal attach --yes`."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "journal", "attach", "--yes"],
        env={**environment(**town.chosen), "PYTHONPATH": str(PROJECT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode != 0:
        raise RuntimeError(f"tonne journal attach: {done.stdout}{done.stderr}")
