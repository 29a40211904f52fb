"""F9: a network that loses what the broker answers to appends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from services.cluster.children import free_ports
from tests.faults.ground import Ground, Strike
from tests.faults.history import HEAL
from tests.faults.load import Load
from tests.faults.proxy import Act, Frame, Proxy, letting_pass, losing
from tests.faults.report import Report
from tests.faults.town import Town
from tests.servers import kafka_servers

SHARE = 0.2
"""How many of the responses to appends are lost."""


@asynccontextmanager
async def proxied(folder: Path) -> AsyncIterator[Proxy]:
    """Start a broker that sends all its clients to a proxy before it."""
    (port,) = free_ports(1)
    servers = kafka_servers(folder, advertised_listeners=f"PLAINTEXT://127.0.0.1:{port}")
    listening = int(servers.bootstrap.rpartition(":")[2])
    async with Proxy(port, listening) as proxy:
        try:
            servers.start()
            await servers.ready()
            yield proxy
        finally:
            servers.stop(0)


def f9(proxy: Proxy) -> Strike:
    """Return the strike that loses a fifth of the responses, for so many hundred commands."""

    async def strike(town: Town, load: Load, chance: Random, count: int) -> None:
        lose = losing(SHARE, Random(chance.random()), (Act.RESET, Act.CUT))

        def plan(frame: Frame) -> Act:
            act = lose(frame)
            if act is not Act.LET:
                town.history.nemesis("F9", {"response": act.value})
            return act

        proxy.plan = plan
        await load.more(100 * count, 120 * count)
        proxy.plan = letting_pass
        town.history.nemesis(HEAL, {"lost": proxy.lost})

    return strike


async def lossy(ground: Ground, hundreds: int) -> Report:
    """Run a town behind the proxy."""
    async with proxied(ground.folder / "proxied") as proxy:
        town = ground.town("f9", bootstrap=f"127.0.0.1:{proxy.port}")
        return await ground.run("F9", [(f9(proxy), hundreds)], town=town)
