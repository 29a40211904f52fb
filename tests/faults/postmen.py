"""F1N: whoever tells people of anything is killed, and the tables and a replica with it.

Afterwards every notice that was owed is issued once, every mail and every call arrived, and C16 and
C17 hold what arrived against the journal.
"""

import asyncio
import time
from random import Random

from sqlalchemy import Engine, create_engine, func, select, update
from sqlalchemy.pool import NullPool

from services.notify import contacts, hooks
from services.notify.outbox import PENDING, create, deliveries, outbox
from services.notify.outbox import contacts as addresses
from services.notify.papers import OWED, papers
from tests.faults.checks import Verdict, judge
from tests.faults.doomed import POINTS, TELLING
from tests.faults.ground import HOUSES, WARM, Ground, observed
from tests.faults.load import Load
from tests.faults.paperwork import RULED, Paperwork
from tests.faults.receivers import Receivers, receiving
from tests.faults.report import Report, report
from tests.faults.sinks import Sinks
from tests.faults.strikes import DOOMED, again, doom
from tests.faults.town import Town
from tests.faults.trade import ACCOUNTS

BESIDE = ("projection", "replica")
"""Whose processes die at the same time, one of them at each turn."""

CLIENTS, PAUSE_SECONDS = 2, 0.15
"""As many ask as notify can tell of while it dies again and again."""

STILL_SECONDS = 120
"""Whoever tells nobody anything for so long, while something waits, has forgotten it."""

NOTICES = ("notice.issued.v1", "notice.superseded.v1", "notice.withdrawn.v1")


async def f1n(ground: Ground, kills: int, acknowledged: int) -> Report:
    """Kill notify so many times, at each point in turn, while clients ask for what is told."""
    began, chance = time.monotonic(), Random(ground.seed)
    async with receiving(ground.seed) as receivers:
        settings = {"smtp": receivers.mails.url, "notice_key": "k" * 32, "webhooks": "loopback"}
        async with ground.town("f1n", ruled=RULED, settings=settings) as town:
            await town.settle(HOUSES)
            await _introduce(town, receivers)
            await town.settle((("notify-1", "notify", -1),))
            load = Load(town, ground.seed, CLIENTS, Paperwork, PAUSE_SECONDS)
            load.trade.ledger = town.name
            await load.found()
            async with load:
                await load.more(WARM)
                await _strike(town, load, chance, kills)
                await load.until(acknowledged)
            await _told(town)
            run = await observed(town)
            run.sinks = receivers.sinks
            verdict = judge(run, acknowledged=acknowledged, injected=kills)
            if verdict.verdict == "valid" and (few := _few(run.sinks, acknowledged)):
                verdict = Verdict("unknown", (), [few])
    return report("F1N", run, verdict, time.monotonic() - began)


def _few(sinks: Sinks, acknowledged: int) -> str:
    """Say that too little arrived to prove anything, or nothing."""
    mails, calls = len(sinks.mails), len(sinks.calls)
    least = acknowledged // 10
    return f"only {mails} mails and {calls} calls arrived" if min(mails, calls) < least else ""


async def _introduce(town: Town, receivers: Receivers) -> None:
    """Say where notices go, before anybody tells of any: some accounts have no address."""
    engine = create_engine(town.database, poolclass=NullPool)
    create(engine)
    for account in ACCOUNTS[:6]:
        receivers.told.contacts[account] = f"{account.lower()}@example.org"
        contacts.add(engine, account, receivers.told.contacts[account])
    (port, *_) = town.ports("transfer")
    await receivers.subscribe(port, "notices", *NOTICES)
    await receivers.subscribe(port, "mine", account=ACCOUNTS[0])


async def _strike(town: Town, load: Load, chance: Random, kills: int) -> None:
    waiting: list[str] = []
    for turn in range(kills):
        if not waiting:
            waiting = [*TELLING]
            chance.shuffle(waiting)
        role = BESIDE[turn % len(BESIDE)]
        beside = [name for name, point in POINTS.items() if point.role == role]
        beside = [name for name in beside if not name.startswith("snapshot")]
        notify = doom(town, {DOOMED["notify"]: waiting.pop()}, chance)
        await asyncio.gather(notify, _beside(town, DOOMED[role], chance.choice(beside), chance))
        await load.more(10)
    await again(town, DOOMED.values())


async def _beside(town: Town, name: str, point: str, chance: Random) -> None:
    """Kill a process, and start it again at once: notify comes to few points without the tables."""
    await doom(town, {name: point}, chance)
    await again(town, [name])


async def _told(town: Town) -> None:
    """Wait until notify has heard of everything, and everybody of what they are to hear."""
    engine = create_engine(town.database, poolclass=NullPool)
    least, since = -1, time.monotonic()
    while least:
        await town.quiet()
        await asyncio.to_thread(_pass, engine, int(time.time() * 1000))
        waits = await asyncio.to_thread(_waits, engine, (await town.newest())[1])
        if least < 0 or waits < least:
            least, since = waits, time.monotonic()
        if time.monotonic() - since > STILL_SECONDS:
            raise TimeoutError(
                f"{waits} papers, calls, mails and entries wait, and nothing is told"
            )


def _pass(engine: Engine, now_ms: int) -> None:
    """Let the minutes and hours pass for which a mail or a call waits that failed.

    One that was killed amid its attempt, and then refused, waits for five minutes. A claim is left
    to whoever has it.
    """
    with engine.begin() as connection:
        for table in (outbox, hooks.calls):
            later = table.c.next_at > now_ms + hooks.LEASE_MS
            connection.execute(update(table).where(later).values(next_at=now_ms))
        connection.execute(update(hooks.endpoints).values(paused_until=0))


def _waits(engine: Engine, entries: int) -> int:
    """Return how much is not told yet."""
    mails = (
        select(func.count())
        .select_from(outbox.join(addresses, addresses.c.account == outbox.c.account))
        .where(outbox.c.state == PENDING)
    )
    asked = (
        select(func.count()).select_from(papers).where(papers.c.state == OWED),
        select(func.count()).select_from(hooks.calls).where(hooks.calls.c.state == hooks.PENDING),
        mails,
        select(entries - deliveries.c.position),
    )
    with engine.connect() as connection:
        return sum(int(connection.scalar(one) or 0) for one in asked)
