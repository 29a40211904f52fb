"""The registry on real servers under faults, in short: every run must be valid, not unknown.

`make faults` does the same in quantities. What one test of these proves: a thousand commands or
more were acknowledged to clients over HTTP, the fault really struck, and afterwards no check of
tests/faults/checks.py found anything wrong in the history, in both topics as two clients read them,
in the tables as they were served and as they are made anew twice, or in the stranger's audit.
"""

from pathlib import Path

import pytest

from tests.faults.cancelling import f13 as cancelling
from tests.faults.contract import b1
from tests.faults.doomed import POINTS
from tests.faults.ground import NOTIFYING, Ground, Servers
from tests.faults.lossy import lossy
from tests.faults.minds import s4
from tests.faults.poison import POISONS
from tests.faults.postmen import f1n
from tests.faults.quorum import SESSION, f2, f3
from tests.faults.refusals import CHANGES, f17
from tests.faults.report import Report
from tests.faults.strangers import f7
from tests.faults.strikes import b3, b9, f1, f4, f5, f12, f13
from tests.servers import Kafka, Postgres, kafka_servers, postgres_server

pytestmark = pytest.mark.timeout(600)

SEED = 20_260_401
ACKNOWLEDGED = 1000
KILLS, TOLD = 2, 400
"""How often notify is killed in the short form, of 14 points, and how many commands are answered:
every third of them is one that people are told of."""

GAP_MS_MAX = 10_000
"""A takeover takes a second and a little; a machine that many tests share may take its time."""


@pytest.fixture
def ground(kafka: Kafka, postgres: Postgres, tmp_path: Path) -> Ground:
    """A place on the servers of the whole run."""
    return Ground(tmp_path, Servers(kafka.bootstrap, postgres.url), SEED)


def valid(told: Report, **struck: int) -> None:
    """See that a run is valid, and that each fault struck so often at least."""
    print(told.line)  # noqa: T201 - what a test of faults came to, where somebody looks
    assert told.verdict == "valid", "\n".join([*told.violations, *told.why])
    assert told.acknowledged >= ACKNOWLEDGED
    assert all(told.injected.get(name, 0) >= count for name, count in struck.items()), told.injected


async def test_processes_die_at_every_named_point(ground: Ground) -> None:
    assert len(POINTS) >= 24
    told = await ground.run("F1", [(f1, 1)], houses=NOTIFYING)
    valid(told, F1=len(POINTS))


async def test_who_tells_people_dies_and_everybody_is_told_once(ground: Ground) -> None:
    told = await f1n(ground, KILLS, TOLD)
    print(told.line)  # noqa: T201 - as above
    assert told.verdict == "valid", "\n".join([*told.violations, *told.why])
    assert told.injected["F1"] == 2 * KILLS


async def test_leaders_stand_still_and_lead_at_once_amid_poison_and_haste(ground: Ground) -> None:
    told = await ground.run("mixed", [(f4, 1), (f5, 2), (b3, 2), (b9, 1), (f13, 30)])
    valid(told, F4=1, F5=1, B3=2 * len(POISONS), B9=1, F13=30)
    assert max(told.gaps_ms) < GAP_MS_MAX


async def test_the_database_dies(kafka: Kafka, tmp_path: Path) -> None:
    with postgres_server(tmp_path / "postgres") as server:
        ground = Ground(tmp_path, Servers(kafka.bootstrap, server.url()), SEED)
        valid(await ground.run("F12", [(f12(server), 2)]), F12=4)


async def test_brokers_die_one_by_one_and_all_at_once(postgres: Postgres, tmp_path: Path) -> None:
    with kafka_servers(tmp_path / "kafka", 3, **SESSION) as brokers:
        ground = Ground(tmp_path, Servers(brokers.bootstrap, postgres.url, 3), SEED)
        told = await ground.run("F2-F3", [(f2(brokers), 1), (f3(brokers), 1)])
        brokers.stop(0)
    valid(told, F2=1, F3=4)


async def test_strangers_write_in_transactions(ground: Ground) -> None:
    valid(await ground.run("F7", [(f7, 1)], houses=NOTIFYING), F7=4)


async def test_a_fifth_of_the_appends_goes_unanswered(ground: Ground) -> None:
    valid(await lossy(ground, 5), F9=20)


async def test_handlers_are_cancelled_at_every_await(ground: Ground) -> None:
    valid(await cancelling(ground, 400, ACKNOWLEDGED), F13=400)


async def test_topics_are_not_what_they_were(ground: Ground) -> None:
    valid(await f17(ground, ACKNOWLEDGED), F17=len(CHANGES))


async def test_replicas_are_of_different_minds(ground: Ground) -> None:
    valid(await s4(ground, 1, ACKNOWLEDGED), S4=1)


async def test_the_served_contract_is_kept_whatever_is_sent(ground: Ground) -> None:
    valid(await b1(ground, 500, ACKNOWLEDGED), B1=500)
